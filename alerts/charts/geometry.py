"""Where everything of a chart lies: lines, ticks, the marked moment, thresholds, and bands for alerts; pure."""

import math
from collections.abc import Iterable, Sequence
from datetime import UTC, tzinfo

from alerts.charts.bands import maintenance_in_words, strips_of
from alerts.charts.reducing import Point, downsample, stretches
from alerts.charts.scales import LARGEST, Scale, clamped, linear, time_ticks, value_text, value_ticks
from alerts.charts.shapes import DASHES, Band, Box, Chart, Line, Path, Rule, Threshold, Tick

PIXELS_A_COLUMN = 3


def chart(
    lines: Sequence[Line],
    start: float,
    end: float,
    *,
    gap: float,
    mark: float | None = None,
    mark_text: str = "",
    bands: Iterable[Band] = (),
    bars: Iterable[Band] = (),
    thresholds: Iterable[Threshold] = (),
    box: Box | None = None,
    zone: tzinfo = UTC,
) -> Chart:
    """Lay out `lines` over start..end (epoch seconds). A pause of more than `gap` seconds breaks a line.

    Values that are no numbers are left out. `bands` are alerts, `bars` times of maintenance. Times are labelled as a
    clock in `zone` shows them.
    """
    box, thresholds = box or Box(), [each for each in thresholds if math.isfinite(each.value)]
    right, bottom = box.width - box.right, box.height - box.bottom
    lines = [Line(line.name, _drawable(line.points, start, end)) for line in lines]
    ticks = _value_ticks(lines, thresholds)
    x, y = _within(linear(start, end, box.left, right)), _within(linear(ticks[0], ticks[-1], bottom, box.top))
    marked = x(mark) if mark is not None and start <= mark <= end else None
    return Chart(
        box=box,
        paths=[_path(line, number, x, y, start, end, gap, box) for number, line in enumerate(lines)],
        x_ticks=[Tick(x(moment), text) for moment, text in time_ticks(start, end, zone=zone)],
        y_ticks=[Tick(y(value), value_text(value)) for value in ticks],
        strips=strips_of(bands, x, start, end),
        mark=marked,
        bottom=bottom,
        right=right,
        plot_height=bottom - box.top,
        rules=[_rule(threshold, y, box.top, bottom) for threshold in thresholds],
        mark_text=mark_text,
        mark_anchor="end" if marked is not None and marked > (box.left + right) / 2 else "start",
        start=start,
        end=end,
        bars=strips_of(bars, x, start, end, maintenance_in_words),
    )


def _drawable(points: Iterable[Point], start: float, end: float) -> list[Point]:
    seen = [point for point in points if start <= point[0] <= end and math.isfinite(point[1])]
    return seen if all(-LARGEST <= value <= LARGEST for _, value in seen) else [(at, clamped(v)) for at, v in seen]


def _value_ticks(lines: Sequence[Line], thresholds: Sequence[Threshold]) -> list[float]:
    """The values' extent; thresholds belong to it unless they would press the lines flat."""
    values = [value for line in lines for _, value in line.points]
    limits = [clamped(threshold.value) for threshold in thresholds]
    if not values:
        values = limits or [0.0, 1.0]
    low, high = min(values), max(values)
    room = max(high - low, max(abs(low), abs(high)) * 0.5) * 3
    near = [limit for limit in limits if low - room <= limit <= high + room]
    return value_ticks(min([low, *near]), max([high, *near]))


def _within(scale: Scale) -> Scale:
    return lambda value: round(scale(value), 1)


def _path(line: Line, number: int, x: Scale, y: Scale, start: float, end: float, gap: float, box: Box) -> Path:
    columns = max(1, (box.width - box.left - box.right) // PIXELS_A_COLUMN)
    points = downsample(line.points, start, end, 2 * columns)
    pause = gap if len(points) == len(line.points) else max(gap, 2 * (end - start) / columns)
    runs = [[(x(at), y(value)) for at, value in run] for run in stretches(points, pause)]
    d = " ".join("M" + " L".join(f"{px:g} {py:g}" for px, py in run) for run in runs if len(run) > 1)
    dots = [run[0] for run in runs if len(run) == 1]
    return Path(line.name, d, dots, number, DASHES[number % len(DASHES)], runs, points)


def _rule(threshold: Threshold, y: Scale, top: float, bottom: float) -> Rule:
    at = min(max(y(clamped(threshold.value)), top), bottom)
    beyond = (top, at - top) if threshold.above else (at, bottom - at)
    side = (at, 0.0) if threshold.above is None else beyond
    text_y = at - 4 if at - 4 > top + 10 else at + 12
    return Rule(at, threshold.text, round(text_y, 1), threshold.kind, side[0], round(side[1], 1))
