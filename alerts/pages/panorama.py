"""What the Views page shows of a test over a span of time: charts, what is laid over them, values as a table."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone

from alerts import sql
from alerts.charts import Band, Box, Chart, Counts, Line, Threshold, chart
from alerts.maintenance import Named
from alerts.models import Alert, Measurement, Series, Test
from alerts.models.quiet import MAX_MINUTES
from alerts.pages import overlays
from alerts.pages.overlays import Entry
from alerts.pages.spans import Span
from alerts.pages.values import Points, values_of

MAX_METRICS = 6
MAX_SOURCES = 12
MAX_ROWS = 200
MAX_POINTS = 20_000  # read one by one; where more are to be expected, the extremes of half hours are drawn
MAX_VALUES = 50_000  # of an export

WIDE, LOW = Box(width=960, height=240), Box(width=960, height=84)

SeriesOf = list[tuple[int, str]]  # the id and source of each series of a metric


@dataclass(frozen=True, slots=True)
class Panel:
    """One metric's chart, the `number`th of the page; `hidden` sources were left out."""

    metric: str
    chart: Chart
    hidden: int
    number: int = 1

    @property
    def readings(self) -> dict[str, Any]:
        """What a script reads values from."""
        return self.chart.readings()

    @property
    def script(self) -> str:
        """The id of the element that holds the readings."""
        return f"readings-{self.number}"


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
    """`hidden` metrics were left out; `coarse` where the charts show the extremes of half hours. `resting_until` is the
    end of the maintenance that is on."""

    span: Span
    panels: list[Panel]
    hidden: int
    coarse: bool
    rows: list[Row]
    alerts: list[Alert]
    counts: Counts
    events: list[Entry]
    more_events: bool
    resting_until: datetime | None


@dataclass(frozen=True, slots=True)
class _Scene:
    """What the charts of a page share; `limits` by metric."""

    span: Span
    gap: float
    said: str
    bands: list[Band]
    bars: list[Band]
    limits: dict[str, list[Threshold]]
    box: Box | None


def of_span(test: Test, span: Span, now: datetime) -> Panorama:
    """All that the page shows."""
    times = overlays.times_of(test, span.start, span.end)
    alerts = overlays.alerts_in(test, times)
    found = _series(test)
    ahead = now + timedelta(minutes=MAX_MINUTES)
    rests = overlays.maintenance_of(test, min(span.start, now), max(span.end, ahead))
    panels, coarse = _panels(test, found[:MAX_METRICS], span, alerts, rests, now, WIDE)
    events, more = overlays.events_in(test, times, span.start, span.end)
    return Panorama(
        span=span,
        panels=panels,
        hidden=max(0, len(found) - MAX_METRICS),
        coarse=coarse,
        rows=_rows(test, span.moment),
        alerts=alerts,
        counts=overlays.counted(times, span.start, span.end, LOW),
        events=events,
        more_events=more,
        resting_until=overlays.resting_until(rests, now),
    )


def panel_of(test: Test, metric: str, span: Span, now: datetime, box: Box | None = None) -> Panel | None:
    """One metric's chart, the first metric's where none is named; None where there is no such metric."""
    found = [(name, series) for name, series in _series(test) if not metric or name == metric]
    alerts = overlays.alerts_in(test, overlays.times_of(test, span.start, span.end))
    rests = overlays.maintenance_of(test, span.start, span.end)
    return next(iter(_panels(test, found[:1], span, alerts, rests, now, box)[0]), None)


def values_in(test: Test, span: Span) -> Iterator[tuple[datetime, str, str, float]]:
    """(when, metric, source, value) of the span's measurements by metric, source and time, at most MAX_VALUES."""
    names = {pk: (metric, source) for metric, series in _series(test) for pk, source in series}
    for pk, at, value in sql.values_between(list(names), span.start, span.end, MAX_VALUES):
        yield datetime.fromtimestamp(at, UTC), *names[pk], value


def _series(test: Test) -> list[tuple[str, SeriesOf]]:
    """The test's series by metric; metrics that rules ask for come first."""
    asked = set(test.rules.filter(archived_at=None).values_list("conditions__metric", flat=True))
    found: dict[str, SeriesOf] = defaultdict(list)
    rows = Series.objects.filter(test=test).order_by("metric", "source")
    for pk, metric, source in rows.values_list("pk", "metric", "source"):
        found[metric].append((pk, source))
    return sorted(found.items(), key=lambda entry: (entry[0] not in asked, entry[0]))


def _panels(
    test: Test,
    found: list[tuple[str, SeriesOf]],
    span: Span,
    alerts: list[Alert],
    rests: list[Named],
    now: datetime,
    box: Box | None = None,
) -> tuple[list[Panel], bool]:
    shown = [pk for _, series in found for pk, _ in series[:MAX_SOURCES]]
    values = values_of(shown, test.interval, span.start, span.end, now, MAX_POINTS)
    scene = _Scene(
        span=span,
        gap=values.gap(test.interval),
        said=overlays.happened_at(alerts, span.at),
        bands=overlays.bands_of(test, alerts),
        bars=overlays.bars_of(rests, span.start, span.end, test.team.slug),
        limits=overlays.thresholds_of(test),
        box=box,
    )
    return [_panel(scene, number, *entry, values.points) for number, entry in enumerate(found, 1)], values.coarse


def _panel(scene: _Scene, number: int, metric: str, series: SeriesOf, points: Points) -> Panel:
    span = scene.span
    drawn = chart(
        [Line(source, points.get(pk, [])) for pk, source in series[:MAX_SOURCES]],
        span.start.timestamp(),
        span.end.timestamp(),
        gap=scene.gap,
        mark=span.at.timestamp() if span.at else None,
        mark_text=scene.said,
        bands=scene.bands,
        bars=scene.bars,
        thresholds=scene.limits.get(metric, []),
        box=scene.box,
        zone=timezone.get_current_timezone(),
    )
    return Panel(metric, drawn, max(0, len(series) - MAX_SOURCES), number)


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
