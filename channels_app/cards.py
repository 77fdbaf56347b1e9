"""A message laid out as the card that chat rooms draw: the same parts, order and room everywhere, each in its dialect.

What differs from one service to the next is how text is marked up (a `Dialect`) and how much of it fits (a `Room`).
Pure.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from channels_app.contract import DigestLine, Link, Message, Payload
from channels_app.prose import NAMED_LINES, digest_rows, rest
from channels_app.text import cut, line, safe_url

SHORTEST_FACT = 60
LONGEST_FACT = 500
PICTURE_TEXT = 500


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a service spells text. Each takes untrusted text and a limit, and gives markup within that limit.

    `label_line` is `one_line` for texts that message after message repeats. `linked(link, limit, label)` is empty, or
    the label alone, where the address is unsafe or too long; without a label it shows the link's own text.
    `moment(at, zone)` is a time in the zone.
    """

    one_line: Callable[[str, int], str]
    label_line: Callable[[str, int], str]
    many_lines: Callable[[str, int], str]
    linked: Callable[..., str]
    moment: Callable[[datetime, str], str]


@dataclass(frozen=True, slots=True)
class Room:
    """How many characters a service shows. `whole` is for all but the headline; facts and rows get what is left of it.

    `frame` is what a fact costs besides its words.
    """

    whole: int
    headline: int
    facts: int = 20
    summary: int = 1_500
    text: int = 1_200
    note: int = 700
    link: int = 900
    frame: int = 3


@dataclass(slots=True)  # frozen costs more than all the rest of making one
class Card:
    """The parts of a message as markup, in reading order; empty where the message has none.

    `rows` are the named alerts of a digest, `rest` tells of those that are only counted.
    """

    headline: str
    summary: str
    facts: list[tuple[str, str]]
    rows: list[str]
    rest: str
    text: str
    note: str
    tail: str


class WithPlain(dict[str, Any]):
    """A payload whose `plain` form is made when it is first asked for: hardly any message needs it."""

    def __init__(self, payload: Payload, plain: Callable[[], Payload]) -> None:
        super().__init__(payload)
        self._plain = plain

    def __missing__(self, key: str) -> Any:
        if key != "plain":
            raise KeyError(key)
        self[key] = self._plain()
        return self[key]


def card_of(message: Message, dialect: Dialect, room: Room, tail: str) -> Card:
    """The card of `message`, with `tail` (its links and its time, in markup) as the last line."""
    headline = dialect.one_line(message.headline, room.headline)
    if message.lines:
        return _digest(message, dialect, room, headline, tail)
    many = dialect.many_lines
    summary, text = many(message.summary, room.summary), many(message.text, room.text)
    note = many(message.note, room.note) if message.note else ""
    budget = room.whole - len(summary) - len(text) - len(note) - len(tail)
    return Card(headline, summary, _facts(message, dialect, room, budget), [], "", text, note, tail)


def tail_of(dialect: Dialect, room: Room, links: Iterable[Link | None], message: Message) -> str:
    """The links that there are, and the time, on one line."""
    linked, limit = dialect.linked, room.link
    parts = [linked(link, limit) for link in links if link]
    parts.append(dialect.moment(message.at, message.speech.zone))
    return " · ".join([part for part in parts if part])


def links_of(message: Message) -> tuple[Link, ...]:
    """Where a message leads to: its page, the alert's own, the runbook."""
    return tuple(link for link in (message.link, alert_link(message), message.runbook) if link)


def alert_link(message: Message) -> Link | None:
    """The alert's own page."""
    subject = message.subject
    return Link(f"{message.speech.say('Alert')} #{subject.number}", subject.url) if subject else None


def picture_of(message: Message, limit: int) -> tuple[str, str]:
    """Where the graph of `message` is, in at most `limit` characters, and what it shows; empty where there is none."""
    if message.picture is None:
        return "", ""
    url = safe_url(message.picture.url)
    if not 0 < len(url) <= limit:
        return "", ""
    return url, cut(line(message.picture.text), PICTURE_TEXT) or message.speech.say("Graph")


def packed(rows: Iterable[str], limit: int) -> list[str]:
    """Rows put together into texts of at most `limit` characters, where no row alone has more."""
    texts: list[str] = []
    for row in filter(None, rows):
        if texts and len(texts[-1]) + len(row) < limit:
            texts[-1] += f"\n{row}"
        else:
            texts.append(row)
    return texts


def joined(first: str, second: str, joint: str = " ") -> str:
    """Both, or the one that there is."""
    return f"{first}{joint}{second}" if first and second else first or second


def _facts(message: Message, dialect: Dialect, room: Room, budget: int) -> list[tuple[str, str]]:
    """As many facts as there are, each with an equal share of `budget` characters."""
    facts = message.facts[: room.facts]
    if not facts:
        return []
    share = max(SHORTEST_FACT, min(LONGEST_FACT, budget // len(facts)))
    label, value = share // 3, share - share // 3 - room.frame
    label_line, one_line = dialect.label_line, dialect.one_line
    return [(label_line(fact.label, label), one_line(fact.value, value)) for fact in facts]


def _digest(message: Message, dialect: Dialect, room: Room, headline: str, tail: str) -> Card:
    named = message.lines[:NAMED_LINES]
    summary, unnamed = dialect.many_lines(message.summary, room.summary // 3), dialect.one_line(rest(message), 150)
    note = dialect.many_lines(message.note, room.note) if message.note else ""
    budget = room.whole - len(tail) - len(summary) - len(unnamed) - len(note) - 2 * len(named)

    def number(each: DigestLine) -> str:
        return str(dialect.linked(each.link, room.link, f"#{each.number}"))

    rows = digest_rows(named, budget, number, dialect.one_line, message.speech)
    return Card(headline, summary, [], rows, unnamed, "", note, tail)
