"""What an integration would send of a real alert of the team, or of a made-up one. Nothing is sent or stored."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.http import Http404

from alerts.models import Alert, AlertEvent, EventType, Test
from alerts.selectors import alert_by_number, alerts_of, with_events
from channels_app import registry
from channels_app.speech import ENGLISH
from channels_app.words import AlertState, Severity
from deliveries.composing import tell_one
from deliveries.contents import Content
from deliveries.messages import STORIES
from integrations import previewing
from integrations.models import Integration
from integrations.previewing import Shown
from integrations.selectors import speech_for
from teams.access import Actor
from teams.models import Team

OFFERED_ALERTS = 8
OFFERED_EVENTS = (EventType.TRIGGERED, EventType.NO_DATA, EventType.CLEARED)
KEY = "preview"


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be sent, and of which event; `event` is None where the alert is made up."""

    shown: Shown
    event: AlertEvent | None


def preview(
    actor: Actor,
    *,
    kind: str,
    config: Mapping[str, Any],
    integration: Integration | None = None,
    alert: int | None = None,
    event: str | None = None,
    now: datetime,
) -> Preview:
    """What the config, as typed, would send of the team's alert with that number, by default of its last event that
    all are told; without a number of the team's last alert, or of a made-up one where there is none.

    Http404 where the team has no such alert, or the alert no such event; ValidationError as in saving. TooOften where a
    team looks more often than it may test: each runs a template of its own.
    """
    whole = previewing.typed(actor, kind, config, integration)
    previewing.throttle(actor.team, now)
    chosen = _chosen(actor.team, alert, event)
    told = chosen or _made_up(now)
    # At that time, or it would say how long ago it was.
    speech, content = speech_for(integration) if integration else ENGLISH, _content(told, actor.team)
    message = tell_one(content, registry.kind(kind), picture=False, note="", now=told.at, speech=speech)
    return Preview(previewing.shown(kind, whole, replace(message, key=KEY)), chosen)


def offered(team: Team) -> list[AlertEvent]:
    """Openings and ends of the team's last alerts, newest first."""
    return [event for alert in _last(team) for event in reversed(_told(alert)) if event.type in OFFERED_EVENTS]


def _last(team: Team) -> Iterator[Alert]:
    yield from with_events(alerts_of(team).order_by("-number"))[:OFFERED_ALERTS]


def _chosen(team: Team, number: int | None, event: str | None) -> AlertEvent | None:
    found = next(_last(team), None) if number is None else alert_by_number(team, number)
    if found is None:
        if number is None and event is None:
            return None
        raise Http404("There is no such alert.")
    events = [each for each in _told(found) if each.type == event] if event else _told(found)
    if not events:
        raise Http404("That alert has no such event.")
    return next((each for each in reversed(events) if event or each.type in OFFERED_EVENTS), events[-1])


def _told(alert: Alert) -> Sequence[AlertEvent]:
    return [each for each in alert.events.all() if each.type in STORIES]


def _content(event: AlertEvent, team: Team) -> Content:
    alert, assignee = event.alert, event.alert.assigned_to
    return Content(
        delivery_id=0,
        recipient="",
        again=False,
        told_before=True,
        event_type=event.type,
        event_at=event.at,
        event_severity=event.severity,
        event_actor=event.actor_text,
        detail=event.detail,
        number=alert.number,
        state=alert.state,
        severity=alert.severity,
        started_at=alert.started_at,
        cleared_at=alert.cleared_at,
        cleared_reason=alert.cleared_reason,
        cleared_text=alert.cleared_text,
        acknowledged_by=alert.acknowledged_by_text,
        acknowledged_at=alert.acknowledged_at,
        assigned_name=assignee.name if assignee else "",
        assigned_email=assignee.email if assignee else "",
        snapshot=alert.snapshot,
        labels=alert.labels,
        rule_id=alert.rule_id,
        test_slug=alert.test.slug if alert.test else None,
        team_name=team.name,
        team_slug=team.slug,
    )


def _made_up(now: datetime) -> AlertEvent:
    """An event as there might be one; it is stored nowhere."""
    evidence = {"sources": {"fra1": {"response_time": 812.5}}, "violating": 1, "heard": 3}
    alert = Alert(
        number=1,
        rule_id=1,
        test=Test(slug="checkout"),
        state=AlertState.TRIGGERED,
        severity=Severity.MAJOR,
        started_at=now,
        labels={"service": "shop"},
        snapshot={
            "rule": "Slow checkout",
            "test": "Checkout page",
            "text": "response_time > 500; 1 of 1 round, any sources, at least 1 source",
            "conditions": [{"metric": "response_time", "text": "response_time > 500"}],
            "message": "Call the cashiers.",
            "runbook": "https://wiki.example.org/checkout",
            "start": evidence,
        },
    )
    return AlertEvent(alert=alert, type=EventType.TRIGGERED, at=now, severity=Severity.MAJOR, detail=evidence)
