"""Lets out what was held back, when its time has come and nothing else holds it."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db import transaction
from django.db.models import F

from alerts.models import EventType, Mute
from channels_app.words import AlertState
from deliveries import bell
from deliveries.addressees import TOLD
from deliveries.decisions import OPENING
from deliveries.mailing import refusal, silent_among
from deliveries.models import Delivery, DeliveryReason, DeliveryState
from deliveries.outbox import KEPT_FOR
from deliveries.quiet import Hold, Quiet, quiet_for
from deliveries.sql import holding
from deliveries.sql.holding import Thread
from deliveries.sql.owing import wake_lanes
from teams.models import Team

log = logging.getLogger(__name__)

EVERY = timedelta(seconds=2)
WAITING = frozenset((EventType.REMINDED, EventType.ESCALATED))  # for somebody to acknowledge
AT_ONCE = 500
MOST_TURNS = 20

Held = list[Delivery]


def run(now: datetime) -> None:
    """End the mutes whose time is over, and look at what has been held long enough."""
    Mute.objects.filter(ended_at=None, until__lte=now).update(ended_at=F("until"))
    for _ in range(MOST_TURNS):
        if _release_some(now) < AT_ONCE:
            break


def judge_anew(sender: Any, team: Team, now: datetime, **_: Any) -> None:
    """The team's mutes, hours or gaps changed: what they hold back is looked at in the next turn."""
    holding.judge_anew(team.pk, now)


@transaction.atomic
def _release_some(now: datetime) -> int:
    threads = holding.due(now, AT_ONCE)
    if not threads:
        return 0  # and nothing is written
    held = _held(threads)
    quiet = quiet_for([rows[-1].event for rows in held], now)
    told = _told_before({rows[0].alert_id for rows in held})
    silent = silent_among({rows[0].team_id for rows in held}, [_place(rows[0]) for rows in held])
    longer: list[tuple[str, datetime, int]] = []
    refused: list[tuple[str, int]] = []
    released: Held = []
    unwanted: Held = []
    for rows in held:
        if hold := _hold(quiet, rows[-1]):
            longer += [(hold.reason, hold.until, row.pk) for row in rows]
            continue
        if why := _shadow(rows[0]) or refusal(silent, rows[0].team_id, _place(rows[0])):
            refused += [(why, row.pk) for row in rows]
            continue
        over = _unwanted(rows, told=(rows[0].alert_id, _place(rows[0])) in told)
        unwanted += over
        if wanted := [row for row in rows if row not in over]:
            released += wanted
            quiet.note_told(wanted[-1].event, _place(wanted[-1]))
    _let_out(released, quiet, now)
    holding.hold_on(sorted(longer, key=itemgetter(2)))
    holding.suppress([row.pk for row in unwanted], now)
    holding.refuse(refused, now)
    return len(threads)


def _hold(quiet: Quiet, row: Delivery) -> Hold | None:
    try:
        return quiet.hold(row.event, _place(row))
    except Exception:
        # The last resort: what cannot be judged is told, and keeps nothing else back.
        log.exception("whether delivery %d is still held could not be judged", row.pk)
        return None


def _shadow(row: Delivery) -> DeliveryReason | None:
    alert = row.event.alert
    return DeliveryReason.SHADOW if (alert.rule.shadow or alert.team.shadow) and not alert.drill else None


def _let_out(released: Sequence[Delivery], quiet: Quiet, now: datetime) -> None:
    """In the order of the outbox, so that no two wait in a circle: what was told last, lanes, deliveries."""
    if not released:
        return
    lanes = sorted({row.lane_id for row in released})
    quiet.write()
    wake_lanes(lanes, now)
    holding.release([row.pk for row in released], now + KEPT_FOR)
    transaction.on_commit(partial(bell.ring, lanes), robust=True)


def _held(threads: Sequence[Thread]) -> list[Held]:
    """What is held of each, oldest first, with all that judging it needs."""
    known = Delivery.objects.select_related("event__alert__rule", "event__alert__team")
    rows = known.filter(state=DeliveryState.HELD, alert__in={alert for alert, _ in threads})
    rows = rows.order_by("alert_id", "integration_id", "recipient", "id")
    asked = set(threads)
    grouped = groupby(rows, key=lambda row: (row.alert_id, _place(row)))
    return [list(group) for thread, group in grouped if thread in asked]


def _unwanted(rows: Held, *, told: bool) -> Held:
    """What is not to be told any more: a call for somebody, once one came; an alarm for what is over, where its end is
    not told; and where nothing was told before, all that was muted."""
    state = rows[-1].event.alert.state
    if state == AlertState.ACKNOWLEDGED:
        return rows if all(row.event.type in WAITING for row in rows) else []
    if state != AlertState.CLEARED:
        return []
    ends = any(row.event.type == EventType.CLEARED for row in rows)
    if not told and (not ends or all(row.reason == DeliveryReason.MUTED for row in rows)):
        return rows
    return [] if ends else [row for row in rows if row.event.type in OPENING]


def _told_before(alert_ids: set[int]) -> set[Thread]:
    states = [state for state in TOLD if state != DeliveryState.HELD]
    found = Delivery.objects.filter(alert__in=alert_ids, state__in=states, in_place=False)
    return {(alert, (pk, to)) for alert, pk, to in found.values_list("alert_id", "integration_id", "recipient")}


def _place(row: Delivery) -> tuple[int, str]:
    return row.integration_id, row.recipient
