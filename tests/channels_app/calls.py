"""Short ways to make calls through the doors."""

import json
import time

from channels_app.contract import HttpCall, Kind, Outcome, Reply
from channels_app.doors import Doors, Exchange, run
from channels_app.doors.http import HttpDoor
from tests.channels_app.samples import MESSAGES, config_for
from tests.patience import PATIENT
from tests.servers.http import Answer


def post(url: str, body: bytes = b'{"a": 1}', **headers: str) -> HttpCall:
    return HttpCall("POST", url, {"Content-Type": "application/json", **headers}, body)


def replies(door: HttpDoor, *calls: HttpCall, seconds: float = 2 * PATIENT) -> list[Reply]:
    """Every reply, in the order of `calls`."""
    got: dict[int, Reply] = {}
    for position, call in enumerate(calls):
        door.start(call, lambda reply, position=position: got.__setitem__(position, reply))  # type: ignore[misc]
    until = time.monotonic() + seconds
    while door.in_flight:
        if time.monotonic() > until:
            raise TimeoutError(f"{door.in_flight} calls are still in flight after {seconds} s")
        door.pump(0.5)
    return [got[position] for position in range(len(calls))]


def carried(door: HttpDoor, call: HttpCall) -> Reply:
    return replies(door, call)[0]


def sent(kind: Kind, doors: Doors, server: str, message: str = "triggered") -> tuple[Outcome, list[Exchange]]:
    """What becomes of one of the sample messages at `server`."""
    settings = kind.spec.settings(config_for(kind.spec.kind, server))
    return run(kind.send(kind.render(MESSAGES[message], settings), settings, ""), doors)


def json_error(status: int, words: str) -> Answer:
    """HipChat's way of refusing."""
    return Answer(status, json.dumps({"error": {"code": status, "type": "X", "message": words}}).encode())
