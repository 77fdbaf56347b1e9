"""The judgement of a rule on a test: what happens to its alert as readings arrive, stop, or are read again.

An alert opens, and its severity rises, at every arrival. It clears, and its severity falls, only at a complete round:
one in which every source heard in the previous 10 rounds has reported all metrics of its previous report, or after
which a newer round has begun.

What was measured in maintenance (`quiet`: all ranges that touch the rounds of the readings) opens and raises nothing,
then or later. It is heard like all else, and counts for an alert that was open before: a good report may clear it, a
bad one keeps it.
"""

from collections.abc import Iterable
from operator import attrgetter

from alerts.evaluation.evidence import Change, Reason, change_of, made_whole
from alerts.evaluation.ledger import Ledger
from alerts.evaluation.quiet import Ranges, covers, loud_of
from alerts.evaluation.rules import RuleSpec, awaited_metrics, judged_metrics, round_of
from alerts.evaluation.state import Episode, Reading, State
from alerts.evaluation.tally import RANKS

_in_time_order = attrgetter("observed_at", "source", "metric")


def feed(
    spec: RuleSpec,
    state: State,
    readings: Iterable[Reading],
    received_at: float,
    *,
    whole: bool = False,
    quiet: Ranges = (),
) -> list[Change]:
    """Apply a batch, in any order, to `state`; `received_at` in epoch seconds. Other metrics are left out.

    `whole`: what opened in the newest round shows every source of the batch, not only those that were judged first.
    """
    sitting = Sitting(spec, state, received_at, quiet)
    for reading in sorted(readings, key=_in_time_order):
        sitting.take(reading)
    sitting.ledger.prune()
    return [made_whole(sitting.ledger, change) for change in sitting.changes] if whole else sitting.changes


def rebuild(
    spec: RuleSpec,
    readings: Iterable[Reading],
    received_at: float,
    *,
    open_since_round: int | None = None,
    open_rank: int = 0,
    held_since: float | None = None,
    quiet: Ranges = (),
    reason: Reason = "rule_changed",
) -> tuple[State, list[Change]]:
    """The state of a created, edited or re-attached rule from its stored readings, and what its newest round now means.

    `reason` is why an alert clears by it.

    `open_since_round` (counted in the spec's interval) and `open_rank` tell of the open alert, or with `held_since`
    (epoch seconds) of the one closed by hand while violated. The readings must reach back over the window and the 10
    rounds before it; with an alert, also to the window of its opening round.
    """
    state = State()
    if open_since_round is not None:
        state.episode = Episode(open_since_round, open_since_round, open_rank, held_since)
    sitting = Sitting(spec, state, received_at, quiet)
    for reading in sorted(readings, key=_in_time_order):
        sitting.store(reading)
    sitting.judge_anew(reason)
    sitting.ledger.prune()
    return state, sitting.changes


def silence(spec: RuleSpec, state: State, now: float) -> list[Change]:
    """For `when_data_stops` = `clear`: forget sources silent for `no_data_minutes`, and clear what only they held."""
    if spec.when_data_stops != "clear" or state.episode is None or state.newest is None:
        return []
    sitting = Sitting(spec, state, now)
    since = now - spec.no_data_minutes * 60
    sitting.forget({name for name, source in state.sources.items() if source.received_at <= since})
    return sitting.changes


def next_check(spec: RuleSpec, state: State) -> float | None:
    """The earliest time (epoch seconds) at which silence could matter, None where it cannot or nothing was received."""
    moments = [state.received[metric] for metric in awaited_metrics(spec) if metric in state.received]
    if spec.when_data_stops == "clear" and state.episode is not None:
        moments += [source.received_at for source in state.sources.values()]
    last = state.last_received_at
    if spec.when_data_stops == "alert" and last is not None:
        moments.append(last)
    return min(moments) + spec.no_data_minutes * 60 if moments else None


def closed_by_hand(spec: RuleSpec, state: State, at: float) -> None:
    """Mark the open alert closed at `at` (epoch seconds); while still violated it is held closed."""
    episode = state.episode
    if episode is None or episode.held_since is not None:
        return
    if still_violated(spec, state):
        episode.held_since = at
    else:
        state.episode = None


def still_violated(spec: RuleSpec, state: State) -> bool:
    """Whether the alert, open or held closed, would not clear at the newest round."""
    return state.episode is not None and not Ledger(spec, state).would_clear()


class Sitting:
    """One run of judgements over a state; what they decide gathers in `changes`."""

    def __init__(self, spec: RuleSpec, state: State, received_at: float, quiet: Ranges = ()) -> None:
        self.changes: list[Change] = []
        self.ledger = Ledger(spec, state)
        self._quiet = quiet
        self._spec = spec
        self._state = state
        self._received_at = received_at
        self._judged = judged_metrics(spec)
        self._awaited = awaited_metrics(spec)
        self._end_hold_in_time()

    def take(self, reading: Reading) -> None:
        """Store a reading and judge: the newest round once more if it fell into the window, nothing if it is older."""
        if self.store(reading, settle=True):
            if not self._quiet or not covers(self._quiet, reading.observed_at):
                self._judge_opening()
            if not self.ledger.pending:
                self._judge_clearing()

    def store(self, reading: Reading, *, settle: bool = False) -> bool:
        """Store a reading, with `settle` judging the round that it completes by being newer; False if it is too old."""
        if not self._note_received(reading.metric):
            return False
        state, number = self._state, round_of(reading.observed_at, self._spec.interval)
        if state.newest is None or number > state.newest:
            if settle and state.newest is not None:
                self._judge_clearing()
            self.ledger.begin(number)
        elif number <= state.newest - self._spec.rounds_window:
            self._hear_late(reading.source)
            return False
        if self._quiet:
            self.ledger.join(number, reading, self._received_at, quiet=covers(self._quiet, reading.observed_at))
        else:
            self.ledger.add(number, reading, self._received_at)
        return True

    def judge_anew(self, reason: Reason) -> None:
        """Judge the newest round as it stands, complete or not: the rule's maker expects the truth at once."""
        if self._state.newest is None:
            return
        if self.ledger.would_clear():
            self._clear(reason)
            return
        if self._is_loud(self._state.newest):
            self._judge_opening()
        self._judge_fall()

    def forget(self, silent: set[str]) -> None:
        """Drop silent sources; the alert clears if only they held it, or if they were the last to be heard."""
        was_held = not self.ledger.would_clear()
        self.ledger.forget(silent)
        if self.ledger.would_clear() and (was_held or self.ledger.heard == 0):
            self._clear("no_data")

    def _is_loud(self, number: int) -> bool:
        """Whether a round may open an alert now: something of it was not measured in maintenance, which is over too."""
        reports = self._state.values.get(number, {}).values()
        return not covers(self._quiet, self._received_at) and any(
            loud_of(entry) for report in reports for entry in report.values()
        )

    def _note_received(self, metric: str) -> bool:
        judged = metric in self._judged
        if judged or metric in self._awaited:
            received = self._state.received
            received[metric] = max(self._received_at, received.get(metric, self._received_at))
        return judged

    def _hear_late(self, name: str) -> None:
        source = self._state.sources.get(name)
        if source is not None:
            source.received_at = max(source.received_at, self._received_at)

    def _end_hold_in_time(self) -> None:
        episode = self._state.episode
        if episode is None or episode.held_since is None:
            return
        if self._received_at - episode.held_since >= self._spec.reopen_after:
            self._state.episode = None
            self.ledger.forget_hushed()

    def _judge_opening(self) -> None:
        newest, episode = self._state.newest, self._state.episode
        if newest is None or (episode is None and self._state.cleared == newest):
            return
        if episode is None:
            rank = self._highest(0)
            if rank:
                self._state.episode = Episode(newest, newest, rank)
                if self._quiet:
                    self.ledger.hush_newest()
                self.changes.append(change_of(self.ledger, "opened", rank))
        elif episode.held_since is None:
            rank = self._highest(episode.rank)
            if rank > episode.rank:
                episode.raised = newest
                self._change_severity(episode, rank)

    def _highest(self, above: int) -> int:
        holds = self.ledger.loud.holds
        if above == RANKS or not holds(above + 1):
            return 0
        return next(rank for rank in range(RANKS, above, -1) if holds(rank))

    def _judge_clearing(self) -> None:
        episode, newest = self._state.episode, self._state.newest
        if episode is None or newest is None or newest <= episode.opened:
            return
        if self.ledger.would_clear():
            self._clear("recovered")
        elif newest > episode.raised:
            self._judge_fall()

    def _judge_fall(self) -> None:
        episode, tally = self._state.episode, self.ledger.tally
        if episode is None or episode.held_since is not None or tally.holds_for_one(episode.rank):
            return
        rank = next((rank for rank in range(episode.rank - 1, 0, -1) if tally.holds_for_one(rank)), 0)
        if rank:
            self._change_severity(episode, rank)

    def _change_severity(self, episode: Episode, rank: int) -> None:
        episode.rank = rank
        self.changes.append(change_of(self.ledger, "severity", rank))

    def _clear(self, reason: Reason) -> None:
        episode, self._state.episode = self._state.episode, None
        self._state.cleared = self._state.newest
        if episode is not None and episode.held_since is None:
            self.changes.append(change_of(self.ledger, "cleared", episode.rank, reason))
        self.ledger.forget_hushed()
