"""A strict local Slack Web API: it takes what chat.postMessage and chat.update take, refuses the rest in its words."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from demo.sandbox.blocks import check_blocks
from demo.sandbox.shapes import Malformed, a_flag, a_list, a_text, an_object, known_keys
from tests.channels_app.strict import mrkdwn_texts
from tests.servers.http import Answer, Receiver, Request

TOKEN = "xoxb-1147567-SlackBotTokenThatNobodyMaySee"
SIGNING_SECRET = "5lackSigningSecretThatNobodySees"
CHANNELS = {"#ops": "C0000000OPS", "#night": "C00000NIGHT", "#attic": "C00000ATTIC", "#board": "C00000BOARD"}
PEOPLE = {"U0000000ANN": "D0000000ANN", "U0000000BOB": "D0000000BOB"}  # where the bot talks to them
POST = ("thread_ts", "reply_broadcast", "unfurl_links", "unfurl_media", "parse", "link_names", "metadata", "mrkdwn")
TOP = ("text", "blocks", "attachments")
TOGETHER = 9_600  # undocumented, and at least this


@dataclass(slots=True)
class Posted:
    """A message as the channel shows it now. `bodies` are all that it was, oldest first."""

    channel: str
    ts: str
    bodies: list[dict[str, Any]] = field(default_factory=list)

    @property
    def now(self) -> dict[str, Any]:
        return self.bodies[-1]

    @property
    def ref(self) -> str:
        """As it is known by: with the name of its channel or the person's id, where it was called by that."""
        asked = self.bodies[0]["channel"]
        return f"{self.channel}:{self.ts}{f':{asked}' if asked[0] in '#U' else ''}"


class Slack(Receiver):
    """A workspace in which the bot has TOKEN, is no member of #board, and #attic is archived.

    `messages` are those that it posted, in order; `refusals` are words that it answers to the next calls of a method.
    """

    def __init__(self) -> None:
        super().__init__()
        self.decide = self._answer
        self.messages: list[Posted] = []
        self.refusals: dict[str, list[str]] = {}
        self.archived = {"C00000ATTIC"}

    @property
    def base(self) -> str:
        return f"{self.url}/api"

    @property
    def calls(self) -> list[str]:
        """The methods that were called, in order."""
        return [request.path.rpartition("/")[2] for request in self.received]

    def refuse(self, method: str, *words: str) -> None:
        self.refusals.setdefault(method, []).extend(words)

    def lose(self, position: int) -> None:
        """Delete a message, as people can."""
        self.messages[position].channel = "deleted"

    def replies_to(self, posted: Posted) -> list[dict[str, Any]]:
        return [each.now for each in self.messages if each.now.get("thread_ts") == posted.ts]

    def _answer(self, request: Request) -> Answer:
        method = request.path.removeprefix("/api/")
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return refused("invalid_auth" if "authorization" in request.headers else "not_authed")
        if self.refusals.get(method):
            return refused(self.refusals[method].pop(0))
        if not request.headers.get("content-type", "").startswith("application/json"):
            return refused("invalid_arguments")
        try:
            body = an_object(json.loads(request.body), "body")
            return {"chat.postMessage": self._post, "chat.update": self._update}[method](body)
        except KeyError:
            return refused("unknown_method")
        except ValueError:
            return refused("invalid_json")
        except Malformed as wrong:
            return refused("invalid_blocks", response_metadata={"messages": [f"[ERROR] {wrong}"]})

    def _post(self, body: dict[str, Any]) -> Answer:
        known_keys(body, "body", ("channel",), (*TOP, *POST))
        check(body)
        asked = a_text(body["channel"], "channel", 100, 1)
        channel = (CHANNELS | PEOPLE).get(asked, asked)
        word = self._closed(channel) or self._no_thread(channel, body)
        if word:
            return refused(word)
        posted = Posted(channel, f"1700000000.{len(self.messages) + 100:06}", [body])
        self.messages.append(posted)
        return said(channel=channel, ts=posted.ts, message={"type": "message", "text": body.get("text", "")})

    def _update(self, body: dict[str, Any]) -> Answer:
        known_keys(body, "body", ("channel", "ts"), TOP)
        check(body)
        if len(body.get("text", "")) > 4_000:
            return refused("msg_too_long")
        channel = a_text(body["channel"], "channel", 100, 1)
        word = "channel_not_found" if channel.startswith("#") else self._closed(channel)
        found = [each for each in self.messages if (each.channel, each.ts) == (channel, body["ts"])]
        if word or not found:
            return refused(word or "message_not_found")
        before, now = found[0].now, dict(body)
        kept = {"attachments": before["attachments"]} if "attachments" in before and "attachments" not in now else {}
        found[0].bodies.append({**now, **kept})
        return said(channel=channel, ts=found[0].ts, text=now.get("text", ""))

    def _closed(self, channel: str) -> str:
        if channel not in (CHANNELS | PEOPLE).values():
            return "channel_not_found"
        if channel in self.archived:
            return "is_archived"
        return "not_in_channel" if channel == CHANNELS["#board"] else ""

    def _no_thread(self, channel: str, body: Mapping[str, Any]) -> str:
        if "thread_ts" not in body:
            return "invalid_arguments" if body.get("reply_broadcast") else ""
        parent = [each for each in self.messages if (each.channel, each.ts) == (channel, body["thread_ts"])]
        if not parent:
            return "thread_not_found"
        return "cannot_reply_to_message" if "thread_ts" in parent[0].now else ""


def check(body: dict[str, Any]) -> None:
    """Raise `Malformed` unless Slack would show this content."""
    a_text(body.get("text", ""), "text", 40_000)
    if sum(map(len, mrkdwn_texts(body))) > TOGETHER:
        raise Malformed("msg_blocks_too_long")
    check_blocks(body.get("blocks", []))
    for index, item in enumerate(a_list(body.get("attachments", []), "attachments", 20)):
        here = f"attachments[{index}]"
        known_keys(an_object(item, here), here, ("color", "fallback", "blocks"), ())
        check_blocks(item["blocks"], f"{here}.blocks")
    for flag in ("reply_broadcast", "unfurl_links", "unfurl_media"):
        a_flag(body.get(flag, False), flag)
    a_text(body.get("thread_ts", "1.1"), "thread_ts", 30, 1)
    if not any(body.get(name) for name in TOP):
        raise Malformed("no_text")


def refused(word: str, **more: Any) -> Answer:
    """A refusal as the Web API tells it: with status 200."""
    return told({"ok": False, "error": word, **more})


def said(**more: Any) -> Answer:
    return told({"ok": True, **more})


def told(body: dict[str, Any], status: int = 200, **headers: str) -> Answer:
    """An answer in JSON."""
    return Answer(status, json.dumps(body).encode(), {"Content-Type": "application/json; charset=utf-8", **headers})
