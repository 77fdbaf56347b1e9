"""Leases and fences: senders race, die and are overtaken, and no message is sent twice for it."""

import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from unittest import mock

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from alerts.sql.course import lock_open_alerts
from channels_app.doors import Doors
from deliveries import timers
from deliveries.claiming import Departure, claim, depart
from deliveries.models import Attempt, Delivery, Dispatch, Lane
from deliveries.owner import is_dead, this_process
from deliveries.sender import Sender
from deliveries.sql import lanes
from deliveries.sql.base import execute
from tests.alerts.factories import make_test
from tests.conftest import Cast
from tests.deliveries.stage import LOCAL, Clock, happen, opened, rule_for, send_all, slack, states, trigger
from tests.patience import PATIENT
from tests.servers.house import wait_for
from tests.servers.http import Answer, Receiver

pytestmark = pytest.mark.django_db(transaction=True)


def in_threads(count: int, work: Callable[[], None]) -> None:
    threads = [started(work) for _ in range(count)]
    for thread in threads:
        thread.join()


def started(work: Callable[[], None]) -> threading.Thread:
    """A thread that does `work` with a database connection of its own."""

    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_racing_senders_send_every_message_exactly_once(cast: Cast, receiver: Receiver, now: datetime) -> None:
    places = [slack(cast.team, receiver, f"room{n}") for n in range(40)]
    rules = [rule_for(cast.team, *places, test=make_test(cast.team, f"t{n}"), name=f"r{n}") for n in range(3)]
    happen(rules[0], now, *(opened(rule, now) for rule in rules))

    in_threads(3, lambda: send_all(now))
    in_threads(3, lambda: send_all(now + timedelta(seconds=1)))
    in_threads(3, lambda: send_all(now + timedelta(seconds=2)))

    assert {state for _, state, _ in states()} == {"delivered"}
    told = Counter((request.path, request.body.split(b":")[1]) for request in receiver.received)
    assert len(told) == 120
    assert set(told.values()) == {1}


def test_a_clock_that_is_set_ahead_sends_nothing_twice(cast: Cast, receiver: Receiver, now: datetime) -> None:
    trigger(rule_for(cast.team, slack(cast.team, receiver)), now)
    receiver.script(Answer(seconds=2.5))
    doors, clock = Doors(LOCAL), Clock(now)

    thread = started(lambda: Sender(doors, clock).run_until_idle(4 * PATIENT))
    receiver.wait_for(1)
    clock.now += timedelta(hours=1)
    thread.join()
    doors.close()

    assert len(receiver.received) == 1
    assert states() == [("triggered", "delivered", "")]


def test_lanes_of_the_dead_are_taken_over_while_their_alert_is_being_changed(
    cast: Cast, receiver: Receiver, now: datetime
) -> None:
    """A row that is written twice in one transaction has what it points to checked again, and locked for it."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time")
    alert = trigger(rule_for(cast.team, slack(cast.team, receiver)), now)
    later = now + timedelta(minutes=1)
    with transaction.atomic():
        depart(claim("dead:1:1:a", 10, now), now)
    left: list[Departure] = []

    def take_over() -> None:
        with transaction.atomic():
            execute("SET LOCAL lock_timeout = '3s'")
            left.extend(depart(claim("alive:1:1:a", 10, later), later).departures)

    with transaction.atomic():
        lock_open_alerts(cast.team, [alert.fingerprint])
        started(take_over).join()

    assert len(left) == 1


def test_a_result_that_comes_after_somebody_took_over_is_dropped(
    cast: Cast, receiver: Receiver, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    trigger(rule_for(cast.team, slack(cast.team, receiver)), now)
    overtaken = threading.Event()
    receiver.script(Answer(after=overtaken))
    doors = Doors(LOCAL)

    thread = started(lambda: Sender(doors, Clock(now), "slow:1:1:a").run_until_idle(4 * PATIENT))
    receiver.wait_for(1)
    lanes.end_leases("slow:1:1:a")
    send_all(now + timedelta(seconds=1))
    overtaken.set()
    thread.join()
    doors.close()

    assert len(receiver.received) == 2
    assert states() == [("triggered", "delivered", "")]
    assert list(Attempt.objects.order_by("id").values_list("outcome", flat=True)) == ["interrupted", "delivered"]
    assert "was taken over; its result is dropped" in caplog.text
    assert Lane.objects.get().fence >= 2


def test_what_a_dead_sender_had_under_way_waits_again_and_says_so(
    cast: Cast, receiver: Receiver, now: datetime
) -> None:
    trigger(rule_for(cast.team, slack(cast.team, receiver)), now)
    _die_in_flight(now)
    assert states() == [("triggered", "sending", "")]

    send_all(now + timedelta(seconds=14))
    assert receiver.received == []
    send_all(now + timedelta(seconds=16))

    assert states() == [("triggered", "delivered", "")]
    first, second = Attempt.objects.order_by("id")
    assert (first.outcome, second.outcome) == ("interrupted", "delivered")
    assert "may have arrived" in first.words
    assert not Dispatch.objects.filter(finished_at=None).exists()


def test_leases_of_dead_processes_of_this_host_are_taken_over_at_once(
    cast: Cast, receiver: Receiver, now: datetime
) -> None:
    trigger(rule_for(cast.team, slack(cast.team, receiver)), now)
    _die_in_flight(now, owner=_owner_of_a_dead_process())

    timers.sweep(now)
    send_all(now + timedelta(seconds=1))

    assert states() == [("triggered", "delivered", "")]


@pytest.mark.parametrize("owner", [this_process(), "another-host:1:1:aaaa"], ids=["the living", "another host"])
def test_leases_of_the_living_and_of_other_hosts_are_left_alone(
    cast: Cast, receiver: Receiver, now: datetime, owner: str
) -> None:
    trigger(rule_for(cast.team, slack(cast.team, receiver)), now)
    _die_in_flight(now, owner)

    timers.sweep(now)
    send_all(now + timedelta(seconds=1))

    assert receiver.received == []


def test_a_process_that_has_its_number_from_a_dead_one_is_another() -> None:
    host, pid, started, nonce = this_process().split(":")
    assert not is_dead(f"{host}:{pid}:{started}:{nonce}")
    assert is_dead(f"{host}:{pid}:{int(started) - 1}:{nonce}")
    assert is_dead(_owner_of_a_dead_process())


def test_a_lease_that_is_renewed_is_not_taken(cast: Cast, receiver: Receiver, now: datetime) -> None:
    trigger(rule_for(cast.team, slack(cast.team, receiver)), now)
    _die_in_flight(now)
    lane = Lane.objects.get()

    lanes.renew([lane.pk], lane.lease_owner, now + timedelta(seconds=25))
    lanes.renew([lane.pk], "somebody:2:2:b", now - timedelta(seconds=60))
    send_all(now + timedelta(seconds=16))

    assert receiver.received == []


def test_no_team_holds_up_another(cast: Cast, receiver: Receiver, now: datetime) -> None:
    many = [slack(cast.team, receiver, f"room{n}") for n in range(20)]
    trigger(rule_for(cast.team, *many), now - timedelta(minutes=1))
    trigger(rule_for(cast.other_team, slack(cast.other_team, receiver, "theirs")), now)

    with transaction.atomic():
        held = claim("me:1:1:a", 2, now)

    assert {each.lane.team_id for each in held} == {cast.team.pk, cast.other_team.pk}


def test_a_lane_goes_on_within_its_lease_with_a_new_fence_each_time(
    cast: Cast, receiver: Receiver, now: datetime
) -> None:
    trigger(rule_for(cast.team, recipients=[f"ann{n}@example.com" for n in range(30)]), now)

    send_all(now)

    assert {state for _, state, _ in states()} == {"delivered"}
    assert Lane.objects.get().fence == Dispatch.objects.count() == 30
    assert len(set(Dispatch.objects.values_list("fence", flat=True))) == 30


def test_a_hanging_destination_holds_up_nobody_else(cast: Cast, receiver: Receiver, now: datetime) -> None:
    hanging = [slack(cast.team, receiver, f"hang{n}") for n in range(20)]
    healthy = [slack(cast.team, receiver, f"well{n}") for n in range(20)]
    go_on = threading.Event()
    lost = Answer(manner="reset", after=go_on)
    receiver.decide = lambda request: lost if "hang" in request.path else Answer()
    trigger(rule_for(cast.team, *hanging, *healthy), now)

    thread = started(lambda: send_all(now))
    try:
        wait_for(lambda: Delivery.objects.filter(state="delivered").count() == 20, PATIENT / 2, "the healthy ones")
        assert Delivery.objects.filter(state="sending").count() == 20
    finally:
        go_on.set()
        thread.join()

    paused = Lane.objects.exclude(paused_until=None).values_list("integration__name", flat=True)
    assert set(paused) == {each.name for each in hanging}


def test_deliveries_that_were_decided_about_meanwhile_are_not_sent(
    cast: Cast, receiver: Receiver, now: datetime
) -> None:
    trigger(rule_for(cast.team, slack(cast.team, receiver)), now)
    Delivery.objects.update(state="suppressed", reason="integration_disabled", finished_at=now)

    send_all(now)

    assert receiver.received == []
    assert Lane.objects.get().due_at is None


def _die_in_flight(now: datetime, owner: str = "gone:1:1:a") -> None:
    """A sender that wrote down that it is sending, and was never heard of again."""
    doors = Doors(LOCAL)
    sender = Sender(doors, Clock(now), owner)
    doors.start = lambda call, done: None  # type: ignore[method-assign]
    sender._claim()
    doors.close()


def _owner_of_a_dead_process() -> str:
    code = "import sys; sys.path.insert(0, '.'); from deliveries.owner import this_process; print(this_process())"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


@mock.patch("deliveries.sender.RENEW_EVERY", PATIENT)  # else a round that takes long renews its leases
def test_a_round_takes_as_many_queries_for_many_lanes_as_for_few(cast: Cast, receiver: Receiver, now: datetime) -> None:
    counts = []
    for count in (3, 60):
        places = [slack(cast.team, receiver, f"room{count}-{n}") for n in range(count)]
        trigger(rule_for(cast.team, *places, test=make_test(cast.team, f"t{count}"), name=f"r{count}"), now)
        doors = Doors(LOCAL)
        sender = Sender(doors, Clock(now))
        with CaptureQueriesContext(connection) as queries:
            sender._claim()
        while sender._air.flights:
            doors.pump(0.1)
        with CaptureQueriesContext(connection) as more:
            sender._record()
        counts.append((len(queries), len(more)))
        doors.close()
    assert counts[0] == counts[1]
    assert sum(counts[1]) <= 40
