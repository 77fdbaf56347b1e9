"""A delivery as people read it, on every page that shows some."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Literal

from deliveries.models import Attempt, Delivery, DeliveryState
from deliveries.selectors import Delay, attempts_of, delay_of, is_digested, why_not_again
from deliveries.sentences import sentence, whom
from teams.values import stamp

Tone = Literal["good", "bad", "waiting", "off"]
TONES: dict[str, Tone] = {
    DeliveryState.HELD: "waiting",
    DeliveryState.PENDING: "waiting",
    DeliveryState.SENDING: "waiting",
    DeliveryState.DELIVERED: "good",
    DeliveryState.REJECTED: "bad",
    DeliveryState.EXPIRED: "bad",
    DeliveryState.SUPPRESSED: "off",
    DeliveryState.SUPERSEDED: "off",
}
SHOWN = 3
NEVER_TRIED = frozenset((DeliveryState.HELD, DeliveryState.SUPPRESSED, DeliveryState.SUPERSEDED))


@dataclass(frozen=True, slots=True)
class Entry:
    """`became` is a sentence, `again` whether it can be sent again. Tries are there for deliveries `with_attempts`.

    `instead` is what was told in its place by a fallback, where that is known.
    """

    delivery: Delivery
    whom: str
    tone: Tone
    became: str
    delay: Delay | None
    again: bool
    instead: "Entry | None" = None

    @property
    def attempts(self) -> list[Attempt]:
        """All calls that carried it, oldest first."""
        return attempts_of(self.delivery)

    @property
    def last_attempts(self) -> list[Attempt]:
        """As many of them as lists show."""
        return self.attempts[-SHOWN:]

    @property
    def earlier_attempts(self) -> int:
        """How many came before those."""
        return max(0, len(self.attempts) - SHOWN)

    @property
    def is_digested(self) -> bool:
        """Whether others were told in the same message."""
        return is_digested(self.delivery)

    @property
    def is_resending(self) -> bool:
        """Whether one that was made to send it again is under way. For deliveries `with_resends`."""
        return bool(getattr(self.delivery, "resending", False))

    @property
    def was_tried(self) -> bool:
        """Whether there can be attempts at all."""
        return self.delivery.state not in NEVER_TRIED


def entry_of(delivery: Delivery, now: datetime, zone: tzinfo) -> Entry:
    """The delivery as it reads now; it should come from `deliveries_of` and `with_resends`."""
    delay = delay_of(delivery, now)
    return Entry(
        delivery,
        whom(delivery),
        TONES[delivery.state],
        sentence(delivery, delay, zone),
        delay,
        not why_not_again(delivery),
    )


def stamp_of(entries: Iterable[Entry], *more: object) -> str:
    """A word that differs as soon as anything that is shown of them does."""
    shown = [(each.delivery.pk, each.delivery.state, each.delivery.tries, each.became, each.again) for each in entries]
    return stamp(shown, more)
