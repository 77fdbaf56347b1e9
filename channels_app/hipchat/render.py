"""A message as HipChat's JSON: HTML for every client, and a card for those that draw cards."""

import hashlib
import html
import re
from collections.abc import Iterator
from functools import partial
from typing import Any

from channels_app.contract import DigestLine, Link, Message, Payload
from channels_app.hipchat.spec import HipChatSettings
from channels_app.prose import NAMED_LINES, digest_rows, rest
from channels_app.speech import STATE_WORDS
from channels_app.subject import Picture
from channels_app.text import block, cut, fill, line, safe_url
from channels_app.tones import Tone, tone_of
from channels_app.words import Story

MESSAGE_LIMIT = 10_000
TITLE_LIMIT = 500
SENDER_LIMIT = 64
FACTS_LIMIT = 20
ATTRIBUTES_LIMIT = 10
LINK_LIMIT = 900

_NOTIFY_FIELD = {
    Story.TRIGGERED: "notify_triggered",
    Story.NO_DATA: "notify_triggered",
    Story.REMINDER: "notify_triggered",
    Story.ESCALATED: "notify_triggered",
    Story.TEST: "notify_triggered",
    Story.TROUBLE: "notify_triggered",
    Story.SEVERITY_CHANGED: "notify_severity_changed",
    Story.CLEARED: "notify_cleared",
    Story.MENDED: "notify_cleared",
}
_LOZENGES = {
    Tone.RED: "lozenge-error",
    Tone.YELLOW: "lozenge-current",
    Tone.GREEN: "lozenge-success",
    Tone.PURPLE: "lozenge-complete",
    Tone.GRAY: "lozenge",
}
_TAG_START = re.compile(r"<(?=[a-zA-Z/!?])")

escape = partial(html.escape, quote=True)


def render(message: Message, settings: HipChatSettings) -> Payload:
    """The body of the call; `card` may be taken out of it."""
    pieces = _digest(message) if message.lines else _alert(message)
    body = {
        "from": cut(line(settings.sender or message.sender), SENDER_LIMIT) or "Bellhop",
        "color": str(tone_of(message)),
        "notify": _rings(message, settings),
        "message_format": "html",
        "message": fill(pieces, MESSAGE_LIMIT, "<br>") or "Bellhop",
    }
    return {"body": body, "card": _card(message)}


def _rings(message: Message, settings: HipChatSettings) -> bool:
    told = message.lines or (message,)
    return any(
        _NOTIFY_FIELD.get(each.story, "notify_acknowledged") in settings.notify
        and (each.severity is None or each.severity.rank >= settings.notify_from.rank)
        for each in told
    )


def _alert(message: Message) -> Iterator[str]:
    yield _headline(message)
    yield escaped_lines(message.summary, 1_500)
    for fact in message.facts[:FACTS_LIMIT]:
        yield f"<b>{cut(line(fact.label), 80, escape)}:</b> {cut(line(fact.value), 400, escape)}"
    yield from _ending(message)
    yield escaped_lines(message.text, 1_500)
    yield _note(message)


def _digest(message: Message) -> Iterator[str]:
    yield _headline(message)
    yield escaped_lines(message.summary, 500)
    named = message.lines[:NAMED_LINES]
    ending = [cut(rest(message), 300, escape), *_ending(message), _note(message)]
    budget = MESSAGE_LIMIT - 2_000 - sum(map(len, ending)) - 4 * len(named)
    yield from digest_rows(named, budget, linked_number, escaped_line, message.speech)
    yield from ending


def linked_number(each: DigestLine) -> str:
    return linked(each.link, LINK_LIMIT, f"#{each.number}")


def escaped_line(text: str, limit: int) -> str:
    return cut(line(text), limit, escape)


def _ending(message: Message) -> Iterator[str]:
    graph = Link(message.speech.say("Graph"), message.picture.url) if message.picture else None
    there = (link for link in (message.link, message.runbook, graph) if link)
    links = (linked(link, LINK_LIMIT, line(link.text) or "link") for link in there)
    yield " · ".join(filter(None, (*links, message.speech.time(message.at))))


def _note(message: Message) -> str:
    return f"<i>{message.speech.say('Note')}:</i> {escaped_lines(message.note, 1_000)}" if message.note else ""


def _headline(message: Message) -> str:
    """The headline as a link where it fits into 1,500 characters, bold."""
    plain = cut(line(message.headline), TITLE_LIMIT, escape)
    return f"<b>{linked(message.link, 900, message.headline) or plain}</b>"


def linked(link: Link | None, limit: int, label: str) -> str:
    """An `a` element in at most `limit` characters; empty where the address is unsafe or too long."""
    url = escape(safe_url(link.url)) if link else ""
    room = limit - len(f'<a href="{url}"></a>')
    return f'<a href="{url}">{cut(line(label), room, escape)}</a>' if url and room >= 8 else ""


def escaped_lines(text: str, limit: int) -> str:
    return cut(block(text), limit, _escape_lines)


def _escape_lines(text: str) -> str:
    return escape(text).replace("\n", "<br>")


def _card(message: Message) -> dict[str, Any]:
    card: dict[str, Any] = {
        "style": "application",
        "id": hashlib.sha256(message.key.encode(errors="replace")).hexdigest()[:32],
        "format": "medium",
        "title": cut(_plain(message.headline), TITLE_LIMIT) or "Bellhop",
        "description": {"format": "html", "value": cut(line(_description(message)), 1_000, escape)},
        "attributes": _attributes(message),
    }
    url, picture = _address(message.link), _address(message.picture)
    return card | ({"url": url} if url else {}) | ({"thumbnail": {"url": picture}} if picture else {})


def _address(place: Link | Picture | None) -> str:
    url = safe_url(place.url) if place else ""
    return url if len(url) <= LINK_LIMIT else ""


def _description(message: Message) -> str:
    return message.summary or message.text or rest(message) or message.headline


def _attributes(message: Message) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = []
    if message.state or message.severity:
        lozenge = {"label": " ".join(_standing(message)), "style": _LOZENGES[tone_of(message)]}
        told.append({"label": message.speech.say("State"), "value": lozenge})
    facts = message.facts[: ATTRIBUTES_LIMIT - len(told)]
    return told + [
        {"label": cut(_plain(fact.label), 80), "value": {"label": cut(_plain(fact.value), 400)}} for fact in facts
    ]


def _standing(message: Message) -> Iterator[str]:
    if message.severity:
        yield message.speech.severity(message.severity)
    if message.state:
        yield message.speech.say(STATE_WORDS[message.state])


def _plain(text: str) -> str:
    """Text for places that take no markup, safe also in a client that reads markup there."""
    return _TAG_START.sub("‹", line(text))
