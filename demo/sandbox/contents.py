"""What a Slack message may hold: the checks that webhooks, the Web API and answers to response URLs share."""

import re
import secrets
from collections.abc import Iterator
from typing import Any

from demo.sandbox.blocks import check_blocks
from demo.sandbox.shapes import Malformed, a_list, a_text, an_object

CUT_OFF = 40_000
LONGEST_BODY = 10_000_000
MOST_ATTACHMENTS = 100
COLOR = re.compile(r"good|warning|danger|#[0-9a-fA-F]{6}")
CONTENT = ("text", "pretext", "title", "fallback", "fields", "image_url")
PARTS = ("text", "blocks", "attachments")


class Unfit(Exception):
    """Slack's word for what is wrong with a message, and where."""

    def __init__(self, word: str, detail: str = "") -> None:
        super().__init__(f"{word}: {detail}")
        self.word, self.detail = word, detail


def check_content(payload: dict[str, Any], *, interactive: bool = True) -> None:
    """Raise `Unfit` unless text, blocks and attachments would be accepted. What is too long of the text is cut off."""
    try:
        if payload.get("text") is not None:
            payload["text"] = a_text(payload["text"], "text", LONGEST_BODY)[:CUT_OFF]
    except Malformed as malformed:
        raise Unfit("invalid_payload", str(malformed)) from malformed
    attachments = payload.get("attachments") or []
    if not (payload.get("text") or payload.get("blocks") or attachments):
        raise Unfit("no_text")
    if isinstance(attachments, list) and len(attachments) > MOST_ATTACHMENTS:
        raise Unfit("too_many_attachments")
    try:
        if payload.get("blocks"):
            check_blocks(payload["blocks"], interactive=interactive)
        for index, item in enumerate(a_list(attachments, "attachments", MOST_ATTACHMENTS)):
            _attachment(an_object(item, f"attachments[{index}]"), f"attachments[{index}]", interactive=interactive)
    except Malformed as malformed:
        raise Unfit("invalid_blocks", str(malformed)) from malformed


def _attachment(attachment: dict[str, Any], place: str, *, interactive: bool) -> None:
    if attachment.get("blocks"):
        check_blocks(attachment["blocks"], f"{place}.blocks", interactive=interactive)
    elif not any(attachment.get(key) for key in CONTENT):
        raise Unfit("missing_text_or_fallback_or_attachments")
    if "color" in attachment and not COLOR.fullmatch(a_text(attachment["color"], f"{place}.color", 7)):
        raise Malformed(f"{place}.color must be good, warning, danger or #rrggbb")
    if "footer" in attachment:
        a_text(attachment["footer"], f"{place}.footer", 300)
    if not interactive and attachment.get("actions"):
        raise Malformed(f"{place}.actions are interactive, and a legacy webhook may not send them")
    a_list(attachment.get("actions") or [], f"{place}.actions", 5)


def blocks_of(payload: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """All blocks of a checked message, those of its attachments too."""
    yield from payload.get("blocks") or []
    for attachment in payload.get("attachments") or []:
        yield from attachment.get("blocks") or []


def as_kept(payload: dict[str, Any]) -> dict[str, Any]:
    """What Slack keeps of a checked message: every block gets an id, every attachment a number."""
    for block in blocks_of(payload):
        block.setdefault("block_id", secrets.token_hex(3))
    for number, attachment in enumerate(payload.get("attachments") or [], 1):
        attachment["id"] = number
    return {key: payload[key] for key in (*PARTS, "username", "icon_emoji", "metadata") if key in payload}


def length_of(payload: dict[str, Any]) -> int:
    """The characters in all text objects of the blocks."""
    return sum(map(_length, blocks_of(payload)))


def _length(value: Any) -> int:
    if isinstance(value, dict):
        own = len(value["text"]) if isinstance(value.get("text"), str) else 0
        return own + sum(_length(each) for each in value.values() if not isinstance(each, str))
    return sum(map(_length, value)) if isinstance(value, list) else 0
