"""`make bench`: measures a real `manage.py up` on a temporary data directory, on SQLite, then the pages of a huge team.

Bellhop, the receiver and this client share the machine, so the figures are what they leave each other.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from bench import ceilings, pages
from bench.receiver import Receiver
from tests.servers.house import House, family

SINGLES = 50
BURST = 1_000
BATCH, BATCHES = 5_000, 10
SOURCES = 5


@dataclass(frozen=True)
class Row:
    """One line of the table.

    `cpu` is what Bellhop's processes spent on each item, in ms: other load changes it least. `best` is the
    machine's own ceiling for the same thing, in the same unit.
    """

    what: str
    found: float
    unit: str
    goal: str
    cpu: float
    best: float
    best_is: str

    def __str__(self) -> str:
        return (
            f"{self.what:<58} {self.found:>9,.1f} {self.unit:<3} {self.goal:>9} {self.cpu:>8.3f} ms "
            f"{self.best:>10,.2f} {self.found / self.best:>9.2f}  {self.best_is}"
        )


def main() -> None:
    """Measure what was asked for: `pages`, or `alerts`; both where nothing was."""
    asked = sys.argv[1:] or ["alerts", "pages"]
    if "alerts" in asked:
        measure_alerts()
    if "pages" in asked:
        pages.main()


def measure_alerts() -> None:
    with tempfile.TemporaryDirectory() as folder, Receiver() as receiver:
        env = {"BELLHOP_API_RATE": "1000000/min", "BELLHOP_MAX_RULES": "10000"}
        with House(Path(folder) / "data", **env) as house:
            rows = list(measure(house, receiver, Path(folder)))
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    head = f"{'':<58} {'found':>9} {'':<3} {'goal':>9} {'CPU each':>11} {'ceiling':>10} {'ratio':>9}  ceiling is"
    machine = f"{os.cpu_count()} cores shared by all, load {load}, Python {sys.version.split()[0]}, SQLite"
    sys.stdout.write("\n".join(["", machine, head, *map(str, rows), ""]))


def measure(house: House, receiver: Receiver, folder: Path) -> Iterator[Row]:
    """Sets the scene and yields the rows as they are found."""
    say(f"making {SINGLES + BURST} tests, rules and integrations ...")
    furnish(house, receiver, SINGLES + BURST)
    say(f"posting {BATCHES} batches of {BATCH:,} measurements ...")
    yield evaluated(house, folder)
    say(f"opening {SINGLES} alerts one by one ...")
    yield latency(house, receiver)
    say(f"opening {BURST:,} alerts with one batch ...")
    yield burst(house, receiver)


def furnish(house: House, receiver: Receiver, count: int) -> None:
    house.found_team()
    for n in range(count):
        house.post("/tests/", {"slug": f"test-{n}", "name": f"Test {n}"})
        config = {"url": f"{receiver.url}/services/T0/B{n}/x"}
        place = house.post("/integrations/", {"kind": "slack", "name": f"room {n}", "config": config})["id"]
        conditions = [{"metric": "load", "operator": ">", "threshold": 5}]
        rule = {"name": f"Rule {n}", "conditions": conditions, "tests": [f"test-{n}"], "integrations": [place]}
        house.post("/rules/", rule)


def point(test: int, at: datetime, value: float, source: int = 0) -> dict[str, Any]:
    named = {"test": f"test-{test}", "metric": "load", "source": f"source {source}"}
    return {**named, "observed_at": at.isoformat(), "value": value}


def minutes_ago(minutes: int) -> datetime:
    return datetime.now(UTC) - timedelta(minutes=minutes)


def cpu_seconds(house: House) -> float:
    """What `up` and all below it have spent so far."""
    ticks = 0
    for pid in family(house.up.pid) if house.up else []:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def evaluated(house: House, folder: Path) -> Row:
    spent, cpu = 0.0, cpu_seconds(house)
    for batch in range(BATCHES):
        at = minutes_ago(40 - batch)
        points = (point(test, at, 1.0, source) for test in range(SINGLES + BURST) for source in range(SOURCES))
        body = {"measurements": list(islice(points, BATCH))}
        began = time.monotonic()
        house.post("/measurements/", body)
        spent += time.monotonic() - began
    cpu = (cpu_seconds(house) - cpu) * 1000 / (BATCH * BATCHES)
    best = ceilings.inserts_a_second(folder, BATCH, BATCHES)
    what = f"measurements evaluated, {BATCH:,} a post, {BATCH // SOURCES:,} rules"
    return Row(what, BATCH * BATCHES / spent, "/s", ">= 10,000", cpu, best, "bare SQLite inserts of as many rows")


def latency(house: House, receiver: Receiver) -> Row:
    found, cpu = [], cpu_seconds(house)
    for test in range(SINGLES):
        body = {"measurements": [point(test, minutes_ago(0), 9.0)]}
        began, before = time.monotonic(), receiver.count
        house.post("/measurements/", body)
        found.append(receiver.wait_for(before + 1) - began)
        time.sleep(0.02)
    cpu = (cpu_seconds(house) - cpu) * 1000 / SINGLES
    best = statistics.median(ceilings.post_seconds(receiver, SINGLES)) * 1000
    what = f"one measurement posted -> message received, median of {SINGLES}"
    return Row(
        what, statistics.median(found) * 1000, "ms", "<= 20 ms", cpu, best, "one bare libcurl POST to the receiver"
    )


def burst(house: House, receiver: Receiver) -> Row:
    body = {"measurements": [point(test, minutes_ago(0), 9.0) for test in range(SINGLES, SINGLES + BURST)]}
    began, before, cpu = time.monotonic(), receiver.count, cpu_seconds(house)
    house.post("/measurements/", body)
    rate = BURST / (receiver.wait_for(before + BURST) - began)
    cpu = (cpu_seconds(house) - cpu) * 1000 / BURST
    best = ceilings.posts_a_second(receiver, BURST)
    what = f"{BURST:,} alerts by one post -> {BURST:,} integrations"
    return Row(what, rate, "/s", ">= 500/s", cpu, best, "bare libcurl POSTs, 100 in flight")


def say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    main()
