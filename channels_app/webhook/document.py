"""A message as Bellhop's own JSON: the body of the preset “generic”, and all that a template sees. Pure."""

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from channels_app.contract import DigestLine, Link, Message
from channels_app.subject import Subject
from channels_app.text import block, cut, line, safe_url

VERSION = 1
LINE_LIMIT = 500
NAME_LIMIT = 200
BLOCK_LIMIT = 4_000
MOST_FACTS = 25
MOST_READINGS = 50
MOST_LABELS = 50
MOST_ALERTS = 40
LINK_LIMIT = 2_000

Document = dict[str, Any]

_PLAIN_KEY = re.compile(r"[A-Za-z0-9._:/-]{1,160}")


def document(message: Message) -> Document:
    """The message as JSON values. Absent texts are empty, absent times and numbers None; `alert` is None without one.

    All of it is cleaned of what nobody sees, and cut, so that the whole has a bound.
    """
    return {
        "version": VERSION,
        "id": id_of(message),
        "event": str(message.story),
        "at": iso(message.at),
        "at_unix": unix(message.at),
        "state": str(message.state or ""),
        "severity": str(message.severity or ""),
        "headline": short(message.headline),
        "summary": long(message.summary),
        "text": long(message.text),
        "note": long(message.note),
        "team": short(message.sender),
        "url": _address(message.link),
        "runbook": _address(message.runbook),
        "picture": _url(message.picture.url) if message.picture else "",
        "facts": [{"label": name_of(each.key), "value": short(each.value)} for each in message.facts[:MOST_FACTS]],
        "alert": _alert(message.subject) if message.subject else None,
        "alerts": [_line(each) for each in message.lines[:MOST_ALERTS]],
        "more": {str(severity): count for severity, count in message.counts},
    }


def id_of(message: Message) -> str:
    """What names the message on every try, as it may stand in a header."""
    key = message.key
    return key if _PLAIN_KEY.fullmatch(key) else hashlib.sha256(key.encode(errors="replace")).hexdigest()


def short(text: str) -> str:
    """One clean line of bounded length."""
    return cut(line(text), LINE_LIMIT)


def name_of(text: str) -> str:
    """The same of a name, or of a label's value."""
    return cut(line(text), NAME_LIMIT)


def long(text: str) -> str:
    """Clean text of bounded length; line breaks stay."""
    return cut(block(text), BLOCK_LIMIT)


def labels(given: Mapping[str, str]) -> dict[str, str]:
    """Clean labels, a bounded number of them."""
    return {name_of(name): name_of(value) for name, value in list(given.items())[:MOST_LABELS]}


def iso(at: datetime) -> str:
    """`2026-03-02T12:00:00Z`."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z"


def unix(at: datetime) -> int:
    """Whole seconds since 1970."""
    return int(at.timestamp())


def _alert(subject: Subject) -> Document:
    cleared = subject.cleared_at
    return {
        "key": short(subject.key),
        "id": subject.number,
        "url": _url(subject.url),
        "view_url": _url(subject.view_url),
        "team": short(subject.team),
        "team_slug": short(subject.team_slug),
        "rule": short(subject.rule),
        "rule_id": subject.rule_id,
        "condition": short(subject.condition),
        "test": short(subject.test),
        "test_slug": short(subject.test_slug),
        "labels": labels(subject.labels),
        "started_at": iso(subject.started_at),
        "started_unix": unix(subject.started_at),
        "cleared_at": iso(cleared) if cleared else None,
        "cleared_unix": unix(cleared) if cleared else None,
        "cleared_reason": short(subject.cleared_reason),
        "acknowledged_by": short(subject.acknowledged_by),
        "assigned_to": short(subject.assigned_to),
        "violating": subject.violating,
        "heard": subject.heard,
        "readings": [
            {"metric": name_of(each.metric), "source": name_of(each.source), "value": each.value}
            for each in subject.readings[:MOST_READINGS]
        ],
    }


def _line(each: DigestLine) -> Document:
    return {
        "id": each.number,
        "event": str(each.story),
        "severity": str(each.severity),
        "text": short(each.text),
        "url": _address(each.link),
    }


def _address(link: Link | None) -> str:
    return _url(link.url) if link else ""


def _url(url: str) -> str:
    """An address is whole or it is not there: a part of it would lead elsewhere."""
    safe = safe_url(url)
    return safe if len(safe) <= LINK_LIMIT else ""
