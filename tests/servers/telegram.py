"""A strict local Bot API: it takes what sendMessage and editMessageText take, refuses the rest in its words."""

import json
import re
from html.parser import HTMLParser
from typing import Any

from demo.sandbox.shapes import Malformed, a_flag, a_list, a_text, an_address, an_object, known_keys, one_of
from tests.servers.http import Answer, Receiver, Request

TOKEN = "123456789:AAtelegramBotTokenOf35LettersNobody"
CHAT = -1001147567
TEXT_LIMIT = 4_096
OPTIONAL = (
    *("message_thread_id", "parse_mode", "entities", "link_preview_options", "disable_notification"),
    *("protect_content", "reply_parameters", "reply_markup"),
)
TAGS = frozenset(("b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "a", "code", "pre", "blockquote"))
# What the clients make links of by themselves: addresses, hosts, names, commands, tags.
LIVE = re.compile(r"://|@\w|(?:^|\s)/\w|[#$][^\W\d_]|\w\.[^\W\d_]{2}")
ENTITY = re.compile(r"&(?!(?:lt|gt|amp|quot|#\d+|#x[0-9a-fA-F]+);)")


class Telegram(Receiver):
    """Takes messages of the bot with TOKEN to CHAT or @bellhop_ops; `messages` are those that it took.

    `edits` are what the message of a number became, and `lost` the numbers of those that somebody deleted.
    """

    def __init__(self) -> None:
        super().__init__()
        self.decide = self._answer
        self.messages: list[dict[str, Any]] = []
        self.edits: list[tuple[int, dict[str, Any]]] = []
        self.lost: set[int] = set()

    def _answer(self, request: Request) -> Answer:
        if not re.fullmatch(r"/bot\d+:[\w-]+/(?:sendMessage|editMessageText)", request.path):
            return refused(404, "Not Found")
        if not request.path.startswith(f"/bot{TOKEN}/"):
            return refused(401, "Unauthorized")
        edits = request.path.endswith("/editMessageText")
        try:
            body = json.loads(request.body)
            check_edit(body) if edits else check(body)
        except (ValueError, Malformed) as wrong:
            return refused(400, f"Bad Request: {wrong}")
        if body["chat_id"] not in (CHAT, "@bellhop_ops"):
            return refused(400, "Bad Request: chat not found")
        if edits:
            return self._edited(body)
        self.messages.append(body)
        result = {"message_id": len(self.messages), "chat": {"id": CHAT}, "text": body["text"]}
        return Answer(200, json.dumps({"ok": True, "result": result}).encode(), {"Content-Type": "application/json"})

    def _edited(self, body: dict[str, Any]) -> Answer:
        number = body["message_id"]
        if not 1 <= number <= len(self.messages) or number in self.lost:
            return refused(400, "Bad Request: message to edit not found")
        before = [now for of, now in self.edits if of == number][-1:] or [self.messages[number - 1]]
        if (before[0]["text"], before[0].get("reply_markup")) == (body["text"], body.get("reply_markup")):
            return refused(400, "Bad Request: message is not modified: new message content is exactly the same")
        self.edits.append((number, body))
        result = {"message_id": number, "chat": {"id": CHAT}, "text": body["text"], "edit_date": 1}
        return Answer(200, json.dumps({"ok": True, "result": result}).encode(), {"Content-Type": "application/json"})


def refused(status: int, words: str, **parameters: Any) -> Answer:
    """A refusal as the Bot API tells it."""
    told = {"ok": False, "error_code": status, "description": words}
    if parameters:
        told["parameters"] = parameters
    return Answer(status, json.dumps(told).encode(), {"Content-Type": "application/json"})


def check(body: Any) -> None:
    """Raise `Malformed` unless Telegram would post this."""
    known_keys(an_object(body, "body"), "body", ("chat_id", "text"), OPTIONAL)
    _content(body)
    known_keys(body.get("reply_parameters", {}), "reply_parameters", (), ("message_id", "allow_sending_without_reply"))
    if type(body.get("message_thread_id", 1)) is not int:
        raise Malformed("message_thread_id must be a number")
    a_flag(body.get("disable_notification", False), "disable_notification")


def check_edit(body: Any) -> None:
    """Raise `Malformed` unless Telegram would take this as an edit."""
    optional = ("parse_mode", "entities", "link_preview_options", "reply_markup")
    known_keys(an_object(body, "body"), "body", ("chat_id", "message_id", "text"), optional)
    if type(body["message_id"]) is not int:
        raise Malformed("message identifier is not specified")
    _content(body)


def _content(body: dict[str, Any]) -> None:
    text = a_text(body["text"], "message", TEXT_LIMIT, 1)
    if not text.strip():
        raise Malformed("message text is empty")
    if not isinstance(body["chat_id"], int | str) or isinstance(body["chat_id"], bool):
        raise Malformed("chat_id is empty")
    if "parse_mode" in body and one_of(body["parse_mode"], "parse_mode", ("HTML", "MarkdownV2")) == "HTML":
        Entities(text)
    known_keys(body.get("link_preview_options", {}), "link_preview_options", (), ("is_disabled", "url"))
    _keyboard(body.get("reply_markup", {"inline_keyboard": []}))


def _keyboard(markup: Any) -> None:
    known_keys(an_object(markup, "reply_markup"), "reply_markup", ("inline_keyboard",), ())
    for row in a_list(markup["inline_keyboard"], "inline_keyboard", 100):
        for button in a_list(row, "inline_keyboard", 8, 1):
            known_keys(an_object(button, "button"), "button", ("text",), ("url", "callback_data"))
            a_text(button["text"], "button text", 64, 1)
            if len(str(button.get("callback_data", "")).encode()) > 64 or len(button) != 2:
                raise Malformed("BUTTON_DATA_INVALID")
            an_address(button.get("url", "https://x.example/"), "inline keyboard button URL", 2_048)


class Entities(HTMLParser):
    """Reads Telegram's HTML: `links` and `shown`, the text outside of <code>; malformed is what Telegram refuses."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[str] = []
        self.shown = ""
        self._open: list[str] = []
        if ENTITY.search(source):
            raise Malformed("can't parse entities: unknown entity")
        self.feed(source)
        self.close()
        if self._open:
            raise Malformed(f"can't parse entities: can't find end tag corresponding to start tag {self._open[-1]}")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS or {name for name, _ in attrs} - ({"href"} if tag == "a" else set()):
            raise Malformed(f'can\'t parse entities: unsupported start tag "{tag}"')
        self.links += [value or "" for _, value in attrs]
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            raise Malformed(f'can\'t parse entities: unexpected end tag "{tag}"')

    def handle_data(self, data: str) -> None:
        self.shown += data if not {"code", "a", "pre"} & set(self._open) else " "

    def handle_comment(self, data: str) -> None:
        raise Malformed("can't parse entities: unsupported start tag")

    def handle_decl(self, decl: str) -> None:
        self.handle_comment(decl)

    def handle_pi(self, data: str) -> None:
        self.handle_comment(data)

    def unknown_decl(self, data: str) -> None:
        self.handle_comment(data)
