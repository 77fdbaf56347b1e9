"""Runs a watch over readings as intake and timers would, each reading received when it was observed; pure."""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from math import inf

from alerts.course import Course
from alerts.evaluation import Ranges, Reading, State, awaited_metrics, judged_metrics
from alerts.happenings import Happening
from alerts.judging import pass_time, take_readings
from alerts.specs import RuleFacts
from alerts.watches import Watch


class TooManyLooks(Exception):
    """Judging took more looks than were allowed."""


def replay(
    facts: RuleFacts,
    interval: int,
    readings: Sequence[Reading],
    began: float,
    until: float,
    most: float = inf,
    quiet: Ranges = (),
) -> list[Happening]:
    """What would have happened from `began`, when the rule began to wait for data, until `until` (epoch seconds).

    `readings` are those of the rule's metrics on one test with rounds of `interval` seconds, in order of time. After
    `most` looks at the watch, of which a reading can ask for `looks_a_reading`, more readings raise TooManyLooks.
    `quiet` is the test's maintenance.
    """
    run = _Run(facts, interval, began, quiet)
    times = [reading.observed_at for reading in readings]
    index = 0
    while index < len(readings):
        if run.looks >= most:
            raise TooManyLooks
        run.pass_until(times[index])
        limit = run.quiet_until(times[index])
        end = bisect_left(times, limit, index) if limit > times[index] else index
        while end == index or (end < len(times) and times[end] == times[end - 1]):
            end += 1
        run.take(readings[index:end])
        index = end
    run.pass_until(until)
    return run.happenings


def looks_a_reading(facts: RuleFacts) -> int:
    """How many looks one reading can ask for: its own, one a wait that ends after it, its source's and all silence."""
    return len(facts.waits) + 3


class _Run:
    def __init__(self, facts: RuleFacts, interval: int, began: float, quiet: Ranges) -> None:
        self.happenings: list[Happening] = []
        self.looks = 0
        spec = facts.spec(interval)
        self._judged = judged_metrics(spec)
        state = State(received=dict.fromkeys(self._judged | awaited_metrics(spec), began))
        self._watch = Watch(0, 0, 0, facts, spec, state, {}, began)
        self._quiet = quiet
        self._time = began

    def pass_until(self, at: float) -> None:
        """Let time alone work at each moment at which it could, as the timers do."""
        due = self._watch.next_check()
        while due is not None and due <= at:
            self._judge(max(due, self._time), lambda course, now: pass_time(self._watch, course, now))
            before, due = due, self._watch.next_check()
            if due is not None and due <= before:
                return

    def quiet_until(self, at: float) -> float:
        """Until when no time can come due, whatever is received from `at` on: so far a batch may reach."""
        if self._watch.absences:
            return -inf
        due = self._watch.next_check()
        moments = [inf if due is None else due]
        if self._watch.spec.when_data_stops == "clear":
            patience = self._watch.spec.no_data_minutes * 60
            moments += [source.received_at + patience for source in self._watch.state.sources.values()]
            moments.append(at + patience)  # for sources that are first heard in the batch
        return min(moments)

    def take(self, readings: Sequence[Reading]) -> None:
        """Feed what came one after another as one batch, and set right when each was received."""
        at = readings[-1].observed_at
        self._judge(at, lambda course, now: take_readings(self._watch, course, readings, now))
        state = self._watch.state
        for reading in readings:
            state.received[reading.metric] = reading.observed_at
            source = state.sources.get(reading.source)
            if source is not None and reading.metric in self._judged:
                source.received_at = reading.observed_at

    def _judge(self, at: float, judge: Callable[[Course, datetime], None]) -> None:
        self._time = at
        self.looks += 1
        now = datetime.fromtimestamp(at, UTC)
        self._watch.rest(self._quiet, at)
        course = Course(self._watch, now)
        judge(course, now)
        self.happenings += course.happenings
