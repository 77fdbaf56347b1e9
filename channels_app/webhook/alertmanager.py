"""A message in the shape of Alertmanager's web hook, version 4, for receivers that know that one. Pure."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from channels_app.contract import DigestLine, Message
from channels_app.subject import Subject
from channels_app.text import safe_url
from channels_app.webhook.document import MOST_ALERTS, iso, labels, long, short
from channels_app.words import AlertState, Story

NEVER = "0001-01-01T00:00:00Z"
RECEIVER = "bellhop"

_OVER = frozenset((Story.CLEARED, Story.MENDED, Story.TEST, Story.CHANGED))
_OFFSET, _PRIME, _BITS = 0xCBF29CE484222325, 0x100000001B3, 2**64 - 1
_NO_NAME = re.compile(r"[^a-zA-Z0-9_]")

Values = dict[str, Any]


def body(message: Message) -> Mapping[str, Any]:
    """One alert as a group of its own; a digest as a group of many. A test is told as resolved, so it opens nothing."""
    alerts = [_named(message, each) for each in message.lines[:MOST_ALERTS]] or [_alert(message)]
    grouped = {"team": alerts[0]["labels"]["team"]} | (
        {} if message.lines else {"alertname": alerts[0]["labels"]["alertname"]}
    )
    return {
        "version": "4",
        "groupKey": f"{{}}:{{{', '.join(f'{name}={_quoted(value)}' for name, value in sorted(grouped.items()))}}}",
        "truncatedAlerts": sum(count for _, count in message.counts) + max(0, len(message.lines) - MOST_ALERTS),
        "status": "firing" if any(each["status"] == "firing" for each in alerts) else "resolved",
        "receiver": RECEIVER,
        "groupLabels": grouped,
        "commonLabels": _common([each["labels"] for each in alerts]),
        "commonAnnotations": _common([each["annotations"] for each in alerts]),
        "externalURL": _origin(message),
        "alerts": alerts,
    }


def fingerprint(names: Mapping[str, str]) -> str:
    """The number that Alertmanager makes of a set of labels: FNV-1a, 64 bit, in 16 hexadecimal digits."""
    found = _OFFSET
    for name, value in sorted((name.encode(), value.encode(errors="replace")) for name, value in names.items()):
        for byte in (*name, 0xFF, *value, 0xFF):
            found = (found ^ byte) * _PRIME & _BITS
    return f"{found:016x}"


def _alert(message: Message) -> Values:
    subject = message.subject
    identity = _identity(subject) if subject else {"alertname": "Bellhop", "team": short(message.sender)}
    severity = {"severity": str(message.severity)} if message.severity else {}
    started = subject.started_at if subject else message.at
    over = message.story in _OVER or message.state is AlertState.CLEARED
    ended = (subject and subject.cleared_at) or message.at
    return {
        "status": "resolved" if over else "firing",
        "labels": identity | severity,
        "annotations": _annotations(message),
        "startsAt": iso(started),
        "endsAt": iso(ended) if over else NEVER,
        "generatorURL": safe_url(subject.view_url) if subject else "",
        # Of what stays for the alert's whole life: a severity that rises would else make another alert of it.
        "fingerprint": fingerprint(identity),
    }


def _identity(subject: Subject) -> dict[str, str]:
    """The labels that say which alert it is: its own, laid under ours."""
    own = {_NO_NAME.sub("_", name) or "_": value for name, value in labels(subject.labels).items() if value}
    own = {f"_{name}" if name[0].isdigit() else name: value for name, value in own.items()}
    ours = {"alertname": short(subject.rule), "team": short(subject.team_slug), "test": short(subject.test_slug)}
    return {name: value for name, value in (own | ours).items() if value} | {"alertname": ours["alertname"] or "alert"}


def _annotations(message: Message) -> dict[str, str]:
    told = {
        "summary": short(message.headline),
        "description": "\n\n".join(filter(None, (long(message.summary), long(message.text)))),
        "note": long(message.note),
        "runbook_url": safe_url(message.runbook.url) if message.runbook else "",
        "bellhop_url": safe_url(message.subject.url) if message.subject else "",
    }
    return {name: text for name, text in told.items() if text}


def _named(message: Message, each: DigestLine) -> Values:
    """An alert of a digest, of which no more is known than its line."""
    identity = {"alertname": short(each.text) or "alert", "team": short(message.sender), "number": str(each.number)}
    over = each.story is Story.CLEARED
    return {
        "status": "resolved" if over else "firing",
        "labels": identity | {"severity": str(each.severity)},
        "annotations": {"summary": short(each.text)},
        "startsAt": iso(message.at),
        "endsAt": iso(message.at) if over else NEVER,
        "generatorURL": safe_url(each.link.url),
        "fingerprint": fingerprint(identity),
    }


def _common(sets: list[dict[str, str]]) -> dict[str, str]:
    return {name: value for name, value in sets[0].items() if all(each.get(name) == value for each in sets)}


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _origin(message: Message) -> str:
    """The address of this Bellhop, as far as the message's links tell it."""
    address = safe_url(message.subject.url if message.subject else message.link.url if message.link else "")
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
