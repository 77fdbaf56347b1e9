"""Short ways to make calls through an HTTP door."""

import time

from channels_app.contract import HttpCall, Reply
from channels_app.doors.http import HttpDoor


def post(url: str, body: bytes = b'{"a": 1}', **headers: str) -> HttpCall:
    return HttpCall("POST", url, {"Content-Type": "application/json", **headers}, body)


def replies(door: HttpDoor, *calls: HttpCall, seconds: float = 10.0) -> list[Reply]:
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
