"""Senders die, race and are overtaken; notes are lost: the message that counts is always the one that is kept true."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction

from alerts import lifecycle
from channels_app.doors import Doors
from deliveries.claiming import claim, depart
from deliveries.models import Delivery, DeliveryState, MessageRef
from deliveries.recording import record
from deliveries.sender import Sender
from deliveries.services import send_again
from deliveries.sql import lanes
from integrations.models import Integration
from teams.access import Actor
from teams.errors import Conflict
from tests.alerts.factories import make_test
from tests.conftest import Cast
from tests.deliveries.living.board import Board
from tests.deliveries.living.stage import ann, in_place, loud
from tests.deliveries.stage import LOCAL, Clock, clear, happen, opened, rule_for, send_all, trigger

pytestmark = pytest.mark.django_db(transaction=True)

MINUTE = timedelta(minutes=1)


def in_threads(count: int, work: Callable[[], None]) -> None:
    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()


class Dying(Sender):
    """A sender that sends and dies before it writes down what came back."""

    def _record(self, stopping: bool = False) -> None:
        raise SystemExit


def die_sending(now: datetime) -> None:
    doors = Doors(LOCAL)
    try:
        with pytest.raises(SystemExit):
            Dying(doors, Clock(now), "dead:1:1:a").run_until_idle(20)
    finally:
        doors.close()
    lanes.end_leases("dead:1:1:a")


def test_an_update_whose_sender_died_is_made_again(cast: Cast, board: Board, place: Integration, now: datetime) -> None:
    alert = trigger(rule_for(cast.team, place), now)
    send_all(now)
    clear(alert, now)

    die_sending(now)
    assert len(board.received) == 2
    send_all(now + MINUTE)

    (note,) = board.notes
    assert [body["stands"] for body in note.bodies][1:] == ["#1 CLEARED (critical): Too slow on Checkout"] * 2
    assert MessageRef.objects.get().ref == note.id
    assert loud() == [("triggered", "delivered", ""), ("cleared", "delivered", "")]


def test_a_message_whose_sender_died_is_posted_again_and_that_one_counts(
    cast: Cast, board: Board, place: Integration, now: datetime
) -> None:
    """As with every message, a second one is possible there, and only there."""
    alert = trigger(rule_for(cast.team, place), now)

    die_sending(now)
    assert not MessageRef.objects.exists()
    send_all(now + MINUTE)
    clear(alert, now + MINUTE)
    send_all(now + MINUTE)

    assert [len(note.bodies) for note in board.notes] == [1, 2]
    assert MessageRef.objects.get().ref == "2"


def test_who_was_overtaken_does_not_say_which_message_counts(
    cast: Cast, board: Board, place: Integration, now: datetime
) -> None:
    trigger(rule_for(cast.team, place), now)
    doors = Doors(LOCAL)
    slow = Sender(doors, Clock(now), "slow:1:1:a")
    with transaction.atomic():
        departed = depart(claim(slow.owner, 1, now), now)
    slow._departed += departed.departures
    slow._launch(now)
    while slow._air.flights:
        doors.pump(0.1)
    lanes.end_leases(slow.owner)
    send_all(now + MINUTE)
    with transaction.atomic():
        record(slow._air.landed, slow.owner, now + MINUTE)
    doors.close()

    assert [note.id for note in board.notes] == ["1", "2"]
    assert MessageRef.objects.get().ref == "2"


def test_racing_senders_post_one_message_for_each_alert_and_keep_it_true(
    cast: Cast, board: Board, place: Integration, now: datetime
) -> None:
    rules = [rule_for(cast.team, place, test=make_test(cast.team, f"t{n}"), name=f"r{n}") for n in range(12)]
    alerts = [event.alert for event in happen(rules[0], now, *(opened(rule, now) for rule in rules))]

    in_threads(3, lambda: send_all(now))
    for alert in alerts:
        lifecycle.acknowledge(ann(cast), alert, now)
    in_threads(3, lambda: send_all(now))
    for alert in alerts[::2]:
        clear(alert, now)
    in_threads(3, lambda: send_all(now))

    assert len(board.notes) == 12
    assert MessageRef.objects.count() == 12
    assert not Delivery.objects.exclude(state=DeliveryState.DELIVERED).exists()
    assert sorted("CLEARED" in note.now["stands"] for note in board.notes) == [False] * 6 + [True] * 6
    assert all("ACKNOWLEDGED" in note.now["stands"] or "CLEARED" in note.now["stands"] for note in board.notes)


def test_a_message_that_is_gone_is_posted_anew_when_somebody_is_to_be_told(
    cast: Cast, board: Board, place: Integration, now: datetime
) -> None:
    alert = trigger(rule_for(cast.team, place), now)
    send_all(now)
    board.lose(board.notes[0])

    lifecycle.acknowledge(ann(cast), alert, now)
    send_all(now)
    assert len(board.notes) == 1
    assert MessageRef.objects.get().ref == "1"
    clear(alert, now)
    send_all(now)

    assert board.notes[1].now["stands"].startswith("#1 CLEARED")
    assert MessageRef.objects.get().ref == "2"


def test_what_is_sent_again_is_a_new_message_that_counts_from_then_on(
    cast: Cast, board: Board, place: Integration, now: datetime
) -> None:
    alert = trigger(rule_for(cast.team, place), now)
    send_all(now)

    send_again(Actor.system(cast.team), Delivery.objects.get(), now + MINUTE)
    send_all(now + MINUTE)
    lifecycle.acknowledge(ann(cast), alert, now + MINUTE)
    send_all(now + MINUTE)

    old, new = board.notes
    assert len(old.bodies) == 1
    assert [body["stands"] for body in new.bodies] == [
        "#1 CRITICAL: Too slow on Checkout",
        "#1 ACKNOWLEDGED (critical): Too slow on Checkout",
    ]
    assert (MessageRef.objects.get().ref, MessageRef.objects.get().posted_at) == ("2", now + MINUTE)


def test_a_silent_update_cannot_be_sent_again(cast: Cast, board: Board, place: Integration, now: datetime) -> None:
    alert = trigger(rule_for(cast.team, place), now)
    send_all(now)
    lifecycle.acknowledge(ann(cast), alert, now)
    send_all(now)

    with pytest.raises(Conflict, match="only updated a message in place"):
        send_again(Actor.system(cast.team), Delivery.objects.get(in_place=True), now)


def test_what_waits_for_a_place_that_keeps_no_message_any_more_is_not_told_aloud(
    cast: Cast, board: Board, place: Integration, now: datetime
) -> None:
    alert = trigger(rule_for(cast.team, place), now)
    send_all(now)
    lifecycle.acknowledge(ann(cast), alert, now)
    Integration.objects.filter(pk=place.pk).update(living=False)

    send_all(now)

    assert len(board.received) == 1
    assert in_place() == [("acknowledged", "suppressed", "nothing_to_update")]


def test_an_update_that_failed_is_tried_again_and_tells_what_is_true_by_then(
    cast: Cast, board: Board, place: Integration, now: datetime
) -> None:
    alert = trigger(rule_for(cast.team, place), now)
    send_all(now)
    lifecycle.acknowledge(ann(cast), alert, now)
    board.refusals = [503]
    send_all(now)
    assert in_place() == [("acknowledged", "pending", "")]
    clear(alert, now + MINUTE)

    send_all(now + 10 * MINUTE)

    assert in_place() == [("acknowledged", "superseded", "newer_event")]
    assert board.notes[0].now["stands"].startswith("#1 CLEARED")
    assert loud() == [("triggered", "delivered", ""), ("cleared", "delivered", "")]


def test_what_happened_while_nobody_knew_of_the_message_is_shown_once_it_stands(
    cast: Cast, board: Board, place: Integration, now: datetime
) -> None:
    """As when a fallback is owed an alert at the moment in which somebody acknowledges it."""
    alert = trigger(rule_for(cast.team, place), now)
    lifecycle.acknowledge(ann(cast), alert, now)
    Delivery.objects.filter(in_place=True).delete()

    send_all(now)

    (note,) = board.notes
    assert [body["silent"] for body in note.bodies] == [False, True]
    assert note.now["stands"].startswith("#1 ACKNOWLEDGED")
    assert in_place() == [("acknowledged", "delivered", "")]
