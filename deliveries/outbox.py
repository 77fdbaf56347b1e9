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

from alerts.models import AlertEvent, Announce, ClearedReason, EventType
from channels_app.addresses import normal
from channels_app.words import SEVERITY_RANK, Severity
from deliveries import bell
from deliveries.addressees import Place, known_for, named_plainly
from deliveries.decisions import ACTING, OPENING, PENDING, Addressee, Decision, Occasion, Past, decide, keeps_true
from deliveries.mailing import refusal, silent_among, within_quota
from deliveries.models import UNFINISHED, DeliveryReason, DeliveryState
from deliveries.quiet import Hold, Quiet, quiet_for
from deliveries.sql import holding
from deliveries.sql.holding import Thread
from deliveries.sql.owing import NewDelivery, add_deliveries, ensure_lanes, wake_lanes

log = logging.getLogger(__name__)

KEPT_FOR = timedelta(hours=24)
_TOLD = OPENING | ACTING | {EventType.CLEARED}


def receive(sender: Any, events: list[AlertEvent], now: datetime, **_: Any) -> None:
    """Decide for all `events` and write it down; ring the bell once that is committed."""
    told = [event for event in events if event.type in _TOLD]
    if not told:
        return
    try:
        with transaction.atomic():
            _write(*_decided(told, now), now)
    except Exception:
        # The last resort: the intake must not fail, so each event is tried by itself.
        log.exception("deciding for %d events failed; trying them one by one", len(told))
        for event in told:
            _receive_alone(event, now)


def _receive_alone(event: AlertEvent, now: datetime) -> None:
    try:
        with transaction.atomic():
            _write(*_decided([event], now), now)
    except Exception:
        # The last resort: what cannot be decided is a delivery that says so.
        log.exception("deciding for event %d failed", event.pk)
        failed = Decision(DeliveryState.REJECTED, DeliveryReason.INTERNAL_ERROR)
        with transaction.atomic():
            _write([_row(event, place, failed, now) for place in named_plainly(event)], set(), now)


def _write(rows: Sequence[NewDelivery], freed: set[Thread], now: datetime) -> None:
    """`freed` are threads of which something is held, that must not come after what is newer."""
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
    holding.free(sorted(freed), now + KEPT_FOR)  # of these rows, too


def _decided(events: Sequence[AlertEvent], now: datetime) -> tuple[list[NewDelivery], set[Thread]]:
    known, quiet = known_for(events), quiet_for(events, now)
    silent = silent_among({event.team_id for event in events}, known.places(events))
    rows = []
    freed: set[Thread] = set()
    for event in events:
        usual = _occasion(event)
        for place, addressee, past in list(known.of(event)):
            if past.held and event.type == EventType.REMINDED:
                continue
            occasion = _seen_from(place, usual, event)
            decision = decide(occasion, addressee, past)
            if decision is PENDING and (why := refusal(silent, event.team_id, place)):
                decision = Decision(DeliveryState.SUPPRESSED, why)
            hold = _hold(quiet, event, place, addressee, past) if decision is PENDING else None
            if hold:
                decision = Decision(DeliveryState.HELD, hold.reason)
            elif decision is PENDING and past.held:
                freed.add((event.alert_id, place))
            if decision is not None:
                stands_in_for = None if addressee.ticked else past.stands_in_for
                rows.append(_row(event, place, decision, now, stands_in_for, hold))
                known.remember(event, place, decision.state, decision.reason)
            if keeps_true(occasion, addressee, past, decision):
                rows.append(_row(event, place, PENDING, now)._replace(in_place=True))
    quiet.write()
    return within_quota(rows, now), freed


def _hold(quiet: Quiet, event: AlertEvent, place: Place, addressee: Addressee, past: Past) -> Hold | None:
    """Why it waits; whoever keeps the state of an alert and was told of it must learn of its end at once."""
    ends = event.type == EventType.CLEARED and addressee.tracks_state and past.heard
    hold = None if ends else quiet.hold(event, place)
    if hold is None:
        quiet.note_told(event, place)
    return hold


def _occasion(event: AlertEvent) -> Occasion:
    rule = event.alert.rule
    return Occasion(
        event=EventType(event.type),
        announce=Announce(event.announce),
        rank=_rank(event),
        rises=_rises(event),
        on_clear=rule.notify_on_clear,
        shadow=rule.shadow or event.alert.team.shadow,
        by_hand=event.detail.get("reason") == ClearedReason.CLOSED_BY_HAND and not event.alert.drill,
    )


def _seen_from(place: Place, occasion: Occasion, event: AlertEvent) -> Occasion:
    """The same, as who did it, or where it was done, has it."""
    there = event.origin_id is not None and event.origin_id == place[0]
    actor = event.actor if place[1] and event.actor_id else None
    own = actor is not None and normal(actor.email) == normal(place[1])
    return occasion._replace(there=there, own=own) if there or own else occasion


def _rises(event: AlertEvent) -> bool:
    if event.type != EventType.SEVERITY_CHANGED:
        return False
    return Severity(event.detail["to"]).rank > Severity(event.detail["from"]).rank


def _rank(event: AlertEvent) -> int:
    return SEVERITY_RANK.get(Severity(event.severity), 0)


def _row(
    event: AlertEvent,
    place: Place,
    decision: Decision,
    now: datetime,
    stands_in_for: int | None = None,
    hold: Hold | None = None,
) -> NewDelivery:
    return NewDelivery(
        team_id=event.team_id,
        alert_id=event.alert_id,
        event_id=event.pk,
        integration_id=place[0],
        recipient=place[1],
        state=decision.state.value,
        reason=decision.reason.value if decision.reason else "",
        rank=_rank(event),
        recorded_at=event.recorded_at,
        expires_at=event.recorded_at + KEPT_FOR,
        finished_at=None if decision.state in UNFINISHED else now,
        stands_in_for_id=stands_in_for,
        held_until=hold.until if hold else None,
    )
