"""Markdown in which text of users stays text: no heading, link, list, table, code or HTML comes of it."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo

from alerts.links import iso_utc
from channels_app.text import line

# Everything else means nothing there, and many a chat shows each backslash.
_MEANS_SOMETHING = re.compile(r"([\\`*_\[\]<>&|~$@]|:(?=//)|(?<=www)\.)", re.IGNORECASE)
_BEGINS_SOMETHING = re.compile(r"^(\d*)([#+=.)-])")


def plain(text: object) -> str:
    """`text` on one line, with a backslash before what would mean something to Markdown."""
    return _BEGINS_SOMETHING.sub(r"\1\\\2", _MEANS_SOMETHING.sub(r"\\\1", line(str(text))))


def heading(level: int, text: str) -> str:
    """A heading; `text` is Markdown already."""
    return f"{'#' * level} {text}"


def bullets(items: Iterable[str]) -> str:
    """A list; the items are Markdown already."""
    return "\n".join(f"- {item}" for item in items)


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; the cells are Markdown already."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def document(blocks: Iterable[str]) -> str:
    """All blocks that say something, an empty line between."""
    return "\n\n".join(block for block in blocks if block) + "\n"


def when(at: datetime | None, zone: tzinfo) -> str:
    """A time as ISO 8601 in UTC and, for the reader, in their zone."""
    if at is None:
        return ""
    second = at.replace(microsecond=0)
    if str(zone) == "UTC":
        return iso_utc(second)
    return f"{iso_utc(second)} ({second.astimezone(zone):%Y-%m-%d %H:%M:%S} {zone})"


def clock(at: datetime, zone: tzinfo) -> str:
    """The same, short, for lists that say their zone once."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"
