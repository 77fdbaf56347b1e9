"""A strict local HipChat room: its API v2 for webhooks, and the calls that it makes to them when somebody speaks."""

import base64
import hmac
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import jwt

from tests.servers.http import Answer, Receiver, Request

TOKEN = "V2mixedCaseTokenOfFortyLettersAndDigits40"
ROOM, NAME = 1147567, "Ops"
OAUTH_SECRET = "OOo7PBD8vSDgFkIRGyyrtQiPZxJrkxYtLRrj3CLC"
ALL_SCOPES = frozenset(("admin_room", "send_notification"))
EVENTS = frozenset(
    (
        "room_archived", "room_created", "room_deleted", "room_enter", "room_exit", "room_file_upload",
        "room_message", "room_notification", "room_topic_change", "room_unarchived",
    )
)  # fmt: skip
WEBHOOK: dict[str, Callable[[Any], bool]] = {
    "url": lambda value: isinstance(value, str) and urlsplit(value).scheme in ("http", "https"),
    "event": lambda value: value in EVENTS,
    "pattern": lambda value: isinstance(value, str),
    "name": lambda value: isinstance(value, str) and 0 < len(value) <= 100,
    "key": lambda value: isinstance(value, str) and 0 < len(value) <= 40,
    "authentication": lambda value: value in ("jwt", "none"),
}


@dataclass(slots=True)
class Room:
    """One room and what it calls. `webhooks` are by id, as they were made."""

    id: int = ROOM
    name: str = NAME
    webhooks: dict[int, dict[str, Any]] = field(default_factory=dict)


class HipChat(Receiver):
    """Answers for one room. `scopes` are those of its token; `tells_authentication`: lists say how calls are signed."""

    def __init__(self, *, scopes: frozenset[str] = ALL_SCOPES, tells_authentication: bool = True) -> None:
        super().__init__()
        self.decide = self._answer
        self.room = Room()
        self.scopes = scopes
        self.tells_authentication = tells_authentication
        self._last = 578_828

    def add(self, **webhook: Any) -> int:
        """A webhook that is there already; its id."""
        self._last += 1
        self.room.webhooks[self._last] = webhook
        return self._last

    @property
    def calls(self) -> list[str]:
        """The methods of all requests, in order."""
        return [request.method for request in self.received]

    def _answer(self, request: Request) -> Answer:
        parts = urlsplit(request.path)
        steps = [unquote(step) for step in parts.path.split("/")[1:]]
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return refusal(401, "Invalid OAuth session")
        if steps[:2] != ["v2", "room"] or steps[2:3] not in ([str(self.room.id)], [self.room.name]):
            return refusal(404, "Room not found")
        if steps[3:4] != ["webhook"]:
            return refusal(404, "Not found")
        if "admin_room" not in self.scopes:
            return refusal(403, "This token lacks the scope admin_room")
        match request.method, steps[4:]:
            case "GET", []:
                return self._list(parse_qs(parts.query))
            case "POST", []:
                return self._make(request)
            case "DELETE", [number]:
                return self._drop(number)
        return refusal(405, "Method not allowed")

    def _list(self, query: dict[str, list[str]]) -> Answer:
        start, most = int(query.get("start-index", ["0"])[0]), int(query.get("max-results", ["100"])[0])
        if not 0 <= most <= 100:
            return refusal(400, "max-results is out of range")
        hidden = () if self.tells_authentication else ("authentication",)
        items = [
            {"id": number, "links": {"self": f"{self.url}/v2/room/{self.room.id}/webhook/{number}"}}
            | {name: value for name, value in webhook.items() if name not in hidden}
            for number, webhook in list(self.room.webhooks.items())[start : start + most]
        ]
        return _said(200, {"items": items, "startIndex": start, "maxResults": most, "links": {"self": self.url}})

    def _make(self, request: Request) -> Answer:
        wrong = list(problems(request))
        if wrong:
            return refusal(400, "; ".join(wrong))
        number = self.add(**{"authentication": "none", **json.loads(request.body)})
        return _said(201, {"id": number, "links": {"self": f"{self.url}/v2/room/{self.room.id}/webhook/{number}"}})

    def _drop(self, number: str) -> Answer:
        if not number.isdecimal() or int(number) not in self.room.webhooks:
            return refusal(404, "Webhook not found")
        del self.room.webhooks[int(number)]
        return Answer(204, b"")


def problems(request: Request) -> Iterator[str]:
    """What is wrong with a call that makes a webhook."""
    if not request.headers.get("content-type", "").startswith("application/json"):
        yield "the content type is not application/json"
    try:
        body = json.loads(request.body)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        yield "the body is no JSON object"
        return
    yield from (f"unknown field {name}" for name in sorted(body.keys() - WEBHOOK.keys()))
    yield from (f"{name} is missing" for name in ("url", "event") if name not in body)
    yield from (f"{name} is wrong" for name, good in WEBHOOK.items() if name in body and not good(body[name]))


def spoken(text: str, date: str, **more: Any) -> dict[str, Any]:
    """The body of the call when Ann says `text`; `more` are other fields of the message."""
    message = {
        "id": "8d7c1c9a-8a5c-4a5e-9d6f-6b4f6f3b2a10",
        "date": date,
        "message": text,
        "type": "message",
        "mentions": [],
        "from": {"id": 1661743, "mention_name": "Ann", "name": "Ann Lee", "version": "5D7E", "links": {"self": "x"}},
        **more,
    }
    room = {"id": ROOM, "name": NAME, "is_archived": False, "privacy": "public", "version": "1", "links": {}}
    item = {"message": message, "room": room}
    return {"event": "room_message", "oauth_client_id": "0a1b", "webhook_id": 578_829, "item": item}


def claims(at: float, **more: Any) -> dict[str, Any]:
    """What the token of such a call says, when made at `at` (epoch seconds)."""
    return {
        "iss": "0a1b",
        "sub": "1661743",
        "iat": int(at),
        "exp": int(at) + 900,
        "jti": "jti-1",
        "context": {"room_id": ROOM, "user_tz": "UTC"},
        **more,
    }


def token(said: dict[str, Any], secret: str = OAUTH_SECRET) -> str:
    """The token that says so."""
    return jwt.encode(said, secret, algorithm="HS256")


def forged(said: Any, header: dict[str, Any], digest: str = "sha256") -> str:
    """A token with any header over any JSON, which whoever has the secret signed with HMAC of `digest`."""
    start = ".".join(_encoded(json.dumps(part).encode()) for part in (header, said))
    return f"{start}.{_encoded(hmac.new(OAUTH_SECRET.encode(), start.encode(), digest).digest())}"


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def refusal(status: int, words: str) -> Answer:
    """In HipChat's own form."""
    return _said(status, {"error": {"code": status, "type": "Error", "message": words}})


def _said(status: int, body: dict[str, Any]) -> Answer:
    return Answer(status, json.dumps(body).encode(), {"Content-Type": "application/json"})
