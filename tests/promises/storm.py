"""`make storm`: kills the sender over and over while alerts open and clear by lists, and counts what the rooms heard.

`python -m tests.promises.storm [kills] [seed]`. Every test has a room of its own; a tenth of the rooms fail now and
then, and a tenth say that it is too much.
"""

import os
import random
import sys
import tempfile
import time
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from tests.promises.mortals import Mortal, mortal
from tests.promises.rooms import Rooms, kill, told_by
from tests.servers.databases import postgres_database
from tests.servers.house import PATIENCE, wait_for
from tests.servers.http import Answer, Receiver, Request
from tools.services import CANDIDATES, postgres_answers

SEED = 4
WORDS = {"triggered": "CRITICAL", "cleared": "CLEARED"}
SLOWEST_ANSWER = 0.05
MOST_REFUSALS = 2  # in a row, so that no gap grows long
LONG = 2 * PATIENCE
Told = tuple[str, int, str]  # room, alert, CRITICAL or CLEARED


@dataclass(frozen=True)
class Size:
    """`alerts` is a multiple of `rooms`; a sender is killed after at most two requests to each room,
    or after `lull` seconds without so many."""

    rooms: int
    alerts: int
    kills: int
    lull: float = 5.0

    @property
    def waves(self) -> int:
        """Lists of measurements that are posted: every other one opens an alert in each room."""
        return 2 * self.alerts // self.rooms


STORM, SQUALL = Size(500, 10_000, 200), Size(40, 400, 20, lull=2.0)


class Streets(Rooms):
    """Rooms where each test tells one of them alone: the test `t7` the room `room7`."""

    def listeners(self, slug: str) -> list[int]:
        return [self.places[f"room{slug[1:]}"]]


@dataclass
class Town:
    """The rooms' side: answers well or badly, and keeps (sent, answered) for whatever was taken."""

    dice: random.Random
    refused: Counter[str] = field(default_factory=Counter)
    taken: dict[Told, list[tuple[float, float]]] = field(default_factory=lambda: defaultdict(list))

    def decide(self, request: Request) -> Answer:
        room = request.path.rpartition("-")[2]
        if self.refused[room] < MOST_REFUSALS and (refusal := self._refusal(int(room.removeprefix("room")) % 10)):
            self.refused[room] += 1
            return refusal
        self.refused[room] = 0
        seconds = self.dice.uniform(0, SLOWEST_ANSWER)
        for number, word in told_by(request.body):
            self.taken[(room, number, word)].append((request.at, request.at + seconds))
        return Answer(seconds=seconds)

    def _refusal(self, manner: int) -> Answer | None:
        if manner == 3 and self.dice.random() < 0.3:
            return self.dice.choice([Answer(500, b"rollup_error"), Answer(manner="reset")])
        if manner == 7 and self.dice.random() < 0.3:
            return Answer(429, b"ratelimited", {"Retry-After": "1"})
        return None


@dataclass(frozen=True)
class Outcome:
    """What a storm left. `twice` counts copies beyond the first by what the kill between them cut off."""

    kills: int
    alerts: int
    states: Counter[str]
    twice: Counter[str]
    lost: list[str]
    seconds: float


def rage(house: Mortal, size: Size, seed: int) -> Outcome:
    """One storm over a house, to its end."""
    dice = random.Random(seed)
    with Receiver() as receiver:
        town = Town(random.Random(seed + 1))
        rooms = Streets(house.house, receiver, [f"room{n}" for n in range(size.rooms)], tests=size.rooms)
        receiver.decide = town.decide
        began = time.monotonic()
        kills: list[float] = []
        for wave in range(size.waves):
            rooms.measure(1 if wave % 2 else 9)
            while len(kills) < size.kills * (wave + 1) // size.waves:
                kills.append(_strike(house, receiver, dice.randint(1, 2 * size.rooms), size.lull))
        wait_for(lambda: not rooms.deliveries("&state=pending,sending"), LONG, "the end of every delivery")
        seconds = time.monotonic() - began
        return _outcome(rooms, town, kills, seconds)


def _strike(house: Mortal, receiver: Receiver, requests: int, lull: float) -> float:
    """Kill the sender once it has sent so many requests, and say when; where there is less to send, kill it anyhow."""
    with suppress(TimeoutError):
        receiver.wait_for(len(receiver.received) + requests, lull)
    pid, at = house.sender(), time.time()
    kill(pid)
    return at


def _outcome(rooms: Streets, town: Town, kills: list[float], seconds: float) -> Outcome:
    names = {place: name for name, place in rooms.places.items()}
    rows = list(rooms.each("/deliveries/?page_size=200"))
    lost = [complaint for row in rows if (complaint := _complaint(row, names, town))]
    last: dict[tuple[str, int], tuple[float, str]] = {}
    for (room, alert, word), copies in town.taken.items():
        last[room, alert] = max(last.get((room, alert), (0.0, "")), (copies[-1][0], word))
    lost += [f"#{alert} is still open for {room}" for (room, alert), (_, word) in last.items() if word != "CLEARED"]
    twice = Counter(phase for copies in town.taken.values() for phase in _phases(copies, kills))
    twice["unexplained"] = sum(_unexplained(row, names, town) for row in rows)
    alerts = {row["alert"] for row in rows}
    return Outcome(len(kills), len(alerts), Counter(row["state"] for row in rows), twice, lost, seconds)


def _unexplained(row: dict[str, Any], names: dict[int, str], town: Town) -> int:
    """How many copies beyond the first have no attempt in the log whose end nobody saw."""
    copies = town.taken.get(_told(row, names), ())
    cut_off = [attempt for attempt in row["attempts"] if attempt["outcome"] == "interrupted"]
    return max(0, len(copies) - 1 - len(cut_off))


def _told(row: dict[str, Any], names: dict[int, str]) -> Told:
    return names[row["integration"]], row["alert"], WORDS[row["event"]]


def _complaint(row: dict[str, Any], names: dict[int, str], town: Town) -> str:
    """What is wrong with a delivery that ended; empty where it was told, or something newer stands for it."""
    told = _told(row, names)
    if row["state"] == "superseded":
        return "" if row["replaced_by"] else f"{told} was replaced by nothing"
    if row["state"] != "delivered":
        return f"{told} ended as {row['state']}"
    return "" if told in town.taken else f"{told} never came"


def _phases(copies: list[tuple[float, float]], kills: list[float]) -> Iterator[str]:
    """For each copy after the first, when the kill came that cut its forerunner off.

    A request that was read only after the kill had no answer either.
    """
    for (sent, answered), (again, _) in pairwise(copies):
        killed = next((at for at in kills[bisect_left(kills, sent) :] if at < again), sent)
        yield "before the answer" if killed < answered else "before the commit"


def markdown(rows: list[tuple[str, Outcome]]) -> str:
    """One row for each database."""
    head = [
        "database",
        "kills",
        "alerts",
        "deliveries",
        "delivered",
        "superseded by newer",
        "told twice: killed before the answer",
        "told twice: killed before the commit",
        "told twice otherwise",
        "lost",
        "seconds",
    ]
    lines = [" | ".join(head), " | ".join(["---"] * len(head)), *(f"{name} | {_row(each)}" for name, each in rows)]
    return "".join(f"| {line} |\n" for line in lines)


def _row(each: Outcome) -> str:
    counts = [each.kills, each.alerts, each.states.total(), each.states["delivered"], each.states["superseded"]]
    counts += [each.twice[phase] for phase in ("before the answer", "before the commit", "unexplained")]
    return " | ".join(f"{count:,}" for count in [*counts, len(each.lost), round(each.seconds)])


def databases(stack: ExitStack) -> Iterator[tuple[str, dict[str, str]]]:
    """Name and environment of each engine that is there."""
    yield "SQLite", {}
    places = [os.environ["BELLHOP_TEST_POSTGRES"]] if "BELLHOP_TEST_POSTGRES" in os.environ else ()
    server = next(filter(postgres_answers, places or CANDIDATES["BELLHOP_TEST_POSTGRES"]), None)
    if server:
        yield "PostgreSQL", {"DATABASE_URL": stack.enter_context(postgres_database(server))}
    else:
        sys.stderr.write("no PostgreSQL answers (BELLHOP_TEST_POSTGRES names one): its storm is left out\n")


def main() -> int:
    """The storms, one after the other; 1 where anything was lost."""
    given = [int(word) for word in sys.argv[1:]]
    size = Size(STORM.rooms, STORM.alerts, *(given[:1] or [STORM.kills]))
    seed = given[1] if len(given) > 1 else SEED
    rows = []
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="bellhop-storm-"))
        for name, env in databases(stack):
            data_dir = folder / name / "data"
            data_dir.parent.mkdir()
            sys.stderr.write(f"{name}: what the house says is in {data_dir}.log\n")
            with mortal(data_dir, BELLHOP_API_RATE="1000000/min", **env) as house:
                rows.append((name, rage(house, size, seed)))
            for complaint in rows[-1][1].lost[:20]:
                sys.stderr.write(f"{name}: {complaint}\n")
    sys.stdout.write(f"seed {seed}\n\n{markdown(rows)}")
    return int(any(each.lost or each.twice["unexplained"] for _, each in rows))


if __name__ == "__main__":
    sys.exit(main())
