"""What of measurements goes by age. Measurements count from when they were received: recorded series are kept too."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import BigIntegerField, DateTimeField, Exists, ExpressionWrapper, Func, OuterRef

from alerts import condensing
from alerts.models import Extremes, Measurement, Series
from alerts.models.extremes import HALF_HOUR
from teams.retention import Place, Rows, Stock, aged, days, in_order, seconds, these

STRETCH = 1000  # series looked at in one statement

_received = aged(lambda: Measurement.objects.all(), "received_at")


class _Moment(Func):
    """Epoch seconds as a time."""

    function = "to_timestamp"
    output_field = DateTimeField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="datetime(%(expressions)s, 'unixepoch')", **context)


def _old_measurements(before: datetime, after: Place | None, most: int) -> list[Place]:
    """None that long ranges have yet to be told of."""
    return _received(min(before, condensing.condensed_until()), after, most)


def _extremes(ids: Sequence[Any], before: datetime) -> Rows:
    """Those of which no measurement is left: a recorded series, fed lately, keeps its picture."""
    begin = OuterRef("begin")
    end = ExpressionWrapper(OuterRef("begin") + HALF_HOUR, BigIntegerField())
    left = Measurement.objects.filter(
        series=OuterRef("series"), observed_at__gte=_Moment(begin), observed_at__lt=_Moment(end)
    )
    old = Extremes.objects.filter(pk__in=these(ids), begin__lt=seconds(before))
    return old.exclude(Exists(left))


def _needless_series(before: datetime, after: Place | None, most: int) -> list[Place]:
    """Looks along the primary key, by stretches, for the first in which some may go."""
    last = after.pk if after is not None else 0
    while stretch := list(Series.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:STRETCH]):
        last = stretch[-1]
        if found := sorted(_series(stretch, before).values_list("pk", flat=True)):
            return [Place(None, pk) for pk in found[:most]]
    return []


def _series(ids: Sequence[Any], before: datetime) -> Rows:
    """Those of which nothing is left: they come again with their next measurement."""
    measured = Measurement.objects.filter(series=OuterRef("pk"))
    drawn = Extremes.objects.filter(series=OuterRef("pk"))
    return Series.objects.filter(pk__in=these(ids)).exclude(Exists(measured)).exclude(Exists(drawn))


MEASUREMENTS = Stock(
    "measurements",
    days("BELLHOP_KEEP_MEASUREMENTS_DAYS"),
    _old_measurements,
    lambda ids, before: Measurement.objects.filter(pk__in=these(ids), received_at__lt=before),
)
EXTREMES = Stock(
    "extremes",
    days("BELLHOP_KEEP_EXTREMES_DAYS"),
    in_order(lambda: Extremes.objects.all(), "begin", seconds),
    _extremes,
)
SERIES = Stock("series", days("BELLHOP_KEEP_EXTREMES_DAYS"), _needless_series, _series, locked=True)
STOCKS = (MEASUREMENTS, EXTREMES, SERIES)
