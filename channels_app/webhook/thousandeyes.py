"""A message in the shape of ThousandEyes' classic web hook, for receivers that know that one. Pure."""

import zlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from channels_app.contract import Message
from channels_app.subject import Reading, Subject
from channels_app.text import number, safe_url
from channels_app.webhook.document import MOST_READINGS, id_of, labels, long, short
from channels_app.words import AlertState, Story

Values = Mapping[str, Any]


def body(message: Message) -> Values:
    """The body of one alert's trigger or clear; what tells of no alert has the type of a test, with a message."""
    subject = message.subject
    if subject is None:
        words = f"{short(message.headline)} {long(message.summary)}".strip()
        return {"eventType": "WEBHOOK_TEST", "eventId": id_of(message), "message": words}
    word = "CLEAR" if _is_over(message) else "TRIGGER"
    return {"eventType": f"ALERT_NOTIFICATION_{word}", "eventId": id_of(message), "alert": _alert(message, subject)}


def _is_over(message: Message) -> bool:
    return message.story is Story.CLEARED or message.state is AlertState.CLEARED


def _alert(message: Message, subject: Subject) -> dict[str, Any]:
    return {
        "alertId": subject.number,
        "ruleId": subject.rule_id,
        "ruleName": short(subject.rule),
        "ruleExpression": short(subject.condition),
        "severity": str(message.severity or "").upper(),
        "type": "Bellhop",
        "testId": _code(subject.team_slug, subject.test_slug),
        "testName": short(subject.test),
        "testLabels": [
            {"id": _code(name, value), "name": f"{name}={value}"} for name, value in labels(subject.labels).items()
        ],
        "testTargetsDescription": [short(subject.test)] if subject.test else [],
        "active": int(not _is_over(message)),
        "violationCount": subject.violating or 0,
        **_times(subject),
        "permalink": safe_url(subject.url),
        "apiLinks": [{"rel": "related", "href": safe_url(subject.view_url)}],
        "agents": _agents(message, subject),
    }


def _agents(message: Message, subject: Subject) -> list[dict[str, Any]]:
    """One for each source, with the values at the moment that is told."""
    over = _is_over(message)
    by_source: dict[str, list[Reading]] = {}
    for reading in subject.readings[:MOST_READINGS]:
        by_source.setdefault(reading.source, []).append(reading)
    return [
        {
            "agentId": _code(source),
            "agentName": short(source),
            "locationName": short(source),
            "active": int(not over),
            **_times(subject),
            "metricsAtStart": "" if over else _metrics(readings),
            "metricsAtEnd": _metrics(readings) if over else "",
            "permalink": safe_url(subject.view_url),
        }
        for source, readings in by_source.items()
    ]


def _metrics(readings: list[Reading]) -> str:
    return ", ".join(f"{short(each.metric)}: {number(each.value)}" for each in readings)


def _times(subject: Subject) -> dict[str, str]:
    told = {"dateStart": subject.started_at} | ({"dateEnd": subject.cleared_at} if subject.cleared_at else {})
    return {name: _clock(at) for name, at in told.items()} | {
        f"{name}Zoned": f"{_clock(at)} UTC" for name, at in told.items()
    }


def _clock(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def _code(*names: str) -> int:
    """A number that stands for a name: that shape knows tests and agents by numbers, and is the same each time."""
    return zlib.crc32("/".join(names).encode(errors="replace"))
