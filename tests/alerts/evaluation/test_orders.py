"""One batch in any order and the same measurements one by one in time order give the same alerts."""

from itertools import pairwise
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.evaluation import Change, Reading, RuleSpec, State, feed
from alerts.evaluation.state import Episode
from tests.alerts.evaluation.series import Batch, Step, a_second_apart, rules, steady_rounds, steps


def one_by_one(spec: RuleSpec, readings: list[Reading]) -> tuple[State, list[Change]]:
    state = State()
    return state, [change for reading in readings for change in feed(spec, state, [reading], 0.0)]


def in_time_order(readings: list[Reading]) -> list[Reading]:
    return sorted(readings, key=lambda reading: (reading.observed_at, reading.source, reading.metric))


def said(history: list[Step]) -> list[Reading]:
    """All measurements, one for each place and moment: of two, the order of arrival would decide."""
    readings = [reading for step in history if isinstance(step, Batch) for reading in step.readings]
    return list({(r.source, r.metric, r.observed_at): r for r in readings}.values())


def what_came_of_it(state: State) -> tuple[Episode | None, int | None]:
    """The state without the sources that a later prune would drop."""
    return state.episode, state.cleared


@settings(max_examples=80, deadline=None)
@given(rules(), steps().map(said), st.randoms(use_true_random=False))
def test_a_shuffled_batch_tells_what_single_posts_in_time_order_tell(
    spec: RuleSpec, readings: list[Reading], random: Random
) -> None:
    in_order = in_time_order(readings)
    shuffled = in_order.copy()
    random.shuffle(shuffled)
    state = State()
    other, expected = one_by_one(spec, in_order)

    assert feed(spec, state, shuffled, 0.0) == expected
    assert what_came_of_it(state) == what_came_of_it(other)


@settings(max_examples=60, deadline=None)
@given(rules(), steps().map(said), st.sets(st.integers(0, 100)))
def test_where_a_series_is_cut_into_batches_does_not_matter(
    spec: RuleSpec, readings: list[Reading], cuts: set[int]
) -> None:
    in_order, state, changes = in_time_order(readings), State(), list[Change]()
    other, expected = one_by_one(spec, in_order)

    for start, end in pairwise([0, *sorted(cuts), len(in_order) + 101]):
        changes += feed(spec, state, in_order[start:end], 0.0)

    assert changes == expected
    assert what_came_of_it(state) == what_came_of_it(other)


def opened_and_cleared(spec: RuleSpec, state: State, readings: list[Reading]) -> list[tuple[str, int]]:
    changes = [change for reading in a_second_apart(readings) for change in feed(spec, state, [reading], 0.0)]
    return [(change.what, change.round) for change in changes if change.what != "severity"]


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_in_which_order_known_sources_report_within_a_round_does_not_matter(data: st.DataObject) -> None:
    spec = data.draw(rules())
    first, *rounds = data.draw(steady_rounds(spec))
    one, other = State(), State()
    assert opened_and_cleared(spec, one, first) == opened_and_cleared(spec, other, first)

    for readings in rounds:
        shuffled = data.draw(st.permutations(readings))
        assert opened_and_cleared(spec, one, readings) == opened_and_cleared(spec, other, list(shuffled))
        assert (one.episode and one.episode.rank) == (other.episode and other.episode.rank)
