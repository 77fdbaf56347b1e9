"""What an alert keeps of its rule and test, so that it can be read when they have changed.

Snapshot: `rule`, `test`, `test_slug`, `interval` (seconds), `severity`, `match`, `rounds` (text), `conditions` (list of
{metric, operator, threshold, severity, text}), `text` (all of it in words), `message`, `runbook`, and `start` and
`end`: {sources: {source: {metric: value}}, violating, heard}, with at most 50 of the sources, worst first.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from alerts.evaluation import Change
from alerts.evaluation.rules import COMPARE, Operator
from alerts.models import AlertRule, Condition, Test

JsonDict = dict[str, Any]


def snapshot_of(rule: AlertRule, test: Test | None, conditions: Sequence[Condition] | None = None) -> JsonDict:
    """The snapshot without values; `conditions` are the rule's, where they are at hand."""
    asked = rule.conditions.all() if conditions is None else conditions
    rounds = rounds_in_words(rule)
    return {
        "rule": rule.name,
        "test": test.name if test else "",
        "test_slug": test.slug if test else "",
        "interval": test.interval if test else 0,
        "severity": rule.severity,
        "match": rule.match,
        "rounds": rounds,
        "conditions": [_condition(rule, condition) for condition in asked],
        "text": f"{conditions_in_words(rule, asked)}; {rounds}",
        "message": rule.message,
        "runbook": rule.runbook,
    }


def conditions_in_words(rule: AlertRule, conditions: Iterable[Condition] | None = None) -> str:
    """All conditions of a rule, such as "response_time > 500 and loss >= 2 (critical)"."""
    texts = []
    for condition in rule.conditions.all() if conditions is None else conditions:
        severity = f" ({condition.severity})" if condition.severity else ""
        texts.append(condition_in_words(condition, rule.no_data_minutes) + severity)
    return (" and " if rule.match == AlertRule.Match.ALL else " or ").join(texts)


def condition_in_words(condition: Condition, no_data_minutes: int) -> str:
    """One condition, such as "response_time > 500" or "heartbeat absent for 10 min"."""
    if condition.operator == Condition.Operator.ABSENT:
        minutes = no_data_minutes if condition.threshold is None else condition.threshold
        return f"{condition.metric} absent for {minutes:g} min"
    return f"{condition.metric} {condition.operator} {condition.threshold:g}"


def rounds_in_words(rule: AlertRule) -> str:
    """When a rule opens an alert, such as "2 of 3 rounds, any sources, at least 1 source"."""
    if rule.minimum_sources_percent is not None:
        minimum = f"at least {rule.minimum_sources_percent} % of sources"
    else:
        minimum = f"at least {rule.minimum_sources} source{'' if rule.minimum_sources == 1 else 's'}"
    rounds = f"{rule.rounds_required} of {rule.rounds_window} round{'' if rule.rounds_window == 1 else 's'}"
    return f"{rounds}, {AlertRule.RoundsMode(rule.rounds_mode).label.lower()}, {minimum}"


def rounds_in_short(rule: AlertRule) -> str:
    """The same, of what is not the usual only, such as "2 of 3 rounds, the same sources"; empty for the usual."""
    parts = [f"{rule.rounds_required} of {rule.rounds_window} rounds"] if rule.rounds_window > 1 else []
    if rule.rounds_mode == AlertRule.RoundsMode.EXACT and rule.rounds_window > 1:
        parts.append("the same sources")
    if rule.minimum_sources_percent is not None:
        parts.append(f"at least {rule.minimum_sources_percent} % of sources")
    elif (rule.minimum_sources or 1) > 1:
        parts.append(f"at least {rule.minimum_sources} sources")
    return ", ".join(parts)


def evidence_of(change: Change) -> JsonDict:
    """The values behind a change, as kept in snapshots and event details."""
    return {"sources": change.evidence, "violating": change.violating, "heard": change.heard}


def holds(condition: Mapping[str, Any], value: float) -> bool:
    """Whether a value meets a condition of a snapshot; never one of absence."""
    compare = COMPARE.get(Operator(condition["operator"]))
    return compare is not None and condition["threshold"] is not None and compare(value, condition["threshold"])


def _condition(rule: AlertRule, condition: Condition) -> JsonDict:
    return {
        "metric": condition.metric,
        "operator": condition.operator,
        "threshold": condition.threshold,
        "severity": condition.severity or rule.severity,
        "text": condition_in_words(condition, rule.no_data_minutes),
    }
