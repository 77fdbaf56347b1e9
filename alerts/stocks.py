"""What of measurements goes by age. Measurements count from when they were received: recorded series are kept too."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import BigIntegerField, DateTimeField, Exists, ExpressionWrapper, Func, OuterRef

from alerts import condensing
from alerts.models import Extremes, Measurement
from alerts.models.extremes import HALF_HOUR
from teams.retention import Place, Rows, Stock, aged, days, in_order, seconds, these

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
STOCKS = (MEASUREMENTS, EXTREMES)
