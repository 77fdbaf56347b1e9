"""A message as an event of PagerDuty's Events API v2, but for the key that goes with it."""

import hashlib
from collections.abc import Iterable
from datetime import UTC
from typing import Any

from channels_app.contract import Link, Message, Payload
from channels_app.pagerduty.spec import PagerDutySettings
from channels_app.prose import digest_line, rest
from channels_app.speech import VIOLATING, Speech
from channels_app.subject import Picture, Reading, Subject
from channels_app.text import block, cut, line, safe_url
from channels_app.words import Severity, Story

KEY_LIMIT = 255
SUMMARY_LIMIT = 1_024
NAME_LIMIT = 255
TEXT_LIMIT = 8_000
MOST_LABELS = 100
_ACTIONS = {Story.ACKNOWLEDGED: "acknowledge", Story.CLEARED: "resolve", Story.MENDED: "resolve"}
_SEVERITIES = {
    Severity.CRITICAL: "critical",
    Severity.MAJOR: "error",
    Severity.MINOR: "warning",
    Severity.INFO: "info",
}
_UNRATED = {Story.TEST: "info", Story.TROUBLE: "error"}
_OWN = frozenset((Story.TROUBLE, Story.MENDED))


def render(message: Message, settings: PagerDutySettings) -> Payload:
    """The event. A Test has a second one, `afterwards`, so that its incident does not stay open."""
    key = incident_key(message)
    action = _ACTIONS.get(message.story, "trigger")
    event = _event(action, key) | (_told(message, settings) if action == "trigger" else {})
    afterwards = _event("resolve", key) if message.story is Story.TEST else None
    return {"event": event, "afterwards": afterwards}


def incident_key(message: Message) -> str:
    """What the incident is known by, at most 255 characters: the alert's own key, the same in all its messages.

    Trouble with an integration and its end share the address that they link to; any other message stands alone.
    """
    key = message.subject.key if message.subject else message.key
    if message.story in _OWN and message.link:
        key = message.link.url
    known = line(key)
    return known if 0 < len(known) <= KEY_LIMIT else hashlib.sha256(known.encode()).hexdigest()


def _event(action: str, key: str) -> dict[str, Any]:
    return {"event_action": action, "dedup_key": key}


def _told(message: Message, settings: PagerDutySettings) -> dict[str, Any]:
    """All that people see of the incident."""
    page = safe_url(message.subject.url if message.subject else message.link.url if message.link else "")
    image = _image(message.picture, page)
    graph = Link(message.speech.say("Graph"), message.picture.url) if message.picture and not image else None
    found = {
        "client": "Bellhop",
        "client_url": page,
        "payload": _payload(message, settings),
        "links": [each for each in map(_linked, (message.link, message.runbook, graph)) if each],
        "images": [image] if image else [],
    }
    return {name: value for name, value in found.items() if value}


def _payload(message: Message, settings: PagerDutySettings) -> dict[str, Any]:
    subject = message.subject
    found = {
        "summary": _line(message.headline, SUMMARY_LIMIT) or "Bellhop",
        "source": _source(message),
        "severity": settings.severity or _severity(message),
        "timestamp": message.at.astimezone(UTC).isoformat(),
        "component": _line(", ".join(_metrics(subject.readings))) if subject else "",
        "group": _line(message.sender),
        "class": _line(subject.rule) if subject else "",
        "custom_details": _details(message),
    }
    return {name: value for name, value in found.items() if value}


def _source(message: Message) -> str:
    """What is broken: the test; where there is none, the rule, or the team."""
    subject = message.subject
    names = (subject.test, subject.rule, message.sender) if subject else (message.sender,)
    return next(filter(None, map(_line, names)), "Bellhop")


def _severity(message: Message) -> str:
    if message.lines:
        return _SEVERITIES[max((each.severity for each in message.lines), key=lambda each: each.rank)]
    if message.severity is None:
        return _UNRATED.get(message.story, "warning")
    return _SEVERITIES[message.severity]


def _metrics(readings: Iterable[Reading]) -> list[str]:
    return list(dict.fromkeys(each.metric for each in readings))


def _details(message: Message) -> dict[str, Any]:
    """What PagerDuty shows as a table, most needed first."""
    found: dict[str, Any] = {"summary": _text(message.summary)}
    found |= _joined((_line(fact.key, 100) or "Fact", _line(fact.value, 1_000)) for fact in message.facts)
    found |= _known(message.subject, message.speech) if message.subject else {}
    found |= {
        "alerts": [_line(digest_line(each, message.speech), 500) for each in message.lines],
        "more": rest(message),
        "message": _text(message.text),
        "note": _text(message.note),
    }
    return {name: value for name, value in found.items() if value}


def _known(subject: Subject, speech: Speech) -> dict[str, Any]:
    """The alert as programs want it."""
    readings: dict[str, dict[str, float]] = {}
    for each in subject.readings:
        readings.setdefault(_line(each.metric) or "value", {})[_line(each.source) or "source"] = each.value
    labels = list(subject.labels.items())[:MOST_LABELS]
    counted = subject.violating is not None and subject.heard is not None
    return {
        "number": subject.number,
        "condition": _line(subject.condition, 1_000),
        "readings": readings,
        "sources": speech.say(VIOLATING, violating=subject.violating, heard=subject.heard) if counted else "",
        "labels": _joined((_line(name) or "label", _line(value, 1_000)) for name, value in labels),
        "alert": safe_url(subject.url),
    }


def _joined(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The pairs by name; what has the same name stands together."""
    found: dict[str, str] = {}
    for name, value in pairs:
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


def _linked(link: Link | None) -> dict[str, str]:
    url = safe_url(link.url) if link else ""
    return {"href": url, "text": _line(link.text) or "Link"} if link and url else {}


def _image(picture: Picture | None, page: str) -> dict[str, str]:
    """PagerDuty shows pictures behind https only."""
    src = safe_url(picture.url) if picture else ""
    if picture is None or not src.startswith("https://"):
        return {}
    return {"src": src, "alt": _line(picture.text)} | ({"href": page} if page else {})


def _line(text: str, limit: int = NAME_LIMIT) -> str:
    return cut(line(text), limit)


def _text(text: str) -> str:
    return cut(block(text), TEXT_LIMIT)
