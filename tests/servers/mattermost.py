"""A strict local Mattermost: it takes what its incoming webhooks take, refuses the rest in its words, keeps posts."""

import json
import re
from typing import Any

from demo.sandbox.shapes import Malformed, a_flag, a_list, a_text, an_address, an_object, known_keys, one_of
from tests.servers.http import Answer, Receiver, Request

KEY = "xwsk9b1ffbyf8cz3chf1ekqg1r"
CHANNELS = ("town-square", "ops")
TEXT_LIMIT = 16_383
TOP = (
    *("text", "channel", "username", "icon_url", "icon_emoji", "attachments", "type", "props", "priority"),
    *("response_type", "skip_slack_parsing"),
)
ATTACHMENT = (
    *("fallback", "color", "pretext", "author_name", "author_link", "author_icon", "title", "title_link", "text"),
    *("fields", "image_url", "thumb_url", "footer", "footer_icon", "actions"),
)


class Mattermost(Receiver):
    """Takes posts at `/hooks/<KEY>`; `posts` are those that it took."""

    def __init__(self) -> None:
        super().__init__()
        self.decide = self._answer
        self.posts: list[dict[str, Any]] = []

    def _answer(self, request: Request) -> Answer:
        if (request.method, request.path) != ("POST", f"/hooks/{KEY}"):
            return error(400, "web.incoming_webhook.invalid.app_error", "Invalid webhook.")
        try:
            body = json.loads(request.body)
            check(body)
        except (ValueError, Malformed) as wrong:
            return error(400, "web.incoming_webhook.parse.app_error", f"Unable to parse incoming data: {wrong}")
        if body.get("channel", CHANNELS[0]).removeprefix("@") not in (*CHANNELS, "ann"):
            return error(404, "web.incoming_webhook.channel.app_error", "Couldn't find the channel.")
        self.posts.append(body)
        return Answer(200, b"ok", {"Content-Type": "text/plain"})


def error(status: int, name: str, words: str) -> Answer:
    """An error as Mattermost's API tells it."""
    told = {"id": name, "message": words, "detailed_error": "", "request_id": "r1", "status_code": status}
    return Answer(status, json.dumps(told).encode(), {"Content-Type": "application/json"})


def check(body: Any) -> None:
    """Raise `Malformed` unless Mattermost would post this."""
    known_keys(an_object(body, "body"), "body", (), TOP)
    a_text(body.get("text", ""), "text", TEXT_LIMIT)
    if not body.get("text") and not body.get("attachments"):
        raise Malformed("No text specified")
    for name, most in (("channel", 64), ("username", 64), ("icon_emoji", 64)):
        a_text(body.get(name, ""), name, most)
    if "icon_url" in body:
        an_address(body["icon_url"], "icon_url", 1_024)
    if "type" in body and not str(body["type"]).startswith("custom_"):
        raise Malformed("type must begin with custom_")
    if "priority" in body:
        priority = an_object(body["priority"], "priority")
        known_keys(priority, "priority", ("priority",), ("requested_ack", "persistent_notifications"))
        one_of(priority["priority"], "priority.priority", ("standard", "important", "urgent"))
    for index, each in enumerate(a_list(body.get("attachments", []), "attachments", 20)):
        _attachment(an_object(each, f"attachments[{index}]"), f"attachments[{index}]")


def _attachment(each: dict[str, Any], place: str) -> None:
    known_keys(each, place, ("fallback",), ATTACHMENT)
    for name in ("fallback", "text", "title"):
        a_text(each.get(name, ""), f"{place}.{name}", TEXT_LIMIT)
    if not re.fullmatch(r"#[0-9a-fA-F]{6}|good|warning|danger", str(each.get("color", "good"))):
        raise Malformed(f"{place}.color is no colour")
    for name in ("image_url", "title_link"):
        if name in each:
            an_address(each[name], f"{place}.{name}")
    for position, field in enumerate(a_list(each.get("fields", []), f"{place}.fields", 100)):
        here = f"{place}.fields[{position}]"
        known_keys(an_object(field, here), here, ("title", "value"), ("short",))
        a_text(field["title"], f"{here}.title", TEXT_LIMIT)
        a_text(field["value"], f"{here}.value", TEXT_LIMIT)
        a_flag(field.get("short", False), f"{here}.short")
