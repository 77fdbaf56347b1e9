"""One message per alert, at integrations that can: whatever happens to the alert, the message says how it is."""

from datetime import datetime, timedelta

import pytest

from alerts import lifecycle
from alerts.models import Mute, RuleIntegration
from channels_app.words import Severity
from deliveries.models import MessageRef
from integrations.models import Integration
from tests.alerts.factories import make_test
from tests.conftest import Cast
from tests.deliveries.living.board import Board
from tests.deliveries.living.conftest import MakePlace
from tests.deliveries.living.stage import ann, changed, in_place, loud
from tests.deliveries.stage import clear, happen, opened, rule_for, send_all, trigger

pytestmark = pytest.mark.django_db(transaction=True)

MINUTE = timedelta(minutes=1)


def test_a_trigger_is_posted_and_its_clear_changes_the_same_message(
    cast: Cast, board: Board, place: Integration, now: datetime
) -> None:
    alert = trigger(rule_for(cast.team, place), now)
    send_all(now)
    ref = MessageRef.objects.get()
    assert (ref.team, ref.alert, ref.integration, ref.recipient, ref.ref) == (cast.team, alert, place, "", "1")
    assert ref.posted_at == now

    clear(alert, now + 5 * MINUTE)
    send_all(now + 5 * MINUTE)

    (note,) = board.notes
    assert [body["stands"] for body in note.bodies] == [
        "#1 CRITICAL: Too slow on Checkout",
        "#1 CLEARED (critical): Too slow on Checkout",
    ]
    assert [body["silent"] for body in note.bodies] == [False, False]
    assert "the trigger was not told here" not in note.now["summary"]
    assert loud() == [("triggered", "delivered", ""), ("cleared", "delivered", "")]
    assert in_place() == []
    assert MessageRef.objects.get().posted_at == now


def test_what_was_not_chosen_is_shown_in_silence(cast: Cast, board: Board, place: Integration, now: datetime) -> None:
    alert = trigger(rule_for(cast.team, place), now)
    send_all(now)

    lifecycle.acknowledge(ann(cast), alert, now + MINUTE)
    send_all(now + MINUTE)
    lifecycle.assign(ann(cast), alert, cast.owner, now + 2 * MINUTE)
    send_all(now + 2 * MINUTE)
    lifecycle.unacknowledge(ann(cast), alert, now + 3 * MINUTE)
    send_all(now + 3 * MINUTE)

    (note,) = board.notes
    who = str(cast.member)
    assert [(body["silent"], body["facts"].get("Acknowledged by", "")) for body in note.bodies] == [
        (False, ""),
        (True, who),
        (True, who),
        (True, ""),
    ]
    assert "Assigned to" in note.now["facts"]
    assert [event for event, *_ in in_place(state="delivered")] == ["acknowledged", "assigned", "unacknowledged"]
    assert len(board.loud) == 1


def test_what_was_chosen_is_told_and_needs_no_silent_update_besides(
    cast: Cast, board: Board, make_place: MakePlace, now: datetime
) -> None:
    place = make_place(events=["triggered", "acknowledged"])
    alert = trigger(rule_for(cast.team, place), now)
    send_all(now)
    lifecycle.acknowledge(ann(cast), alert, now)
    send_all(now)

    assert in_place() == []
    assert [body["silent"] for body in board.notes[0].bodies] == [False, False]


@pytest.mark.parametrize("why", ["muted", "event_not_chosen", "rule_not_on_clear", "not_wanted", "unticked"])
def test_a_clear_shows_whatever_keeps_it_from_being_told(
    cast: Cast, board: Board, make_place: MakePlace, now: datetime, why: str
) -> None:
    place = make_place(events=["triggered"] if why == "event_not_chosen" else None)
    rule = rule_for(cast.team, place, notify_on_clear=why != "rule_not_on_clear")
    alert = trigger(rule, now)
    send_all(now)
    if why == "muted":
        Mute.objects.create(team=cast.team, rule=rule, began_at=now)
    if why == "unticked":
        rule.notify_on_clear = False
        rule.save()
        RuleIntegration.objects.filter(rule=rule).delete()

    clear(alert, now + MINUTE, notify="never" if why == "not_wanted" else "always")
    send_all(now + MINUTE)

    (note,) = board.notes
    assert note.now["stands"] == "#1 CLEARED (critical): Too slow on Checkout"
    assert note.now["silent"]
    assert len(board.loud) == 1
    assert in_place() == [("cleared", "delivered", "")]
    reason = "rule_not_on_clear" if why == "unticked" else why
    assert loud(event__type="cleared") == [("cleared", "held" if why == "muted" else "suppressed", reason)]


def test_a_severity_that_falls_shows(cast: Cast, board: Board, place: Integration, now: datetime) -> None:
    rule = rule_for(cast.team, place)
    trigger(rule, now)
    send_all(now)

    happen(rule, now + MINUTE, changed(rule, now + MINUTE, Severity.MINOR))
    send_all(now + MINUTE)

    assert board.notes[0].now["stands"] == "#1 MINOR: Too slow on Checkout"
    assert in_place() == [("severity_changed", "delivered", "")]
    assert loud() == [("triggered", "delivered", "")]


def test_a_message_tells_the_alert_as_it_is_when_it_leaves(
    cast: Cast, board: Board, place: Integration, now: datetime
) -> None:
    alert = trigger(rule_for(cast.team, place), now)
    lifecycle.acknowledge(ann(cast), alert, now)

    send_all(now)

    (note,) = board.notes
    assert note.bodies[0]["stands"] == "#1 ACKNOWLEDGED (critical): Too slow on Checkout"
    assert [body["silent"] for body in note.bodies] == [False, True]


def test_buttons_are_offered_where_people_can_act_and_while_the_alert_is_open(
    cast: Cast, board: Board, make_place: MakePlace, now: datetime
) -> None:
    hears, deaf = make_place("hears"), make_place("deafs", "/deaf")
    assert (hears.two_way, deaf.two_way) == (True, False)
    alert = trigger(rule_for(cast.team, hears, deaf), now)
    send_all(now)
    clear(alert, now)
    send_all(now)

    marks = {note.bodies[0]["mark"]: note.now["mark"] for note in board.notes}
    assert marks == {f"{hears.uid.hex}:1": "", "": ""}


def test_what_was_never_posted_has_nothing_to_be_updated(
    cast: Cast, board: Board, place: Integration, now: datetime
) -> None:
    rule = rule_for(cast.team, place)
    mute = Mute.objects.create(team=cast.team, rule=rule, began_at=now)
    alert = trigger(rule, now)
    lifecycle.acknowledge(ann(cast), alert, now)
    send_all(now)

    assert board.received == []
    assert in_place() == [("acknowledged", "suppressed", "nothing_to_update")]
    assert loud() == [("triggered", "held", "muted")]
    assert mute.ended_at is None


def test_alerts_of_a_digest_become_true_in_their_own_messages(
    cast: Cast, slow_board: Board, place: Integration, now: datetime
) -> None:
    rules = [
        rule_for(cast.team, place, test=make_test(cast.team, f"t{n}"), name=f"r{n}", severity="critical")
        for n in range(9)
    ]
    alerts = [happen(rule, now, opened(rule, now))[0].alert for rule in rules[:2]]
    for seconds in range(2):
        send_all(now + timedelta(seconds=seconds))
    assert len(slow_board.notes) == 2
    later = now + MINUTE
    for alert in alerts:
        clear(alert, later)
    for rule in rules[2:]:
        happen(rule, later, opened(rule, later))

    for seconds in range(5):
        send_all(later + timedelta(seconds=seconds))

    first, second, digest = slow_board.notes
    assert len(digest.now["lines"]) == 9
    assert "stands" not in digest.now
    for note, number in ((first, 1), (second, 2)):
        assert note.now["stands"].startswith(f"#{number} CLEARED")
        assert note.now["silent"]
    assert in_place() == [("cleared", "delivered", ""), ("cleared", "delivered", "")]
    assert MessageRef.objects.count() == 2


def test_after_a_digest_the_next_event_that_is_told_posts_a_message(
    cast: Cast, slow_board: Board, place: Integration, now: datetime
) -> None:
    rules = [rule_for(cast.team, place, test=make_test(cast.team, f"t{n}"), name=f"r{n}") for n in range(8)]
    alerts = [happen(rule, now, opened(rule, now))[0].alert for rule in rules]
    send_all(now)
    assert [len(note.now["lines"]) for note in slow_board.notes] == [8]
    assert not MessageRef.objects.exists()

    lifecycle.acknowledge(ann(cast), alerts[0], now + MINUTE)
    send_all(now + MINUTE)
    assert in_place() == [("acknowledged", "suppressed", "nothing_to_update")]
    clear(alerts[0], now + 2 * MINUTE)
    send_all(now + 2 * MINUTE)

    assert slow_board.notes[1].now["stands"].startswith("#1 CLEARED")
    assert MessageRef.objects.get().alert == alerts[0]
    assert len(slow_board.notes) == 2
