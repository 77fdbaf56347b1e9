"""How many alerts were triggered and cleared over time, as bars on the same time line as the charts below; pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, tzinfo

from alerts.charts.scales import linear, time_ticks
from alerts.charts.shapes import Box, Tick

BARS = 60
SMALL = Box(height=84)


@dataclass(frozen=True, slots=True)
class Bar:
    """One stretch of time: what was triggered stands on what was cleared."""

    x: float
    width: float
    triggered_y: float
    triggered_height: float
    cleared_y: float
    cleared_height: float
    text: str


@dataclass(frozen=True, slots=True)
class Counts:
    """All in pixels; `most` is what the highest bar counts, `triggered` and `cleared` are the sums."""

    box: Box
    bars: list[Bar]
    x_ticks: list[Tick]
    most: int
    bottom: float
    right: float
    triggered: int
    cleared: int


def counts(
    triggered: Iterable[float],
    cleared: Iterable[float],
    start: float,
    end: float,
    *,
    box: Box = SMALL,
    zone: tzinfo = UTC,
) -> Counts:
    """Count the moments (epoch seconds) that lie within start..end in BARS stretches."""
    right, bottom = box.width - box.right, box.height - box.bottom
    opened, closed = (_counted(moments, start, end) for moments in (triggered, cleared))
    most = max((opened[n] + closed[n] for n in range(BARS)), default=0)
    x, width = linear(start, end, box.left, right), (right - box.left) / BARS
    height = (bottom - box.top) / max(most, 1)
    bars = [
        _bar(box.left + n * width, width, bottom, height, opened[n], closed[n])
        for n in range(BARS)
        if opened[n] or closed[n]
    ]
    ticks = [Tick(round(x(moment), 1), text) for moment, text in time_ticks(start, end, zone=zone)]
    return Counts(box, bars, ticks, most, bottom, right, sum(opened), sum(closed))


def _counted(moments: Iterable[float], start: float, end: float) -> list[int]:
    found = [0] * BARS
    for moment in moments:
        if start <= moment <= end:
            found[min(int((moment - start) / max(end - start, 1e-9) * BARS), BARS - 1)] += 1
    return found


def _bar(x: float, width: float, bottom: float, height: float, opened: int, closed: int) -> Bar:
    text = f"{opened} triggered, {closed} cleared"
    low = bottom - closed * height
    return Bar(
        x=round(x, 1),
        width=round(width - 1, 1),
        triggered_y=round(low - opened * height, 1),
        triggered_height=round(opened * height, 1),
        cleared_y=round(low, 1),
        cleared_height=round(closed * height, 1),
        text=text,
    )
