"""Rules as evaluation wants them, read in one query however many they are."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from alerts import sql
from alerts.evaluation import ConditionSpec, Operator, RuleSpec
from alerts.models import AlertRule
from channels_app.words import Severity

_COLUMNS = (
    "id",
    "enabled",
    "severity",
    "match",
    "rounds_required",
    "rounds_window",
    "rounds_mode",
    "minimum_sources",
    "minimum_sources_percent",
    "reopen_after",
    "when_data_stops",
    "no_data_minutes",
)
_WIDTH = len(_COLUMNS)


@dataclass(frozen=True, slots=True)
class Wait:
    """An `absent` condition: after `seconds` without `metric` the alert stands at `rank`."""

    metric: str
    rank: int
    seconds: float


@dataclass(frozen=True, slots=True)
class RuleFacts:
    """A rule without its interval, which is the test's; `rank` is that of the rule's own severity."""

    enabled: bool
    rank: int
    base: RuleSpec
    waits: tuple[Wait, ...]
    _specs: dict[int, RuleSpec] = field(default_factory=dict)

    def spec(self, interval: int) -> RuleSpec:
        """The rule on a test with rounds of `interval` seconds."""
        found = self._specs.get(interval)
        if found is None:
            found = self._specs[interval] = replace(self.base, interval=interval)
        return found


def facts_of(rule_ids: Collection[int]) -> dict[int, RuleFacts]:
    """The rules by id. Alerts received from elsewhere have no conditions, and so never open by evaluation."""
    rules: dict[int, tuple[Any, ...]] = {}
    conditions: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for row in sql.rules_as_told(_COLUMNS, rule_ids):
        rules[row[0]] = row[1:_WIDTH]
        if row[_WIDTH] is not None:
            conditions[row[0]].append(row[_WIDTH:])
    return {pk: _facts(row, tuple(conditions[pk])) for pk, row in rules.items()}


def facts_as_typed(rule: AlertRule, conditions: Iterable[Mapping[str, Any]]) -> RuleFacts:
    """A rule that need not be stored, with conditions by the names of their fields."""
    row = tuple(getattr(rule, column) for column in _COLUMNS[1:])
    names = ("metric", "operator", "threshold", "severity")
    return _facts(row, tuple(tuple(condition[name] for name in names) for condition in conditions))


@lru_cache(maxsize=4096)
def _facts(row: tuple[Any, ...], conditions: tuple[tuple[Any, ...], ...]) -> RuleFacts:
    """The rule that these values make, without its id: rules that ask the same share it."""
    enabled, severity, match, required, window, mode, minimum, percent, reopen_after, when_data_stops, minutes = row
    specs = tuple(
        ConditionSpec(metric, Operator(operator), threshold, Severity(own or severity))
        for metric, operator, threshold, own in conditions
    )
    base = RuleSpec(
        conditions=specs,
        match=match,
        rounds_required=required,
        rounds_window=window,
        mode=mode,
        minimum_sources=minimum or 1,
        minimum_percent=percent,
        reopen_after=reopen_after,
        when_data_stops=when_data_stops,
        no_data_minutes=minutes,
    )
    return RuleFacts(
        enabled=bool(enabled),
        rank=Severity(severity).rank,
        base=base,
        waits=tuple(_wait(condition, minutes) for condition in specs if condition.operator is Operator.ABSENT),
    )


def _wait(condition: ConditionSpec, minutes: int) -> Wait:
    silent = minutes if condition.threshold is None else condition.threshold
    return Wait(condition.metric, condition.severity.rank, silent * 60)
