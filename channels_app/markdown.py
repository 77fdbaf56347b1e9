"""Untrusted text as Markdown in which it marks nothing up: no link, no mention, no list. Pure.

Services read Markdown with habits of their own, so what could begin a link or a mention is broken in a way that
none of them undoes: signs get a backslash, an opening angle bracket what suits the service, an at sign its
full-width twin.
"""

import re
from functools import lru_cache

from channels_app.cards import Dialect
from channels_app.contract import Link
from channels_app.speech import clock
from channels_app.text import block, cut, line, safe_url

_SIGNS = re.compile(r"[\\`*_~|\[\]{}]")
_SCHEME = re.compile(r":(?=//)")
_WWW = re.compile(r"\b(www)\.", re.IGNORECASE)
_AT = re.compile(r"@(?=\w)")
_ANGLE = re.compile(r"<(?!\s)")
_ENTITY = re.compile(r"&(?=#?\w{1,31};)")
_BEGINNINGS = re.compile(r"^( *)(>|[#+=-](?=[\s#+=-]|$))", re.MULTILINE)
_NUMBERED = re.compile(r"^( *\d{1,9})(?=[.)](?:\s|$))", re.MULTILINE)
# Whether any of the above could have something to do: most texts have nothing of it, or a single underscore.
_LIVELY = re.compile(
    r"[\\`*_~|\[\]{}<@&]|://|www\.|^ *(?:>|[#+=-](?:[\s#+=-]|$)|\d{1,9}[.)](?:\s|$))", re.MULTILINE | re.IGNORECASE
)
_URL_SIGNS = re.compile(r"[()\[\]*|]")
_URL = str.maketrans({"(": "%28", ")": "%29", "[": "%5B", "]": "%5D", "*": "%2A", "|": "%7C"})


def markdown(angle: str) -> Dialect:
    """The dialect of a service for which `angle` stands where an opening angle bracket must not be read as one.

    Where that is an entity, the service reads entities, and those in untrusted text are kept from being read.
    """

    def escape(text: str) -> str:
        return _escaped(text, angle) if _LIVELY.search(text) else text

    def one_line(text: str, limit: int) -> str:
        return cut(line(text), limit, escape)

    def many_lines(text: str, limit: int) -> str:
        return cut(block(text), limit, escape)

    def linked(link: Link | None, limit: int, label: str = "") -> str:
        if link is None:
            return ""
        words = label or link.text or "link"
        url = safe_url(link.url)
        if _URL_SIGNS.search(url):
            url = url.translate(_URL)
        room = limit - len(url) - 4
        return f"[{one_line(words, room) or 'link'}]({url})" if url and room >= 8 else one_line(words, limit)

    return Dialect(one_line, lru_cache(maxsize=1024)(one_line), many_lines, linked, clock)


def _escaped(text: str, angle: str) -> str:
    # In this order: neither the ampersand nor the backslash of what stands in for a sign may be escaped again.
    text = _ENTITY.sub("&amp;", text) if angle.startswith("&") else text
    text = _SIGNS.sub(r"\\\g<0>", text.replace("](", "] ("))
    text = _AT.sub("＠", _WWW.sub(r"\1\\.", _SCHEME.sub(r"\\:", text)))
    text = _NUMBERED.sub(r"\1\\", _BEGINNINGS.sub(r"\1\\\2", text))
    return _ANGLE.sub(lambda _: angle, text)
