"""The graph that a message shows of an alert: one metric around the moment that is told, as a PNG."""

from datetime import UTC, datetime, timedelta

from django.db import connection
from django.utils import timezone

from alerts.charts import Box
from alerts.charts.png import paint
from alerts.models import Alert, Series
from alerts.pages.overlays import happened_at
from alerts.pages.panels import Panel, panel
from alerts.pages.portrait import band_of, thresholds_in
from alerts.pages.spans import AROUND_LEAST, AROUND_MOST, ROUNDS
from alerts.pages.values import values_of
from alerts.pictures import Pictured, read_token

MAX_SOURCES = 8
MAX_READINGS = 4_000  # drawn one by one; where more are to be expected, the extremes of half hours are drawn
BOX = Box(width=480, height=190)  # still readable on a phone


def png_of_token(token: str) -> bytes | None:
    """The graph that a token names as things stand, for `channels_app.doors.pictures` and its thread."""
    now = timezone.now()
    asked = read_token(token, now)
    try:
        return png_of(asked, now) if asked else None
    finally:
        connection.close()


def png_of(asked: Pictured, now: datetime) -> bytes | None:
    """The graph; None where there is no such alert, or nothing to draw. Times are told in UTC, whoever looks."""
    alert = Alert.objects.filter(team__slug=asked.team_slug, number=asked.number).select_related("rule").first()
    if alert is None:
        return None
    with timezone.override(UTC):
        drawn = _panel(alert, asked.at, now)
    if drawn is None or not drawn.has_values:
        return None
    start, end = (datetime.fromtimestamp(at, UTC) for at in (drawn.chart.start, drawn.chart.end))
    title, span = f"#{alert.number} {alert.about}: {drawn.metric}", _in_words(start, end, drawn.hidden)
    return paint(drawn.chart, title, span, thresholds_named="left")


def _panel(alert: Alert, at: datetime, now: datetime) -> Panel | None:
    conditions = alert.snapshot.get("conditions") or []
    if alert.test_id is None or not conditions:
        return None
    metric = str(conditions[0]["metric"])
    series, hidden = _series(alert, metric)
    interval = int(alert.snapshot.get("interval") or 60)
    start, end = _span(alert, at, interval, now)
    values = values_of(list(series), interval, start, end, now, MAX_READINGS)
    drawn = panel(
        metric,
        {source: values.points.get(pk, []) for pk, source in series.items()},
        (start.timestamp(), end.timestamp()),
        interval=values.gap(interval) // 3,
        bands=[band_of(alert)],
        thresholds=thresholds_in(conditions, [metric])[metric],
        box=BOX,
        mark=at.timestamp(),
        mark_text=happened_at([alert], at),
    )
    return Panel(drawn.metric, drawn.chart, hidden)


def _series(alert: Alert, metric: str) -> tuple[dict[int, str], int]:
    """The sources that are drawn, those that the alert names first, by the id of their series; and how many are not."""
    found = Series.objects.filter(test=alert.test_id, metric=metric)
    named = [*(alert.snapshot.get("start") or {}).get("sources", {})][:MAX_SOURCES]
    rows = dict(found.filter(source__in=named).values_list("pk", "source"))
    others = found.exclude(source__in=named).order_by("source").values_list("pk", "source")
    rows |= dict(others[: MAX_SOURCES - len(rows)])
    return rows, found.count() - len(rows)


def _span(alert: Alert, at: datetime, interval: int, now: datetime) -> tuple[datetime, datetime]:
    """Mostly what came before the moment, and of a clear the whole alert, where that is not too long."""
    before = min(max(AROUND_LEAST, timedelta(seconds=ROUNDS * interval)), AROUND_MOST)
    start = max(min(at - before, alert.started_at - before / 4), at - AROUND_MOST)
    end = max(at, min(at + (at - start) / 4, now))
    return max(start, datetime(1970, 1, 1, tzinfo=UTC)), end


def _in_words(start: datetime, end: datetime, hidden: int) -> str:
    more = f", {hidden} more sources not shown" if hidden > 0 else ""
    return f"{start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC{more}"
