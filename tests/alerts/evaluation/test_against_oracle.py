"""Random histories: the evaluation and the naive one tell the same, event by event, with JSON between the steps."""

import json
from dataclasses import astuple, replace

from hypothesis import given, settings

from alerts.evaluation import (
    Change,
    Ranges,
    Reading,
    RuleSpec,
    State,
    closed_by_hand,
    feed,
    rebuild,
    silence,
    still_violated,
)
from tests.alerts.evaluation.oracle import Oracle
from tests.alerts.evaluation.series import Batch, CloseByHand, Edit, Silence, Step, maintenance, rules, steps


class Both:
    """The evaluation and its oracle, walking through one history."""

    def __init__(self, spec: RuleSpec, quiet: Ranges = ()) -> None:
        self.spec = spec
        self.quiet = quiet
        self.state = State()
        self.oracle = Oracle(spec, tuple(quiet))
        self.changes: list[Change] = []
        self.stored: list[Reading] = []
        self.now = 1000.0

    def walk(self, step: Step) -> None:
        match step:
            case Batch(readings, wait):
                self.now += wait
                self.stored += readings
                self.changes += feed(self.spec, self.state, readings, self.now, quiet=self.quiet)
                self.oracle.feed(readings, self.now)
            case Silence(wait):
                self.now += wait
                self.changes += silence(self.spec, self.state, self.now)
                self.oracle.silence(self.now)
            case CloseByHand():
                closed_by_hand(self.spec, self.state, self.now)
                self.oracle.close_by_hand(self.now)
            case Edit(spec):
                self.edit(spec)

    def edit(self, spec: RuleSpec) -> None:
        episode, alert = self.state.episode, self.oracle.alert
        self.spec, self.oracle = spec, Oracle(spec, tuple(self.quiet), events=self.oracle.events)
        self.state, changes = rebuild(
            spec,
            self.stored,
            self.now,
            open_since_round=episode.opened if episode else None,
            open_rank=episode.rank if episode else 0,
            held_since=episode.held_since if episode else None,
            quiet=self.quiet,
        )
        self.changes += changes
        self.oracle.rebuild(self.stored, alert and replace(alert, raised=alert.opened), self.now)

    def through_json(self) -> None:
        self.state = State.from_json(json.loads(json.dumps(self.state.to_json())))

    def compare(self) -> None:
        assert [astuple(change) for change in self.changes] == [astuple(event) for event in self.oracle.events]
        assert (self.state.episode and astuple(self.state.episode)) == (
            self.oracle.alert and astuple(self.oracle.alert)
        )
        assert still_violated(self.spec, self.state) == self.oracle.is_still_violated()


@settings(max_examples=150, deadline=None)
@given(rules(), steps(), maintenance())
def test_in_maintenance_too(spec: RuleSpec, history: list[Step], quiet: Ranges) -> None:
    both = Both(spec, quiet)

    for step in history:
        both.walk(step)
        both.through_json()
        both.compare()


@settings(max_examples=150, deadline=None)
@given(rules(), steps())
def test_evaluation_tells_what_the_naive_evaluator_tells(spec: RuleSpec, history: list[Step]) -> None:
    both = Both(spec)

    for step in history:
        both.walk(step)
        both.through_json()
        both.compare()
