"""What a rule asks, free of any database: its conditions, its rounds, and the verdict on one report of one source."""

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Literal

from channels_app.words import Severity

Match = Literal["all", "any"]
Mode = Literal["any", "exact"]
WhenDataStops = Literal["keep", "alert", "clear"]
Values = Mapping[str, Sequence[float]]  # metric -> (observed_at, value)
Verdict = Callable[[Values], int]


class Operator(StrEnum):
    """How a condition compares a value with its threshold; `absent` asks whether any value came at all."""

    GT = ">"
    GE = ">="
    LT = "<"
    LE = "<="
    EQ = "=="
    NE = "!="
    ABSENT = "absent"


COMPARE: dict[Operator, Callable[[float, float], bool]] = {
    Operator.GT: operator.gt,
    Operator.GE: operator.ge,
    Operator.LT: operator.lt,
    Operator.LE: operator.le,
    Operator.EQ: operator.eq,
    Operator.NE: operator.ne,
}


@dataclass(frozen=True, slots=True)
class ConditionSpec:
    """One condition. `threshold` is None for `absent` only; `severity` is the rule's where the condition has none."""

    metric: str
    operator: Operator
    threshold: float | None
    severity: Severity


@dataclass(frozen=True, slots=True, eq=False)
class RuleSpec:
    """All that evaluation needs of a rule on a test. Each is equal to itself alone, so that what is derived from it
    is found again by its identity.

    `interval` and `reopen_after` are seconds; `minimum_percent` (1-100), where given, replaces `minimum_sources`.
    """

    conditions: tuple[ConditionSpec, ...]
    match: Match
    rounds_required: int
    rounds_window: int
    mode: Mode
    minimum_sources: int = 1
    minimum_percent: int | None = None
    interval: int = 60
    reopen_after: float = 43200
    when_data_stops: WhenDataStops = "keep"
    no_data_minutes: int = 10


def round_of(observed_at: float, interval: int) -> int:
    """The round that a time (epoch seconds) falls into; the round's own time is round x interval."""
    return int(observed_at // interval)


def minimum_of(spec: RuleSpec, heard: int) -> int:
    """How many sources must violate, when `heard` sources were heard in this or the previous 10 rounds."""
    if spec.minimum_percent is None:
        return spec.minimum_sources
    return max(1, -(-spec.minimum_percent * heard // 100))


@lru_cache(maxsize=4096)
def judged_metrics(spec: RuleSpec) -> frozenset[str]:
    """The metrics whose values decide the verdict: all but those asked for absence alone."""
    return frozenset(condition.metric for condition in spec.conditions if condition.operator is not Operator.ABSENT)


@lru_cache(maxsize=4096)
def awaited_metrics(spec: RuleSpec) -> frozenset[str]:
    """The metrics whose absence the rule asks for."""
    return frozenset(condition.metric for condition in spec.conditions if condition.operator is Operator.ABSENT)


@lru_cache(maxsize=4096)
def verdict_of(spec: RuleSpec) -> Verdict:
    """The function from one source's values in one round to the rank of the highest severity violated, 0 for none."""
    by_rank: dict[int, list[_Check]] = {}
    for condition in spec.conditions:
        if condition.operator is not Operator.ABSENT:
            by_rank.setdefault(condition.severity.rank, []).append(_check(condition))
    groups = [(rank, _joined(by_rank[rank], spec.match)) for rank in sorted(by_rank, reverse=True)]

    def verdict(values: Values) -> int:
        for rank, violated in groups:
            if violated(values):
                return rank
        return 0

    return verdict


_Check = Callable[[Values], bool]


def _joined(checks: list[_Check], match: Match) -> _Check:
    if len(checks) == 1:
        return checks[0]
    join = all if match == "all" else any
    return lambda values: join(check(values) for check in checks)


def _check(condition: ConditionSpec) -> _Check:
    metric, threshold, compare = condition.metric, condition.threshold, COMPARE[condition.operator]
    if threshold is None:
        raise ValueError(f"threshold: the condition on {metric} with {condition.operator} needs one")

    def holds(values: Values) -> bool:
        seen = values.get(metric)
        return seen is not None and compare(seen[1], threshold)

    return holds
