"""The same code as separate processes: web servers that send nothing themselves, workers, beat and a broker.

Whatever the broker does, a request succeeds and every message arrives; while all is well, exactly once.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.promises.rooms import Rooms, kill
from tests.promises.scaled import BROKERS, Estate
from tests.servers.house import START_SECONDS, family, wait_for, words_of
from tests.servers.http import Answer, Receiver

pytestmark = pytest.mark.promise

NO_BROKER = pytest.mark.skip(reason="neither BELLHOP_TEST_REDIS nor BELLHOP_TEST_RABBITMQ names a broker")
PRESENT = [pytest.param(url, id=name) for name, url in BROKERS.items() if url]
NAMES = [f"room{n}" for n in range(40)]


@pytest.fixture(scope="module", params=PRESENT or [pytest.param("", marks=NO_BROKER)])
def estate(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Estate]:
    folder: Path = tmp_path_factory.mktemp("estate")
    with Estate(request.param, folder) as running:
        yield running


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


class OneRoomEach(Rooms):
    """Each test tells a room of its own."""

    def listeners(self, slug: str) -> list[int]:
        return [self.places[f"room{slug[1:]}"]]


def copies(rooms: Rooms) -> Counter[tuple[str, str]]:
    return Counter((room, word) for room, all_told in rooms.told().items() for _, word in all_told)


def once(names: list[str], *words: str) -> dict[tuple[str, str], int]:
    return {(name, word): 1 for name in names for word in words}


def test_up_runs_no_sender_of_its_own(estate: Estate) -> None:
    assert estate.house.up is not None
    commands = [words_of(pid) for pid in family(estate.house.up.pid)]
    assert [words for words in commands if b"gunicorn" in words]
    assert not [words for words in commands if b"sender" in words]


def test_two_hundred_alerts_at_once_arrive_exactly_once(estate: Estate, receiver: Receiver) -> None:
    names = [f"room{n}" for n in range(200)]
    rooms = OneRoomEach(estate.house, receiver, names, tests=200)

    rooms.measure(9)
    rooms.settled()
    rooms.measure(1)

    assert {row["state"] for row in rooms.settled()} == {"delivered"}
    assert copies(rooms) == once(names, "CRITICAL", "CLEARED")


def test_a_broker_that_stops_amid_a_burst_loses_nothing_and_work_goes_on_by_itself(
    estate: Estate, receiver: Receiver
) -> None:
    rooms = Rooms(estate.house, receiver, NAMES)
    receiver.default = Answer(seconds=0.2)
    rooms.measure(9)
    receiver.wait_for(10)
    estate.relay.behave("refuse")
    rooms.measure(1)

    assert {row["state"] for row in rooms.settled()} <= {"delivered", "superseded"}

    before = estate.tasks()
    estate.relay.behave("pass")
    wait_for(lambda: estate.tasks() > before, START_SECONDS, "tasks from the broker that came back")
    assert copies(rooms) == once(NAMES, "CRITICAL", "CLEARED")


def test_a_broker_that_hangs_holds_up_neither_requests_nor_messages(estate: Estate, receiver: Receiver) -> None:
    rooms = Rooms(estate.house, receiver, NAMES)
    rooms.measure(1)
    estate.relay.behave("hang")

    rooms.measure(9)  # a hung request would run into the client's time-out
    rooms.settled()
    rooms.measure(1)

    assert {row["state"] for row in rooms.settled()} == {"delivered"}
    before = estate.tasks()
    estate.relay.behave("pass")
    wait_for(lambda: estate.tasks() > before, START_SECONDS, "tasks from the broker that answers again")
    assert copies(rooms) == once(NAMES, "CRITICAL", "CLEARED")


def test_a_worker_killed_amid_its_work_loses_nothing(estate: Estate, receiver: Receiver) -> None:
    rooms = Rooms(estate.house, receiver, NAMES)
    receiver.default = Answer(seconds=0.5)
    rooms.measure(9)
    receiver.wait_for(10)
    for worker in estate.workers:
        kill(worker.process.pid)
    estate.add_worker()
    estate.add_worker()

    assert {row["state"] for row in rooms.settled()} == {"delivered"}
    found = copies(rooms)
    assert set(found) == set(once(NAMES, "CRITICAL"))
    assert max(found.values()) <= 2


def test_without_beat_and_broker_nothing_is_lost(estate: Estate, receiver: Receiver) -> None:
    rooms = Rooms(estate.house, receiver, NAMES)
    estate.relay.behave("refuse")
    estate.beat.end()
    for worker in estate.workers:
        kill(worker.process.pid)

    rooms.measure(9)
    estate.relay.behave("pass")
    estate.add_worker()
    estate.start_beat()

    assert {row["state"] for row in rooms.settled()} == {"delivered"}
    assert copies(rooms) == once(NAMES, "CRITICAL")
