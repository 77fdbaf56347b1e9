"""Houses whose sender, or Celery worker, dies where it is told to and is replaced at once."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers.databases import ROOT
from tests.servers.house import START_SECONDS, House, family, wait_for, words_of
from tests.servers.mortal.nursery import DIED, ORDER

LIBRARY = ROOT / "tests" / "servers" / "mortal"
WORKER = ("worker", "--pool", "threads", "--concurrency", "1", "--without-gossip", "--without-mingle")


@dataclass(frozen=True)
class Mortal:
    """`root` is the process below which the sender lives."""

    house: House
    orders: Path
    root: int

    def die(self, place: str) -> None:
        """Order the sender to die at `place`, the next time it comes there."""
        (self.orders / DIED).unlink(missing_ok=True)
        draft = self.orders / "draft"
        draft.write_text(place)
        draft.replace(self.orders / ORDER)

    def died(self) -> bool:
        """Whether the last order was obeyed."""
        return (self.orders / DIED).exists()

    def sender(self) -> int:
        """The process id of who sends now."""
        return wait_for(lambda: next(reversed(_lives(self.root)), 0), what="the sender")


@contextmanager
def mortal(data_dir: Path, **env: str) -> Iterator[Mortal]:
    """A house with a sender of its own, or where it has a broker, with a worker and a beat beside it."""
    orders = data_dir.with_name("orders")
    orders.mkdir()
    env |= {"PYTHONPATH": str(LIBRARY), "MORTAL_ORDERS": str(orders)}
    with House(data_dir, **env) as house:
        assert house.up is not None
        if "CELERY_BROKER_URL" not in env:
            yield Mortal(house, orders, house.up.pid)
            return
        with celery(house, *WORKER) as worker, celery(house, "beat", "--schedule", str(orders / "beat")):
            yield Mortal(house, orders, worker)


@contextmanager
def celery(house: House, *words: str) -> Iterator[int]:
    """One of Celery's processes, on the house's settings; its process id."""
    command = [sys.executable, "-m", "celery", "-A", "config.celery", *words, "--loglevel", "warning"]
    log = house.log.with_name(f"{words[0]}.log")
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=ROOT, env=house.env, stdout=out, stderr=out, stdin=subprocess.DEVNULL)
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait(timeout=START_SECONDS)


def _lives(root: int) -> list[int]:
    """The processes that send, the nursery first; none while only the nursery is there."""
    found = [pid for pid in family(root) if {b"sender", b"worker"}.intersection(words_of(pid))]
    return found if len(found) > 1 else []
