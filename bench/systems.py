"""What is measured: systems that turn posted alerts into messages. Bellhop, and peers where they are installed."""

import json
import os
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol, TypeVar

import psycopg
import requests  # noqa: TID251 - drives the systems over HTTP

from tests.servers.house import House, family

ROUNDS = 55  # of a minute each: what is more than an hour old is not told of
T = TypeVar("T")


class System(Protocol):
    """A system under test. A fleet is a set of alerts that go to the same places, numbered from 0."""

    name: str

    def firing(self, fleet: str, numbers: Sequence[int], a_post: int) -> list[bytes]:
        """The bodies that open these alerts, at most so many a post. Each call means a new moment."""

    def clearing(self, fleet: str, numbers: Sequence[int], a_post: int) -> list[bytes]:
        """The bodies that end them."""

    def post(self, body: bytes) -> None:
        """Send one body and wait for the answer."""

    def cpu(self) -> float:
        """Seconds of CPU that its processes have spent so far."""


class Bellhop:
    """A furnished house, driven by measurements: one round a call. `database` is its PostgreSQL, if it has one."""

    name = "Bellhop"

    def __init__(self, house: House, database: str = "") -> None:
        self._house, self._database = house, database
        self._session = session({"Authorization": f"Bearer {house.key}"})
        self._at = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=ROUNDS)

    def firing(self, fleet: str, numbers: Sequence[int], a_post: int) -> list[bytes]:
        return self.measuring(fleet, numbers, 9.0, a_post)

    def clearing(self, fleet: str, numbers: Sequence[int], a_post: int) -> list[bytes]:
        return self.measuring(fleet, numbers, 1.0, a_post)

    def measuring(self, fleet: str, numbers: Sequence[int], value: float, a_post: int, sources: int = 1) -> list[bytes]:
        """Bodies in which each test says `value` from each of its sources, in the next round."""
        self._at += timedelta(minutes=1)
        said = {"metric": "load", "observed_at": self._at.isoformat(), "value": value}
        points = [{"test": f"{fleet}-{n}", "source": f"s{one}", **said} for n in numbers for one in range(sources)]
        return [json.dumps({"measurements": each}).encode() for each in slices(points, a_post)]

    def post(self, body: bytes) -> None:
        send(self._session, f"{self._house.url}/api/v1/measurements/", body)

    def cpu(self) -> float:
        mine = family(self._house.up.pid) if self._house.up else []
        return cpu_seconds([*mine, *self._backends()])

    def idle(self) -> bool:
        """Whether nothing waits to be sent."""
        return not any(self._house.get(f"/deliveries/?state={each}")["results"] for each in ("pending", "sending"))

    def _backends(self) -> list[int]:
        """The database server's processes that work for it."""
        if not self._database:
            return []
        with psycopg.connect(self._database) as connection:
            found = connection.execute(
                "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            ).fetchall()
        return [pid for (pid,) in found if Path(f"/proc/{pid}").exists()]


def session(headers: dict[str, str]) -> requests.Session:
    """Connections are kept; no proxy."""
    made = requests.Session()
    made.trust_env = False
    made.headers.update({"Content-Type": "application/json", **headers})
    return made


def send(through: requests.Session, url: str, body: bytes) -> Any:
    """POST it; the JSON of the answer, which must be a good one."""
    answer = through.post(url, data=body, timeout=120)
    if not answer.ok:
        raise RuntimeError(f"{answer.status_code}: {answer.text[:500]}")
    return answer.json() if answer.content else None


def slices(items: Sequence[T], size: int) -> list[Sequence[T]]:
    return [items[at : at + size] for at in range(0, len(items), size)]


def cpu_seconds(pids: Iterable[int]) -> float:
    """What these processes have spent so far."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")
