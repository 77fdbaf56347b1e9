"""A watch: one rule on one test as judgement works on it, read from and written to its RuleState row.

Besides what evaluation remembers, a watch knows which absences are on: by metric for `absent` conditions, by ALL_DATA
for the silence that `when_data_stops` = `alert` tells of.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from django.db.models import OuterRef, QuerySet, Subquery

from alerts import evaluation, maintenance, sql
from alerts.evaluation import Ranges, RuleSpec, State
from alerts.models import RuleState, Test
from alerts.specs import RuleFacts, facts_of
from alerts.sql import StateRow
from teams.models import Team
from teams.statements import stored_time

ALL_DATA = ""
AHEAD = 600  # seconds; measurements may be some minutes ahead
LONGEST_PATIENCE = 10_080 * 60  # seconds that a rule may wait for data

StateRows = QuerySet[RuleState]


@dataclass(slots=True)
class Absence:
    """Something unheard, told at `since` (epoch seconds); `held_since` once the alert was closed by hand."""

    rank: int
    since: float
    held_since: float | None = None


@dataclass(slots=True)
class Watch:
    """`absences` are keyed by metric or ALL_DATA. `last_received_at` is in epoch seconds.

    `quiet` is the test's maintenance as far as it matters here, `quiet_until` the end of the last that has begun (epoch
    seconds): all patience begins anew there.
    """

    id: int
    rule_id: int
    test_id: int
    facts: RuleFacts
    spec: RuleSpec
    state: State
    absences: dict[str, Absence]
    last_received_at: float
    quiet: Ranges = ()
    quiet_until: float = 0.0

    @property
    def measured_rank(self) -> int:
        """The rank at which the rounds hold the alert open, 0 if they do not."""
        episode = self.state.episode
        return episode.rank if episode is not None and episode.held_since is None else 0

    @property
    def absent_rank(self) -> int:
        """The rank at which absent metrics hold the alert open, 0 if they do not."""
        open_ranks = (
            absence.rank for metric, absence in self.absences.items() if metric and absence.held_since is None
        )
        return max(open_ranks, default=0)

    @property
    def is_held(self) -> bool:
        """Closed by hand, and what it was closed for is not over."""
        return self.state.is_held or any(absence.held_since is not None for absence in self.absences.values())

    def close_by_hand(self, now: datetime) -> bool:
        """Hold closed what is still violated; whether anything is."""
        at = now.timestamp()
        if self.state.is_open:
            evaluation.closed_by_hand(self.spec, self.state, at)
        for absence in self.absences.values():
            absence.held_since = absence.held_since or at
        return self.is_held

    def next_check(self) -> float | None:
        """The earliest time (epoch seconds) at which time alone could change something."""
        moments = [*self._ends_of_holds(), *self._ends_of_patience()]
        return min(moments) if moments else None

    def _ends_of_holds(self) -> list[float]:
        episode = self.state.episode
        held = [absence.held_since for absence in self.absences.values()]
        held += [episode.held_since] if episode else []
        return [since + self.spec.reopen_after for since in held if since is not None]

    def _ends_of_patience(self) -> list[float]:
        moments = [
            self.waits_since(self.heard_at(wait.metric)) + wait.seconds
            for wait in self.facts.waits
            if wait.metric not in self.absences or self.absences[wait.metric].rank < wait.rank
        ]
        silence = self.spec.no_data_minutes * 60
        if self.spec.when_data_stops == "alert" and ALL_DATA not in self.absences and not self.state.is_held:
            moments.append(self.waits_since(self.last_received_at) + silence)
        if self.spec.when_data_stops == "clear" and self.state.episode is not None:
            moments += [self.waits_since(source.received_at) + silence for source in self.state.sources.values()]
        return moments

    def heard_at(self, metric: str) -> float:
        """When the metric was last received (epoch seconds); before the first time: when waiting for it began."""
        return self.state.received.get(metric, self.last_received_at)

    def waits_since(self, heard: float) -> float:
        """Since when patience counts for what was heard then (epoch seconds)."""
        return max(heard, self.quiet_until)

    def rest(self, quiet: Ranges, now: float) -> None:
        """Know of the test's maintenance, as of `now` (epoch seconds)."""
        self.quiet = quiet
        self.quiet_until = max((end for begin, end in quiet if begin <= now), default=0.0)


def rest_all(team: Team, found: Collection[Watch], since: float, now: float) -> None:
    """Have watches know of the maintenance that has a part in `since` (epoch seconds) until now and a little ahead."""
    if found:
        ranges = maintenance.ranges_of(team, {watch.test_id for watch in found}, since, now + AHEAD)
        for watch in found:
            watch.rest(ranges.get(watch.test_id, ()), now)


def lock_all(rows: StateRows) -> list[Watch]:
    """Lock the rows in the order of their ids and read them as watches; three queries, within a transaction only.

    `rows` must not join other tables, or their rows would be locked too.
    """
    interval = Test.objects.filter(pk=OuterRef("test_id")).values("interval")
    locked = rows.select_for_update().order_by("id").annotate(interval=Subquery(interval))
    return _watches(list(locked.values_list("id", "rule_id", "test_id", "state", "last_received_at", "interval")))


def lock_asking(team: Team, intervals: Mapping[int, int], metrics: Collection[str]) -> list[Watch]:
    """Lock and read the watches of the team's enabled rules that ask for one of the metrics, on tests of which the
    intervals are given; two statements, within a transaction only."""
    rows = sql.lock_states(team, intervals, metrics)
    return _watches([(*row[:4], stored_time(row[4]), intervals[row[2]]) for row in rows])


def lock_one(rule_id: int, test_id: int | None) -> Watch | None:
    """Lock and read the watch of a rule on a test; None where nothing watches."""
    if test_id is None:
        return None
    return next(iter(lock_all(RuleState.objects.filter(rule=rule_id, test=test_id))), None)


def save(watches: Iterable[Watch]) -> None:
    """Write the watches back in one statement."""
    sql.update_states([_row(watch) for watch in watches])


def create(pairs: Collection[tuple[int, int]], now: datetime) -> None:
    """Begin to watch each (rule id, test id) that is not watched yet."""
    rows = [RuleState(rule_id=rule, test_id=test, last_received_at=now) for rule, test in pairs]
    RuleState.objects.bulk_create(rows, ignore_conflicts=True)


def _watches(rows: Collection[tuple[Any, ...]]) -> list[Watch]:
    facts = facts_of({row[1] for row in rows})
    return [_watch(row, facts[row[1]]) for row in rows]


def _watch(row: tuple[Any, ...], facts: RuleFacts) -> Watch:
    pk, rule_id, test_id, text, last_received_at, interval = row
    data = orjson.loads(text)
    absences = {metric: Absence(*values) for metric, values in data.get("absences", {}).items()}
    state = State.from_json(data)
    return Watch(pk, rule_id, test_id, facts, facts.spec(interval), state, absences, last_received_at.timestamp())


def _row(watch: Watch) -> StateRow:
    data = watch.state.to_json()
    if watch.absences:
        data["absences"] = {metric: [a.rank, a.since, a.held_since] for metric, a in watch.absences.items()}
    check = watch.next_check()
    return StateRow(
        watch.id,
        orjson.dumps(data).decode(),
        datetime.fromtimestamp(watch.last_received_at, UTC),
        None if check is None else datetime.fromtimestamp(check, UTC),
    )
