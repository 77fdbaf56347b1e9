"""A second evaluator, naive and slow: at each arrival it works everything out anew from the list of what was received.

It shares nothing with the package but the shapes of rules and readings, so that a mistake would have to be made twice.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, floor

from alerts.evaluation import Operator, Reading, RuleSpec

RANK = {"info": 1, "minor": 2, "major": 3, "critical": 4}

Table = dict[int, dict[str, dict[str, float]]]  # round -> source -> metric -> value


@dataclass
class Event:
    what: str
    round: int
    rank: int
    reason: str | None
    evidence: dict[str, dict[str, float]]
    violating: int
    heard: int


@dataclass
class Alert:
    opened: int
    raised: int
    rank: int
    held_since: float | None = None


@dataclass
class Oracle:
    """Feed it like the package; `events` is all that happened so far."""

    spec: RuleSpec
    quiet: tuple[tuple[float, float], ...] = ()
    stored: list[Reading] = field(default_factory=list)
    newest: int | None = None
    received: dict[str, float] = field(default_factory=dict)
    alert: Alert | None = None
    cleared: int | None = None
    events: list[Event] = field(default_factory=list)

    # What was said

    def round_of(self, reading: Reading) -> int:
        return floor(Fraction(reading.observed_at) / self.spec.interval)

    def is_quiet(self, at: float) -> bool:
        return any(begin <= at < end for begin, end in self.quiet)

    def table(self, *, loud: bool = False) -> Table:
        last: dict[tuple[int, str, str], Reading] = {}
        for reading in self.stored:
            if loud and self.is_quiet(reading.observed_at):
                continue
            place = (self.round_of(reading), reading.source, reading.metric)
            if place not in last or reading.observed_at >= last[place].observed_at:
                last[place] = reading
        table: Table = {}
        for (number, source, metric), reading in last.items():
            table.setdefault(number, {}).setdefault(source, {})[metric] = reading.value
        return table

    def heard(self, number: int, since: int) -> set[str]:
        return {reading.source for reading in self.stored if since <= self.round_of(reading) <= number}

    # What it means

    def rank(self, report: dict[str, float]) -> int:
        best = 0
        for severity in RANK:
            group = [c for c in self.spec.conditions if c.severity == severity and c.operator != Operator.ABSENT]
            held = [self.condition_holds(c.metric, str(c.operator), c.threshold, report) for c in group]
            if held and (all(held) if self.spec.match == "all" else any(held)):
                best = RANK[severity]
        return best

    def rank_in(self, number: int, source: str, *, loud: bool) -> int:
        """What maintenance saw counts only for an alert that was opened before it."""
        if self.alert is None or number < self.alert.opened:
            loud = True
        return self.rank(self.table(loud=loud).get(number, {}).get(source, {}))

    @staticmethod
    def condition_holds(metric: str, operator: str, threshold: float | None, report: dict[str, float]) -> bool:
        if metric not in report or threshold is None:
            return False
        value = report[metric]
        return {
            ">": value > threshold,
            ">=": value >= threshold,
            "<": value < threshold,
            "<=": value <= threshold,
            "==": value == threshold,
            "!=": value != threshold,
        }[operator]

    def minimum(self, number: int) -> int:
        if self.spec.minimum_percent is None:
            return self.spec.minimum_sources
        heard = len(self.heard(number, number - 10))
        return max(1, ceil(Fraction(self.spec.minimum_percent * heard, 100)))

    def rule_holds(self, number: int, rank: int, minimum: int, *, loud: bool) -> bool:
        table = self.table()
        window = range(number - self.spec.rounds_window + 1, number + 1)
        bad = [{s for s in table.get(n, {}) if self.rank_in(n, s, loud=loud) >= rank} for n in window]
        if self.spec.mode == "any":
            return sum(len(sources) >= minimum for sources in bad) >= self.spec.rounds_required
        sources = set().union(*bad)
        often = [s for s in sources if sum(s in reported for reported in bad) >= self.spec.rounds_required]
        return len(often) >= minimum

    def highest(self, number: int, minimum: int, *, loud: bool) -> int:
        return max((rank for rank in (1, 2, 3, 4) if self.rule_holds(number, rank, minimum, loud=loud)), default=0)

    def is_complete(self, number: int) -> bool:
        table = self.table()
        for source in self.heard(number - 1, number - 10):
            before = max(n for n in table if n < number and source in table[n])
            if not table[before][source].keys() <= table.get(number, {}).get(source, {}).keys():
                return False
        return True

    def clears(self, number: int) -> bool:
        assert self.alert is not None
        if self.rule_holds(number, 1, 1, loud=False):
            return False
        table = self.table()
        for source in {reading.source for reading in self.stored}:
            since = self.alert.opened - self.spec.rounds_window + 1
            reported = [n for n in table if since <= n <= number and source in table[n]]
            if reported and self.rank_in(max(reported), source, loud=False):
                return False
        return True

    # What happens

    def feed(self, readings: Iterable[Reading], received_at: float) -> None:
        self.end_hold(received_at)
        for reading in sorted(readings, key=lambda r: (r.observed_at, r.source, r.metric)):
            if reading.metric in {c.metric for c in self.spec.conditions if c.operator != Operator.ABSENT}:
                self.arrive(reading, received_at)

    def arrive(self, reading: Reading, received_at: float) -> None:
        number, newest = self.round_of(reading), self.newest
        self.received[reading.source] = max(received_at, self.received.get(reading.source, received_at))
        if newest is not None and number <= newest - self.spec.rounds_window:
            return
        if newest is not None and number > newest:
            self.judge_complete(newest)
        self.stored.append(reading)
        self.newest = number if newest is None else max(number, newest)
        if not self.is_quiet(reading.observed_at):
            self.judge_opening(self.newest)
        if self.is_complete(self.newest):
            self.judge_complete(self.newest)

    def end_hold(self, now: float) -> None:
        held_since = self.alert.held_since if self.alert else None
        if held_since is not None and now >= held_since + self.spec.reopen_after:
            self.alert = None

    def judge_opening(self, number: int) -> None:
        rank = self.highest(number, self.minimum(number), loud=True)
        if self.alert is None and rank and self.cleared != number:
            self.alert = Alert(number, number, rank)
            self.tell("opened", number, rank)
        elif self.alert and self.alert.held_since is None and rank > self.alert.rank:
            self.alert.rank, self.alert.raised = rank, number
            self.tell("severity", number, rank)

    def judge_complete(self, number: int) -> None:
        if self.alert is None or number <= self.alert.opened:
            return
        if self.clears(number):
            self.clear(number, "recovered")
        elif number > self.alert.raised:
            self.judge_fall(number)

    def judge_fall(self, number: int) -> None:
        assert self.alert is not None
        rank = self.highest(number, 1, loud=False)
        if self.alert.held_since is None and 0 < rank < self.alert.rank:
            self.alert.rank = rank
            self.tell("severity", number, rank)

    def clear(self, number: int, reason: str) -> None:
        assert self.alert is not None
        if self.alert.held_since is None:
            self.tell("cleared", number, self.alert.rank, reason)
        self.alert, self.cleared = None, number

    def close_by_hand(self, at: float) -> None:
        if self.alert is None or self.alert.held_since is not None:
            return
        if self.is_still_violated():
            self.alert.held_since = at
        else:
            self.alert = None

    def is_still_violated(self) -> bool:
        return self.alert is not None and self.newest is not None and not self.clears(self.newest)

    def silence(self, now: float) -> None:
        newest = self.newest
        if self.alert is None or newest is None or self.spec.when_data_stops != "clear":
            return
        self.end_hold(now)
        was_held = self.alert is not None and not self.clears(newest)
        silent = {s for s, at in self.received.items() if at <= now - 60 * self.spec.no_data_minutes}
        self.stored = [reading for reading in self.stored if reading.source not in silent]
        if self.alert and self.clears(newest) and (was_held or not self.heard(newest, newest - 10)):
            self.clear(newest, "no_data")

    def rebuild(self, readings: Iterable[Reading], alert: Alert | None, received_at: float) -> None:
        metrics = {c.metric for c in self.spec.conditions if c.operator != Operator.ABSENT}
        in_order = sorted(readings, key=lambda r: (r.observed_at, r.source, r.metric))
        self.stored = [reading for reading in in_order if reading.metric in metrics]
        self.received = {reading.source: received_at for reading in self.stored}
        self.alert = alert
        self.end_hold(received_at)
        newest = self.newest = max((self.round_of(reading) for reading in self.stored), default=None)
        if newest is None:
            return
        if self.alert and self.clears(newest):
            self.clear(newest, "rule_changed")
            return
        if newest in self.table(loud=True) and not self.is_quiet(received_at):
            self.judge_opening(newest)
        if self.alert:
            self.judge_fall(newest)

    def tell(self, what: str, number: int, rank: int, reason: str | None = None) -> None:
        table = self.table()
        window = range(number - self.spec.rounds_window + 1, number + 1)
        reports: dict[str, dict[str, float]] = {}
        violating = set()
        for n in window:
            for source, report in table.get(n, {}).items():
                violates = self.rank_in(n, source, loud=what == "opened")
                if violates:
                    violating.add(source)
                if what == "cleared" or violates:
                    reports[source] = report
        heard = len(self.heard(number, number - 10))
        self.events.append(Event(what, number, rank, reason, reports, len(violating), heard))
