"""How long a destination has been failing, and from when on its lane is on hold. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

FAILURES_BEFORE_HOLD = 3
# A destination that does not answer is given so many times longer than one that refuses.
OUTAGE_PATIENCE = 5


@dataclass(frozen=True, slots=True)
class Streak:
    """What the calls of a lane met since the last one that went well.

    `failures` counts them all and sets the next gap; `since` is when the destination was first at fault (a limit is
    no fault). `refusals` are permanent answers in a row, the first at `refused_since`. On hold, messages wait.
    """

    failures: int = 0
    since: datetime | None = None
    refusals: int = 0
    refused_since: datetime | None = None
    on_hold: bool = False

    @property
    def is_clean(self) -> bool:
        return not self.failures and not self.on_hold

    @property
    def in_trouble(self) -> bool:
        """Whether the next call is a probe."""
        return self.since is not None or self.on_hold

    def limited(self) -> "Streak":
        """After an answer that asked to slow down."""
        return replace(self, failures=self.failures + 1, refusals=0, refused_since=None)

    def failed(self, now: datetime, patience: timedelta) -> "Streak":
        """After no answer, or one that may pass."""
        failures, since = self.failures + 1, self.since or now
        long = failures >= FAILURES_BEFORE_HOLD and now - since >= OUTAGE_PATIENCE * patience
        return Streak(failures, since, on_hold=self.on_hold or long)

    def refused(self, now: datetime, patience: timedelta) -> "Streak":
        """After an answer that will not change by itself; `patience` is how long refusals must go on."""
        refusals, refused_since = self.refusals + 1, self.refused_since or now
        enough = refusals >= FAILURES_BEFORE_HOLD and now - refused_since >= patience
        return Streak(self.failures + 1, self.since or now, refusals, refused_since, self.on_hold or enough)


CLEAN = Streak()
