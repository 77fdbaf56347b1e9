"""What becomes of a dispatch after its calls. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from channels_app.contract import Delivered, Outcome, Reason, Rejected, RetryLater
from deliveries.budgets import demanded, gap
from deliveries.models import AttemptOutcome, DeliveryReason
from deliveries.planning import TRIES_BEFORE_BEHIND

REJECTS_BEFORE_PARKING = 3
PARKED_FROM = 4  # failures in a row after which the owner has to know

# The destination itself is at fault, so whatever comes next would be refused as well.
OF_THE_DESTINATION = frozenset(
    (
        Reason.ADDRESS_REFUSED,
        Reason.BAD_CREDENTIALS,
        Reason.NOT_ALLOWED,
        Reason.DESTINATION_GONE,
        Reason.REDIRECTED,
    )
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a dispatch ended. `pause` holds the lane, or all lanes of the rate key where `whole_key`.

    `failures` is what the lane counts from now on. `apart`: what it carried is tried again, each by itself.
    """

    outcome: AttemptOutcome
    failures: int
    reason: str = ""
    words: str = ""
    ref: str = ""
    pause: timedelta | None = None
    whole_key: bool = False
    apart: bool = False

    @property
    def unhealthy(self) -> bool:
        """Whether the destination, and not this message or our pace alone, is at fault."""
        return self.failures > 0 and not self.whole_key

    @property
    def tries(self) -> int:
        """How many failed tries it counts for each delivery; a limit is not the message's fault."""
        if self.apart:
            return TRIES_BEFORE_BEHIND
        return 0 if self.reason == Reason.RATE_LIMITED else 1

    @property
    def parked(self) -> bool:
        return self.failures >= PARKED_FROM

    def until(self, now: datetime) -> datetime | None:
        return now + self.pause if self.pause is not None else None


def judge(outcome: Outcome, failures: int, jitter: float, carried: int = 1) -> Verdict:
    """The verdict; `failures` are those of the lane so far, `jitter` is between 0 and 1.

    A digest (`carried` > 1) whose content is refused is taken apart, so that one bad alert does not cost the others.

    A destination that refuses again and again is parked: from then on its messages wait instead of being rejected.
    """
    match outcome:
        case Delivered():
            return Verdict(AttemptOutcome.DELIVERED, 0, words=outcome.words, ref=outcome.ref[:200])
        case RetryLater():
            pause = gap(failures + 1, jitter) if outcome.after is None else demanded(outcome.after)
            whole = outcome.reason is Reason.RATE_LIMITED
            return Verdict(
                AttemptOutcome.RETRY_LATER, failures + 1, outcome.reason, outcome.words, pause=pause, whole_key=whole
            )
        case Rejected():
            if carried > 1 and outcome.reason is Reason.CONTENT_REFUSED:
                return Verdict(AttemptOutcome.RETRY_LATER, 0, outcome.reason, outcome.words, apart=True)
            return _rejected(outcome, failures, jitter)


def internal_error(failures: int) -> Verdict:
    """Our own fault: this message alone is given up."""
    return Verdict(AttemptOutcome.REJECTED, failures, DeliveryReason.INTERNAL_ERROR)


def unreadable(failures: int) -> Verdict:
    """The stored settings cannot be opened."""
    return Verdict(AttemptOutcome.REJECTED, failures, DeliveryReason.UNREADABLE_CONFIG)


def _rejected(outcome: Rejected, failures: int, jitter: float) -> Verdict:
    if outcome.reason not in OF_THE_DESTINATION:
        return Verdict(AttemptOutcome.REJECTED, 0, outcome.reason, outcome.words)
    if failures < REJECTS_BEFORE_PARKING:
        return Verdict(AttemptOutcome.REJECTED, failures + 1, outcome.reason, outcome.words)
    pause = gap(failures + 1, jitter)
    return Verdict(AttemptOutcome.RETRY_LATER, failures + 1, outcome.reason, outcome.words, pause=pause)
