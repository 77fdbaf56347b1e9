"""Who is owed what, and why not: one pure decision for an event and a possible addressee."""

from dataclasses import dataclass
from typing import NamedTuple

from alerts.models import Announce, EventType
from deliveries.models import DeliveryReason, DeliveryState

# Acknowledged, unacknowledged, assigned and noted are owed to nobody: they belong to messages that live on.
OPENING = frozenset(
    (EventType.TRIGGERED, EventType.SEVERITY_CHANGED, EventType.REMINDED, EventType.ESCALATED, EventType.NO_DATA)
)


class Decision(NamedTuple):
    """The state that a delivery begins in, and why where it is not pending."""

    state: DeliveryState
    reason: DeliveryReason | None = None


PENDING = Decision(DeliveryState.PENDING)


@dataclass(frozen=True, slots=True)
class Addressee:
    """A possible addressee of an event. `ticked` says whether the rule names it now."""

    enabled: bool
    removed: bool
    ticked: bool
    tracks_state: bool


@dataclass(frozen=True, slots=True)
class Past:
    """What the addressee had of the alert before: whether it was owed an opening event, and told (or will be).

    `stands_in_for` is the integration in whose place it was.
    """

    owed: bool = False
    told: bool = False
    stands_in_for: int | None = None


def decide(
    event: EventType, rises: bool, announce: Announce, on_clear: bool, addressee: Addressee, past: Past
) -> Decision | None:
    """The decision, or None where nothing is owed. `rises` is whether a severity change goes up."""
    if event == EventType.CLEARED:
        return _of_clear(announce, on_clear, addressee, past)
    if event not in OPENING or not addressee.ticked or (event == EventType.SEVERITY_CHANGED and not rises):
        return None
    return _silenced(announce) or _unusable(addressee) or PENDING


def _of_clear(announce: Announce, on_clear: bool, addressee: Addressee, past: Past) -> Decision | None:
    if not addressee.ticked and not past.told:
        return None
    must = addressee.tracks_state and past.told
    return (
        (None if must else _silenced(announce))
        or _unusable(addressee)
        or (None if must or on_clear else _suppressed(DeliveryReason.RULE_NOT_ON_CLEAR))
        or (None if past.owed or past.told else _suppressed(DeliveryReason.NEVER_TOLD))
        or PENDING
    )


def _silenced(announce: Announce) -> Decision | None:
    if announce == Announce.TOO_OLD:
        return _suppressed(DeliveryReason.TOO_OLD)
    return _suppressed(DeliveryReason.NOT_WANTED) if announce == Announce.NOT_WANTED else None


def _unusable(addressee: Addressee) -> Decision | None:
    if addressee.removed:
        return _suppressed(DeliveryReason.INTEGRATION_REMOVED)
    return None if addressee.enabled else _suppressed(DeliveryReason.INTEGRATION_DISABLED)


def _suppressed(reason: DeliveryReason) -> Decision:
    return Decision(DeliveryState.SUPPRESSED, reason)
