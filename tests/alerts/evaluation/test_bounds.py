"""Cost follows the rounds that have data, and a state does not grow with its past. Work is counted, not timed."""

import json
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from alerts.evaluation import Reading, RuleSpec, State, feed
from tests.alerts.evaluation.scene import INTERVAL, rule

FIFTY_YEARS = 50 * 365 * 24 * 3600 // INTERVAL


def lines_run(work: Callable[[], object]) -> int:
    """How many lines of Python, comprehensions and loops turn by turn, the work takes."""
    count = 0

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def two_points(gap: int) -> list[Reading]:
    return [Reading("a", "load", 0.0, 9.0), Reading("a", "load", float(gap * INTERVAL), 1.0)]


@pytest.mark.parametrize("mode", ["any", "exact"])
@pytest.mark.parametrize("window", [1, 60])
def test_a_gap_of_fifty_years_costs_what_a_gap_of_an_hour_costs(mode: str, window: int) -> None:
    spec = rule(of=(1, window), mode=mode)
    feed(spec, State(), two_points(61), 0.0)  # compiles the rule

    short = lines_run(lambda: feed(spec, State(), two_points(61), 0.0))
    long = lines_run(lambda: feed(spec, State(), two_points(FIFTY_YEARS), 0.0))

    assert long == short


@pytest.mark.parametrize("mode", ["any", "exact"])
def test_a_new_round_costs_no_more_with_thousands_of_sources_long_silent(mode: str) -> None:
    spec = rule(mode=mode, of=(1, 3))

    def work(silent: int) -> int:
        state = State()
        feed(spec, state, [Reading(f"s{number}", "load", 0.0, 9.0) for number in range(silent)], 0.0)
        feed(spec, state, [Reading("a", "load", 19.0 * INTERVAL, 1.0)], 0.0)
        rounds = [Reading("a", "load", float(number * INTERVAL), 1.0) for number in range(20, 40)]
        return lines_run(lambda: feed(spec, state, rounds, 0.0)) - lines_run(lambda: feed(spec, state, [], 0.0))

    assert work(2000) <= work(20) * 1.2


def test_readings_cost_alike_however_many_came_before_in_the_batch() -> None:
    spec = rule(of=(2, 3), minimum_percent=50)

    def work(rounds: int) -> int:
        batch = [Reading(f"s{s}", "load", float(r * INTERVAL), float(s)) for r in range(rounds) for s in range(20)]
        return lines_run(lambda: feed(spec, State(), batch, 0.0))

    assert work(80) <= 4.2 * work(20)


def size_after(spec: RuleSpec, rounds: int) -> int:
    state = State()
    for number in range(rounds):
        feed(spec, state, [Reading(f"s{number}", "load", float(number * INTERVAL), 1.0)], 0.0)
    return len(json.dumps(state.to_json()))


def test_sources_that_are_heard_once_and_never_again_leave_the_state() -> None:
    spec = rule(of=(1, 3))

    assert size_after(spec, 1000) <= size_after(spec, 100) * 1.2
