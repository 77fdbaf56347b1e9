"""Values over a span of time as charts need them: each one where they are few, the extremes of half hours else."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts import sql
from alerts.charts import Point
from alerts.models import Extremes
from alerts.models.extremes import HALF_HOUR

FRESH = timedelta(minutes=30)  # may not be condensed yet

Points = dict[int, list[Point]]  # by series, in order of time


@dataclass(frozen=True, slots=True)
class Values:
    """`coarse` where the points are only the extremes of half hours, of which the last one has all."""

    points: Points
    coarse: bool

    def gap(self, interval: int) -> int:
        """The pause in seconds that breaks a line, where rounds are `interval` seconds long."""
        return max(3 * interval, 3 * HALF_HOUR if self.coarse else 0)


def values_of(series: Sequence[int], interval: int, start: datetime, end: datetime, now: datetime, most: int) -> Values:
    """The values of the series; their extremes where rounds of `interval` seconds make more than `most` expected."""
    rounds = (end - start).total_seconds() / interval
    if rounds * len(series) <= most:
        rows = sql.values_between(series, start, end, most + 1)
        if len(rows) <= most:
            return Values(_by_series(rows), coarse=False)
    points = _extremes(series, start, end)
    if end > now - FRESH:
        fresh = _by_series(sql.values_between(series, max(start, now - FRESH), end, most))
        for pk, last in fresh.items():
            points[pk] = sorted({*points.get(pk, []), *last})
    return Values(points, coarse=True)


def _extremes(series: Sequence[int], start: datetime, end: datetime) -> Points:
    first, last = start.timestamp() - HALF_HOUR, end.timestamp()
    rows = Extremes.objects.filter(series__in=series, begin__gt=first, begin__lte=last)
    points: Points = defaultdict(list)
    columns = ("series_id", "lowest_at", "lowest", "highest_at", "highest")
    for pk, low_at, low, high_at, high in rows.order_by("series", "begin").values_list(*columns):
        points[pk] += [(low_at, low), (high_at, high)] if low_at <= high_at else [(high_at, high), (low_at, low)]
    return points


def _by_series(rows: list[tuple[int, float, float]]) -> Points:
    points: Points = defaultdict(list)
    for pk, at, value in rows:
        points[pk].append((at, value))
    return points
