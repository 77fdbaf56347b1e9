"""Sets the stage for what is old: alerts that were told of and are over, and measurements."""

from datetime import datetime, timedelta
from typing import Any

from alerts import sql
from alerts.models import Alert, AlertEvent, Series
from deliveries import pruning
from deliveries.models import Attempt, Delivery, Dispatch, DispatchItem
from tests.alerts.factories import make_test
from tests.conftest import NOW, Cast
from tests.deliveries.stage import clear, trigger

DAY = timedelta(days=1)
LONG_AGO = NOW - 500 * DAY


def prune_at(now: datetime) -> None:
    assert pruning.prune_all(now, lambda: False)


def everything() -> dict[str, int]:
    return {
        model.__name__: model._default_manager.count()
        for model in (Alert, AlertEvent, Delivery, Dispatch, DispatchItem, Attempt)
    }


def tell(alert: Alert, at: datetime, *others: Alert) -> Dispatch:
    """What the sender leaves behind: one call that carried all that waits of these alerts."""
    waiting = list(Delivery.objects.filter(alert__in=[alert, *others], state="pending"))
    dispatch = Dispatch.objects.create(lane=waiting[0].lane, fence=1, created_at=at, finished_at=at)
    Attempt.objects.create(dispatch=dispatch, at=at, outcome="delivered")
    for delivery in waiting:
        DispatchItem.objects.create(dispatch=dispatch, delivery=delivery)
        delivery.state, delivery.finished_at = "delivered", at
        delivery.save()
    return dispatch


def over(rule: Any) -> Alert:
    """An alert that ended long ago, and of which nothing waits."""
    alert = trigger(rule, LONG_AGO)
    clear(alert, LONG_AGO)
    tell(alert, LONG_AGO)
    return alert


def measure(cast: Cast, observed: datetime, received: datetime) -> Series:
    test = make_test(cast.team, f"t{Series.objects.count()}")
    series = Series.objects.create(team=cast.team, test=test, metric="rt", source="fra1")
    sql.put_measurements([(series.pk, observed, 5.0)], received)
    return series
