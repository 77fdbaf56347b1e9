"""Sets the stage for the auditor: what went wrong, and what one turn says of it."""

from datetime import datetime, timedelta
from typing import Any

from deliveries.auditing import turn
from deliveries.models import Delivery, Lane

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
ELSEWHERE = "elsewhere-4026531836:17:99:abcd"


def later(now: datetime) -> datetime:
    """Long after whoever should have mended it."""
    return now + 2 * MINUTE


def found(now: datetime) -> dict[str, tuple[int, int]]:
    """(found, repaired) by kind, of one turn."""
    return {kind.value: (each.found, each.repaired) for kind, each in turn.look(now).items() if each.found}


def lose_all() -> None:
    """As if nobody had ever decided who is owed what."""
    Delivery.objects.all().delete()
    Lane.objects.update(due_at=None)


def leased(until: datetime, **fields: Any) -> None:
    Lane.objects.update(lease_owner=ELSEWHERE, lease_until=until, **fields)
