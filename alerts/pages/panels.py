"""One metric's chart with its thresholds and violated periods, as the alert page and the preview of a rule show it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.utils import timezone

from alerts.charts import Band, Box, Chart, Line, Point, Threshold, chart

MAX_SOURCES = 12
TIME_LABEL = 110  # pixels that a label of the time axis needs
_ABOVE = {">": True, ">=": True, "<": False, "<=": False}


@dataclass(frozen=True, slots=True)
class Panel:
    """A metric's chart; `hidden` sources were left out."""

    metric: str
    chart: Chart
    hidden: int

    @property
    def has_values(self) -> bool:
        """Whether there is anything to draw."""
        return any(path.samples for path in self.chart.paths)


def limit(operator: str, value: float, severity: str, words: str = "") -> Threshold:
    """The threshold of a condition; `words` are the condition's, where the chart's title does not say its metric."""
    return Threshold(value, f"{severity}: {words or f'{operator} {value:g}'}", _ABOVE.get(operator), severity)


def panel(
    metric: str,
    points: Mapping[str, Sequence[Point]],
    span: tuple[float, float],
    *,
    interval: int,
    bands: Sequence[Band] = (),
    bars: Sequence[Band] = (),
    thresholds: Sequence[Threshold] = (),
    box: Box | None = None,
    mark: float | None = None,
    mark_text: str = "",
) -> Panel:
    """The values by source over `span` (epoch seconds); `interval` is the length of the test's rounds in seconds."""
    names = sorted(points)
    lines = [Line(name, points[name]) for name in names[:MAX_SOURCES]]
    zone = timezone.get_current_timezone()
    drawn = chart(
        lines,
        *span,
        gap=3 * interval,
        mark=mark,
        mark_text=mark_text,
        bands=bands,
        bars=bars,
        thresholds=thresholds,
        box=box,
        zone=zone,
    )
    return Panel(metric, _with_room(drawn), max(0, len(names) - MAX_SOURCES))


def _with_room(drawn: Chart) -> Chart:
    """In a narrow chart, every second or third label of time, so that none covers another."""
    most = max(1, int((drawn.right - drawn.box.left) // TIME_LABEL))
    step = -(-len(drawn.x_ticks) // most)
    return replace(drawn, x_ticks=drawn.x_ticks[::step]) if step > 1 else drawn
