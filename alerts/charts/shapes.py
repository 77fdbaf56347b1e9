"""What a chart is made of: first what callers bring, in seconds and values; then what painters get, in pixels."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from alerts.charts.reducing import Point

BAR = 12  # pixels, as high as the bar of maintenance at the foot of a plot
DASHES = ("", "7 3", "2 3", "9 3 2 3", "4 4", "1 5")  # of lines; together with the colour no two of twelve are alike


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
    """A stretch of time, such as an alert's; `end` None goes on. `label` is drawn where it fits, `href` is its page."""

    start: float
    end: float | None
    text: str
    kind: str = ""
    label: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Threshold:
    """A value that a rule compares with; `above` says which side violates it, None neither."""

    value: float
    text: str
    above: bool | None = None
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Path:
    """A line as drawn: `d` of an SVG path, the points that stand alone as (x, y), and the `samples` that were kept."""

    name: str
    d: str
    dots: list[tuple[float, float]]
    colour: int
    dash: str = ""
    runs: list[list[Point]] = field(default_factory=list)
    samples: list[Point] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Tick:
    """A tick at `at` pixels along its axis."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Strip:
    """A band as drawn; `label` is empty where there is no room for it."""

    x: float
    width: float
    text: str
    kind: str
    label: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A threshold as drawn: a line at `y`, and the side that violates it from `side_y` on, `side_height` high."""

    y: float
    text: str
    text_y: float
    kind: str
    side_y: float
    side_height: float


@dataclass(frozen=True, slots=True)
class Chart:
    """Everything in pixels. `mark` is the x of the marked moment, None where it lies outside. `right` and `bottom` are
    the plot's edges; `start` and `end` its first and last moment, `low` and `high` its values. `bars` are the times of
    maintenance, drawn from `bar_y` to the plot's foot."""

    box: Box
    paths: list[Path]
    x_ticks: list[Tick]
    y_ticks: list[Tick]
    strips: list[Strip]
    mark: float | None
    bottom: float
    right: float
    plot_height: float
    rules: list[Rule] = field(default_factory=list)
    mark_text: str = ""
    mark_anchor: str = "start"
    start: float = 0.0
    end: float = 0.0
    bars: list[Strip] = field(default_factory=list)
    bar_height: int = BAR

    @property
    def bar_y(self) -> float:
        return self.bottom - self.bar_height

    @property
    def linked(self) -> bool:
        """Whether a band or a bar leads anywhere; such a chart is more than an image."""
        return any(strip.href for strip in [*self.strips, *self.bars])

    @property
    def plot_width(self) -> float:
        return self.right - self.box.left

    def readings(self) -> dict[str, Any]:
        """What a script reads values from: the plot's edges and each line's samples."""
        return {
            "left": self.box.left,
            "right": self.right,
            "top": self.box.top,
            "bottom": self.bottom,
            "width": self.box.width,
            "start": self.start,
            "end": self.end,
            "lines": [{"name": path.name, "points": path.samples} for path in self.paths],
        }
