"""A place that was switched off, or did not work, shows the truth again as soon as it can, and pings nobody of it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from unittest import mock

import pytest
from django.db import transaction

from alerts import lifecycle
from alerts.models import Alert, AlertRule
from alerts.services.acting import act
from channels_app.words import Severity
from deliveries import expiring, making_good, timers
from deliveries.models import Delivery, Lane, MessageRef
from integrations import services
from integrations.models import Integration
from teams.access import Actor
from tests.alerts.factories import make_test
from tests.api.calls import ApiClient, key_of
from tests.conftest import Cast
from tests.deliveries.living.board import Board
from tests.deliveries.living.stage import ann, changed, in_place, loud
from tests.deliveries.stage import clear, happen, rule_for, send_all, trigger
from tests.integrations.browsing import enter
from tests.integrations.factories import make_integration

pytestmark = pytest.mark.django_db(transaction=True)

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
REFUSED = 401
Deed = Callable[[Actor, Alert, datetime], Any]


def switch(place: Integration, on: bool, now: datetime) -> None:
    services.update(Actor.system(place.team), place, enabled=on, now=now)


def told(cast: Cast, place: Integration, now: datetime) -> Alert:
    """An alert whose message stands there."""
    alert = trigger(rule_for(cast.team, place), now)
    send_all(now)
    return alert


DEEDS: dict[str, Deed] = {
    "cleared": lambda actor, alert, now: clear(alert, now),
    "closed": lambda actor, alert, now: lifecycle.close(actor, alert, "known", now),
    "acknowledged": lifecycle.acknowledge,
    "assigned": lambda actor, alert, now: act(actor, alert, "assign", {"to": "member@example.com"}, now),
    "milder": lambda actor, alert, now: happen(alert.rule, now, changed(alert.rule, now, Severity.MINOR)),
}
SHOWN = {
    "cleared": "#1 CLEARED (critical)",
    "closed": "#1 CLEARED (critical)",
    "acknowledged": "#1 ACKNOWLEDGED (critical)",
    "assigned": "#1 CRITICAL",
    "milder": "#1 MINOR",
}


@pytest.mark.parametrize("what", DEEDS)
def test_what_happened_while_it_was_off_is_shown_as_soon_as_it_is_on(
    cast: Cast, board: Board, place: Integration, now: datetime, what: str
) -> None:
    alert = told(cast, place, now)
    switch(place, False, now)
    DEEDS[what](ann(cast), alert, now + MINUTE)
    send_all(now + MINUTE)

    switch(place, True, now + 2 * MINUTE)
    send_all(now + 2 * MINUTE)

    (note,) = board.notes
    assert len(note.bodies) == 2
    assert note.now["stands"].startswith(SHOWN[what])
    assert ("Assigned to" in note.now["facts"]) is (what == "assigned")
    assert len(board.loud) == 1
    assert in_place()[-1][1] == "delivered"
    assert Lane.objects.get().untold == 0


def test_all_that_was_missed_is_one_update_and_what_is_true_needs_none(
    cast: Cast, board: Board, place: Integration, now: datetime
) -> None:
    alert = told(cast, place, now)
    told_too = trigger(rule_for(cast.team, place, test=alert.rule.tests.get(), name="other"), now)
    send_all(now)
    switch(place, False, now)
    for minutes, what in enumerate(("acknowledged", "assigned", "milder", "cleared"), start=1):
        DEEDS[what](ann(cast), alert, now + minutes * MINUTE)

    for minutes in (10, 11, 12):
        switch(place, True, now + minutes * MINUTE)
        switch(place, False, now + minutes * MINUTE)
    switch(place, True, now + 20 * MINUTE)
    switch(place, True, now + 21 * MINUTE)
    send_all(now + 21 * MINUTE)
    switch(place, False, now + 22 * MINUTE)
    switch(place, True, now + 23 * MINUTE)
    send_all(now + 23 * MINUTE)

    assert [len(note.bodies) for note in board.notes] == [2, 1]
    assert board.notes[0].now["stands"].startswith("#1 CLEARED")
    assert MessageRef.objects.filter(alert=told_too).exists()


def test_what_was_never_posted_there_is_not_posted_now(
    cast: Cast, board: Board, place: Integration, now: datetime
) -> None:
    rule = rule_for(cast.team, place)
    switch(place, False, now)
    alert = trigger(rule, now)
    clear(alert, now + MINUTE)

    switch(place, True, now + 2 * MINUTE)
    send_all(now + 2 * MINUTE)

    assert board.notes == []
    assert in_place() == []


def test_what_waited_when_it_was_switched_off_is_shown_in_silence(
    cast: Cast, board: Board, place: Integration, now: datetime
) -> None:
    alert = told(cast, place, now)
    clear(alert, now + MINUTE)
    switch(place, False, now + MINUTE)
    timers.sweep(now + MINUTE)
    assert loud()[-1] == ("cleared", "suppressed", "integration_disabled")

    switch(place, True, now + 2 * MINUTE)
    send_all(now + 2 * MINUTE)

    assert board.notes[0].now["stands"].startswith("#1 CLEARED")
    assert len(board.loud) == 1


def test_an_update_that_was_ended_twice_is_owed_a_third_time_and_points_to_what_was_lost(
    cast: Cast, board: Board, place: Integration, now: datetime
) -> None:
    alert = told(cast, place, now)
    lifecycle.acknowledge(ann(cast), alert, now)
    for minutes in (1, 3):
        switch(place, False, now + minutes * MINUTE)
        timers.sweep(now + minutes * MINUTE)
        switch(place, True, now + (minutes + 1) * MINUTE)
    send_all(now + 5 * MINUTE)

    ended = ("acknowledged", "suppressed", "integration_disabled")
    assert in_place() == [ended, ended, ("acknowledged", "delivered", "")]
    first, second, third = Delivery.objects.filter(in_place=True).order_by("id")
    assert (first.resend_of, second.resend_of, third.resend_of) == (None, first, second)
    assert len(board.notes) == 1
    assert board.notes[0].now["stands"].startswith("#1 ACKNOWLEDGED")


@pytest.mark.parametrize("way", ["page", "api"])
def test_every_way_to_switch_it_on_makes_it_good(
    cast: Cast, board: Board, place: Integration, now: datetime, way: str
) -> None:
    alert = told(cast, place, now)
    switch(place, False, now)
    clear(alert, now + MINUTE)

    if way == "page":
        answer = enter(cast.member).post(f"/t/{cast.team.slug}/integrations/{place.pk}/enabled/", {"enabled": "1"})
    else:
        body = {"enabled": True}
        answer = ApiClient(key_of(cast.team)).send("PATCH", f"/api/v1/integrations/{place.pk}/", body)

    assert answer.status_code in (200, 204, 302), answer.content
    assert in_place() == [("cleared", "pending", "")]


def test_what_is_owed_is_written_with_the_switch_or_not_at_all(
    cast: Cast, board: Board, place: Integration, now: datetime
) -> None:
    alert = told(cast, place, now)
    switch(place, False, now)
    clear(alert, now + MINUTE)

    with transaction.atomic():
        switch(place, True, now + 2 * MINUTE)
        assert in_place() == [("cleared", "pending", "")]
        transaction.set_rollback(True)
    assert in_place() == []
    with mock.patch("deliveries.making_good._wake"):  # as if killed right after the commit
        switch(place, True, now + 2 * MINUTE)
    assert Lane.objects.get().due_at is None
    timers.sweep(now + 2 * MINUTE)
    send_all(now + 2 * MINUTE)

    assert board.notes[0].now["stands"].startswith("#1 CLEARED")


def test_what_was_decided_in_the_very_moment_is_found_a_little_later(
    cast: Cast, board: Board, place: Integration, now: datetime
) -> None:
    """As an event whose transaction read that it is off, and committed after it was switched on."""
    alert = told(cast, place, now)
    Integration.objects.filter(pk=place.pk).update(enabled=False)
    clear(alert, now + MINUTE)
    Integration.objects.filter(pk=place.pk).update(enabled=True, updated_at=now + MINUTE)
    assert in_place() == []

    making_good.run(now + MINUTE)
    making_good.run(now + 1.5 * MINUTE)
    send_all(now + 1.5 * MINUTE)
    making_good.run(now + 1.9 * MINUTE)

    assert in_place() == [("cleared", "delivered", "")]
    assert "deliveries.making_good" in [name for name, *_ in timers.JOBS]


def test_nothing_is_shown_in_the_shadow(cast: Cast, board: Board, place: Integration, now: datetime) -> None:
    alert = told(cast, place, now)
    switch(place, False, now)
    clear(alert, now + MINUTE)
    AlertRule.objects.update(shadow=True)

    switch(place, True, now + 2 * MINUTE)

    assert in_place() == []


def test_the_newest_go_first_where_there_are_too_many_and_the_rest_a_little_later(
    cast: Cast, board: Board, place: Integration, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making_good, "AT_ONCE", 2)
    rule = rule_for(cast.team, place)
    test = rule.tests.get()
    rules = [rule, *(rule_for(cast.team, place, test=test, name=f"r{n}") for n in range(2))]
    alerts = [trigger(each, now, test=test) for each in rules]
    for _ in alerts:
        send_all(now)
        now += MINUTE
    switch(place, False, now)
    for alert in alerts:
        clear(alert, now)

    switch(place, True, now)
    first = set(Delivery.objects.filter(in_place=True).values_list("alert", flat=True))
    making_good.run(now + MINUTE)

    assert first == {alert.pk for alert in alerts[1:]}
    assert Delivery.objects.filter(in_place=True).count() == 3


def refuse(cast: Cast, board: Board, place: Integration, alert: Alert, now: datetime) -> None:
    """What happens now is refused for a reason of the place."""
    board.refusals = [REFUSED]
    clear(alert, now)
    send_all(now)
    assert [state for _, state, _ in (*loud(), *in_place())] == ["delivered", "rejected"]


def test_what_was_refused_is_shown_when_new_settings_are_saved(
    cast: Cast, board: Board, place: Integration, now: datetime
) -> None:
    refuse(cast, board, place, told(cast, place, now), now + MINUTE)

    services.update(Actor.system(cast.team), place, name="renamed", now=now + 2 * MINUTE)
    assert in_place() == []
    config = {"server": f"{board.url}/moved"}
    services.update(Actor.system(cast.team), place, config=config, now=now + 2 * MINUTE)
    send_all(now + 10 * MINUTE)

    assert board.notes[0].now["stands"].startswith("#1 CLEARED")
    assert in_place() == [("cleared", "delivered", "")]
    assert len(board.loud) == 2  # the clear was loud where it was refused


def test_what_was_refused_is_shown_when_the_next_message_passes(
    cast: Cast, board: Board, place: Integration, now: datetime
) -> None:
    refuse(cast, board, place, told(cast, place, now), now + MINUTE)

    trigger(rule_for(cast.team, place, test=Alert.objects.get().test, name="next"), now + 10 * MINUTE)
    send_all(now + 10 * MINUTE)
    send_all(now + 11 * MINUTE)

    assert board.notes[0].now["stands"].startswith("#1 CLEARED")


def test_what_expired_while_it_was_on_hold_is_shown_when_that_ends(
    cast: Cast, board: Board, place: Integration, now: datetime
) -> None:
    alert = told(cast, place, now)
    board.refusals = [REFUSED] * 100
    lifecycle.acknowledge(ann(cast), alert, now)
    for _ in range(5):
        send_all(now)
        now += 2 * MINUTE
        lifecycle.assign(ann(cast), alert, cast.owner, now)
        lifecycle.assign(ann(cast), alert, cast.member, now)
    assert Lane.objects.get().on_hold
    now += 3 * DAY
    timers.sweep(now)
    expiring.expire(now)
    assert not Delivery.objects.filter(state="pending").exists()

    board.refusals = []
    trigger(rule_for(cast.team, place, test=alert.test, name="next"), now)
    send_all(now)
    send_all(now + MINUTE)

    assert board.notes[0].now["stands"].startswith("#1 ACKNOWLEDGED")
    assert board.notes[0].now["facts"]["Assigned to"] == str(cast.member)


def test_what_was_refused_for_what_it_says_is_not_owed_again_by_every_trouble(
    cast: Cast, board: Board, place: Integration, now: datetime
) -> None:
    alert = told(cast, place, now)
    board.refusals = [400]
    clear(alert, now)
    send_all(now)
    assert loud()[-1] == ("cleared", "rejected", "content_refused")
    other = trigger(rule_for(cast.team, place, test=alert.test, name="next"), now)
    board.refusals = [REFUSED]
    send_all(now + MINUTE)
    lifecycle.acknowledge(ann(cast), other, now + 5 * MINUTE)
    trigger(rule_for(cast.team, place, test=alert.test, name="another"), now + 5 * MINUTE)
    send_all(now + 5 * MINUTE)
    send_all(now + 6 * MINUTE)

    assert Delivery.objects.filter(alert=alert).count() == 2


def test_what_a_digest_told_while_its_update_was_lost_is_made_good(
    cast: Cast, slow_board: Board, place: Integration, now: datetime
) -> None:
    rules = [rule_for(cast.team, place, test=make_test(cast.team, f"t{n}"), name=f"r{n}") for n in range(9)]
    alerts = [trigger(rule, now) for rule in rules[:2]]
    for seconds in range(2):
        send_all(now + timedelta(seconds=seconds))
    for alert in alerts:
        clear(alert, now + MINUTE)
    for rule in rules[2:]:
        trigger(rule, now + MINUTE)
    send_all(now + MINUTE)
    switch(place, False, now + MINUTE)
    timers.sweep(now + MINUTE)
    first, second, digest = slow_board.notes
    assert len(digest.now["lines"]) == 9
    assert in_place() == [("cleared", "suppressed", "integration_disabled")] * 2

    switch(place, True, now + 2 * MINUTE)
    for seconds in range(2):
        send_all(now + 2 * MINUTE + timedelta(seconds=seconds))

    for note, number in ((first, 1), (second, 2)):
        assert note.now["stands"].startswith(f"#{number} CLEARED")
        assert note.now["silent"]
    assert len(slow_board.notes) == 3


def test_rooms_and_mails_get_nothing_that_is_over(cast: Cast, receiver: Any, now: datetime) -> None:
    room = make_integration(
        cast.team, "slack", "plain", config={"url": f"{receiver.url}/services/T/B/XXXXXXXXXXXXXXXX"}
    )
    alert = told(cast, room, now)
    switch(room, False, now)
    clear(alert, now + MINUTE)

    switch(room, True, now + 2 * MINUTE)
    making_good.run(now + 2 * MINUTE)

    assert loud() == [("triggered", "delivered", ""), ("cleared", "suppressed", "integration_disabled")]
    assert in_place() == []


def test_of_what_keeps_no_message_and_no_state_nothing_is_looked_up(
    cast: Cast, now: datetime, django_assert_num_queries: Any
) -> None:
    room = make_integration(cast.team, "hipchat", "plain")

    with django_assert_num_queries(2):
        making_good.owe([room.pk], now)
    with django_assert_num_queries(2):
        making_good.owe_lost([room.pk], now, now)
