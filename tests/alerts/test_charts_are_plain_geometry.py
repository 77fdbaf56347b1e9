"""Chart geometry: scales, ticks, bands, lines that keep their peaks."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.charts import Band, Box, Line, chart
from alerts.charts.reducing import downsample, stretches
from alerts.charts.scales import linear, time_ticks, value_ticks

finite = st.floats(-1e12, 1e12)


def test_a_scale_maps_ends_to_ends() -> None:
    scale = linear(10, 20, 100, 0)
    assert (scale(10), scale(15), scale(20)) == (100, 50, 0)
    assert linear(3, 3, 0, 100)(3) == 50


@given(finite, finite)
def test_value_ticks_enclose_the_values_in_few_round_steps(one: float, other: float) -> None:
    low, high = min(one, other), max(one, other)
    ticks = value_ticks(low, high)
    slack = (abs(low) + abs(high)) * 1e-9
    assert ticks[0] <= low + slack
    assert ticks[-1] >= high - slack
    assert 2 <= len(ticks) <= 7
    assert ticks == sorted(set(ticks))


def test_an_axis_of_nothing_but_zeros_begins_at_zero() -> None:
    ticks = value_ticks(0, 0)
    assert (ticks[0], ticks[-1]) == (0, 1)
    assert value_ticks(-1, 1)[0] == -1
    assert value_ticks(5, 5)[0] < 5 < value_ticks(5, 5)[-1]


@pytest.mark.parametrize(
    ("hours", "labels"),
    [
        (1, ["12:00", "12:15", "12:30", "12:45", "13:00"]),
        (6, ["12:00", "13:00", "14:00", "15:00", "16:00", "17:00", "18:00"]),
        (
            36,
            [
                "02 Mar 12:00",
                "02 Mar 18:00",
                "03 Mar 00:00",
                "03 Mar 06:00",
                "03 Mar 12:00",
                "03 Mar 18:00",
                "04 Mar 00:00",
            ],
        ),
        (144, ["03 Mar", "04 Mar", "05 Mar", "06 Mar", "07 Mar", "08 Mar"]),
    ],
)
def test_time_ticks_fall_on_the_clock(hours: int, labels: list[str]) -> None:
    start = datetime(2026, 3, 2, 12, 0, tzinfo=UTC).timestamp()
    assert [text for _, text in time_ticks(start, start + hours * 3600)] == labels


@given(st.lists(st.tuples(st.floats(0, 1000), finite), min_size=1, max_size=2000))
def test_downsampling_keeps_bounds_and_both_extremes(points: list[tuple[float, float]]) -> None:
    points = sorted(points)
    kept = downsample(points, 0, 1000, most=50)
    assert len(kept) <= max(50, 0)
    assert kept == sorted(kept)
    assert min(value for _, value in kept) == min(value for _, value in points)
    assert max(value for _, value in kept) == max(value for _, value in points)


def test_a_pause_breaks_the_line_and_a_lonely_value_is_a_dot() -> None:
    points = [(0.0, 1.0), (60.0, 2.0), (600.0, 3.0)]
    assert stretches(points, 180) == [points[:2], points[2:]]

    drawn = chart(
        [Line("fra1", points)], 0, 600, gap=180, box=Box(width=712, height=124, left=100, right=12, bottom=14)
    )

    (path,) = drawn.paths
    assert path.d == "M100 110 L160 60"
    assert path.dots == [(700.0, 10.0)]


def test_bands_are_clipped_and_open_ones_go_on() -> None:
    bands = [
        Band(-100, 300, "#1", "minor"),
        Band(500, None, "#2", "critical"),
        Band(700, 800, "#3"),
        Band(-9, -5, "#4"),
    ]
    drawn = chart([], 0, 600, gap=60, bands=bands, box=Box(width=700, left=100, right=0))
    assert [(strip.text, strip.x, strip.width) for strip in drawn.strips] == [("#1", 100, 300), ("#2", 600, 100)]


def test_the_moment_is_marked_where_it_lies() -> None:
    box = Box(width=700, left=100, right=0)
    assert chart([], 0, 600, gap=60, mark=300, box=box).mark == 400
    assert chart([], 0, 600, gap=60, mark=700, box=box).mark is None


def test_a_source_that_speaks_seldom_is_a_line_and_not_dots() -> None:
    seldom = [(600.0 * n, 1.0) for n in range(6)]
    often = [(3000.0 + 10 * n, 1.0) for n in range(1, 6)]

    assert stretches(seldom, 30) == [seldom]
    assert stretches(seldom + often, 30) == [seldom[:-1], [seldom[-1], *often]]
    assert stretches([*seldom, (9000.0, 1.0)], 30) == [seldom, [(9000.0, 1.0)]]


def test_bands_too_narrow_to_be_told_apart_are_one_in_the_colour_of_the_worst() -> None:
    bands = [
        Band(at, at + 10, f"#{n}", kind, href=f"/{n}/")
        for n, (at, kind) in enumerate([(20, "minor"), (0, "info"), (10, "critical"), (90_000, "major")])
    ]
    crowd, alone = chart([], 0, 100_000, gap=1, bands=bands).strips

    assert (crowd.kind, crowd.href) == ("critical", "")
    assert crowd.text.startswith("3 alerts, up to critical")
    assert (alone.text, alone.href) == ("#3", "/3/")
