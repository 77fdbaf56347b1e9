"""What the auditor looks for, one function a kind of finding: it looks, mends what is safe to mend, and says so.

The order is that of a turn: times are brought back first, so that what waits for them is due when the rest looks.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction

from deliveries import bell, expiring, releasing
from deliveries.auditing import clock, ledger, undecided
from deliveries.auditing.found import NOTHING, Found
from deliveries.budgets import LONGEST_DEMAND
from deliveries.claiming import LEASE
from deliveries.models import FindingKind
from deliveries.sql import auditing as sql
from deliveries.sql import holding
from teams import timers
from teams.models import Timer

Check = Callable[[datetime], Found]

PATIENCE = timedelta(minutes=1)  # for what others mend within seconds
# Clocks of several machines differ a little.
LEASE_FURTHEST = LEASE + timedelta(minutes=1)
PAUSE_FURTHEST = timedelta(seconds=LONGEST_DEMAND) + timedelta(minutes=1)
# Lanes that share a rate stand one behind the other.
DUE_FURTHEST = PAUSE_FURTHEST + timedelta(hours=1)
BUDGET_FURTHEST = timedelta(minutes=5)
TIMER_PATIENCE = timedelta(minutes=10)  # pruning may hold up who comes after it


def clock_jumped(now: datetime) -> Found:
    """After a clock went back, nobody waits for times that it gave: all may try again."""
    jump = clock.jump_of_this_process()
    if jump < timedelta(0):
        sql.budgets_ahead(now, now, now)
        sql.mend_lanes(sql.wait_ahead(now, now, now))
        holding.judge_anew(None, now)
    return Found(1, 1, (f"{jump.total_seconds():+.0f} s",)) if jump else NOTHING


def clocks_differ(now: datetime) -> Found:
    """Nobody but the operator can mend it."""
    off = clock.off_from_database()
    return Found(1, 0, (f"{off.total_seconds():+.0f} s",)) if abs(off) > clock.JUMP else NOTHING


def lease_ahead(now: datetime) -> Found:
    return _mended(sql.lease_ahead(now + LEASE_FURTHEST, now + LEASE))


def budget_ahead(now: datetime) -> Found:
    found = sql.budgets_ahead(now + BUDGET_FURTHEST, now + PAUSE_FURTHEST, now)
    return Found.of([key[:8] for key in found], len(found))


def wait_ahead(now: datetime) -> Found:
    return _mended(sql.wait_ahead(now + DUE_FURTHEST, now + PAUSE_FURTHEST, now))


def lease_left(now: datetime) -> Found:
    return _mended(sql.lease_left(now - PATIENCE, now))


def lane_forgotten(now: datetime) -> Found:
    return _mended(sql.forgotten(now - PATIENCE, now))


def delivery_stranded(now: datetime) -> Found:
    """What nobody sends is claimed again, and by that known as interrupted."""
    return _mended(sql.stranded(now - PATIENCE, now))


def dispatch_left(now: datetime) -> Found:
    left = sql.dispatches_left(now - PATIENCE, now)
    if left:
        with transaction.atomic():
            sql.end_dispatches(left, now)
    return Found.of(left, len(left))


def delivery_overstayed(now: datetime) -> Found:
    """What waits longer than a day, and what is held longer than it should be."""
    over, held = sql.overstayed(now - PATIENCE), sql.held_too_long(now - PATIENCE)
    if over:
        expiring.expire(now)
    if held:
        releasing.run(now)
    still = set(sql.held_too_long(now - PATIENCE)) if held else set()
    return Found.of([*over, *held], len(over) + len(held) - len(still.intersection(held)))


def timer_late(now: datetime) -> Found:
    """Jobs that nobody runs. When nobody ran the auditor either, the house was down, and they are about to come."""
    last = ledger.last_turn()
    if last is None or last < now - 2 * PATIENCE:
        return NOTHING
    late = Timer.objects.filter(name__in=timers.known(), next_at__lt=now - TIMER_PATIENCE).order_by("next_at")
    return Found.of(list(late.values_list("name", flat=True)))


def overdue(now: datetime) -> Found:
    """Last, and for senders to mend: they are told once more that there is something to do."""
    lanes = sql.overdue(now - PATIENCE, now)
    if lanes:
        bell.ring()
    return Found.of(lanes)


def _mended(fault: sql.LaneFault) -> Found:
    found, mended = sql.mend_lanes(fault)
    if mended:
        transaction.on_commit(bell.ring, robust=True)
    return Found.of(found, len(mended))


CHECKS: dict[FindingKind, Check] = {
    FindingKind.CLOCK_JUMPED: clock_jumped,
    FindingKind.CLOCKS_DIFFER: clocks_differ,
    FindingKind.LEASE_AHEAD: lease_ahead,
    FindingKind.BUDGET_AHEAD: budget_ahead,
    FindingKind.WAIT_AHEAD: wait_ahead,
    FindingKind.LEASE_LEFT: lease_left,
    FindingKind.LANE_FORGOTTEN: lane_forgotten,
    FindingKind.DELIVERY_STRANDED: delivery_stranded,
    FindingKind.DISPATCH_LEFT: dispatch_left,
    FindingKind.DELIVERY_OVERSTAYED: delivery_overstayed,
    FindingKind.EVENT_UNDECIDED: undecided.check,
    FindingKind.TIMER_LATE: timer_late,
    FindingKind.OVERDUE: overdue,
}
