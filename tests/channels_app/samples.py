"""A message of every sort, and a config for every kind that leads to a local server."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from channels_app.contract import DigestLine, Fact, Link, Message
from channels_app.subject import Reading, Subject
from channels_app.words import AlertState, Severity, Story
from tests.channels_app.kinds import SAMPLES

AT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
URL = "https://bell.example/t/ops/alerts/17/"
VIEW = "https://bell.example/t/ops/views/checkout/?at=2026-03-02T12:00:00Z"
SUBJECT = Subject(
    key="bell.example/ops/17",
    number=17,
    team="Ops",
    team_slug="ops",
    rule="Slow checkout",
    rule_id=3,
    started_at=AT,
    url=URL,
    view_url=VIEW,
    test="Checkout",
    test_slug="checkout",
    labels={"env": "live", "host": "web01"},
    condition="response_time > 500; 1 of 1 round, any sources, at least 1 source",
    readings=(Reading("response_time", "fra1", 812.5), Reading("response_time", "ams2", 640.0)),
    violating=2,
    heard=3,
)

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
    subject=SUBJECT,
)
CLEARED = replace(
    TRIGGERED,
    key="event-2",
    story=Story.CLEARED,
    state=AlertState.CLEARED,
    headline="#17 cleared: Slow checkout on Checkout",
    facts=(Fact("Lasted", "12 min"),),
    subject=replace(SUBJECT, cleared_at=AT + timedelta(minutes=12), cleared_reason="recovered"),
)
ACKNOWLEDGED = replace(
    TRIGGERED,
    key="event-3",
    story=Story.ACKNOWLEDGED,
    state=AlertState.ACKNOWLEDGED,
    subject=replace(SUBJECT, acknowledged_by="Ann"),
)
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


def config_for(kind: str, server: str) -> dict[str, Any]:
    """Values of that kind's form which lead to `server`."""
    return SAMPLES[kind].config(server)
