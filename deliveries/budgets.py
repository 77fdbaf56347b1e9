"""How much may be sent under a rate key, and how long to wait after failures. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from channels_app.contract import Rate

FIRST_GAP = 5.0
LONGEST_GAP = 900.0
LONGEST_DEMAND = 3600.0
SOON = timedelta(seconds=5)
# Where nobody counts our calls, more than this at once is still more than anybody reads one by one.
UNLIMITED = 100


@dataclass(slots=True)
class Allowance:
    """One rate key's budget while it is planned with: GCRA's theoretical arrival time, and what the remote demanded."""

    rate: Rate | None
    next_at: datetime
    paused_until: datetime | None = None

    def earliest(self, now: datetime) -> datetime:
        """When the next call may go; `now` at the earliest."""
        moment = now
        if self.rate:
            moment = max(moment, self.next_at - self._slack)
        return max(moment, self.paused_until) if self.paused_until else moment

    def take(self, at: datetime) -> None:
        """Count one call at `at`."""
        if self.rate:
            self.next_at = max(self.next_at, at) + timedelta(seconds=self.rate.interval)

    def within(self, now: datetime, span: timedelta = SOON) -> int:
        """How many calls may go from `now` on within `span`; UNLIMITED where nobody counts."""
        start, end = self.earliest(now), now + span
        if start > end:
            return 0
        if not self.rate:
            return UNLIMITED
        return int((end + self._slack - max(self.next_at, start)).total_seconds() / self.rate.interval) + 1

    @property
    def _slack(self) -> timedelta:
        return timedelta(seconds=self.rate.interval * (self.rate.burst - 1)) if self.rate else timedelta(0)


def gap(failures: int, jitter: float) -> timedelta:
    """How long to wait after the `failures`-th failure in a row; `jitter` is between 0 and 1."""
    return timedelta(seconds=min(LONGEST_GAP, FIRST_GAP * 2.0 ** min(failures - 1, 20)) * jitter)


def demanded(after: float) -> timedelta:
    """The wait that a remote asked for (seconds), within reason."""
    return timedelta(seconds=min(LONGEST_DEMAND, after) if after > 0 else FIRST_GAP)
