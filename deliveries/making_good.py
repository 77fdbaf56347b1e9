"""Makes good what a place missed while it was switched off or did not work: what stands there becomes true again.

That is a message that is kept true, which is updated in silence, and an incident that is kept elsewhere, whose end or
acknowledgement is told. Who only reads messages is told nothing: what is over then is news to nobody.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Q

from channels_app.contract import Kind
from channels_app.registry import kinds
from deliveries import bell
from deliveries.models import DeliveryReason
from deliveries.outbox import KEPT_FOR
from deliveries.sql import missed
from deliveries.sql.owing import wake_lanes
from deliveries.verdicts import OF_THE_DESTINATION
from integrations.models import Integration

EVERY = timedelta(seconds=30)
LATELY = timedelta(minutes=1)  # longer than any transaction that decides
AT_ONCE = 5_000
OF_THE_TIME = (DeliveryReason.UNREADABLE_CONFIG, DeliveryReason.TOO_LATE)
LOST = tuple(reason.value for reason in (*OF_THE_DESTINATION, *OF_THE_TIME))


def receive(sender: Any, integration: Integration, now: datetime, **_: Any) -> None:
    """Owe it what it missed, in the transaction that mends it."""
    owe([integration.pk], now)


def run(now: datetime) -> None:
    """Look once more at what was mended lately: what was decided in the same moment saw it as it was before."""
    tested = Q(health__last_test_ok=True, health__last_test_at__gt=now - LATELY)
    lately = Integration.objects.filter(Q(updated_at__gt=now - LATELY) | tested, enabled=True, archived_at=None)
    if ids := list(lately.values_list("pk", flat=True)):
        with transaction.atomic():
            owe(ids, now)


def owe(integration_ids: Collection[int], now: datetime) -> None:
    """All that lags behind there, AT_ONCE at most, the newest first."""
    until = now + KEPT_FOR
    found: set[int] = set()
    if living := _those(integration_ids, living=True):
        found |= missed.owe_messages(living, now, until, AT_ONCE)
    if keeping := _those(integration_ids, kind__in=tracking(kinds())):
        reasons = (*LOST, DeliveryReason.INTEGRATION_DISABLED.value)
        found |= missed.owe_states(keeping, reasons, None, now, until, AT_ONCE)
    _wake_later(found, now)


def owe_lost(integration_ids: Collection[int], since: datetime, now: datetime) -> None:
    """What was given up there since its trouble began, in the transaction that ends the trouble."""
    since, until = since - KEPT_FOR, now + KEPT_FOR
    found: set[int] = set()
    if living := _those(integration_ids, living=True):
        found |= missed.owe_lost_messages(living, LOST, since, now, until, AT_ONCE)
    if keeping := _those(integration_ids, kind__in=tracking(kinds())):
        found |= missed.owe_states(keeping, LOST, since, now, until, AT_ONCE)
    _wake_later(found, now)


def tracking(known: Iterable[Kind]) -> list[str]:
    """The kinds that keep the state of an alert."""
    return [each.spec.kind for each in known if each.spec.abilities.tracks_state]


def _those(integration_ids: Collection[int], **what: Any) -> list[int]:
    """Those of them that are so: of all others nothing is looked up, however much they were ever told."""
    return list(Integration.objects.filter(pk__in=integration_ids, **what).values_list("pk", flat=True))


def _wake_later(lane_ids: Collection[int], now: datetime) -> None:
    """After the commit, since others hold lanes and wait for what is written here; the sweep finds what gets lost."""
    if lane_ids:
        transaction.on_commit(partial(_wake, sorted(lane_ids), now), robust=True)


def _wake(lane_ids: list[int], now: datetime) -> None:
    wake_lanes(lane_ids, now)
    bell.ring(lane_ids)
