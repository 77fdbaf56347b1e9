"""Maintenance: measured and heard, but nothing opens or rises by it; an alert that was open may end in it."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.evaluation import Change, Ranges, Reading, RuleSpec, State, feed, rebuild
from alerts.evaluation.quiet import covers, joined, loud_of
from tests.alerts.evaluation.scene import INTERVAL, in_words, readings, rule
from tests.alerts.evaluation.series import maintenance, rules, steps
from tests.alerts.evaluation.test_orders import in_time_order, said, what_came_of_it

SEVERE = ("load > 5 minor", "load > 50 critical")


def rounds(first: int, last: int) -> Ranges:
    """Maintenance in these rounds and all between."""
    return [(first * INTERVAL, (last + 1) * INTERVAL)]


def play(spec: RuleSpec, quiet: Ranges, *texts: str) -> list[str]:
    """As scene.play, with maintenance."""
    state, changes = State(), list[Change]()
    for number, text in enumerate(texts):
        for reading in readings(number, text):
            changes += feed(spec, state, [reading], 0.0, quiet=quiet)
            state = State.from_json(state.to_json())
    return in_words(changes)


def test_nothing_opens_in_maintenance_nor_by_it_afterwards() -> None:
    two_of_three = rule(of=(2, 3))
    assert play(two_of_three, rounds(0, 2), "a=9", "a=9", "a=9", "a=9", "a=1") == []
    assert play(two_of_three, rounds(0, 1), "a=9", "a=9", "a=9", "a=9") == ["3 opened minor"]
    assert play(rule(), rounds(1, 1), "a=1", "a=9", "a=1", "a=9") == ["3 opened minor"]


def test_violations_on_both_sides_of_a_maintenance_count_together_by_the_clock() -> None:
    assert play(rule(of=(2, 3)), rounds(1, 1), "a=9", "a=9", "a=9") == ["2 opened minor"]
    assert play(rule(of=(2, 3)), rounds(1, 2), "a=9", "a=9", "a=9", "a=9") == []


def test_an_alert_that_was_open_stays_while_it_is_bad_and_clears_when_it_is_good() -> None:
    assert play(rule(), rounds(1, 9), "a=9", "a=9", "a=9") == ["0 opened minor"]
    assert play(rule(), rounds(1, 9), "a=9", "a=9", "a=1") == ["0 opened minor", "2 cleared recovered"]
    assert play(rule(), rounds(1, 2), "a=9", "a=9", "a=9", "a=1") == ["0 opened minor", "3 cleared recovered"]


def test_a_source_that_fell_silent_bad_in_maintenance_keeps_the_alert() -> None:
    assert play(rule(), rounds(1, 3), "a=9 b=1", "a=1 b=9", "a=1", "a=1", "a=1") == ["0 opened minor"]


def test_clearing_asks_for_as_many_good_rounds_as_ever() -> None:
    spec = rule(of=(1, 3))
    assert play(spec, rounds(1, 9), "a=9", "a=9", "a=1", "a=1") == ["0 opened minor"]
    assert play(spec, rounds(1, 9), "a=9", "a=9", "a=1", "a=1", "a=1") == ["0 opened minor", "4 cleared recovered"]


def test_severity_does_not_rise_in_maintenance_nor_by_it_but_may_fall() -> None:
    spec = rule(*SEVERE, match="any", of=(1, 3))
    assert play(spec, rounds(1, 2), "a=9", "a=99", "a=99", "a=9") == ["0 opened minor"]
    assert play(spec, rounds(1, 2), "a=9", "a=99", "a=99", "a=99") == ["0 opened minor", "3 severity critical"]
    assert play(rule(*SEVERE, match="any"), rounds(1, 2), "a=99", "a=9", "a=99", "a=99") == [
        "0 opened critical",
        "1 severity minor",
        "3 severity critical",
    ]


def test_what_maintenance_saw_before_an_alert_neither_holds_it_nor_is_told_of_it() -> None:
    spec, state, quiet = rule(of=(1, 3)), State(), rounds(0, 1)
    changes = [change for n in (0, 1) for change in feed(spec, state, readings(n, "a=9 b=9"), 0.0, quiet=quiet)]
    changes += feed(spec, state, readings(2, "a=9"), 0.0, quiet=quiet)

    assert in_words(changes) == ["2 opened minor"]
    assert (changes[0].evidence, changes[0].violating, changes[0].heard) == ({"a": {"load": 9.0}}, 1, 2)
    for number, text in enumerate(("a=1", "a=1", "a=1", "a=1"), start=3):
        changes += feed(spec, state, readings(number, text), 0.0, quiet=quiet)
    assert in_words(changes)[1:] == ["5 cleared recovered"]


def test_what_kept_an_alert_in_maintenance_is_forgotten_with_it() -> None:
    spec = rule(*SEVERE, match="any", of=(2, 3))
    story = ["a=9", "a=9", "a=99", "a=1", "a=1", "a=9", "a=9"]

    assert play(spec, rounds(2, 2), *story) == ["1 opened minor", "4 cleared recovered", "6 opened minor"]
    assert play(spec, [], *story)[-1] == "6 opened minor"


def test_a_round_that_is_half_in_maintenance_counts_by_its_other_half() -> None:
    spec = rule("load > 5", "errors > 5", match="all")
    state, quiet = State(), [(30.0, 90.0)]
    half = [Reading("a", "load", 10.0, 9.0), Reading("a", "errors", 40.0, 9.0)]

    assert feed(spec, state, half, 0.0, quiet=quiet) == []
    assert feed(spec, state, [Reading("a", "errors", 20.0, 9.0)], 0.0, quiet=quiet)[0].what == "opened"


def test_a_round_of_a_day_is_in_maintenance_when_its_measurement_is() -> None:
    spec, day = replace(rule(), interval=86_400), 20_000 * 86_400.0
    quiet = [(day + 3600, day + 7200)]

    assert feed(spec, State(), [Reading("a", "load", day + 5000, 9.0)], 0.0, quiet=quiet) == []
    assert feed(spec, State(), [Reading("a", "load", day + 9000, 9.0)], 0.0, quiet=quiet)


@pytest.mark.parametrize(("now", "opens"), [(150.0, False), (250.0, True)])
def test_a_rule_that_is_changed_in_maintenance_opens_nothing(now: float, opens: bool) -> None:
    _, changes = rebuild(rule(), readings(1, "a=9"), now, quiet=[(120.0, 240.0)])
    assert [change.what for change in changes] == (["opened"] if opens else [])

    _, changes = rebuild(rule(of=(1, 3)), readings(1, "a=9") + readings(2, "a=9"), 250.0, quiet=[(120.0, 240.0)])
    assert changes == []


def test_an_entry_knows_its_last_value_and_its_last_one_outside_maintenance() -> None:
    entry = joined(None, 10.0, 1.0, quiet=False)
    entry = joined(entry, 30.0, 3.0, quiet=True)
    assert (entry, loud_of(entry)) == ([30.0, 3.0, 1, 10.0, 1.0], [10.0, 1.0])
    entry = joined(entry, 20.0, 2.0, quiet=False)
    assert (entry, loud_of(entry)) == ([30.0, 3.0, 1, 20.0, 2.0], [20.0, 2.0])
    assert joined(entry, 40.0, 4.0, quiet=False) == [40.0, 4.0]
    assert loud_of(joined(None, 30.0, 3.0, quiet=True)) is None


def test_a_range_holds_its_beginning_and_not_its_end() -> None:
    ranges = [(10.0, 20.0), (30.0, 40.0)]
    assert [at for at in (9.9, 10.0, 19.9, 20.0, 25.0, 30.0, 40.0) if covers(ranges, at)] == [10.0, 19.9, 30.0]


@settings(max_examples=80, deadline=None)
@given(rules(), steps().map(said), maintenance(), st.randoms(use_true_random=False))
def test_a_shuffled_batch_tells_what_single_posts_in_time_order_tell(
    spec: RuleSpec, series: list[Reading], quiet: Ranges, random: Random
) -> None:
    in_order, one, other = in_time_order(series), State(), State()
    shuffled = in_order.copy()
    random.shuffle(shuffled)

    expected = [change for reading in in_order for change in feed(spec, other, [reading], 0.0, quiet=quiet)]

    assert feed(spec, one, shuffled, 0.0, quiet=quiet) == expected
    assert what_came_of_it(one) == what_came_of_it(other)


@settings(max_examples=80, deadline=None)
@given(rules(), steps().map(said), maintenance())
def test_all_in_maintenance_opens_nothing_and_none_changes_nothing(
    spec: RuleSpec, series: list[Reading], elsewhere: Ranges
) -> None:
    assert feed(spec, State(), series, 0.0, quiet=[(-1e12, 1e12)]) == []
    assert feed(spec, State(), series, 0.0, quiet=[(-2e12, -1e12)]) == feed(spec, State(), series, 0.0)
