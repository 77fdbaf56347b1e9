"""Writes alerts and their events in bulk, whatever the number of either, and tells of it once."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

from alerts import sql
from alerts.models import Alert, AlertEvent, Announce, EventType
from alerts.signals import alert_events
from channels_app.words import Severity
from teams.access import Actor
from teams.rows import fresh
from teams.statements import forget_plans

MANY = 100  # events, from which new plans pay
Notify = Literal["auto", "always", "never"]


class Book:
    """Gathers what happens to alerts of one team, then writes changed alerts, new alerts and events, and signals."""

    def __init__(self, actor: Actor, now: datetime, notify: Notify = "auto") -> None:
        self._actor = actor
        self.now = now
        self._notify = notify
        self._patience = timedelta(minutes=actor.team.announce_minutes)
        self._opened: list[Alert] = []
        self._changed: dict[int, Alert] = {}
        self._events: list[AlertEvent] = []

    def open(self, alert: Alert) -> None:
        """Take in a new alert; its number is given when the book is written."""
        self._opened.append(alert)

    def change(self, alert: Alert) -> None:
        """Remember that `alert`, new or stored, was changed."""
        if alert.pk is not None:
            self._changed[alert.pk] = alert

    def record(self, alert: Alert, kind: EventType, at: datetime, detail: Mapping[str, Any]) -> AlertEvent:
        """Add an event with the alert's present severity."""
        event = fresh(
            AlertEvent,
            {"team": self._actor.team, "alert": alert, "actor": self._actor.user},
            type=kind,
            at=at,
            recorded_at=self.now,
            severity=Severity(alert.severity),
            actor_text=self._actor.text[:200],
            via=self._actor.via[:20],
            origin_id=self._actor.origin,
            detail=dict(detail),
            announce=self._announce(alert, at),
        )
        self._events.append(event)
        return event

    def write(self) -> list[AlertEvent]:
        """Write all of it in a constant number of batches and send `alert_events`; within a transaction only."""
        if len(self._events) >= MANY:
            forget_plans()
        sql.update_alerts(self._changed.values())
        if self._opened:
            for number, alert in enumerate(self._opened, start=sql.take_numbers(self._actor.team, len(self._opened))):
                alert.number = number
            sql.add_alerts(self._opened)
        if self._events:
            sql.add_events(self._events)
            alert_events.send(sender="alerts.lifecycle", events=self._events, now=self.now)
        return self._events

    def _announce(self, alert: Alert, at: datetime) -> Announce:
        if self._notify == "never":
            return Announce.NOT_WANTED
        # A round bears the time of its beginning: with long rounds the present one may have begun hours ago.
        patience = max(self._patience, timedelta(seconds=2 * alert.snapshot.get("interval", 0)))
        if self._notify == "auto" and self.now - at > patience:
            return Announce.TOO_OLD
        return Announce.YES
