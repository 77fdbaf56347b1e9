"""Promise 3: limits are kept and told: nothing dropped, waiting is shown, digests name or count every alert."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise

import pytest

from tests.promises.rooms import Rooms
from tests.servers.house import House, wait_for
from tests.servers.http import Answer, Receiver

pytestmark = pytest.mark.promise


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_is_kept_and_shown(house: House, receiver: Receiver, form: str) -> None:
    rooms = Rooms(house, receiver, ["room0"])
    until = datetime.now(UTC) + timedelta(seconds=6)
    retry_after = "6" if form == "seconds" else format_datetime(until, usegmt=True)
    receiver.script(Answer(429, b"rate_limited", {"Retry-After": retry_after}))

    rooms.measure(9)
    (row,) = wait_for(lambda: [each for each in rooms.deliveries() if each["delayed_until"]], 20, "a delay")
    rooms.settled()

    first, second = receiver.received
    gap = second.at - first.at if form == "seconds" else second.at - until.timestamp() + 6
    assert 5 <= gap <= 12
    assert row["state"] == "pending"
    assert "rate limit of room0" in row["explanation"]
    assert abs(datetime.fromisoformat(row["delayed_until"]).timestamp() - first.at - 6) < 2.5


def test_no_room_gets_more_than_one_message_a_second(house: House, receiver: Receiver) -> None:
    rooms = Rooms(house, receiver, ["room0"], tests=4)

    rooms.measure(9)
    rooms.measure(1)

    rooms.settled()
    times = [request.at for request in receiver.received]
    assert len(times) >= 2
    assert min(later - earlier for earlier, later in pairwise(times)) > 0.9


def test_a_storm_becomes_digests_that_name_or_count_every_alert(house: House, receiver: Receiver) -> None:
    rooms = Rooms(house, receiver, ["room0"], tests=60)

    rooms.measure(9)

    rows = rooms.settled(30)
    assert {row["state"] for row in rows} == {"delivered"}
    assert len(rows) == 60
    (request,) = receiver.received
    text = json.loads(request.body)["text"]
    named = set(re.findall(r"\|#(\d+)>", request.body.decode()))
    assert "60 alerts: 60 critical" in text
    assert len(named) >= 30
    assert f"and {60 - len(named)} more" in request.body.decode()

    rooms.measure(1)
    rooms.settled(30)
    digests = [each.body.decode() for each in receiver.received[1:]]
    assert digests
    assert all("critical cleared" in digest and "critical triggered" not in digest for digest in digests)
