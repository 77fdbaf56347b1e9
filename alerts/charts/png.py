"""Paints a chart as a PNG, for chats and documents. The same chart gives the same bytes."""

import io
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

from alerts.charts.reducing import Point
from alerts.charts.shapes import Chart

SCALE = 2  # pixels of the image a pixel of the chart, for dense screens
HEAD, LEGEND_ROW = 40, 18
MAX_SIDE = 2_000  # of the chart, before scaling
_FONT = 11


@dataclass(frozen=True, slots=True)
class Theme:
    """The colours of an image: as in bellhop.css and views.css."""

    page: str
    ink: str
    quiet: str
    grid: str
    kinds: dict[str, str]
    lines: tuple[str, ...]


_LIGHT = Theme(
    page="#ffffff",
    ink="#1d2126",
    quiet="#575f69",
    grid="#dcdcd7",
    kinds={"critical": "#b3261e", "major": "#a8470a", "minor": "#7a5e00", "info": "#4d6378"},
    lines=(
        *("#1f5fa8", "#a8470a", "#1f7a3d", "#7d3fa0", "#a8245a", "#0b7285"),
        *("#7a5e00", "#4f5f80", "#b03a8c", "#52701a", "#74513b", "#4347b8"),
    ),
)
_DARK = Theme(
    page="#1d2126",
    ink="#e6e8ea",
    quiet="#a3adb8",
    grid="#353b43",
    kinds={"critical": "#f2877f", "major": "#f0a05f", "minor": "#dcbb4f", "info": "#a2b6ca"},
    lines=(
        *("#7db4f0", "#f0a05f", "#77cf92", "#cfa0ee", "#f58fb3", "#5fcbd8"),
        *("#dcbb4f", "#aab8d6", "#ee9ad6", "#b3d070", "#d0a98e", "#a9acf7"),
    ),
)
THEMES = {"light": _LIGHT, "dark": _DARK}


def paint(
    chart: Chart, title: str, subtitle: str = "", theme: str = "light", *, thresholds_named: str = "right"
) -> bytes:
    """The chart under its title, with a legend below; an unknown theme is the light one.

    What is worth seeing of an alert's own graph lies on the right, so there thresholds are named on the "left".
    """
    if max(chart.box.width, chart.box.height) > MAX_SIDE:
        raise ValueError(f"A chart is at most {MAX_SIDE} pixels wide and high.")
    painter = _Painter(chart, THEMES.get(theme, _LIGHT))
    painter.background()
    painter.maintenance()
    painter.heading(title, subtitle)
    painter.axes()
    painter.thresholds(thresholds_named == "left")
    painter.mark()
    painter.lines()
    painter.legend()
    return painter.png()


class _Painter:
    """Ink on an image; all coordinates are the chart's, below the heading."""

    def __init__(self, chart: Chart, theme: Theme) -> None:
        self.chart, self.theme = chart, theme
        self.font = ImageFont.load_default(_FONT * SCALE)
        self.columns = max(1, (chart.box.width - 20) // 180)
        rows = -(-(len(chart.paths) + bool(chart.bars)) // self.columns)
        size = (chart.box.width * SCALE, (HEAD + chart.box.height + LEGEND_ROW * rows + 6) * SCALE)
        self.image = Image.new("RGB", size, theme.page)
        self.draw = ImageDraw.Draw(self.image)

    def background(self) -> None:
        """The bands of alerts, each with its severity in words where there is room."""
        top, bottom = self.chart.box.top, self.chart.bottom
        for strip in self.chart.strips:
            colour = self._kind(strip.kind)
            tint = _mixed(colour, self.theme.page, 0.2)
            self._box(strip.x, top, strip.x + strip.width, bottom, tint)
            self._box(strip.x, top, strip.x + strip.width, top + 3, colour)
            self._text(strip.x + 3, top + 4, strip.label, colour)

    def maintenance(self) -> None:
        """The bar at the foot of the plot, named in the legend."""
        for bar in self.chart.bars:
            self._bar(bar.x, self.chart.bar_y, bar.width)

    def heading(self, title: str, subtitle: str) -> None:
        wide = self.chart.box.width - 20
        large = ImageFont.load_default(14 * SCALE)
        self._text(10, -HEAD + 5, _cut(title, wide, large), self.theme.ink, font=large)
        self._text(10, -HEAD + 23, _cut(subtitle, wide, self.font), self.theme.quiet)

    def axes(self) -> None:
        box = self.chart.box
        for tick in self.chart.y_ticks:
            self._line([(box.left, tick.at), (self.chart.right, tick.at)], self.theme.grid)
            self._text(box.left - 6, tick.at, tick.text, self.theme.quiet, anchor="rm")
        for tick in self.chart.x_ticks:
            self._text(tick.at, box.height - 6, tick.text, self.theme.quiet, anchor="ms")

    def thresholds(self, named_left: bool) -> None:
        for rule in self.chart.rules:
            colour = self._kind(rule.kind)
            self._dashed([(self.chart.box.left, rule.y), (self.chart.right, rule.y)], colour, (6, 3))
            words = _cut(rule.text, int(self.chart.plot_width), self.font)
            x, anchor = (self.chart.box.left + 4, "ls") if named_left else (self.chart.right - 4, "rs")
            self._text(x, rule.text_y, words, colour, anchor=anchor)

    def mark(self) -> None:
        if self.chart.mark is None:
            return
        at = self.chart.mark
        self._dashed([(at, self.chart.box.top), (at, self.chart.bottom)], self.theme.ink, (4, 3))
        aside = -5 if self.chart.mark_anchor == "end" else 5
        anchor = "rs" if aside < 0 else "ls"
        self._text(at + aside, self.chart.bottom - 6, self.chart.mark_text, self.theme.ink, anchor=anchor)

    def lines(self) -> None:
        for path in self.chart.paths:
            colour, dash = self._colour(path.colour), _dash(path.dash)
            for run in path.runs:
                if len(run) > 1:
                    self._dashed(run, colour, dash) if dash else self._line(run, colour, width=3)
            for x, y in path.dots:
                self._dot(x, y, colour)

    def legend(self) -> None:
        top = self.chart.box.height + LEGEND_ROW // 2
        wide = (self.chart.box.width - 20) // self.columns
        places = ((10 + n % self.columns * wide, top + n // self.columns * LEGEND_ROW) for n in itertools.count())
        for path, (x, y) in zip(self.chart.paths, places, strict=False):
            colour, dash = self._colour(path.colour), _dash(path.dash)
            self._dashed([(x, y), (x + 26, y)], colour, dash or (26, 1))
            self._text(x + 32, y, _cut(path.name, wide - 40, self.font), self.theme.ink, anchor="lm")
        if self.chart.bars:
            x, y = next(places)
            self._bar(x, y - self.chart.bar_height / 2, 26)
            self._text(x + 32, y, "in maintenance", self.theme.ink, anchor="lm")

    def png(self) -> bytes:
        held = io.BytesIO()
        self.image.save(held, "PNG", optimize=False)
        return held.getvalue()

    def _kind(self, kind: str) -> str:
        return self.theme.kinds.get(kind, self.theme.quiet)

    def _colour(self, number: int) -> str:
        return self.theme.lines[number % len(self.theme.lines)]

    def _bar(self, x: float, y: float, width: float) -> None:
        self._box(x, y, x + width, y + self.chart.bar_height, _mixed(self.theme.quiet, self.theme.page, 0.3))
        self._line([(x, y), (x + width, y)], self.theme.quiet)

    def _at(self, x: float, y: float) -> Point:
        return x * SCALE, (y + HEAD) * SCALE

    def _box(self, left: float, top: float, right: float, bottom: float, colour: str) -> None:
        self.draw.rectangle([self._at(left, top), self._at(right, bottom)], fill=colour)

    def _dot(self, x: float, y: float, colour: str) -> None:
        self.draw.ellipse([self._at(x - 2, y - 2), self._at(x + 2, y + 2)], fill=colour)

    def _line(self, run: Sequence[Point], colour: str, width: int = 1) -> None:
        self.draw.line([self._at(x, y) for x, y in run], fill=colour, width=width, joint="curve")

    def _dashed(self, run: Sequence[Point], colour: str, dash: Sequence[float]) -> None:
        for piece in dashed(run, dash):
            self._line(piece, colour, width=3)

    def _text(self, x: float, y: float, text: str, colour: str, *, anchor: str = "la", font: object = None) -> None:
        if text:
            self.draw.text(self._at(x, y), text, fill=colour, font=font or self.font, anchor=anchor)  # type: ignore[arg-type]


def dashed(run: Sequence[Point], dash: Sequence[float]) -> list[list[Point]]:
    """The pieces of a line that a dash pattern (on, off, on, off, ... in pixels) leaves."""
    pieces: list[list[Point]] = [[run[0]]]
    turn, left = 0, dash[0]
    for (x, y), (to_x, to_y) in itertools.pairwise(run):
        length = ((to_x - x) ** 2 + (to_y - y) ** 2) ** 0.5
        done = 0.0
        while length - done > left:
            done += left
            at = (x + (to_x - x) * done / length, y + (to_y - y) * done / length)
            if turn % 2 == 0:
                pieces[-1].append(at)
            else:
                pieces.append([at])
            turn, left = turn + 1, dash[(turn + 1) % len(dash)]
        left -= length - done
        if turn % 2 == 0:
            pieces[-1].append((to_x, to_y))
    return [piece for piece in pieces if len(piece) > 1]


def _dash(text: str) -> tuple[float, ...]:
    return tuple(map(float, text.split()))


def _cut(text: str, wide: int, font: object) -> str:
    """The text on one line, as much of it as fits."""
    line = " ".join(text.split())[:300]
    while line and font.getlength(line) > wide * SCALE:  # type: ignore[attr-defined]
        line = line[:-2].rstrip("… ") + "…"
    return line


def _mixed(colour: str, ground: str, share: float) -> str:
    pairs = [(int(colour[n : n + 2], 16), int(ground[n : n + 2], 16)) for n in (1, 3, 5)]
    return "#" + "".join(f"{round(one * share + other * (1 - share)):02x}" for one, other in pairs)
