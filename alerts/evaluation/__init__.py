"""Evaluation of alert rules, pure: windows of rounds in, changes of alerts out. No database, no clock."""

from alerts.evaluation.evidence import MAX_SOURCES, Change, Evidence, Reason
from alerts.evaluation.judge import closed_by_hand, feed, next_check, rebuild, silence, still_violated
from alerts.evaluation.ledger import HEARD_ROUNDS
from alerts.evaluation.quiet import Ranges, covers
from alerts.evaluation.rules import ConditionSpec, Operator, RuleSpec, awaited_metrics, judged_metrics, round_of
from alerts.evaluation.state import Reading, State

__all__ = [
    "HEARD_ROUNDS",
    "MAX_SOURCES",
    "Change",
    "ConditionSpec",
    "Evidence",
    "Operator",
    "Ranges",
    "Reading",
    "Reason",
    "RuleSpec",
    "State",
    "awaited_metrics",
    "closed_by_hand",
    "covers",
    "feed",
    "judged_metrics",
    "next_check",
    "rebuild",
    "round_of",
    "silence",
    "still_violated",
]
