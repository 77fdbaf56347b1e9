"""At one address run as many calls as may: more of them wait, nobody else does, and a silent place keeps nobody."""

import threading
import time
from dataclasses import replace

import pytest

from channels_app.contract import DoorError, Reply
from channels_app.doors.guard import Policy
from channels_app.doors.http import HttpDoor
from channels_app.doors.places import FORGOTTEN, Place
from tests.channels_app.calls import post, replies
from tests.patience import PATIENT
from tests.servers.http import Answer, Receiver, Request

LONG = 600.0  # seconds that nobody waits


@pytest.fixture
def never_stuck(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else an address that a stalled machine lets wait is one that answers nobody."""
    monkeypatch.setattr("channels_app.doors.places.STUCK", PATIENT)


def test_no_more_calls_than_allowed_run_at_one_address(policy: Policy, receiver: Receiver, never_stuck: None) -> None:
    door = HttpDoor(replace(policy, per_address=3))
    under_way, most = [0], [0]
    receiver.default = Answer(seconds=0.05)
    for number in range(12):
        door.start(post(f"{receiver.url}/{number}"), lambda reply: under_way.__setitem__(0, under_way[0] + 1))
    while door.in_flight:
        door.pump(0.5)
        most[0] = max(most[0], len(receiver.received) - under_way[0])
    assert receiver.connections == 3
    assert most[0] <= 3
    assert under_way[0] == 12
    door.close()


def test_a_slow_address_holds_up_no_other(policy: Policy, receiver: Receiver, never_stuck: None) -> None:
    door = HttpDoor(replace(policy, per_address=2))
    order: list[str] = []
    others_are_through = threading.Event()

    def slowly(request: Request) -> Answer:
        others_are_through.wait(PATIENT / 2)
        return Answer()

    def note_quick(reply: Reply) -> None:
        order.append("quick")
        if len(order) == 6:
            others_are_through.set()

    receiver.decide = slowly
    with Receiver() as quick:
        for _ in range(6):
            door.start(post(receiver.url + "/slow"), lambda reply: order.append("slow"))
        for _ in range(6):
            door.start(post(quick.url + "/quick"), note_quick)
        while door.in_flight:
            door.pump(0.5)
    assert order == ["quick"] * 6 + ["slow"] * 6
    door.close()


def test_an_address_that_answers_nobody_keeps_nobody_waiting_for_it(policy: Policy, receiver: Receiver) -> None:
    door = HttpDoor(replace(policy, per_address=2, total_seconds=LONG))
    receiver.default = Answer(manner="hang")
    began, ends = time.monotonic(), list[Reply]()
    for _ in range(6):
        door.start(post(receiver.url + "/"), ends.append)
    while len(ends) < 4 and time.monotonic() - began < PATIENT:
        door.pump(0.2)
    assert len(ends) == 4
    receiver.wait_for(2)
    door.start(post(receiver.url + "/"), ends.append)
    door.pump(0.0)
    assert [reply.error for reply in ends] == [DoorError.TIMEOUT] * 5
    assert (len(receiver.received), door.in_flight) == (2, 2)
    door.close()


@pytest.mark.parametrize(("ended", "stuck"), [(0.0, True), (FORGOTTEN + 1, False)])
def test_an_address_that_failed_long_ago_is_trusted_anew(ended: float, stuck: bool) -> None:
    now = time.monotonic()
    place = Place(answered_at=now - 1000, ended_at=now - ended)
    place.begin()
    assert place.is_stuck is stuck
    place.end(answered=True)
    assert place.is_idle


@pytest.mark.usefixtures("never_stuck")
def test_waiting_in_the_queue_is_not_counted_as_time_of_the_call(policy: Policy) -> None:
    for seconds in (0.5, 8.0, PATIENT):  # in the first, a stall may be all
        door = HttpDoor(replace(policy, per_address=1, total_seconds=seconds))
        with Receiver(Answer(seconds=0.4 * seconds)) as receiver:
            got = replies(door, *(post(f"{receiver.url}/{number}") for number in range(5)))
        door.close()
        if (statuses := [reply.status for reply in got]) == [200] * 5:
            break
    assert statuses == [200] * 5
    assert [request.path for request in receiver.received] == [f"/{number}" for number in range(5)]
