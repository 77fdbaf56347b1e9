"""What is measured of each system, one function a line of the table; each gives what one run found."""

import re
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass

from bench.receiver import Receiver
from bench.systems import Bellhop, System
from tests.servers import http
from tests.servers.house import wait_for

STEADY, SOURCES, BATCH, BATCHES = 1_000, 5, 5_000, 10
SINGLES, A_POST = 50, 500
GAP = 0.02  # seconds between single alerts
NAMED = re.compile(r"(\d+) alerts?(?: cleared)?[ :]")


@dataclass(frozen=True)
class Found:
    """What a run found, in the unit of its row, and CPU milliseconds for each item."""

    value: float
    cpu: float


def evaluated(system: Bellhop) -> Found:
    """Measurements a second, none of which opens anything."""
    numbers = range(BATCH // SOURCES)
    bodies = [body for _ in range(BATCHES) for body in system.measuring("steady", numbers, 1.0, BATCH, SOURCES)]
    cpu, began = system.cpu(), time.monotonic()
    for body in bodies:
        system.post(body)
    seconds, count = time.monotonic() - began, BATCH * BATCHES
    return Found(count / seconds, (system.cpu() - cpu) * 1000 / count)


def latency(system: System, receiver: Receiver) -> Found:
    """Milliseconds from posting one alert to its message, the median; then all is cleared."""
    numbers = range(SINGLES)
    bodies = system.firing("fast", numbers, 1)
    found, cpu = [], system.cpu()
    for body in bodies:
        began, before = time.monotonic(), receiver.count
        system.post(body)
        found.append(receiver.wait_for(before + 1) - began)
        time.sleep(GAP)
    cpu = (system.cpu() - cpu) * 1000 / len(bodies)
    calm(system, "fast", numbers)
    return Found(statistics.median(found) * 1000, cpu)


def burst(system: System, receiver: Receiver, fleet: str, numbers: Sequence[int], a_post: int = A_POST) -> Found:
    """Messages a second, from the first post to the last message; then all is cleared and told of."""
    bodies = system.firing(fleet, numbers, a_post)
    before, cpu, began = receiver.count, system.cpu(), time.monotonic()
    for body in bodies:
        system.post(body)
    rate = len(numbers) / (receiver.wait_for(before + len(numbers)) - began)
    cpu = (system.cpu() - cpu) * 1000 / len(numbers)
    calm(system, fleet, numbers)
    return Found(rate, cpu)


def calm(system: System, fleet: str, numbers: Sequence[int]) -> None:
    """End these alerts and wait until nothing is on its way."""
    for body in system.clearing(fleet, numbers, A_POST):
        system.post(body)
    if isinstance(system, Bellhop):
        wait_for(system.idle, 180, "the end of all deliveries")


def one_room(system: System, room: http.Receiver, numbers: Sequence[int]) -> Found:
    """Seconds from the first post until every alert was told, by name or by count."""
    bodies = system.firing("room", numbers, 5_000)
    before, cpu, began = len(room.received), system.cpu(), time.time()
    for body in bodies:
        system.post(body)
    wait_for(lambda: sum(map(_told, room.received[before:])) >= len(numbers), 120, "all alerts in one room")
    seconds = room.received[-1].at - began
    return Found(seconds, (system.cpu() - cpu) * 1000 / len(numbers))


def final_state_is_right(system: System, room: http.Receiver, numbers: Sequence[int]) -> bool:
    """Whether the room hears of the end of all of them."""
    before = len(room.received)
    calm(system, "room", numbers)
    return sum(map(_told, room.received[before:])) == len(numbers)


def _told(request: http.Request) -> int:
    """How many alerts a message names or counts."""
    body = request.body.decode()
    if '"alerts":' in body:
        return body.count('"fingerprint":')
    found = NAMED.search(body)
    return int(found[1]) if found else 1
