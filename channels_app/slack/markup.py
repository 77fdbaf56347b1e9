"""Slack's own text markup. Pure."""

import re
from datetime import UTC, datetime
from functools import lru_cache

from channels_app.contract import Link
from channels_app.speech import clock
from channels_app.text import block, cut, line, safe_url

_LABEL = str.maketrans("|<>", "   ")
_PERSON = re.compile(r"(?:<@)?([UW][A-Z0-9]{2,20})>?")
_GROUP = re.compile(r"(?:<!subteam\^)?(S[A-Z0-9]{2,20})>?")
_EVERYBODY = re.compile(r"(?:<!|@)?(here|channel|everyone)>?")


def escape(text: str) -> str:
    """`text` with the three characters escaped that Slack gives a meaning. An ampersand goes first."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def one_line(text: str, limit: int) -> str:
    """Untrusted `text` on one line, cut and escaped to at most `limit` characters."""
    return _tamed(line(text), limit)


@lru_cache(maxsize=1024)
def label_line(text: str, limit: int) -> str:
    """`one_line` for texts that message after message repeats."""
    return one_line(text, limit)


def many_lines(text: str, limit: int) -> str:
    """Untrusted `text` with its line breaks, cut and escaped to at most `limit` characters."""
    return _tamed(block(text), limit)


def _tamed(text: str, limit: int) -> str:
    if len(text) <= limit and _CALM.fullmatch(text):
        return text
    return cut(text, limit, _tame)


def linked(link: Link | None, limit: int, label: str = "") -> str:
    """`<url|label>` in at most `limit` characters; the label alone where the address is unsafe or too long."""
    if link is None:
        return ""
    text = line((label or link.text).translate(_LABEL)) or "link"
    url = escape(safe_url(link.url)).replace("|", "%7C")
    room = limit - len(url) - 3
    return f"<{url}|{_tamed(text, room)}>" if url and room >= 8 else one_line(text, limit)


@lru_cache(maxsize=1024)
def moment(at: datetime, zone: str = "") -> str:
    """A time that every reader sees in their own zone; in `zone` for clients that cannot."""
    return f"<!date^{int(at.astimezone(UTC).timestamp())}^{{date_short}} {{time}}|{clock(at, zone)}>"


def mentions(names: tuple[str, ...]) -> str:
    """The mentions that may ping, in Slack's form: `here`, `@channel`, `U123`, `S123` or their full markup."""
    return " ".join(filter(None, (_mention(name.strip()) for name in names))) if names else ""


def is_mention(name: str) -> bool:
    """Whether Slack has somebody to ping by that name."""
    return bool(_mention(name))


def _mention(name: str) -> str:
    if found := _EVERYBODY.fullmatch(name):
        return f"<!{found[1]}>"
    if found := _PERSON.fullmatch(name):
        return f"<@{found[1]}>"
    if found := _GROUP.fullmatch(name):
        return f"<!subteam^{found[1]}>"
    return ""


def _tame(text: str) -> str:
    """Escaped, and with a full-width sign where `@here` and its like could be read as a mention by a client's habits.

    What is cut is tamed as it then stands: of `@hereabouts` a cut can leave `@here`.
    """
    return escape(_AT.sub("＠", text))


_CALM = re.compile(r"[^&<>@]*")
_AT = re.compile(r"@(?=(?:here|channel|everyone|group)\b)", re.IGNORECASE)
