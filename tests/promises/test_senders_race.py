"""Several senders on one database: each message leaves once, and every dispatch has a fence of its own."""

import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.patience import HASTY
from tests.promises.conftest import ENGINES, POSTGRES
from tests.promises.rooms import Rooms
from tests.servers.databases import FILE, ROOT, postgres_database
from tests.servers.house import PATIENCE, START_SECONDS, House, wait_for
from tests.servers.http import Receiver

pytestmark = pytest.mark.promise

GROUPS, ROOMS = 10, 30
NOBODY = "redis://127.0.0.1:9/0"  # with a broker `up` runs no sender of its own
UNDER_WAY = """
SELECT 1 FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend' AND state <> 'idle'
"""
FENCES = """
from deliveries.models import Dispatch, Lane
seen = list(Dispatch.objects.values_list("lane_id", "fence"))
high = dict(Lane.objects.values_list("pk", "fence"))
print(len(seen) == len(set(seen)) and all(fence <= high[lane] for lane, fence in seen))
"""


@pytest.fixture(params=ENGINES)
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    """Without any sender."""
    with ExitStack() as stack:
        env = {"CELERY_BROKER_URL": NOBODY}
        if request.param == "postgresql":
            env["DATABASE_URL"] = stack.enter_context(postgres_database(POSTGRES))
        yield stack.enter_context(House(tmp_path / "data", **env))


@contextmanager
def senders(house: House, count: int) -> Iterator[list["subprocess.Popen[bytes]"]]:
    """Each is told to end afterwards."""
    command = [sys.executable, str(ROOT / "manage.py"), "sender"]
    with log_of(house).open("ab") as log:
        running = [subprocess.Popen(command, env=house.env, stdout=log, stderr=log) for _ in range(count)]
    try:
        yield running
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(timeout=START_SECONDS)


def log_of(house: House) -> Path:
    return house.log.with_name("senders.log")


class GroupsOfRooms(Rooms):
    """Each test tells rooms of its own."""

    def listeners(self, slug: str) -> list[int]:
        first = int(slug[1:]) * ROOMS
        return [self.places[f"room{n}"] for n in range(first, first + ROOMS)]


def stopped(house: House, running: list["subprocess.Popen[bytes]"]) -> bool:
    """Stop them all; but let them go on where one is within a transaction, in which it would keep others out."""
    for process in running:
        process.send_signal(signal.SIGSTOP)
    if not keeps_others_out(house):
        return True
    for process in running:
        process.send_signal(signal.SIGCONT)
    return False


def keeps_others_out(house: House) -> bool:
    if address := house.env.get("DATABASE_URL"):
        with psycopg.connect(address, autocommit=True) as server:
            return bool(server.execute(UNDER_WAY).fetchone())
    with closing(sqlite3.connect(house.data_dir / FILE, timeout=HASTY, isolation_level=None)) as file:
        try:
            file.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
        file.execute("ROLLBACK")
        return False


def race(house: House, rooms: GroupsOfRooms, running: list["subprocess.Popen[bytes]"], value: float) -> None:
    """Half of it is due before any of them may look, and the rest comes while all of them run."""
    half = GROUPS // 2
    wait_for(lambda: stopped(house, running), what="a moment in which none of them keeps the database to itself")
    rooms.measure(value, rooms.slugs[:half])
    for process in running:
        process.send_signal(signal.SIGCONT)
    for slug in rooms.slugs[half:]:
        rooms.measure(value, [slug])


def test_two_and_four_senders_send_each_message_once(house: House) -> None:
    names = [f"room{n}" for n in range(GROUPS * ROOMS)]
    with Receiver() as receiver:
        rooms = GroupsOfRooms(house, receiver, names, tests=GROUPS)
        for count, value in ((2, 9.0), (4, 1.0)):
            before = len(receiver.received)
            with senders(house, count) as running:
                race(house, rooms, running, value)
                receiver.wait_for(before + len(names), PATIENCE)
                wait_for(lambda: {row["state"] for row in rooms.settled()} == {"delivered"})

        told = Counter((room, word) for room, all_told in rooms.told().items() for _, word in all_told)
        assert told == {(name, word): 1 for name in names for word in ("CRITICAL", "CLEARED")}
    assert house.manage("shell", "-c", FENCES) == "True"
    assert "was taken over" not in log_of(house).read_text()
