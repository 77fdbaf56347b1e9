"""A source's verdict in a round: which conditions hold, how they are joined, and which severity follows."""

import pytest

from alerts.evaluation import ConditionSpec, Operator, Reading, State, feed
from channels_app.words import Severity
from tests.alerts.evaluation.scene import INTERVAL, Scene, play, rule


@pytest.mark.parametrize(
    ("operator", "violating", "fine"),
    [
        (">", [5.1], [5, 4.9]),
        (">=", [5, 5.1], [4.9]),
        ("<", [4.9], [5, 5.1]),
        ("<=", [5, 4.9], [5.1]),
        ("==", [5], [4.9, 5.1]),
        ("!=", [4.9, 5.1], [5]),
    ],
)
def test_an_operator_compares_the_value_with_the_threshold(
    operator: str, violating: list[float], fine: list[float]
) -> None:
    spec = rule(f"load {operator} 5")

    assert all(play(spec, f"a={value}") == ["0 opened minor"] for value in violating)
    assert all(play(spec, f"a={value}") == [] for value in fine)


def test_all_needs_every_condition_of_the_severity() -> None:
    spec = rule("load > 5", "errors > 0", match="all")

    assert play(spec, "a=9") == []
    assert play(spec, "a=9 a.errors=0") == []
    assert play(spec, "a=9 a.errors=1") == ["0 opened minor"]


def test_all_joins_what_one_source_said_in_one_round() -> None:
    spec = rule("load > 5", "errors > 0", match="all")

    assert play(spec, "a=9 b.errors=1") == []
    assert play(spec, "a=9", "a.errors=1") == []


def test_any_needs_one_condition_of_the_severity() -> None:
    spec = rule("load > 5", "errors > 0", match="any")

    assert play(spec, "a=1 a.errors=1") == ["0 opened minor"]
    assert play(spec, "a=1 a.errors=0") == []


@pytest.mark.parametrize("match", ["all", "any"])
def test_a_condition_without_a_value_does_not_hold_not_even_unequal(match: str) -> None:
    spec = rule("load > 5", "errors != 0", match=match)

    assert play(spec, "a=1") == []


def test_conditions_are_joined_within_their_severity_only() -> None:
    spec = rule("load > 5 minor", "load > 8 critical", "errors > 0 critical", match="all")

    assert play(spec, "a=9") == ["0 opened minor"]
    assert play(spec, "a.errors=1 a=9") == ["0 opened critical"]


def test_the_highest_severity_counts_even_where_the_milder_one_does_not_hold() -> None:
    spec = rule("load < 3 minor", "load > 8 critical")

    assert play(spec, "a=9") == ["0 opened critical"]
    assert play(spec, "a=1") == ["0 opened minor"]


def test_absence_is_no_part_of_the_verdict() -> None:
    spec = rule("load > 5", "heartbeat absent", match="all")

    assert play(spec, "a=9") == ["0 opened minor"]
    assert play(spec, "a.heartbeat=1 a=1") == []


def test_metrics_that_the_rule_does_not_use_begin_no_round_and_count_for_nothing() -> None:
    scene = Scene(rule())
    scene.say(0, "a=9")

    assert scene.say(5, "a.other=99") == []
    assert scene.state.newest == 0


def test_a_comparison_without_threshold_is_refused_by_name() -> None:
    broken = rule("load > 5", "errors >")
    assert broken.conditions[1] == ConditionSpec("errors", Operator.GT, None, Severity.MINOR)

    with pytest.raises(ValueError, match=r"threshold: the condition on errors with >"):
        feed(broken, State(), [], 0.0)


@pytest.mark.parametrize(
    ("observed_at", "number"),
    [
        (0.0, 0),
        (59.999999, 0),
        (60.0, 1),
        (1_767_225_599.999999, 29_453_759),
        (1_767_225_600.0, 29_453_760),
        (-0.5, -1),
    ],
)
def test_a_round_is_the_floor_of_time_over_interval(observed_at: float, number: int) -> None:
    state = State()

    feed(rule(), state, [Reading("a", "load", observed_at, 9)], 0.0)

    assert state.newest == number
    assert number * INTERVAL <= observed_at < (number + 1) * INTERVAL
