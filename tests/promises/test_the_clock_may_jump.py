"""The clock may jump by an hour both ways: nothing is told twice, nothing waits for an hour, times are the clock's."""

import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.promises.mortals import LIBRARY
from tests.promises.rooms import Rooms
from tests.servers.house import PATIENCE, House, wait_for
from tests.servers.http import Answer, Receiver

pytestmark = pytest.mark.promise

HOUR = 3600
NAMES = [f"room{n}" for n in range(12)]
SOON = PATIENCE  # generous for a busy machine, and far from an hour


class Clock:
    """The house's clock."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.set(0)

    def set(self, seconds: float) -> None:
        """Let it be wrong by so many seconds from now on; in place, since the house keeps the file open."""
        with self.file.open("w") as file:
            file.write(f"{seconds:<20}")

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=float(self.file.read_text()))


@pytest.fixture(scope="module")
def clock(tmp_path_factory: pytest.TempPathFactory) -> Clock:
    return Clock(tmp_path_factory.mktemp("time") / "clock")


@pytest.fixture(scope="module")
def house(clock: Clock) -> Iterator[House]:
    with House(clock.file.with_name("data"), PYTHONPATH=str(LIBRARY), MORTAL_CLOCK=str(clock.file)) as running:
        yield running


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


def copies(rooms: Rooms) -> Counter[tuple[str, int, str]]:
    return Counter((room, *told) for room, all_told in rooms.told().items() for told in all_told)


@pytest.mark.parametrize("jump", [HOUR, -HOUR])
def test_what_is_under_way_when_the_clock_jumps_arrives_once(
    house: House, receiver: Receiver, clock: Clock, jump: int
) -> None:
    clock.set(0)
    rooms = Rooms(house, receiver, NAMES)
    receiver.default = Answer(seconds=3)
    rooms.measure(9)
    receiver.wait_for(len(NAMES))

    clock.set(jump)
    rows = rooms.settled(SOON)

    assert {row["state"] for row in rows} == {"delivered"}
    assert copies(rooms) == {(name, 1, "CRITICAL"): 1 for name in NAMES}
    assert {attempt["outcome"] for row in rows for attempt in row["attempts"]} == {"delivered"}


@pytest.mark.parametrize(("first", "then"), [(0, HOUR), (HOUR, 0)])
def test_sending_goes_on_at_once_after_a_jump(
    house: House, receiver: Receiver, clock: Clock, first: int, then: int
) -> None:
    clock.set(first)
    rooms = Rooms(house, receiver, NAMES)
    receiver.script(*[Answer(500, b"rollup_error"), Answer(429, b"ratelimited", {"Retry-After": "2"})] * 3)
    rooms.measure(9)
    receiver.wait_for(len(NAMES))
    clock.set(then)
    jumped = clock.now()
    time.sleep(0.5)

    rooms.measure(1)

    rows = rooms.settled(SOON)
    assert {row["state"] for row in rows} <= {"delivered", "superseded"}
    assert {name: told[-1] for name, told in rooms.told().items()} == dict.fromkeys(NAMES, (1, "CLEARED"))
    (alert,) = rooms.get("/alerts/")["results"]
    (ended,) = [event for event in alert["events"] if event["type"] == "cleared"]
    assert ended["at"] == alert["cleared_at"]
    tried = [datetime.fromisoformat(a["at"]) for row in rows if row["event"] == "cleared" for a in row["attempts"]]
    assert all(abs(at - jumped) < timedelta(minutes=10) for at in tried)
    assert wait_for(lambda: clock.now() > jumped)
