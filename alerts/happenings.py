"""What judgement did to the alert of a rule on a test, as handed to alerts.lifecycle."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from alerts.fingerprints import measured_fingerprint
from alerts.models import ClearedReason
from channels_app.words import Severity

What = Literal["opened", "severity", "cleared", "no_data"]


@dataclass(frozen=True, slots=True)
class Happening:
    """One change of one alert. `at` is the round's time, or now where no round caused it.

    `severity` is the one from then on (of a clear: the last). `reason` is set for clears. `detail` is evidence as in
    alerts.snapshots. Opened by "violated" or "no_data".
    """

    what: What
    rule_id: int
    test_id: int
    at: datetime
    severity: Severity
    reason: ClearedReason | None = None
    opened_by: str = "violated"
    detail: dict[str, Any] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        return measured_fingerprint(self.rule_id, self.test_id)


def cleared(rule_id: int, test_id: int, reason: ClearedReason, now: datetime) -> Happening:
    """The alert of a rule on a test ends for a reason of its own; nothing happens where none is open."""
    return Happening("cleared", rule_id, test_id, now, Severity.INFO, reason)
