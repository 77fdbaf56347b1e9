"""What of alerts and deliveries goes by age. An alert goes with its events and deliveries together, or not at all.

An open alert stays with all that belongs to it, however old, and so does one of which anything is young or unfinished.
Numbers are never given again, since teams count them by themselves.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q

from alerts.models import Alert, AlertEvent, EventType
from channels_app.words import AlertState
from deliveries.hearing.once import HEARD
from deliveries.models import Attempt, Delivery, Dispatch, DispatchItem, MessageRef, Outage
from teams.retention import Place, Rows, Stock, aged, days, in_order

_cleared = aged(lambda: AlertEvent.objects.filter(type=EventType.CLEARED), "recorded_at")
_of_alerts = days("BELLHOP_KEEP_ALERTS_DAYS")
_of_attempts = days("BELLHOP_KEEP_ATTEMPTS_DAYS")


def _attempts_are_kept() -> timedelta | None:
    """At most as long as alerts, whose deliveries they tell of."""
    return min((kept for kept in (_of_attempts(), _of_alerts()) if kept is not None), default=None)


def _dispatches(ids: Sequence[Any], before: datetime) -> Rows:
    """Those that carried only what is long over, of alerts that have nothing more to tell: it might update them."""
    waiting = Delivery.objects.filter(alert=OuterRef("delivery__alert"), finished_at=None)
    needed = DispatchItem.objects.filter(dispatch=OuterRef("pk")).filter(
        Q(delivery__finished_at__gte=before) | ~Q(delivery__alert__state=AlertState.CLEARED) | Exists(waiting)
    )
    return Dispatch.objects.filter(pk__in=ids, created_at__lt=before).exclude(Exists(needed))


def _with_dispatches(ids: Sequence[Any]) -> Iterable[tuple[str, Rows]]:
    yield "attempts", Attempt.objects.filter(dispatch__in=ids)
    yield "dispatch items", DispatchItem.objects.filter(dispatch__in=ids)


def _old_alerts(before: datetime, after: Place | None, most: int) -> list[Place]:
    """Found by the events that cleared them: the times of alerts are those of rounds, which may be recorded ones."""
    return _cleared(before, after, most)


def _alerts(ids: Sequence[Any], before: datetime) -> Rows:
    young = AlertEvent.objects.filter(alert=OuterRef("pk"), recorded_at__gte=before)
    busy = Delivery.objects.filter(alert=OuterRef("pk")).filter(Q(finished_at=None) | Q(finished_at__gte=before))
    cleared = Alert.objects.filter(
        state=AlertState.CLEARED, pk__in=AlertEvent.objects.filter(pk__in=ids).values("alert")
    )
    return cleared.exclude(Exists(young)).exclude(Exists(busy))


def _with_alerts(ids: Sequence[Any]) -> Iterable[tuple[str, Rows]]:
    theirs = Delivery.objects.filter(alert__in=ids)
    yield "dispatch items", DispatchItem.objects.filter(delivery__in=theirs.values("pk"))
    yield "deliveries", theirs
    yield "message refs", MessageRef.objects.filter(alert__in=ids)
    yield "alert events", AlertEvent.objects.filter(alert__in=ids)


ATTEMPTS = Stock(
    "dispatches",
    _attempts_are_kept,
    in_order(lambda: Dispatch.objects.all(), "created_at"),
    _dispatches,
    _with_dispatches,
)
ALERTS = Stock("alerts", _of_alerts, _old_alerts, _alerts, _with_alerts)
OUTAGES = Stock(
    "outages",
    _of_alerts,
    in_order(lambda: Outage.objects.all(), "held_at"),
    lambda ids, before: Outage.objects.filter(pk__in=ids, ended_at__lt=before, due_at=None),
)
STOCKS = (ATTEMPTS, ALERTS, OUTAGES, HEARD)
