"""The HTML that Telegram reads, and untrusted text in which it finds nothing to act upon. Pure."""

import html
import re
from functools import lru_cache, partial

from channels_app.cards import Dialect
from channels_app.contract import Link
from channels_app.speech import clock
from channels_app.text import block, cut, line, safe_url

_CALM = re.compile(r"[A-Za-z0-9 ,;:%()=?!_…–·°µ²ÄÖÜäöüß-]*")
_WORD = re.compile(r"\S+")
# Of addresses, hosts, names, commands and tags Telegram makes links by itself, but never within <code>.
_LIVE = re.compile(r"://|@\w|\A\W*/\w|[#$][^\W\d_]|\w\.(?:[^\W\d_]{2}|\d+\.\d+\.\d)")

plainly = partial(html.escape, quote=False)


def escape(text: str) -> str:
    """`text` with what HTML gives a meaning escaped, and words that Telegram would make links of set as code."""
    return text if _CALM.fullmatch(text) else _WORD.sub(_tame, text)


def one_line(text: str, limit: int) -> str:
    """Untrusted `text` on one line, cut and escaped to at most `limit` characters."""
    return cut(line(text), limit, escape)


def many_lines(text: str, limit: int) -> str:
    """Untrusted `text` with its line breaks, cut and escaped to at most `limit` characters."""
    return cut(block(text), limit, escape)


def linked(link: Link | None, limit: int, label: str = "") -> str:
    """An `a` element in at most `limit` characters; the label alone where the address is unsafe or too long."""
    if link is None:
        return ""
    words = line(label or link.text) or "link"
    url = html.escape(safe_url(link.url))
    room = limit - len(f'<a href="{url}"></a>')
    return f'<a href="{url}">{cut(words, room, plainly)}</a>' if url and room >= 8 else one_line(words, limit)


def _tame(found: re.Match[str]) -> str:
    word = plainly(found[0])
    return f"<code>{word}</code>" if _LIVE.search(found[0]) else word


DIALECT = Dialect(one_line, lru_cache(maxsize=1024)(one_line), many_lines, linked, clock)
