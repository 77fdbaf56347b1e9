"""A message of every sort, and a config for every kind that leads to a local server."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from channels_app.contract import DigestLine, Fact, Link, Message
from channels_app.words import AlertState, Severity, Story

AT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
VIEW = "https://bell.example/t/ops/views/checkout/?at=2026-03-02T12:00:00Z"

TRIGGERED = Message(
    key="event-1",
    story=Story.TRIGGERED,
    headline="#17 critical: Slow checkout on Checkout",
    at=AT,
    sender="Ops",
    state=AlertState.TRIGGERED,
    severity=Severity.CRITICAL,
    summary="response_time 812.5 > 500",
    facts=(Fact("Value", "response_time 812.5 > 500"), Fact("Sources", "fra1, ams2"), Fact("Since", "12:00 UTC")),
    text="Call the cashiers.",
    note="Ann looks into it",
    link=Link("Open in Bellhop", VIEW),
    runbook=Link("Runbook", "https://wiki.example/checkout"),
)
CLEARED = replace(
    TRIGGERED,
    key="event-2",
    story=Story.CLEARED,
    state=AlertState.CLEARED,
    headline="#17 cleared: Slow checkout on Checkout",
    facts=(Fact("Lasted", "12 min"),),
)
ACKNOWLEDGED = replace(TRIGGERED, key="event-3", story=Story.ACKNOWLEDGED, state=AlertState.ACKNOWLEDGED)
TEST = Message(key="test-1", story=Story.TEST, headline="Test from Bellhop", at=AT)


def digest(count: int, words: str = "Slow checkout on Checkout", view: str = VIEW) -> Message:
    """A digest that names `count` alerts and counts 12 more."""
    lines = tuple(
        DigestLine(number, Story.TRIGGERED, Severity.MAJOR, f"{words} {number}", Link("at", f"{view}&n={number}"))
        for number in range(1, count + 1)
    )
    return Message(
        key="dispatch-9",
        story=Story.DIGEST,
        headline=f"{count + 12} alerts while Slack held us back",
        at=AT,
        link=Link("All alerts", "https://bell.example/t/ops/alerts/"),
        lines=lines,
        counts=((Severity.CRITICAL, 2), (Severity.MINOR, 10)),
    )


MESSAGES: Mapping[str, Message] = {
    "triggered": TRIGGERED,
    "cleared": CLEARED,
    "acknowledged": ACKNOWLEDGED,
    "test": TEST,
    "digest": digest(30),
}

SLACK_TOKEN = "XXXXsecretslacktokenXXXX"
HIPCHAT_TOKEN = "V2mixedCaseTokenOfFortyLettersAndDigits40"


def config_for(kind: str, server: str) -> dict[str, Any]:
    """Values of that kind's form which lead to `server`."""
    configs: dict[str, dict[str, Any]] = {
        "slack": {"url": f"{server}/services/T0/B0/{SLACK_TOKEN}", "channel": "#ops"},
        "hipchat": {"server": server, "room": "Ops & Co", "token": HIPCHAT_TOKEN, "notify_triggered": True},
        "email": {"to": ["ann@example.com"]},
    }
    return configs[kind]
