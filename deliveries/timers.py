"""What has to happen without anybody asking: the sweep, expiry, dead leases, and the alerts' own timers.

Any number of processes may call `run`; each job takes its turn by compare-and-set. What takes long is no timer: see
deliveries.housekeeping.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import Error as DatabaseFailure
from django.db import transaction

from alerts import timers as alert_timers
from deliveries import bell, changes, drilling, expiring, health, making_good, refreshing, releasing, trouble
from deliveries.auditing import deadman, ledger, turn
from deliveries.models import DeliveryReason, FindingKind
from deliveries.owner import is_dead
from deliveries.sql import lanes, sweeping
from integrations import consent
from teams.timers import take_turn

log = logging.getLogger(__name__)

SWEEP_EVERY = timedelta(seconds=2)
STOPPED_LATELY = timedelta(minutes=5)  # for longer nothing waits that was decided before

Job = Callable[[datetime], None]


def run(now: datetime) -> None:
    """Run the jobs whose turn it is. One that fails is logged and does not keep the others."""
    for name, every, job in JOBS:
        try:
            if take_turn(name, every, now):
                job(now)
        except DatabaseFailure as failure:
            log.warning("the job %s failed (%s); its next turn comes", name, type(failure).__name__)
        except Exception:
            # The last resort: the jobs behind it have other work.
            log.exception("the job %s failed; its next turn comes", name)
    alert_timers.run(now)


def sweep(now: datetime) -> None:
    """Find what no bell rang for, free what dead processes hold, and settle what can no longer be sent."""
    woken = _free_dead(now)
    with transaction.atomic():
        sweeping.suppress_unusable(DeliveryReason.INTEGRATION_REMOVED, "place.archived_at IS NOT NULL", now)
        sweeping.suppress_unusable(DeliveryReason.INTEGRATION_DISABLED, "NOT place.enabled", now)
        for team_id, address in consent.stopped_since(now - STOPPED_LATELY):
            sweeping.suppress_stopped(team_id, address, DeliveryReason.UNSUBSCRIBED, now)
        woken += sweeping.wake_mended(now)
        forgotten = sweeping.wake_forgotten(now)
        health.settle(now)  # what it owes anew is woken after the commit, and was not forgotten
    woken += forgotten
    ledger.note(FindingKind.LANE_FORGOTTEN, forgotten, now)
    if woken or lanes.anything_due(now):
        bell.ring()


def _free_dead(now: datetime) -> int:
    return sum(lanes.end_leases(owner) for owner in lanes.owners(now) if is_dead(owner))


JOBS: tuple[tuple[str, timedelta, Job], ...] = (
    ("deliveries.release", releasing.EVERY, releasing.run),
    ("deliveries.sweep", SWEEP_EVERY, sweep),
    ("deliveries.drills", drilling.EVERY, drilling.run),
    ("deliveries.expire", expiring.EVERY, expiring.expire),
    ("deliveries.trouble", trouble.EVERY, trouble.run),
    ("deliveries.changes", changes.EVERY, changes.run),
    ("deliveries.making_good", making_good.EVERY, making_good.run),
    ("deliveries.audit", turn.EVERY, turn.audit),
    ("deliveries.refresh", refreshing.EVERY, refreshing.run),
    ("deliveries.deadman", deadman.EVERY, deadman.ping),
)
