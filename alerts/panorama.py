"""What the Views page shows of a test around a moment: charts by metric, alerts as bands, values as a table."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from alerts.charts import Band, Chart, Line, Point, chart
from alerts.models import Alert, Measurement, Series, Test
from alerts.selectors import alerts_of

MAX_METRICS = 6
MAX_SOURCES = 12
MAX_ROWS = 200
MAX_ALERTS = 200
SHORTEST, LONGEST = timedelta(minutes=15), timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Panel:
    """One metric's chart; `hidden` sources were left out."""

    metric: str
    chart: Chart
    hidden: int


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement of the table; `marked` ones are of the round that was asked for."""

    at: datetime
    metric: str
    source: str
    value: float
    marked: bool


@dataclass(frozen=True, slots=True)
class Panorama:
    """`start`..`end` is drawn. `hidden` metrics were left out."""

    start: datetime
    end: datetime
    panels: list[Panel]
    hidden: int
    rows: list[Row]
    alerts: list[Alert]


def around(test: Test, at: datetime) -> Panorama:
    """The test around `at`: 60 rounds either side, at least 15 minutes and at most 30 days."""
    half = min(max(SHORTEST, timedelta(seconds=60 * test.interval)), LONGEST)
    earliest = datetime(1970, 1, 1, tzinfo=UTC)
    start, end = max(earliest, at - half), at + half
    alerts = list(alerts_of(test.team, since=start, until=end).filter(test=test)[:MAX_ALERTS])
    metrics = _metrics(test)
    shown = metrics[:MAX_METRICS]
    bands = [_band(alert) for alert in alerts]
    panels = [_panel(test, metric, series, (start, end), at, bands) for metric, series in _series(test, shown)]
    return Panorama(start, end, panels, len(metrics) - len(shown), _rows(test, at), alerts)


def _metrics(test: Test) -> list[str]:
    """The test's metrics; those that rules ask for come first."""
    all_metrics = set(Series.objects.filter(test=test).values_list("metric", flat=True).distinct())
    asked = set(test.rules.filter(archived_at=None).values_list("conditions__metric", flat=True))
    return sorted(all_metrics, key=lambda metric: (metric not in asked, metric))


def _series(test: Test, metrics: list[str]) -> list[tuple[str, list[tuple[int, str]]]]:
    found: dict[str, list[tuple[int, str]]] = defaultdict(list)
    rows = Series.objects.filter(test=test, metric__in=metrics).order_by("source")
    for pk, metric, source in rows.values_list("pk", "metric", "source"):
        found[metric].append((pk, source))
    return [(metric, found[metric]) for metric in metrics]


def _panel(
    test: Test,
    metric: str,
    series: list[tuple[int, str]],
    span: tuple[datetime, datetime],
    at: datetime,
    bands: Iterable[Band],
) -> Panel:
    shown = dict(series[:MAX_SOURCES])
    points: dict[int, list[Point]] = defaultdict(list)
    rows = Measurement.objects.filter(series__in=shown, observed_at__range=span).order_by("observed_at")
    for pk, observed_at, value in rows.values_list("series_id", "observed_at", "value"):
        points[pk].append((observed_at.timestamp(), value))
    lines = [Line(source, points[pk]) for pk, source in shown.items()]
    start, end = (moment.timestamp() for moment in span)
    drawn = chart(lines, start, end, gap=3 * test.interval, mark=at.timestamp(), bands=list(bands))
    return Panel(metric, drawn, len(series) - len(shown))


def _band(alert: Alert) -> Band:
    end = alert.cleared_at.timestamp() if alert.cleared_at else None
    text = f"#{alert.number} {alert.severity}: {alert.snapshot.get('rule', '')}"
    return Band(alert.started_at.timestamp(), end, text, alert.severity)


def _rows(test: Test, at: datetime) -> list[Row]:
    """The values of the rounds around the one asked for, newest first."""
    interval = timedelta(seconds=test.interval)
    begin = datetime.fromtimestamp(at.timestamp() // test.interval * test.interval, UTC)
    near = Measurement.objects.filter(
        series__test=test, observed_at__gte=begin - 5 * interval, observed_at__lt=begin + 6 * interval
    ).order_by("-observed_at", "series__metric", "series__source")
    values = near.values_list("observed_at", "series__metric", "series__source", "value")[:MAX_ROWS]
    return [
        Row(observed_at, metric, source, value, begin <= observed_at < begin + interval)
        for observed_at, metric, source, value in values
    ]
