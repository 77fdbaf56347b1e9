"""A turn of the auditor."""

import logging
from datetime import datetime, timedelta

from deliveries.auditing import alarms, ledger
from deliveries.auditing.checks import CHECKS, Check
from deliveries.auditing.found import Found
from deliveries.models import FindingKind

log = logging.getLogger(__name__)

EVERY = timedelta(seconds=30)


def audit(now: datetime) -> None:
    """The job: look, mend, write down, tell. One check that fails is a finding and keeps no other."""
    look(now)
    ledger.prune(now)
    alarms.tell(now)


def look(now: datetime) -> dict[FindingKind, Found]:
    """Look for everything and mend what can be; what was found is written down."""
    results = {kind: found for kind, check in CHECKS.items() if (found := _tried(kind, check, now)) is not None}
    failed = [kind.value for kind in CHECKS if kind not in results]
    results[FindingKind.CHECK_FAILED] = Found.of(failed)
    ledger.write(results, now)
    ledger.end_turn(now)
    return results


def _tried(kind: FindingKind, check: Check, now: datetime) -> Found | None:
    try:
        return check(now)
    except Exception:
        # The last resort: an auditor that ends with its first fault finds no other.
        log.exception("the check %s failed", kind)
        return None
