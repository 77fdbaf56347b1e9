"""Budgets: no window of a rate holds more than it allows, and gaps grow."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels_app.contract import Rate
from deliveries.budgets import LONGEST_GAP, UNLIMITED, Allowance, demanded, gap
from tests.conftest import NOW

SLACK, HIPCHAT = Rate(1, 1.0), Rate(30, 60.0, burst=5)


@given(
    st.sampled_from([SLACK, HIPCHAT, Rate(10, 2.0, burst=10)]),
    st.lists(st.floats(0, 20), min_size=1, max_size=120),
)
def test_no_window_holds_more_than_the_rate(rate: Rate, gaps: list[float]) -> None:
    allowance, now, calls = Allowance(rate, NOW), NOW, []
    for wait in gaps:
        now = max(now + timedelta(seconds=wait), allowance.earliest(now))
        allowance.take(now)
        calls.append(now)

    window = timedelta(seconds=rate.per)
    slack = timedelta(milliseconds=1)
    for start in calls:
        assert sum(start <= at < start + window - slack for at in calls) <= rate.count


@given(st.sampled_from([SLACK, HIPCHAT]), st.lists(st.floats(0, 8), max_size=20), st.floats(0, 20))
def test_what_may_go_within_a_span_is_what_then_goes(rate: Rate, before: list[float], pause: float) -> None:
    allowance, now = Allowance(rate, NOW, NOW + timedelta(seconds=pause)), NOW
    for wait in before:
        now = max(now + timedelta(seconds=wait), allowance.earliest(now))
        allowance.take(now)
    promised, end, gone = allowance.within(now), now + timedelta(seconds=5), 0

    at = allowance.earliest(now)
    while at <= end:
        allowance.take(at)
        gone += 1
        at = allowance.earliest(at)

    assert promised == gone


def test_where_nobody_counts_a_hundred_may_go() -> None:
    assert Allowance(None, NOW).within(NOW) == UNLIMITED
    assert Allowance(None, NOW).earliest(NOW) == NOW


def test_a_pause_holds_even_where_nobody_counts() -> None:
    until = NOW + timedelta(minutes=2)
    assert Allowance(None, NOW, until).earliest(NOW) == until
    assert Allowance(None, NOW, until).within(NOW) == 0


@pytest.mark.parametrize(("failures", "seconds"), [(1, 5), (2, 10), (3, 20), (8, 640), (9, 900), (500, 900)])
def test_gaps_double_up_to_a_quarter_of_an_hour(failures: int, seconds: float) -> None:
    assert gap(failures, 1.0) == timedelta(seconds=seconds)
    assert gap(failures, 0.0) == timedelta(0)
    assert gap(failures, 0.5) <= timedelta(seconds=LONGEST_GAP / 2)


@pytest.mark.parametrize(("after", "seconds"), [(0.0, 5), (-3.0, 5), (7.0, 7), (86_400.0, 3_600)])
def test_what_a_remote_demands_is_kept_within_reason(after: float, seconds: float) -> None:
    assert demanded(after) == timedelta(seconds=seconds)


def test_a_call_counts_from_when_it_goes() -> None:
    allowance = Allowance(SLACK, datetime(2020, 1, 1, tzinfo=NOW.tzinfo))
    allowance.take(NOW)
    assert allowance.earliest(NOW) == NOW + timedelta(seconds=1)
