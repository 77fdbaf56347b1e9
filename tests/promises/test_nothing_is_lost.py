"""Promise 1: whatever is killed, every delivery ends, and every message arrives at least once.

Twice only between the first byte sent and our commit: at most once more for each kill.
"""

import os
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from tests.patience import PATIENT
from tests.promises.conftest import ENGINES, POSTGRES
from tests.promises.mortals import LIBRARY
from tests.promises.rooms import Rooms, kill, sender_of
from tests.servers.databases import postgres_database
from tests.servers.house import House, family, wait_for
from tests.servers.http import Answer, Receiver, Request

pytestmark = pytest.mark.promise

NAMES = [f"room{n}" for n in range(40)]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


def copies(rooms: Rooms) -> Counter[tuple[str, int, str]]:
    return Counter((room, *told) for room, all_told in rooms.told().items() for told in all_told)


def test_when_nobody_dies_everything_arrives_exactly_once(house: House, receiver: Receiver) -> None:
    rooms = Rooms(house, receiver, NAMES)

    rooms.measure(9)
    rooms.measure(1)

    assert {row["state"] for row in rooms.settled()} == {"delivered"}
    assert copies(rooms) == {(name, 1, word): 1 for name in NAMES for word in ("CRITICAL", "CLEARED")}


@pytest.mark.parametrize("delay", [0.0, 0.003, 0.02])
def test_a_sender_killed_around_the_answers_loses_nothing(house: House, receiver: Receiver, delay: float) -> None:
    """Killed while requests are under way, when the first answers are on their way, and between answers and commit."""
    rooms = Rooms(house, receiver, NAMES)
    pid = sender_of(house)

    def deadly(request: Request) -> Answer:
        if len(receiver.received) == 10:
            threading.Timer(delay, kill, [pid]).start()
        return Answer(seconds=0.0 if delay else 0.3)

    receiver.decide = deadly
    rooms.measure(9)
    receiver.wait_for(10)
    wait_for(lambda: sender_of(house) != pid, what="another sender")
    receiver.decide = None

    assert {row["state"] for row in rooms.settled()} == {"delivered"}
    found = copies(rooms)
    assert set(found) == {(name, 1, "CRITICAL") for name in NAMES}
    assert max(found.values()) <= 2


def test_a_sender_killed_right_after_its_claim_loses_nothing(house: House, receiver: Receiver) -> None:
    rooms = Rooms(house, receiver, NAMES)
    pid = sender_of(house)

    threading.Timer(0.02, kill, [pid]).start()
    rooms.measure(9)

    assert {row["state"] for row in rooms.settled()} == {"delivered"}
    found = copies(rooms)
    assert set(found) == {(name, 1, "CRITICAL") for name in NAMES}
    assert max(found.values()) <= 2


def test_what_was_interrupted_stands_in_the_log(house: House, receiver: Receiver) -> None:
    rooms = Rooms(house, receiver, ["room0"])
    pid = sender_of(house)
    receiver.script(Answer(manner="hang"))

    rooms.measure(9)
    receiver.wait_for(1)
    kill(pid)

    (row,) = rooms.settled()
    assert [attempt["outcome"] for attempt in row["attempts"]] == ["interrupted", "delivered"]


@pytest.fixture(params=ENGINES)
def calm_house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    """Its sender takes its leave in more time than a machine may stall."""
    env = {"PYTHONPATH": str(LIBRARY), "MORTAL_FAREWELL": str(PATIENT)}
    with ExitStack() as stack:
        if request.param == "postgresql":
            env["DATABASE_URL"] = stack.enter_context(postgres_database(POSTGRES))
        yield stack.enter_context(House(tmp_path / "data", **env))


def test_a_sender_that_is_asked_to_end_finishes_what_it_began(calm_house: House, receiver: Receiver) -> None:
    rooms, asked = Rooms(calm_house, receiver, NAMES), threading.Event()
    receiver.default = Answer(after=asked)
    pid = sender_of(calm_house)

    rooms.measure(9)
    receiver.wait_for(10)
    os.kill(pid, signal.SIGTERM)
    asked.set()

    assert {row["state"] for row in rooms.settled()} == {"delivered"}
    assert copies(rooms) == {(name, 1, "CRITICAL"): 1 for name in NAMES}


def test_a_whole_house_killed_loses_nothing(tmp_path: Path, receiver: Receiver) -> None:
    receiver.default = Answer(seconds=0.2)
    with House(tmp_path / "data") as first:
        rooms = Rooms(first, receiver, NAMES)
        rooms.measure(9)
        receiver.wait_for(5)
        assert first.up is not None
        for pid in family(first.up.pid):
            kill(pid)

    with House(tmp_path / "data") as second:
        rooms.move_to(second)
        assert {row["state"] for row in rooms.settled()} == {"delivered"}
        found = copies(rooms)
        assert set(found) == {(name, 1, "CRITICAL") for name in NAMES}
        assert max(found.values()) <= 2


@pytest.mark.skipif(not POSTGRES, reason="BELLHOP_TEST_POSTGRES names no server")
def test_a_database_that_drops_all_connections_loses_nothing(tmp_path: Path, receiver: Receiver) -> None:
    receiver.default = Answer(seconds=0.3)
    with postgres_database(POSTGRES) as database, House(tmp_path / "data", DATABASE_URL=database) as house:
        rooms = Rooms(house, receiver, NAMES)
        rooms.measure(9)
        receiver.wait_for(5)
        name = database.rpartition("/")[2].partition("?")[0]
        with psycopg.connect(POSTGRES, autocommit=True) as connection:
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])

        assert {row["state"] for row in wait_for(lambda: _settled_or_nothing(rooms))} == {"delivered"}
        assert set(copies(rooms)) == {(name, 1, "CRITICAL") for name in NAMES}
        assert set(copies(rooms).values()) == {1}


def _settled_or_nothing(rooms: Rooms) -> list[dict[str, object]]:
    """A web worker may find its own connection dropped once as well."""
    try:
        return rooms.settled(5)
    except AssertionError:
        return []
