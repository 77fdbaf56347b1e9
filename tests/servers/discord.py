"""A strict local Discord: it takes what its webhooks take, refuses the rest in its words, keeps messages."""

import json
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from demo.sandbox.shapes import Malformed, a_flag, a_list, a_text, an_address, an_object, known_keys, one_of
from tests.servers.http import Answer, Receiver, Request

ID = "1147567000000000001"
TOKEN = "disc0rdWebhookToken_of-68-letters-that-Nobody-May-Ever-See-Anywhere00"
TOP = (
    *("content", "username", "avatar_url", "tts", "embeds", "allowed_mentions", "components", "flags"),
    *("thread_name", "applied_tags"),
)
EMBED = (
    *("title", "type", "description", "url", "timestamp", "color", "footer", "image", "thumbnail", "video"),
    *("provider", "author", "fields"),
)
TOGETHER = 6_000


class Discord(Receiver):
    """Takes messages at `/api/webhooks/<ID>/<TOKEN>`; `messages` are those that it took, with their query.

    `edits` are what the message of an id became, and `lost` the ids of those that somebody deleted. `archived` are the
    threads that nobody wrote to for long; a new message opens them again.
    """

    def __init__(self) -> None:
        super().__init__()
        self.decide = self._answer
        self.messages: list[tuple[dict[str, str], dict[str, Any]]] = []
        self.edits: list[tuple[str, dict[str, Any]]] = []
        self.lost: set[str] = set()
        self.archived: set[str] = set()

    def _answer(self, request: Request) -> Answer:
        place = urlsplit(request.path)
        query = {name: values[0] for name, values in parse_qs(place.query).items()}
        path, _, message = place.path.partition("/messages/")
        *_, webhook, token = path.split("/")
        if request.method != ("PATCH" if message else "POST") or webhook != ID:
            return said(404, {"message": "Unknown Webhook", "code": 10015})
        if token != TOKEN:
            return said(401, {"message": "Invalid Webhook Token", "code": 50027})
        if set(query) - {"wait", "thread_id", "with_components"} or not query.get("thread_id", "1").isdigit():
            return said(400, {"message": "Invalid Form Body", "code": 50035})
        try:
            body = json.loads(request.body)
            check(body)
        except (ValueError, Malformed) as wrong:
            return said(400, {"message": f"Invalid Form Body: {wrong}", "code": 50035})
        if message:
            return self._edited(message, body, query)
        self.messages.append((query, body))
        self.archived.discard(query.get("thread_id", ""))
        if query.get("wait") != "true":
            return Answer(204)
        return said(200, {"id": number(len(self.messages)), "type": 0, **body})

    def _edited(self, message: str, body: dict[str, Any], query: dict[str, str]) -> Answer:
        known = {number(index): asked.get("thread_id") for index, (asked, _) in enumerate(self.messages, start=1)}
        if message not in known or message in self.lost or known[message] != query.get("thread_id"):
            return said(404, {"message": "Unknown Message", "code": 10008})
        if query.get("thread_id") in self.archived:
            return said(400, {"message": "Thread is archived", "code": 50083})
        if set(body) - {"content", "embeds", "allowed_mentions", "components", "flags"}:
            return said(400, {"message": "Invalid Form Body", "code": 50035})
        self.edits.append((message, body))
        return said(200, {"id": message, "type": 0, **body})


def number(count: int) -> str:
    """The id of the message that came as that one."""
    return str(1_300_000_000_000_000_000 + count)


def said(status: int, body: dict[str, Any]) -> Answer:
    """An answer in JSON."""
    return Answer(status, json.dumps(body).encode(), {"Content-Type": "application/json"})


def check(body: Any) -> None:
    """Raise `Malformed` unless Discord would post this."""
    known_keys(an_object(body, "body"), "body", (), TOP)
    a_text(body.get("content", ""), "content", 2_000)
    a_text(body.get("username", "x"), "username", 80, 1)
    if not body.get("content") and not body.get("embeds"):
        raise Malformed("Cannot send an empty message")
    _mentions(an_object(body.get("allowed_mentions", {}), "allowed_mentions"))
    embeds = a_list(body.get("embeds", []), "embeds", 10)
    together = sum(_embed(an_object(each, f"embeds[{index}]"), f"embeds[{index}]") for index, each in enumerate(embeds))
    if together > TOGETHER:
        raise Malformed(f"embeds: Embed size exceeds maximum size of {TOGETHER}")


def _mentions(allowed: dict[str, Any]) -> None:
    known_keys(allowed, "allowed_mentions", (), ("parse", "users", "roles", "replied_user"))
    for each in a_list(allowed.get("parse", []), "allowed_mentions.parse", 3):
        one_of(each, "allowed_mentions.parse", ("everyone", "users", "roles"))
        if each in allowed:
            raise Malformed(f"allowed_mentions: parse and {each} exclude each other")
    for name in ("users", "roles"):
        for each in a_list(allowed.get(name, []), f"allowed_mentions.{name}", 100):
            if not a_text(each, name, 20, 1).isdigit():
                raise Malformed(f"{name} must be ids")


def _embed(each: dict[str, Any], place: str) -> int:
    """How many characters count towards the limit of all embeds."""
    known_keys(each, place, (), EMBED)
    counted = a_text(each.get("title", ""), f"{place}.title", 256)
    counted += a_text(each.get("description", ""), f"{place}.description", 4_096)
    if type(each.get("color", 0)) is not int or not 0 <= each.get("color", 0) <= 0xFFFFFF:
        raise Malformed(f"{place}.color must be an integer")
    for position, field in enumerate(a_list(each.get("fields", []), f"{place}.fields", 25)):
        here = f"{place}.fields[{position}]"
        known_keys(an_object(field, here), here, ("name", "value"), ("inline",))
        counted += a_text(field["name"], f"{here}.name", 256, 1) + a_text(field["value"], f"{here}.value", 1_024, 1)
        a_flag(field.get("inline", False), f"{here}.inline")
    if "footer" in each:
        counted += a_text(each["footer"].get("text"), f"{place}.footer.text", 2_048)
    if "image" in each:
        an_address(an_object(each["image"], f"{place}.image").get("url"), f"{place}.image.url", 2_048)
    if "url" in each:
        an_address(each["url"], f"{place}.url", 2_048)
    if "timestamp" in each and datetime.fromisoformat(each["timestamp"]).tzinfo is None:
        raise Malformed(f"{place}.timestamp must have a time zone")
    return len(counted)
