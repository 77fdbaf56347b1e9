"""Promise 3: limits are kept and told: nothing dropped, waiting is shown, digests name or count every alert."""

import json
import math
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from itertools import pairwise

import pytest

from tests.promises.rooms import Rooms
from tests.servers.house import House, wait_for
from tests.servers.http import Answer, Receiver, Request

pytestmark = pytest.mark.promise

WAITS = {"room0": 4, "room1": 6, "room2": 8}  # seconds; several, since a stall may make any one of them late
LONG = 900  # seconds; more than it takes to look
DEPARTURES = """
from deliveries.models import Dispatch
found = Dispatch.objects.filter(lane__integration={place}).order_by("created_at")
print(*(each.created_at.timestamp() for each in found))
"""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


@dataclass
class Turnstile:
    """Asks each room to wait, once, for so many seconds: `asked` holds (when, until when). Later requests pass."""

    form: str
    waits: dict[str, int]
    asked: dict[str, tuple[float, float]] = field(default_factory=dict)

    def decide(self, request: Request) -> Answer:
        room = request.path.rpartition("-")[2]
        if room in self.asked:
            return Answer()
        until, words = request.at + self.waits[room], str(self.waits[room])
        if self.form == "date":  # which has whole seconds
            until = math.ceil(until)
            words = format_datetime(datetime.fromtimestamp(until, UTC), usegmt=True)
        self.asked[room] = request.at, until
        return Answer(429, b"rate_limited", {"Retry-After": words})


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_is_kept(house: House, receiver: Receiver, form: str) -> None:
    rooms, turnstile = Rooms(house, receiver, list(WAITS)), Turnstile(form, WAITS)
    receiver.decide = turnstile.decide

    began = time.time()
    rooms.measure(9)
    rooms.settled()

    came = {request.path.rpartition("-")[2]: request.at for request in receiver.received}
    late = [came[room] - until for room, (_, until) in turnstile.asked.items()]
    usual = receiver.received[0].at - began
    assert len(receiver.received) == 2 * len(WAITS)
    assert min(late) >= 0
    assert min(late) < max(6, 3 * usual)  # seconds; a machine that stalls makes some late, and not all


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_until_when_a_message_waits_is_shown(house: House, receiver: Receiver, form: str) -> None:
    rooms, turnstile = Rooms(house, receiver, ["room0"]), Turnstile(form, {"room0": LONG})
    receiver.decide = turnstile.decide

    rooms.measure(9)
    (row,) = wait_for(lambda: [each for each in rooms.deliveries() if each["delayed_until"]], what="a delay")

    asked_at, until = turnstile.asked["room0"]
    lag = time.time() - asked_at  # seconds that may be asked for are counted from when the answer was read
    assert row["state"] == "pending"
    assert "rate limit of room0" in row["explanation"]
    assert until - 0.01 <= datetime.fromisoformat(row["delayed_until"]).timestamp() <= until + lag
    assert len(receiver.received) == 1
    rooms.retire(*rooms.places.values())


def test_no_room_gets_more_than_one_message_a_second(house: House, receiver: Receiver) -> None:
    rooms = Rooms(house, receiver, ["room0"], tests=4)

    rooms.measure(9)
    rooms.measure(1)

    rooms.settled()
    said = house.manage("shell", "-c", DEPARTURES.format(place=rooms.places["room0"]))
    times = [float(each) for each in said.split()]
    assert len(times) == len(receiver.received) >= 2
    # When they left: how soon after each other they are read here is up to the machine.
    assert min(later - earlier for earlier, later in pairwise(times)) > 0.9


def test_a_storm_becomes_digests_that_name_or_count_every_alert(house: House, receiver: Receiver) -> None:
    rooms = Rooms(house, receiver, ["room0"], tests=60)

    rooms.measure(9)

    rows = rooms.settled()
    assert {row["state"] for row in rows} == {"delivered"}
    assert len(rows) == 60
    (request,) = receiver.received
    text = json.loads(request.body)["text"]
    named = set(re.findall(r"\|#(\d+)>", request.body.decode()))
    assert "60 alerts: 60 critical" in text
    assert len(named) >= 30
    assert f"and {60 - len(named)} more" in request.body.decode()

    rooms.measure(1)
    rooms.settled()
    digests = [each.body.decode() for each in receiver.received[1:]]
    assert digests
    assert all("critical cleared" in digest and "critical triggered" not in digest for digest in digests)
