"""The field's words that every part of Bellhop shares: severities, alert states and what a message tells."""

from enum import StrEnum


class Severity(StrEnum):
    """How bad a violation is, mildest first."""

    INFO = "info"
    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """1 for info up to 4 for critical, so that 0 can stand for no violation."""
        return SEVERITY_RANK[self]


SEVERITIES: tuple[Severity, ...] = tuple(Severity)
SEVERITY_RANK: dict[Severity, int] = {severity: rank for rank, severity in enumerate(SEVERITIES, start=1)}
RANK_SEVERITY: dict[int, Severity] = {rank: severity for severity, rank in SEVERITY_RANK.items()}


class AlertState(StrEnum):
    """Where an alert stands in its life."""

    TRIGGERED = "triggered"
    ACKNOWLEDGED = "acknowledged"
    CLEARED = "cleared"


class Story(StrEnum):
    """What a message tells: one alert event, or one of Bellhop's own messages."""

    TRIGGERED = "triggered"
    SEVERITY_CHANGED = "severity_changed"
    NO_DATA = "no_data"
    REMINDER = "reminder"
    ESCALATED = "escalated"
    ACKNOWLEDGED = "acknowledged"
    UNACKNOWLEDGED = "unacknowledged"
    ASSIGNED = "assigned"
    NOTED = "noted"
    CLEARED = "cleared"
    DIGEST = "digest"
    TEST = "test"
    TROUBLE = "trouble"
    MENDED = "mended"
    CHANGED = "changed"
