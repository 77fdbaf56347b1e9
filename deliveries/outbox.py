"""Writes down who is owed an alert event, in the event's own transaction.

Every (event, integration) and every (event, recipient of the rule) gets a decision: a delivery that waits, or one that
says why it never will. An error while deciding becomes a delivery too, never a failed intake.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import transaction

from alerts.models import AlertEvent, Announce, EventType
from channels_app.words import SEVERITIES, Severity
from deliveries import bell
from deliveries.addressees import Place, known_for, named_plainly
from deliveries.decisions import OPENING, Decision, decide
from deliveries.models import DeliveryReason, DeliveryState
from deliveries.sql.owing import NewDelivery, add_deliveries, ensure_lanes, wake_lanes

log = logging.getLogger(__name__)

KEPT_FOR = timedelta(hours=24)


def receive(sender: Any, events: list[AlertEvent], now: datetime, **_: Any) -> None:
    """Decide for all `events` and write it down; ring the bell once that is committed."""
    told = [event for event in events if event.type in OPENING or event.type == EventType.CLEARED]
    if not told:
        return
    try:
        with transaction.atomic():
            _write(_decided(told, now), now)
    except Exception:
        # The last resort: the intake must not fail, so each event is tried by itself.
        log.exception("deciding for %d events failed; trying them one by one", len(told))
        for event in told:
            _receive_alone(event, now)


def _receive_alone(event: AlertEvent, now: datetime) -> None:
    try:
        with transaction.atomic():
            _write(_decided([event], now), now)
    except Exception:
        # The last resort: what cannot be decided is a delivery that says so.
        log.exception("deciding for event %d failed", event.pk)
        failed = Decision(DeliveryState.REJECTED, DeliveryReason.INTERNAL_ERROR)
        with transaction.atomic():
            _write([_row(event, place, failed, now) for place in named_plainly(event)], now)


def _write(rows: Sequence[NewDelivery], now: datetime) -> None:
    if not rows:
        return
    waiting = sorted({row.integration_id for row in rows if row.state == DeliveryState.PENDING})
    if idle := {row.integration_id for row in rows}.difference(waiting):
        ensure_lanes(idle)
    # Lanes first: while a delivery waits for its lane, SQLite reads the whole table for each that follows.
    if waiting:
        wake_lanes(waiting, now)
        transaction.on_commit(partial(bell.ring, waiting), robust=True)
    add_deliveries(rows)


def _decided(events: Sequence[AlertEvent], now: datetime) -> list[NewDelivery]:
    known = known_for(events)
    rows = []
    for event in events:
        kind, announce = EventType(event.type), Announce(event.announce)
        on_clear, rises = event.alert.rule.notify_on_clear, _rises(event)
        for place, addressee, past in list(known.of(event)):
            decision = decide(kind, rises, announce, on_clear, addressee, past)
            if decision:
                stands_in_for = None if addressee.ticked else past.stands_in_for
                rows.append(_row(event, place, decision, now, stands_in_for))
                known.remember(event, place, decision.state)
    return rows


def _rises(event: AlertEvent) -> bool:
    if event.type != EventType.SEVERITY_CHANGED:
        return False
    return Severity(event.detail["to"]).rank > Severity(event.detail["from"]).rank


def _row(
    event: AlertEvent, place: Place, decision: Decision, now: datetime, stands_in_for: int | None = None
) -> NewDelivery:
    return NewDelivery(
        team_id=event.team_id,
        alert_id=event.alert_id,
        event_id=event.pk,
        integration_id=place[0],
        recipient=place[1],
        state=decision.state.value,
        reason=decision.reason.value if decision.reason else "",
        rank=next((each.rank for each in SEVERITIES if each == event.severity), 0),
        recorded_at=event.recorded_at,
        expires_at=event.recorded_at + KEPT_FOR,
        finished_at=None if decision.state == DeliveryState.PENDING else now,
        stands_in_for_id=stands_in_for,
    )
