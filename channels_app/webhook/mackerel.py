"""A message in the shape of Mackerel's web hook, for receivers that know that one. Pure."""

from collections.abc import Mapping
from typing import Any

from channels_app.contract import Message
from channels_app.subject import Subject
from channels_app.text import safe_url
from channels_app.webhook.document import long, short, unix
from channels_app.words import AlertState, Severity, Story

_STATUS = {
    Severity.CRITICAL: "critical",
    Severity.MAJOR: "critical",
    Severity.MINOR: "warning",
    Severity.INFO: "warning",
}


def body(message: Message) -> Mapping[str, Any]:
    """The body of one alert; what tells of no alert has the event of a test."""
    words = f"{short(message.headline)} {long(message.summary)}".strip()
    if message.subject is None:
        return {"event": "sample", "message": words}
    subject = message.subject
    return {
        "orgName": short(subject.team),
        "event": "alert",
        "type": "service",
        "message": words,
        "memo": long(message.text),
        "imageUrl": (safe_url(message.picture.url) or None) if message.picture else None,
        "service": {
            "id": short(subject.test_slug),
            "name": short(subject.test),
            "memo": "",
            "orgId": short(subject.team_slug),
            "roles": [],
        },
        "alert": _alert(message, subject),
    }


def _alert(message: Message, subject: Subject) -> dict[str, Any]:
    """Thresholds are told in words alone, so that their numbers are null."""
    worst = subject.readings[0] if subject.readings else None
    over = message.state is AlertState.CLEARED
    return {
        "id": short(subject.key),
        "status": _status(message),
        "isOpen": not over,
        "trigger": "monitor",
        "url": safe_url(subject.url),
        "openedAt": unix(subject.started_at),
        "closedAt": unix(subject.cleared_at) if subject.cleared_at else None,
        "createdAt": unix(subject.started_at) * 1000,
        "statusChangedAt": unix(message.at),
        "monitorName": short(subject.rule),
        "metricLabel": short(worst.metric) if worst else "",
        "metricValue": worst.value if worst else None,
        "monitorOperator": None,
        "warningThreshold": None,
        "criticalThreshold": None,
        "duration": None,
    }


def _status(message: Message) -> str:
    if message.state is AlertState.CLEARED:
        return "ok"
    if message.story is Story.NO_DATA or message.severity is None:
        return "unknown"
    return _STATUS[message.severity]
