"""What only keeps a message true is no telling: it is counted nowhere as one, and costs nothing where none lives."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from alerts import lifecycle
from alerts.models import Mute
from channels_app.words import Severity
from deliveries import expiring, outbox, releasing, sender, standing_in
from deliveries.entries import entry_of
from deliveries.models import Delivery, Lane
from deliveries.sentences import sentence
from deliveries.told import Standing, who_was_told
from integrations.models import Integration
from tests.alerts.factories import make_test
from tests.api.calls import ApiClient, key_of
from tests.conftest import Cast
from tests.deliveries.living.board import Board
from tests.deliveries.living.conftest import MakePlace
from tests.deliveries.living.stage import ann, changed, in_place, loud
from tests.deliveries.stage import clear, happen, opened, rule_for, send_all, trigger
from tests.integrations.factories import make_integration
from tests.patience import PATIENT

pytestmark = pytest.mark.django_db(transaction=True)

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def test_one_that_expires_is_not_counted_among_what_was_not_told(
    cast: Cast, board: Board, place: Integration, now: datetime
) -> None:
    alert = trigger(rule_for(cast.team, place), now)
    send_all(now)
    lifecycle.acknowledge(ann(cast), alert, now)

    expiring.expire(now + DAY)

    assert in_place() == [("acknowledged", "expired", "too_late")]
    assert Lane.objects.get().untold == 0


def test_no_fallback_stands_in_for_one(cast: Cast, board: Board, make_place: MakePlace, now: datetime) -> None:
    place, other = make_place("wall"), make_place("reserve")
    Integration.objects.filter(pk=place.pk).update(fallback=other)
    alert = trigger(rule_for(cast.team, place), now)
    send_all(now)
    lifecycle.acknowledge(ann(cast), alert, now)
    Lane.objects.filter(pk=place.pk).update(on_hold=True)

    standing_in.for_lanes_on_hold(now)
    expiring.expire(now + DAY)

    assert not Delivery.objects.filter(integration=other).exists()


def test_one_at_the_fallback_does_not_keep_it_from_standing_in(
    cast: Cast, board: Board, make_place: MakePlace, now: datetime
) -> None:
    other = make_place("reserve")
    place = make_place("wall", "/dead", events=["triggered", "acknowledged"])
    Integration.objects.filter(pk=place.pk).update(fallback=other)
    alert = trigger(rule_for(cast.team, place, other), now)
    send_all(now)
    lifecycle.acknowledge(ann(cast), alert, now)
    assert in_place(integration=other) == [("acknowledged", "pending", "")]

    expiring.expire(now + DAY)

    assert loud(integration=other) == [("triggered", "delivered", ""), ("acknowledged", "pending", "")]
    assert Delivery.objects.filter(integration=other, stands_in_for=place).count() == 1


def test_what_is_only_updated_does_not_count_as_told(
    cast: Cast, board: Board, place: Integration, now: datetime
) -> None:
    """The end of a mute tells of nothing that is over, though its message was updated meanwhile."""
    rule = rule_for(cast.team, place)
    Mute.objects.create(team=cast.team, rule=rule, began_at=now, until=now + MINUTE)
    alert = trigger(rule, now)
    happen(rule, now, changed(rule, now, Severity.MINOR))
    clear(alert, now)
    assert [state for _, state, _ in in_place()] == ["pending", "pending"]

    releasing.run(now + 2 * MINUTE)

    assert loud() == [("triggered", "suppressed", "muted"), ("cleared", "suppressed", "muted")]
    send_all(now + 5 * MINUTE)
    assert board.received == []


def test_pages_and_programs_tell_it_from_a_telling(
    cast: Cast, board: Board, place: Integration, now: datetime, client: Client
) -> None:
    alert = trigger(rule_for(cast.team, place), now)
    send_all(now)
    lifecycle.acknowledge(ann(cast), alert, now)
    (waiting,) = Delivery.objects.filter(in_place=True)
    assert sentence(waiting) == "To be updated in place. Waits to be sent."
    send_all(now)
    row = Delivery.objects.get(in_place=True)

    assert sentence(row) == "Updated in place at 12:00:00; nobody was notified."
    assert not entry_of(row, now, UTC).again
    client.force_login(cast.member)
    api = ApiClient(key_of(cast.team))
    found = api.get("/api/v1/deliveries/").json()["results"]
    assert {each["event"]: each["in_place"] for each in found} == {"triggered": False, "acknowledged": True}
    assert api.send("POST", f"/api/v1/deliveries/{row.pk}/retry/").status_code == 409
    page = client.get(f"/t/{cast.team.slug}/alerts/{alert.number}/told/")
    assert b"Updated in place at" in page.content
    log = client.get(f"/t/{cast.team.slug}/deliveries/")
    assert b"Updated in place at" in log.content
    assert log.content.count(b'id="again-') == page.content.count(b'id="again-') == 1


def test_who_was_told_goes_by_what_was_told(cast: Cast, board: Board, place: Integration, now: datetime) -> None:
    alert = trigger(rule_for(cast.team, place), now)
    send_all(now)
    lifecycle.acknowledge(ann(cast), alert, now)

    telling = who_was_told(alert, now, UTC)

    assert [each.standing for each in telling.destinations] == [Standing.TOLD]
    assert telling.summary == "1 destination: 1 told."
    assert [each.delivery.in_place for each in telling.destinations[0].entries] == [False, True]


def test_without_messages_that_live_nothing_more_is_asked_for(
    cast: Cast, board: Board, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With them, it takes three statements more to send: which the message is, which it became, and what it lacks."""
    for name in ("POLL", "RENEW_EVERY"):  # else whoever waits long for an answer asks more
        monkeypatch.setattr(sender, name, 2 * PATIENT)
    counts = {}
    for name, path in (("first", "/dead"), ("plain", "/dead/deaf"), ("living", "")):
        place = make_integration(cast.team, "board", name, config={"server": f"{board.url}/{name}{path}"})
        rule = rule_for(cast.team, place, test=make_test(cast.team, name), name=name)
        with CaptureQueriesContext(connection) as decided:
            happen(rule, now, opened(rule, now))
        with CaptureQueriesContext(connection) as sent:
            send_all(now)
        counts[name] = len(decided), len(sent)
        asked = [each["sql"] for each in (*decided, *sent) if "messageref" in each["sql"]]
        assert len(asked) == (2 if name == "living" else 0)

    assert counts["living"] == (counts["plain"][0], counts["plain"][1] + 3)


def test_an_error_in_deciding_leaves_the_message_alone(
    cast: Cast, board: Board, place: Integration, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    alert = trigger(rule_for(cast.team, place), now)
    send_all(now)

    def fails(*_: object) -> bool:
        raise ZeroDivisionError

    monkeypatch.setattr(outbox, "keeps_true", fails)
    lifecycle.acknowledge(ann(cast), alert, now)

    assert loud(event__type="acknowledged") == [("acknowledged", "rejected", "internal_error")]
