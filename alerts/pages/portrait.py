"""An alert in its time: the values around it by metric, with its thresholds and its own band."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.db.models import OuterRef, Subquery

from alerts.charts import Band, Box, Point, Threshold
from alerts.models import Alert, Measurement, Series
from alerts.models.extremes import HALF_HOUR
from alerts.pages.overlays import bars_of, maintenance_of
from alerts.pages.panels import Panel, limit, panel
from alerts.pages.values import Values, values_of

MAX_METRICS = 4
MAX_SERIES = 36
MAX_READINGS = 8_000  # drawn one by one; where more are to be expected, the extremes of half hours are drawn
MAX_HALF_HOURS = 12_000
MARGIN = timedelta(minutes=15)
BOX = Box(width=720, height=200)

SeriesById = Mapping[int, tuple[str, str]]  # metric and source


@dataclass(frozen=True, slots=True)
class Portrait:
    """`start`..`end` is drawn, `whole` if that is all of the alert, `coarse` if only the extremes of half hours are.
    `latest` is by (source, metric)."""

    start: datetime
    end: datetime
    whole: bool
    coarse: bool
    panels: list[Panel] = field(default_factory=list)
    latest: dict[tuple[str, str], float] = field(default_factory=dict)


def portrait_of(alert: Alert, now: datetime) -> Portrait | None:
    """The alert from before its start until after its end, or until now; None where it measures nothing."""
    conditions = alert.snapshot.get("conditions") or []
    metrics = list(dict.fromkeys(condition["metric"] for condition in conditions))[:MAX_METRICS]
    if alert.test_id is None or not metrics:
        return None
    rows = Series.objects.filter(test=alert.test_id, metric__in=metrics).order_by("source", "metric")
    series = {pk: (metric, source) for pk, metric, source in rows.values_list("pk", "metric", "source")[:MAX_SERIES]}
    interval = int(alert.snapshot.get("interval") or 60)
    start, end, whole = _span(alert, interval, len(series), now)
    values = values_of(list(series), interval, start, end, now, MAX_READINGS)
    points, pace = _by_metric(series, values), values.gap(interval) // 3
    span = (start.timestamp(), end.timestamp())
    bars = bars_of(maintenance_of(alert.test, start, end), start, end) if alert.test else []
    panels = [
        panel(
            metric,
            points[metric],
            span,
            interval=pace,
            bands=[band_of(alert)],
            bars=bars,
            thresholds=thresholds,
            box=BOX,
        )
        for metric, thresholds in thresholds_in(conditions, metrics).items()
    ]
    return Portrait(start, end, whole, values.coarse, panels, _latest(series, values, end))


def _span(alert: Alert, interval: int, series: int, now: datetime) -> tuple[datetime, datetime, bool]:
    """What is drawn of an alert that is too long for one picture: the end of an open one, the beginning of others."""
    over = alert.cleared_at or max(now, alert.started_at)
    margin = max(MARGIN, timedelta(seconds=10 * interval), (over - alert.started_at) / 4)
    start, end = alert.started_at - margin, min(over + margin, max(now, over))
    one_by_one, half_hours = (most // max(series, 1) for most in (MAX_READINGS, MAX_HALF_HOURS))
    longest = timedelta(seconds=max(interval * one_by_one, HALF_HOUR * half_hours))
    if end - start <= longest:
        return _after_1970(start), end, True
    if alert.cleared_at is None:
        return end - longest, end, False
    start = alert.started_at - longest / 10
    return _after_1970(start), start + longest, False


def _after_1970(at: datetime) -> datetime:
    return max(at, datetime(1970, 1, 1, tzinfo=UTC))


def _by_metric(series: SeriesById, values: Values) -> dict[str, dict[str, list[Point]]]:
    points: dict[str, dict[str, list[Point]]] = defaultdict(dict)
    for pk, those in values.points.items():
        metric, source = series[pk]
        points[metric][source] = those
    return points


def thresholds_in(conditions: list[dict[str, object]], metrics: list[str]) -> dict[str, list[Threshold]]:
    """By metric, the limits of a snapshot's conditions."""
    found: dict[str, list[Threshold]] = {metric: [] for metric in metrics}
    for condition in conditions:
        metric, value = str(condition["metric"]), condition["threshold"]
        if metric in found and isinstance(value, int | float) and condition["operator"] != "absent":
            found[metric].append(limit(str(condition["operator"]), value, str(condition["severity"])))
    return found


def band_of(alert: Alert) -> Band:
    """The alert itself as a band."""
    end = alert.cleared_at.timestamp() if alert.cleared_at else None
    return Band(alert.started_at.timestamp(), end, f"#{alert.number} {alert.severity}", alert.severity)


def _latest(series: SeriesById, values: Values, end: datetime) -> dict[tuple[str, str], float]:
    last = {pk: points[-1][1] for pk, points in values.points.items() if points}
    if values.coarse:
        rows = Measurement.objects.filter(series=OuterRef("pk"), observed_at__lte=end).order_by("-observed_at")
        found = Series.objects.filter(pk__in=series).annotate(last=Subquery(rows.values("value")[:1]))
        last = {pk: value for pk, value in found.values_list("pk", "last") if value is not None}
    return {(series[pk][1], series[pk][0]): value for pk, value in last.items()}
