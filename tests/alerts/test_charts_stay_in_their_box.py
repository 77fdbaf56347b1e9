"""Whatever is measured, everything drawn is finite, inside the box, in order, and shows the extremes."""

import math
import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.charts import Band, Box, Chart, Line, Threshold, chart, counts
from alerts.charts.reducing import downsample
from alerts.charts.scales import time_ticks, value_text

anything = st.floats(allow_nan=True, allow_infinity=True)
moments = st.floats(-1e10, 1e11)
points = st.lists(st.tuples(st.floats(0, 1000), anything), max_size=60)


def _numbers(drawn: Chart) -> list[tuple[float, float]]:
    found = [dot for path in drawn.paths for dot in path.dots]
    for path in drawn.paths:
        found += [(float(x), float(y)) for x, y in re.findall(r"[ML](\S+) (\S+)", path.d)]
    found += [(tick.at, drawn.box.top) for tick in drawn.x_ticks]
    found += [(drawn.box.left, tick.at) for tick in drawn.y_ticks]
    found += [(strip.x + add, drawn.box.top) for strip in drawn.strips for add in (0, strip.width)]
    found += [
        (drawn.box.left, y) for rule in drawn.rules for y in (rule.y, rule.side_y, rule.side_y + rule.side_height)
    ]
    return found if drawn.mark is None else [*found, (drawn.mark, drawn.bottom)]


@given(points, st.lists(anything, max_size=3), st.lists(st.tuples(moments, moments), max_size=3), moments)
def test_all_numbers_are_finite_and_inside_the_box(
    values: list[tuple[float, float]], limits: list[float], bands: list[tuple[float, float]], mark: float
) -> None:
    drawn = chart(
        [Line("a", sorted(values))],
        0,
        1000,
        gap=100,
        mark=mark,
        bands=[Band(min(pair), max(pair), "#1") for pair in bands],
        thresholds=[Threshold(limit, "limit", above=n % 2 == 0) for n, limit in enumerate(limits)],
    )
    for x, y in _numbers(drawn):
        assert drawn.box.left - 0.11 <= x <= drawn.right + 0.11
        assert drawn.box.top - 0.11 <= y <= drawn.bottom + 0.11
    texts = [tick.at for tick in drawn.y_ticks]
    assert texts == sorted(texts, reverse=True)


@pytest.mark.parametrize(("start", "end"), [(0, 0), (5, 5.5), (-1e14, 1e14), (2.5e11, 2.6e11), (-7e10, -6e10), (9, 3)])
def test_strange_spans_of_time_are_drawn_too(start: float, end: float) -> None:
    drawn = chart([Line("a", [(start, 1.0), (end, 2.0)])], start, end, gap=1)
    assert all(math.isfinite(x) and math.isfinite(y) for x, y in _numbers(drawn))
    assert len(drawn.x_ticks) < 20


@given(st.lists(st.tuples(st.floats(0, 1000), st.floats(-1e12, 1e12)), max_size=500), st.integers(1, 60))
def test_every_column_keeps_its_lowest_and_highest_and_no_more(values: list[tuple[float, float]], columns: int) -> None:
    values = sorted(values)
    kept = downsample(values, 0, 1000, 2 * columns)
    assert len(kept) <= 2 * columns
    assert kept == sorted(kept)
    assert set(kept) <= set(values)
    for column in range(columns if len(values) > 2 * columns else 0):
        of = [
            [v for at, v in some if min(int(at * (columns / 1000)), columns - 1) == column] for some in (values, kept)
        ]
        assert (min(of[0], default=0), max(of[0], default=0)) == (min(of[1], default=0), max(of[1], default=0))


def test_a_threshold_says_which_side_violates_it_and_presses_no_line_flat() -> None:
    lines = [Line("a", [(0, 10.0), (60, 20.0)])]
    near = chart(lines, 0, 60, gap=60, thresholds=[Threshold(30, "a > 30", above=True)])
    far = chart(lines, 0, 60, gap=60, thresholds=[Threshold(30_000, "a > 30k", above=True)])

    (rule,) = near.rules
    assert rule.side_y == near.box.top
    assert rule.side_y + rule.side_height == rule.y < near.bottom
    assert far.y_ticks[-1].text == "20"
    assert far.rules[0].y == far.box.top


def test_ticks_fall_on_the_readers_clock_also_when_summer_time_ends() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    start = datetime(2026, 10, 24, 23, 0, tzinfo=UTC).timestamp()  # 01:00 there
    labels = [text for _, text in time_ticks(start, start + 4 * 3600, zone=berlin)]
    assert labels == ["01:00", "02:00", "02:00", "03:00", "04:00"]

    days = time_ticks(start, start + 5 * 86_400, zone=berlin)
    assert [datetime.fromtimestamp(at, berlin).strftime("%H:%M") for at, _ in days] == ["00:00"] * len(days)


def test_an_hour_that_does_not_exist_has_no_tick() -> None:
    start = datetime(2026, 3, 29, 0, 0, tzinfo=UTC).timestamp()  # 01:00 in Berlin; 02:00 is skipped
    labels = [text for _, text in time_ticks(start, start + 3 * 3600, zone=ZoneInfo("Europe/Berlin"))]
    assert labels[0] == "01:00"
    assert not [text for text in labels if text.startswith("02:")]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (812.5, "812.5"),
        (12_000, "12k"),
        (-3_200_000, "-3.2M"),
        (2e9, "2G"),
        (1e300, "1e+300"),
        (1e-7, "1e-07"),
    ],
)
def test_values_are_short_whatever_their_unit(value: float, text: str) -> None:
    assert value_text(value) == text


def test_labels_are_drawn_where_they_fit() -> None:
    bands = [Band(0, 500, "long", label="#1 major"), Band(600, 610, "short", label="#2 major")]
    assert [strip.label for strip in chart([], 0, 1000, gap=1, bands=bands).strips] == ["#1 major", ""]


def test_events_are_counted_on_the_same_time_line() -> None:
    box = Box(width=692, height=84, left=64, right=28)
    counted = counts([0, 1, 30, 99], [30, 60], 0, 60, box=box)
    assert (counted.triggered, counted.cleared, counted.most) == (3, 2, 2)
    assert [(bar.x, bar.text) for bar in counted.bars] == [
        (64.0, "1 triggered, 0 cleared"),
        (74.0, "1 triggered, 0 cleared"),
        (364.0, "1 triggered, 1 cleared"),
        (654.0, "0 triggered, 1 cleared"),
    ]
    assert all(bar.triggered_y >= box.top for bar in counted.bars)
