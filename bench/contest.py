"""One run: Bellhop on one database, a peer beside it on the same receivers, and what the bare machine can do."""

import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from subprocess import run

from bench import ceilings, scenes
from bench.alertmanager import alertmanager
from bench.receiver import Receiver
from bench.scenes import Found
from bench.systems import Bellhop, System
from bench.table import Row
from tests.servers import http
from tests.servers.databases import ROOT
from tests.servers.house import House, family
from tools.memory import pss_mib

BURST, SMALL, TURNS = 10_000, 1_000, 3
SLOW_ADDRESSES, SLOW_ANSWER = 16, 0.1
ROOMY = {
    "BELLHOP_API_RATE": "1000000/min",
    "BELLHOP_MAX_TESTS": "100000",
    "BELLHOP_MAX_RULES": "100000",
    "BELLHOP_MAX_INTEGRATIONS": "100000",
}
SETTLED = 10.0  # seconds that the house is left alone before its memory is taken
Scene = Callable[[System], Found]
Say = Callable[[str], None]


def rows(folder: Path, database: str, peers: bool, say: Say) -> Iterator[Row]:
    """The lines of the table, as they are found. `database` is a PostgreSQL's address, or empty for SQLite.

    With `peers`, Alertmanager takes turns with Bellhop.
    """
    with ExitStack() as stack:
        fast = stack.enter_context(Receiver())
        slow = stack.enter_context(Receiver(SLOW_ANSWER, SLOW_ADDRESSES))
        room = stack.enter_context(http.Receiver())
        env = {**ROOMY, **({"DATABASE_URL": database} if database else {})}
        house = stack.enter_context(House(folder / "data", **env))
        time.sleep(SETTLED)
        yield memory(house)
        house.found_team()
        say("furnishing 22,000 tests and rules, 11,001 integrations ...")
        furnish(house, folder / "plan.json", fast, slow, room)
        bellhop = Bellhop(house, database)
        systems: list[System] = [bellhop]
        if peers:
            fleets = {"fast": fast.url, "slow": slow.url, "room": room.url}
            systems.append(stack.enter_context(alertmanager(folder / "peer", fleets, ["room"])))
        say("posting measurements ...")
        yield evaluated(bellhop, folder, database)
        yield from compared(systems, fast, slow, say)
        say("opening 10,000 alerts in one room ...")
        yield from in_one_room(systems, room)


def memory(house: House) -> Row:
    pids = family(house.up.pid) if house.up else []
    return Row("memory (PSS), embedded, idle, all processes", pss_mib(pids), "MiB", "<= 250 MB")


def furnish(house: House, plan: Path, fast: Receiver, slow: Receiver, room: http.Receiver) -> None:
    urls = {
        "steady": (scenes.STEADY, []),
        "fast": (BURST, [f"{fast.url}/services/T0/B{n}/x" for n in range(BURST)]),
        "slow": (SMALL, [f"{slow.urls[n % SLOW_ADDRESSES]}/services/T0/B{n}/x" for n in range(SMALL)]),
        "room": (BURST, [f"{room.url}/services/T0/B0/x"]),
    }
    plan.write_text(json.dumps({name: {"count": count, "urls": each} for name, (count, each) in urls.items()}))
    code = f"from bench.furnishing import furnish; furnish({str(plan)!r})"
    command = [sys.executable, str(ROOT / "manage.py"), "shell", "-v0", "-c", code]
    run(command, cwd=ROOT, env=house.env, check=True)  # noqa: S603 - our own program


def evaluated(bellhop: Bellhop, folder: Path, database: str) -> Row:
    found = _median([scenes.evaluated(bellhop) for _ in range(TURNS)])
    best = ceilings.inserts_a_second(folder, database, scenes.BATCH, scenes.BATCHES)
    goal = ">= 10,000" if database else ">= 20,000"
    what = f"measurements evaluated, {scenes.BATCH:,} a post, {scenes.BATCH // scenes.SOURCES:,} rules"
    return Row(what, found.value, "/s", goal, found.cpu, best, "bare inserts of as many rows")


def compared(systems: Sequence[System], fast: Receiver, slow: Receiver, say: Say) -> Iterator[Row]:
    say("opening alerts one by one ...")
    alone = statistics.median(ceilings.post_seconds(fast, scenes.SINGLES)) * 1000
    yield from in_turn(
        systems,
        "one alert, posted -> received, median",
        "ms",
        "<= 10 ms",
        partial(scenes.latency, receiver=fast),
        alone,
    )
    for count, goal in ((SMALL, ""), (BURST, ">= 1.0 x peer")):
        say(f"opening {count:,} alerts to as many destinations ...")
        scene = partial(scenes.burst, receiver=fast, fleet="fast", numbers=range(count))
        best = ceilings.posts_a_second(fast, count)
        yield from in_turn(systems, f"{count:,} alerts -> {count:,} destinations", "/s", goal, scene, best)
    say("the same to destinations that take their time ...")
    scene = partial(scenes.burst, receiver=slow, fleet="slow", numbers=range(SMALL))
    best = ceilings.posts_a_second(slow, SMALL)
    what = f"{SMALL:,} alerts, each answered in 100 ms"
    yield from in_turn(systems, what, "/s", ">= 1.0 x peer", scene, best)


def in_turn(systems: Sequence[System], what: str, unit: str, goal: str, scene: Scene, best: float) -> Iterator[Row]:
    """The scene with each system in turn, TURNS times; medians. Bellhop's line is held against the first peer's."""
    found: dict[str, list[Found]] = {system.name: [] for system in systems}
    for _ in range(TURNS):
        for system in systems:
            found[system.name].append(scene(system))
    mine, *others = (_median(each) for each in found.values())
    bare = "bare libcurl to the same receiver"
    peer = (others[0].value, systems[1].name) if others else (best, bare)
    yield Row(what, mine.value, unit, goal, mine.cpu, *peer)
    for system, other in zip(systems[1:], others, strict=True):
        yield Row(f"  {system.name}, the same", other.value, unit, "", other.cpu, best, bare)


def in_one_room(systems: Sequence[System], room: http.Receiver) -> Iterator[Row]:
    numbers = range(BURST)
    mine, *others = [scenes.one_room(system, room, numbers) for system in systems]
    right = scenes.final_state_is_right(systems[0], room, numbers)
    what = f"{BURST:,} alerts -> one room at 1 message/s, all told; end {'right' if right else 'WRONG'}"
    peer = (others[0].value, f"{systems[1].name}, one group, 1 s wait") if others else (0.0, "")
    yield Row(what, mine.value, "s", "<= 5 s", mine.cpu, *peer)


def _median(found: Sequence[Found]) -> Found:
    return Found(statistics.median(each.value for each in found), statistics.median(each.cpu for each in found))
