"""A strict local PagerDuty: it takes what the Events API v2 takes, refuses the rest in its words, keeps incidents."""

import json
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from urllib.parse import urlsplit

from tests.servers.http import Answer, Receiver, Request

KEY = "0123456789abcdefABCDEF0123456789"
EVENT_BYTES = 512_000
MINUTE = 60.0
State = Literal["", "triggered", "acknowledged", "resolved"]
Check = Callable[[Any], bool]

ACTIONS = ("trigger", "acknowledge", "resolve")
TOP = frozenset(("routing_key", "event_action", "dedup_key", "payload", "images", "links", "client", "client_url"))


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _moment(value: Any) -> bool:
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except (TypeError, ValueError):
        return False


def _address(value: Any) -> bool:
    return _text(value) and urlsplit(value).scheme in ("http", "https") and bool(urlsplit(value).hostname)


PAYLOAD = {
    "summary": lambda value: _text(value) and 0 < len(value) <= 1_024,
    "source": lambda value: _text(value) and bool(value),
    "severity": lambda value: value in ("critical", "error", "warning", "info"),
    "timestamp": _moment,
    "component": _text,
    "group": _text,
    "class": _text,
    "custom_details": lambda value: isinstance(value, dict),
}
IMAGE = {
    "src": lambda value: _address(value) and value.startswith("https://"),
    "href": _address,
    "alt": _text,
}
LINK = {"href": _address, "text": _text}


@dataclass(slots=True)
class Incident:
    """What became of one dedup_key since it was last opened; `log` are the events that it took."""

    state: State
    log: list[dict[str, Any]] = field(default_factory=list)


class PagerDuty(Receiver):
    """Takes events at `/v2/enqueue` for the services of `keys`, at most `most` in a minute for each of them.

    An acknowledge or resolve of what is not open is dropped without an error; a trigger opens, or is logged on what is
    open; after a resolve, the same dedup_key opens a new incident.
    """

    def __init__(self, *keys: str, most: int = 120) -> None:
        super().__init__()
        self.decide = self._answer
        self.incidents: dict[tuple[str, str], list[Incident]] = {}
        self._most = most
        self._taken: dict[str, deque[float]] = {key: deque() for key in keys or (KEY,)}

    def state(self, dedup_key: str, key: str = KEY) -> State:
        """What the last incident of `dedup_key` is; empty where there never was one."""
        found = self.incidents.get((key, dedup_key))
        return found[-1].state if found else ""

    @property
    def open(self) -> list[str]:
        """The dedup_keys of what is not resolved."""
        return [dedup for (_, dedup), found in self.incidents.items() if found[-1].state != "resolved"]

    @property
    def events(self) -> list[dict[str, Any]]:
        """Everything that was sent, taken or not."""
        return [json.loads(request.body) for request in self.received]

    def _answer(self, request: Request) -> Answer:
        if (request.method, request.path) != ("POST", "/v2/enqueue"):
            return _said(404, {"status": "not found", "message": "Not Found"})
        errors = list(problems(request.body, *self._taken))
        if not request.headers.get("content-type", "").startswith("application/json"):
            errors.append("The content type is not application/json")
        if errors:
            return _said(400, {"status": "invalid event", "message": "Event object is invalid", "errors": errors})
        event = json.loads(request.body)
        if self._is_busy(event["routing_key"], request.at):
            return Answer(429, b"Rate limit exceeded")
        dedup = event.get("dedup_key") or f"made-{len(self.incidents)}"
        self._take(event, (event["routing_key"], dedup))
        return _said(202, {"status": "success", "message": "Event processed", "dedup_key": dedup})

    def _is_busy(self, key: str, at: float) -> bool:
        taken = self._taken[key]
        while taken and taken[0] <= at - MINUTE:
            taken.popleft()
        if len(taken) >= self._most:
            return True
        taken.append(at)
        return False

    def _take(self, event: dict[str, Any], name: tuple[str, str]) -> None:
        found = self.incidents.get(name, [])
        is_open = bool(found) and found[-1].state != "resolved"
        action = event["event_action"]
        if action == "trigger" and not is_open:
            self.incidents.setdefault(name, []).append(Incident("triggered", [event]))
        elif is_open:
            found[-1].log.append(event)
            found[-1].state = {"acknowledge": "acknowledged", "resolve": "resolved"}.get(action, found[-1].state)  # type: ignore[assignment]


def problems(body: bytes, *keys: str) -> Iterator[str]:
    """What is wrong with an event for the services of `keys`."""
    if len(body) > EVENT_BYTES:
        yield f"Event size exceeds the limit of {EVENT_BYTES} bytes"
        return
    try:
        event = json.loads(body)
    except ValueError:
        event = None
    if not isinstance(event, dict):
        yield "The event is not a JSON object"
        return
    yield from (f"'{name}' is not a known field" for name in sorted(event.keys() - TOP))
    yield from _key_problems(event.get("routing_key"), keys)
    yield from _action_problems(event)
    yield from _things_problems(event, "images", IMAGE, "src")
    yield from _things_problems(event, "links", LINK, "href")
    for name in ("client", "client_url"):
        if name in event and not _text(event[name]):
            yield f"'{name}' is not a string"


def _key_problems(key: Any, keys: Collection[str]) -> Iterator[str]:
    if not _text(key) or not key:
        yield "'routing_key' is missing or blank"
    elif len(key) != 32:
        yield "Length of 'routing_key' is incorrect (should be 32 characters)"
    elif not key.isalnum() or not key.isascii():
        yield "'routing_key' cannot contain non-alphanumeric characters."
    elif key not in keys:
        yield "Invalid routing key"


def _action_problems(event: dict[str, Any]) -> Iterator[str]:
    action, dedup = event.get("event_action"), event.get("dedup_key")
    if action not in ACTIONS:
        yield f"'event_action' must be one of {', '.join(ACTIONS)}"
    if "dedup_key" in event and not (isinstance(dedup, str) and 0 < len(dedup) <= 255):
        yield "'dedup_key' must be a string of 1 to 255 characters"
    if action in ("acknowledge", "resolve") and not dedup:
        yield f"'dedup_key' is missing or blank for {action}"
    payload = event.get("payload")
    if isinstance(payload, dict):
        yield from _field_problems("payload.", payload, PAYLOAD, ("summary", "source", "severity"))
    elif payload is not None or action == "trigger":
        yield "'payload' is missing or no object"


def _things_problems(event: dict[str, Any], name: str, known: Mapping[str, Check], needed: str) -> Iterator[str]:
    things = event.get(name, [])
    if not isinstance(things, list) or not all(isinstance(each, dict) for each in things):
        yield f"'{name}' is not a list of objects"
        return
    for each in things:
        yield from _field_problems(f"{name}.", each, known, (needed,))


def _field_problems(
    where: str, found: dict[str, Any], known: Mapping[str, Check], needed: tuple[str, ...]
) -> Iterator[str]:
    yield from (f"'{where}{name}' is not a known field" for name in sorted(found.keys() - known.keys()))
    yield from (f"'{where}{name}' is missing or blank" for name in needed if not found.get(name))
    yield from (
        f"'{where}{name}' is invalid" for name, good in known.items() if name in found and not good(found[name])
    )


def _said(status: int, body: dict[str, Any]) -> Answer:
    return Answer(status, json.dumps(body).encode(), {"Content-Type": "application/json"})
