"""What people in Slack are told of what they asked: at once, or later at the call's own answer address. Pure."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import orjson

from channels_app.calls import HttpCall
from channels_app.cards import packed
from channels_app.contract import DigestLine
from channels_app.hearing import Answer, Heard, Response
from channels_app.prose import digest_rows
from channels_app.slack.markup import linked, many_lines, one_line
from channels_app.slack.spec import SlackSettings

JSON = "application/json; charset=utf-8"
TEXT_LIMIT, MORE_LIMIT, LINK_LIMIT, ROWS_LIMIT = 2_400, 1_000, 900, 3_400
FALLBACK_LIMIT = 300
SECTION_LIMIT = 2_900
MOST_ROWS = 25
LONGEST_ADDRESS = 2_000
# Letters, digits and signs of an address that no reader takes for the end of the host.
_SLACKS = re.compile(r"https://(?:[a-z0-9-]+\.)*slack(?:-gov)?\.com/[!-\[\]-~]*", re.IGNORECASE | re.ASCII)
_PRINTABLE = re.compile(r"[!-\[\]-~]+")


def answer(said: Answer, heard: Heard) -> Response:
    """A command's answer, for the person alone or for all; of what is answered to a button Slack shows nothing."""
    return _response(body_of(said)) if heard.heeds_answer else Response()


def waiting(heard: Heard) -> Response:
    """What the person reads while it is being done."""
    return answer(Answer("Working on it..."), heard)


def later(said: Answer, heard: Heard, settings: SlackSettings) -> HttpCall | None:
    """The same as a message of its own, where the call's answer address is Slack's, or its server's."""
    if not may_answer_at(heard.reply_to, settings):
        return None
    body = {**body_of(said), "replace_original": False}
    return HttpCall("POST", heard.reply_to, {"Content-Type": JSON}, orjson.dumps(body))


def may_answer_at(url: str, settings: SlackSettings) -> bool:
    """Whether an answer may go there: the address came with the call, and must not lead anywhere else."""
    if len(url) > LONGEST_ADDRESS or not _PRINTABLE.fullmatch(url):
        return False
    parts = urlsplit(settings.server)
    return bool(_SLACKS.fullmatch(url)) or url.startswith(f"{parts.scheme}://{parts.netloc}/")


def body_of(said: Answer) -> dict[str, Any]:
    """The answer as Slack's JSON."""
    parts = [part for part in _parts(said) if part]
    section = [{"type": "section", "text": {"type": "mrkdwn", "text": part, "verbatim": True}} for part in parts]
    return {
        "response_type": "in_channel" if said.for_all else "ephemeral",
        "text": one_line(said.text, FALLBACK_LIMIT) or "Bellhop",
        "blocks": section or [{"type": "divider"}],
        "unfurl_links": False,
        "unfurl_media": False,
    }


def _parts(said: Answer) -> Iterator[str]:
    yield many_lines(said.text, TEXT_LIMIT)
    yield from packed((f"• {row}" for row in _rows(said.lines)), SECTION_LIMIT)
    yield many_lines(said.more, MORE_LIMIT)
    yield linked(said.link, LINK_LIMIT)


def _rows(lines: tuple[DigestLine, ...]) -> list[str]:
    named = lines[:MOST_ROWS]

    def number(each: DigestLine) -> str:
        return linked(each.link, LINK_LIMIT, f"#{each.number}")

    return digest_rows(named, ROWS_LIMIT, number, one_line)


def _response(body: dict[str, Any]) -> Response:
    return Response(body=orjson.dumps(body), content_type=JSON)
