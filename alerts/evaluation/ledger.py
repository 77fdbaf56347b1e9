"""A state together with the figures derived from it, kept in step reading by reading.

The figures (tallies, what a round still waits for, whose newest report is bad) are made anew when a ledger is opened
and never stored. A new round costs what was heard in the last rounds, however long the gap before it.
"""

from alerts.evaluation.quiet import joined, loud_part
from alerts.evaluation.rules import RuleSpec, minimum_of, verdict_of
from alerts.evaluation.state import Reading, Report, Source, State
from alerts.evaluation.tally import Tally, tally_for

HEARD_ROUNDS = 10


class Ledger:
    """The working form of a state.

    `pending` are the sources that the newest round waits for, `heard` counts those of this and the previous 10 rounds,
    `bad` are the sources whose newest report violates. `tally` counts all violations, `loud` those outside maintenance;
    as long as they are the same, so are the two.
    """

    def __init__(self, spec: RuleSpec, state: State) -> None:
        self.spec = spec
        self.state = state
        self.tally = self.loud = tally_for(spec)
        self._minimum = 1
        self.bad = {name for name, source in state.sources.items() if source.rank}
        self.pending: set[str] = set()
        self._heard = 0
        self._counted = False
        self._verdict = verdict_of(spec)
        self._by_newest: dict[int, set[str]] = {}
        for name, source in state.sources.items():
            self._by_newest.setdefault(source.newest, set()).add(name)
        for number, ranks in state.violations.items():
            for name, rank in ranks.items():
                self.tally.change(number, name, 0, rank)
        if state.hushed:
            self.loud = self._loud_tally()
            if state.episode is None:
                self.forget_hushed()

    @property
    def heard(self) -> int:
        if not self._counted:
            self._recount()
        return self._heard

    def begin(self, number: int) -> None:
        """Make `number` the newest round; what its window no longer holds is forgotten."""
        self.state.newest = number
        for gone in [held for held in self.state.values if held <= number - self.spec.rounds_window]:
            for name in self.state.values.pop(gone):
                self._set_rank(gone, name, 0, 0)
        self._recount()

    def add(self, number: int, reading: Reading, received_at: float) -> None:
        """Take a reading of a round within the window, which knows no maintenance; of two for the same place the later
        `observed_at` stands."""
        if not self._counted:
            self._recount()
        name, metric = reading.source, reading.metric
        reports = self.state.values.setdefault(number, {})
        report = reports.get(name, {})
        kept = report.get(metric)
        if kept is None or kept[0] <= reading.observed_at:
            report = reports[name] = {**report, metric: [reading.observed_at, reading.value]}
            rank = self._verdict(report)
            self._set_rank(number, name, rank, rank)
        self._note(name, number, metric, received_at)

    def join(self, number: int, reading: Reading, received_at: float, *, quiet: bool) -> None:
        """The same where the round may hold something of maintenance, as the reading is if it is `quiet`."""
        if not self._counted:
            self._recount()
        name, metric = reading.source, reading.metric
        reports = self.state.values.setdefault(number, {})
        report = reports.get(name, {})
        entry = joined(report.get(metric), reading.observed_at, reading.value, quiet=quiet)
        report = reports[name] = {**report, metric: entry}
        self._set_rank(number, name, *self._verdicts(number, report))
        self._note(name, number, metric, received_at)

    def would_clear(self) -> bool:
        """The conditions of clearing but for completeness: H at minimum 1 fails, and no newest report is a bad one."""
        episode, sources = self.state.episode, self.state.sources
        if episode is None or self.tally.holds_for_one(1):
            return False
        since = episode.opened - self.spec.rounds_window + 1
        return not any(sources[name].newest >= since for name in self.bad)

    def forget(self, names: set[str]) -> None:
        """Drop sources and all that they said."""
        for number, reports in list(self.state.values.items()):
            for name in names & reports.keys():
                self._set_rank(number, name, 0, 0)
                del reports[name]
            if not reports:
                del self.state.values[number]
        for name in names:
            self._by_newest[self.state.sources.pop(name).newest].discard(name)
        self.bad -= names
        self._recount()

    def hush_newest(self) -> None:
        """Count what maintenance saw in the newest round, in which an episode has just begun."""
        number = self.state.newest
        if number is None:
            return
        for name, report in self.state.values.get(number, {}).items():
            rank, loud = self._verdicts(number, report)
            self._set_rank(number, name, rank, loud)
            if self.state.sources[name].newest == number:
                self._set_newest(name, rank)

    def forget_hushed(self) -> None:
        """Drop the violations of maintenance, the episode that they held being over."""
        for number, ranks in list(self.state.hushed.items()):
            for name, loud in list(ranks.items()):
                self._set_rank(number, name, loud, loud)
                source = self.state.sources.get(name)
                if source is not None and source.newest == number:
                    self._set_newest(name, loud)

    def prune(self) -> None:
        """Drop the sources that no later judgement can ask for, so that a state does not grow with its past."""
        newest, episode, window = self.state.newest, self.state.episode, self.spec.rounds_window
        if newest is None:
            return
        recent = newest - max(HEARD_ROUNDS, window - 1)
        if min(self._by_newest, default=newest) >= recent:
            return
        holding = recent if episode is None else min(recent, episode.opened - window + 1)
        sources = self.state.sources
        for name in [name for name, s in sources.items() if s.newest < (holding if s.rank else recent)]:
            del sources[name]

    def _set_newest(self, name: str, rank: int) -> None:
        self.state.sources[name].rank = rank
        (self.bad.add if rank else self.bad.discard)(name)

    def _verdicts(self, number: int, report: Report) -> tuple[int, int]:
        """The rank of all that a source said in a round, and of what of it was measured outside maintenance.

        What maintenance saw counts to keep an alert open, from its opening round on, and else for nothing.
        """
        loud, episode = self._verdict(loud_part(report)), self.state.episode
        return (self._verdict(report) if episode is not None and number >= episode.opened else loud), loud

    def _set_rank(self, number: int, name: str, rank: int, loud: int) -> None:
        if rank != loud or self.loud is not self.tally:
            self._set_loud(number, name, rank, loud)
        violations = self.state.violations
        ranks = violations.get(number, {})
        old = ranks.get(name, 0)
        if rank == old:
            return
        self.tally.change(number, name, old, rank)
        if rank:
            violations.setdefault(number, ranks)[name] = rank
        else:
            del ranks[name]
            if not ranks:
                del violations[number]

    def _set_loud(self, number: int, name: str, rank: int, loud: int) -> None:
        """The same for what was measured outside maintenance; before the violations change."""
        if self.loud is self.tally:
            self.loud = self._loud_tally()
        hushed, ranks = self.state.hushed, self.state.violations.get(number, {})
        old = hushed.get(number, ranks).get(name, ranks.get(name, 0))
        if old != loud:
            self.loud.change(number, name, old, loud)
        if rank != loud:
            hushed.setdefault(number, {})[name] = loud
        elif name in hushed.get(number, {}):
            del hushed[number][name]
            if not hushed[number]:
                del hushed[number]

    def _loud_tally(self) -> Tally:
        tally = tally_for(self.spec)
        tally.require(self._minimum)
        for number, ranks in self.state.loud_violations().items():
            for name, rank in ranks.items():
                tally.change(number, name, 0, rank)
        return tally

    def _require(self, minimum: int) -> None:
        self._minimum = minimum
        self.tally.require(minimum)
        if self.loud is not self.tally:
            self.loud.require(minimum)

    def _note(self, name: str, number: int, metric: str, received_at: float) -> None:
        rank = self.state.violations.get(number, {}).get(name, 0)
        source = self.state.sources.get(name)
        was_heard = source is not None and self._is_recent(source.newest)
        if source is None:
            source = self.state.sources[name] = Source(number, rank, self._bit(metric), None, 0, received_at)
            self._by_newest.setdefault(number, set()).add(name)
        else:
            self._note_again(source, name, number, self._bit(metric), rank)
            source.received_at = max(source.received_at, received_at)
        (self.bad.add if source.rank else self.bad.discard)(name)
        (self.pending.add if self._keeps_waiting(source) else self.pending.discard)(name)
        if not was_heard and self._is_recent(source.newest):
            self._heard += 1
            self._require(minimum_of(self.spec, self._heard))

    def _note_again(self, source: Source, name: str, number: int, bit: int, rank: int) -> None:
        if number > source.newest:
            self._by_newest[source.newest].discard(name)
            self._by_newest.setdefault(number, set()).add(name)
            source.previous, source.previous_metrics = source.newest, source.metrics
            source.newest, source.metrics, source.rank = number, bit, rank
        elif number == source.newest:
            source.metrics |= bit
            source.rank = rank
        elif source.previous is None or number > source.previous:
            source.previous, source.previous_metrics = number, bit
        elif number == source.previous:
            source.previous_metrics |= bit

    def _bit(self, metric: str) -> int:
        metrics = self.state.metrics
        if metric not in metrics:
            metrics.append(metric)
        return 1 << metrics.index(metric)

    def _is_recent(self, number: int | None) -> bool:
        newest = self.state.newest
        return number is not None and newest is not None and number >= newest - HEARD_ROUNDS

    def _keeps_waiting(self, source: Source) -> bool:
        if source.newest != self.state.newest:
            return self._is_recent(source.newest)
        return self._is_recent(source.previous) and bool(source.previous_metrics & ~source.metrics)

    def _recount(self) -> None:
        """What waits and was heard: asked only of a round that goes on, or that begins."""
        self._counted = True
        newest = self.state.newest
        if newest is None:
            return
        by_newest, sources = self._by_newest, self.state.sources
        present = by_newest.get(newest, ())
        self.pending = {name for name in present if self._keeps_waiting(sources[name])}
        self._heard = len(present)
        for number in range(newest - HEARD_ROUNDS, newest):
            if number in by_newest:
                self.pending |= by_newest[number]
                self._heard += len(by_newest[number])
        self._require(minimum_of(self.spec, self._heard))
