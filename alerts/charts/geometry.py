"""Where everything of a chart lies: lines, ticks, the marked moment, and bands for alerts; pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from alerts.charts.scales import Scale, linear, time_ticks, value_ticks

MAX_POINTS = 400  # of one line; more cannot be told apart at this width

Point = tuple[float, float]  # epoch seconds, value


@dataclass(frozen=True, slots=True)
class Box:
    """The chart's size and the margins around its plot, in pixels."""

    width: int = 760
    height: int = 220
    left: int = 64
    right: int = 28
    top: int = 10
    bottom: int = 24


@dataclass(frozen=True, slots=True)
class Line:
    """The values of one source, in order of time."""

    name: str
    points: Sequence[Point]


@dataclass(frozen=True, slots=True)
class Band:
    """A stretch of time, such as an alert's; `end` None goes on."""

    start: float
    end: float | None
    text: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Path:
    """A line as drawn: `d` of an SVG path, and the points that stand alone as (x, y)."""

    name: str
    d: str
    dots: list[tuple[float, float]]
    colour: int


@dataclass(frozen=True, slots=True)
class Tick:
    """A tick at `at` pixels along its axis."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Strip:
    """A band as drawn."""

    x: float
    width: float
    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Everything in pixels. `mark` is the x of the marked moment, None where it lies outside. `right` and `bottom` are
    the plot's edges."""

    box: Box
    paths: list[Path]
    x_ticks: list[Tick]
    y_ticks: list[Tick]
    strips: list[Strip]
    mark: float | None
    bottom: float
    right: float
    plot_height: float


def chart(
    lines: Sequence[Line],
    start: float,
    end: float,
    *,
    gap: float,
    mark: float | None = None,
    bands: Sequence[Band] = (),
    box: Box | None = None,
) -> Chart:
    """Lay out `lines` over start..end (epoch seconds). A pause of more than `gap` seconds breaks a line."""
    box = box or Box()
    right, bottom = box.width - box.right, box.height - box.bottom
    x = linear(start, end, box.left, right)
    ticks = _value_ticks(lines)
    y = linear(ticks[0], ticks[-1], bottom, box.top)
    return Chart(
        box=box,
        paths=[_path(line, number, x, y, start, end, gap) for number, line in enumerate(lines)],
        x_ticks=[Tick(round(x(moment), 1), text) for moment, text in time_ticks(start, end)],
        y_ticks=[Tick(round(y(value), 1), f"{value:.10g}") for value in ticks],
        strips=[strip for band in bands if (strip := _strip(band, x, start, end))],
        mark=round(x(mark), 1) if mark is not None and start <= mark <= end else None,
        bottom=bottom,
        right=right,
        plot_height=bottom - box.top,
    )


def downsample(points: Sequence[Point], start: float, end: float, most: int = MAX_POINTS) -> list[Point]:
    """At most `most` points: the lowest and the highest of each stretch of time, so that no peak is lost."""
    if len(points) <= most:
        return list(points)
    width = (end - start) / (most // 2)
    buckets: dict[int, list[Point]] = {}
    for point in points:
        buckets.setdefault(min(int((point[0] - start) / width), most // 2 - 1), []).append(point)
    kept: list[Point] = []
    for _, bucket in sorted(buckets.items()):
        kept += sorted({min(bucket, key=lambda point: point[1]), max(bucket, key=lambda point: point[1])})
    return kept


def stretches(points: Sequence[Point], gap: float) -> list[list[Point]]:
    """The points in runs without a pause longer than `gap`."""
    runs: list[list[Point]] = []
    for point in points:
        if runs and point[0] - runs[-1][-1][0] <= gap:
            runs[-1].append(point)
        else:
            runs.append([point])
    return runs


def _value_ticks(lines: Sequence[Line]) -> list[float]:
    values = [value for line in lines for _, value in line.points]
    return value_ticks(min(values), max(values)) if values else [0.0, 1.0]


def _path(line: Line, colour: int, x: Scale, y: Scale, start: float, end: float, gap: float) -> Path:
    points = downsample(line.points, start, end)
    spacing = (end - start) / MAX_POINTS * 2
    runs = [
        [(round(x(at), 1), round(y(value), 1)) for at, value in run] for run in stretches(points, max(gap, spacing))
    ]
    d = " ".join("M" + " L".join(f"{px:g} {py:g}" for px, py in run) for run in runs if len(run) > 1)
    return Path(line.name, d, [run[0] for run in runs if len(run) == 1], colour)


def _strip(band: Band, x: Scale, start: float, end: float) -> Strip | None:
    last = end if band.end is None else band.end
    if last < start or band.start > end:
        return None
    left = x(max(band.start, start))
    return Strip(round(left, 1), round(max(x(min(last, end)) - left, 2), 1), band.text, band.kind)
