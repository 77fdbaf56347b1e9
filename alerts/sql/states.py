"""The states of rules on tests: found and locked by what was measured, written back; and the locks of a team."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from alerts.models import AlertRule, Condition, RuleState
from teams.bulk import Bulk
from teams.models import Team
from teams.statements import among, execute, fetch, moment, postgresql

LOCK_SPACE = 0xBE11  # so that our advisory locks meet nobody else's
_STATE, _RULE, _CONDITION = (model._meta.db_table for model in (RuleState, AlertRule, Condition))

# Two IN lists over the unique index (rule, test) would make SQLite try every pair. PostgreSQL, left to itself without
# statistics, begins with all rules of the team, and looks for each below its team: `fence` has it ask state by state,
# and the sum hides the team's index.
ASKING = """
SELECT state.id, state.rule_id, state.test_id, state.state, state.last_received_at FROM {state} AS state
WHERE {tests} AND EXISTS (
    SELECT 1 FROM {rule} AS rule JOIN {condition} AS asks ON asks.rule_id = rule.id
    WHERE rule.id = state.rule_id AND rule.team_id + 0 = %s AND rule.enabled AND rule.archived_at IS NULL
        AND {metrics} {fence}
)
ORDER BY state.id {lock}
"""

TOLD = """
SELECT {columns}, asks.metric, asks.operator, asks.threshold, asks.severity
FROM {rule} AS rule LEFT JOIN {condition} AS asks ON asks.rule_id = rule.id
WHERE {rules} ORDER BY rule.id, asks.position, asks.id
"""

_CHANGES = Bulk(RuleState, ["state", "last_received_at", "next_check_at"])


class StateRow(NamedTuple):
    """A RuleState as it is written; times may be None or aware."""

    id: int
    state: str
    last_received_at: datetime
    next_check_at: datetime | None


def hold_rules(team: Team) -> None:
    """Keep intake and other editors of the team's tests and rules out until commit."""
    _advisory_lock("pg_advisory_xact_lock", team)


def hold_intake(team: Team) -> None:
    """Keep editors of the team's tests and rules out until commit, but not other intakes."""
    _advisory_lock("pg_advisory_xact_lock_shared", team)


def lock_states(team: Team, tests: Collection[int], metrics: Collection[str]) -> list[tuple[Any, ...]]:
    """(id, rule id, test id, state, last_received_at as stored), locked in the order of their ids.

    Of enabled rules that ask for one of the metrics, on the tests.
    """
    on_tests, test_ids = among("state.test_id", tests)
    for_metrics, names = among("asks.metric", metrics)
    fence, lock = ("OFFSET 0", "FOR UPDATE") if postgresql() else ("", "")
    statement = ASKING.format(
        state=_STATE, rule=_RULE, condition=_CONDITION, tests=on_tests, metrics=for_metrics, fence=fence, lock=lock
    )
    return fetch(statement, [*test_ids, team.pk, *names])


def rules_as_told(columns: Sequence[str], rule_ids: Collection[int]) -> list[tuple[Any, ...]]:
    """The columns of each rule and one of its conditions, in their order; None in its place where it has none."""
    rules, ids = among("rule.id", rule_ids)
    chosen = ", ".join(f"rule.{name}" for name in columns)
    return fetch(TOLD.format(columns=chosen, rule=_RULE, condition=_CONDITION, rules=rules), ids)


def update_states(rows: Sequence[StateRow]) -> None:
    """Write what evaluation remembers."""
    _CHANGES.update([(pk, state, moment(last), moment(check)) for pk, state, last, check in rows])


def _advisory_lock(function: str, team: Team) -> None:
    if postgresql():
        execute(f"SELECT {function}(%s, %s)", [LOCK_SPACE, team.pk])
