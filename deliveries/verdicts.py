"""What becomes of a dispatch after its calls. Pure, but for the setting BELLHOP_HOLD_AFTER."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings

from channels_app.contract import Delivered, Outcome, Reason, Rejected, RetryLater
from deliveries.budgets import demanded, gap
from deliveries.models import AttemptOutcome, DeliveryReason
from deliveries.planning import TRIES_BEFORE_BEHIND
from deliveries.streaks import CLEAN, Streak

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

    `streak` is what the lane counts from now on; `at_fault` says that the destination added to it, and not this
    message or our pace alone. `apart`: what it carried is tried again, each by itself.
    """

    outcome: AttemptOutcome
    streak: Streak
    reason: str = ""
    words: str = ""
    ref: str = ""
    pause: timedelta | None = None
    whole_key: bool = False
    apart: bool = False
    at_fault: bool = False

    @property
    def tries(self) -> int:
        """How many failed tries it counts for each delivery told by name; a limit is not the message's fault."""
        if self.apart:
            return TRIES_BEFORE_BEHIND
        return 0 if self.reason == Reason.RATE_LIMITED else 1

    def until(self, now: datetime) -> datetime | None:
        return now + self.pause if self.pause is not None else None


class Said(NamedTuple):
    """What one call came to, for the log."""

    outcome: AttemptOutcome
    reason: str
    words: str


def said(outcome: Outcome) -> Said:
    """What a call that was judged so came to, by itself."""
    match outcome:
        case Delivered():
            return Said(AttemptOutcome.DELIVERED, "", outcome.words)
        case RetryLater():
            return Said(AttemptOutcome.RETRY_LATER, outcome.reason, outcome.words)
        case Rejected():
            return Said(AttemptOutcome.REJECTED, outcome.reason, outcome.words)


def judge(outcome: Outcome, streak: Streak, now: datetime, jitter: float, carried: int = 1) -> Verdict:
    """The verdict; `streak` is that of the lane so far, `jitter` is between 0 and 1.

    A digest (`carried` > 1) whose content is refused is taken apart, so that one bad alert does not cost the others;
    those that it only counted are not what was refused, and go on in the next.
    A destination that refuses again and again over time is put on hold: from then on its messages wait.
    """
    match outcome:
        case Delivered():
            # PostgreSQL keeps no NUL, and would refuse all results that are recorded together with this one.
            ref = outcome.ref.replace("\x00", "")[:200]
            return Verdict(AttemptOutcome.DELIVERED, CLEAN, words=outcome.words, ref=ref)
        case RetryLater():
            return _later(outcome, streak, now, jitter)
        case Rejected():
            if outcome.reason in OF_THE_DESTINATION:
                return _refused(outcome.reason, outcome.words, streak, now, jitter, carried)
            if carried > 1 and outcome.reason is Reason.CONTENT_REFUSED:
                return Verdict(AttemptOutcome.RETRY_LATER, CLEAN, outcome.reason, outcome.words, apart=True)
            return Verdict(AttemptOutcome.REJECTED, CLEAN, outcome.reason, outcome.words)


def internal_error(streak: Streak, carried: int = 1) -> Verdict:
    """Our own fault: this message alone is given up; a digest is taken apart, to find which."""
    if carried > 1:
        return Verdict(AttemptOutcome.RETRY_LATER, streak, DeliveryReason.INTERNAL_ERROR, apart=True)
    return Verdict(AttemptOutcome.REJECTED, streak, DeliveryReason.INTERNAL_ERROR)


def unreadable(streak: Streak, now: datetime, jitter: float, carried: int) -> Verdict:
    """The stored settings cannot be opened: like a destination that refuses everything."""
    return _refused(DeliveryReason.UNREADABLE_CONFIG, "", streak, now, jitter, carried)


def _later(outcome: RetryLater, streak: Streak, now: datetime, jitter: float) -> Verdict:
    limited = outcome.reason is Reason.RATE_LIMITED
    after = streak.limited() if limited else streak.failed(now, _patience())
    pause = gap(after.failures, jitter) if outcome.after is None else demanded(outcome.after)
    return Verdict(
        AttemptOutcome.RETRY_LATER,
        after,
        outcome.reason,
        outcome.words,
        pause=pause,
        whole_key=limited,
        at_fault=not limited,
    )


def _refused(reason: str, words: str, streak: Streak, now: datetime, jitter: float, carried: int) -> Verdict:
    """The message that drew the refusal is given up; those of a digest, and all while on hold, wait."""
    after = streak.refused(now, _patience())
    waits = streak.on_hold or carried > 1
    ended = AttemptOutcome.RETRY_LATER if waits else AttemptOutcome.REJECTED
    pause = gap(after.failures, jitter) if after.on_hold else _patience() * (2 + jitter) / 6
    return Verdict(ended, after, reason, words, pause=pause, at_fault=True)


def _patience() -> timedelta:
    return timedelta(seconds=settings.BELLHOP_HOLD_AFTER)
