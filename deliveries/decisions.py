"""Who is owed what, and why not: one pure decision for an event and a possible addressee."""

from dataclasses import dataclass
from typing import NamedTuple

from alerts.models import Announce, EventType
from deliveries.models import DeliveryReason, DeliveryState
from integrations.models import Telling

OPENING = frozenset(
    (EventType.TRIGGERED, EventType.SEVERITY_CHANGED, EventType.REMINDED, EventType.ESCALATED, EventType.NO_DATA)
)
# What people do to an alert: told only to those who heard of it, and chose to hear of that.
ACTING = frozenset((EventType.ACKNOWLEDGED, EventType.UNACKNOWLEDGED, EventType.ASSIGNED, EventType.NOTED))
# The choice that each event falls under; escalations fall under none.
CHOICES: dict[str, Telling] = {
    EventType.TRIGGERED: Telling.TRIGGERED,
    EventType.NO_DATA: Telling.TRIGGERED,
    EventType.SEVERITY_CHANGED: Telling.SEVERITY_CHANGED,
    EventType.REMINDED: Telling.REMINDED,
    EventType.ACKNOWLEDGED: Telling.ACKNOWLEDGED,
    EventType.UNACKNOWLEDGED: Telling.ACKNOWLEDGED,
    EventType.ASSIGNED: Telling.ASSIGNED,
    EventType.NOTED: Telling.NOTED,
    EventType.CLEARED: Telling.CLEARED,
}
# A state that is kept elsewhere knows these whatever was chosen.
_TRACKED = frozenset((EventType.ACKNOWLEDGED, EventType.UNACKNOWLEDGED))
# Who has it: shown wherever people can act, whatever was chosen there.
_SHOWN = _TRACKED | {EventType.ASSIGNED}
ALL = frozenset(Telling.values)


class Decision(NamedTuple):
    """The state that a delivery begins in, and why where it is not pending."""

    state: DeliveryState
    reason: DeliveryReason | None = None


PENDING = Decision(DeliveryState.PENDING)


class Occasion(NamedTuple):
    """What happened. `rises` is whether a severity change goes up, `rank` that of the alert's severity then.

    `on_clear` is whether the rule tells of clears, `shadow` whether everything is decided and nothing sent. `by_hand`:
    it is a clear, and a person closed it. `there`: it came from the very place that is decided about; `own`: it is what
    the one did whom that place is.
    """

    event: EventType
    announce: Announce = Announce.YES
    rank: int = 4
    rises: bool = False
    on_clear: bool = True
    shadow: bool = False
    by_hand: bool = False
    there: bool = False
    own: bool = False

    @property
    def is_deed(self) -> bool:
        """Whether a person did it to the alert."""
        return self.event in ACTING or self.by_hand


@dataclass(frozen=True, slots=True)
class Addressee:
    """A possible addressee of an event. `ticked` says whether the rule names it now.

    `minimum_rank` is that of the least severe alert that it is told of, `chosen` (Telling values) of which events.
    `living`: the message about an alert is kept true there; `two_way`: people can act on alerts from there.
    """

    enabled: bool
    removed: bool
    ticked: bool
    tracks_state: bool
    minimum_rank: int = 0
    chosen: frozenset[str] = ALL
    living: bool = False
    two_way: bool = False

    @property
    def shows_deeds(self) -> bool:
        """Whether what people do is said there anew: no message there is kept true, and no state."""
        return self.two_way and not self.living and not self.tracks_state


@dataclass(frozen=True, slots=True)
class Past:
    """What the addressee had of the alert before: whether it was owed an opening event, and told (or will be).

    `heard`: told one that nothing holds back. `shadowed`: it was owed one, but for the shadow mode. `held`: something
    of the alert is held back, whatever it is. `escalated`: an escalation named it. `stands_in_for` is the integration
    in whose place it was.
    """

    owed: bool = False
    told: bool = False
    heard: bool = False
    shadowed: bool = False
    held: bool = False
    escalated: bool = False
    stands_in_for: int | None = None


def decide(occasion: Occasion, addressee: Addressee, past: Past) -> Decision | None:
    """The decision, or None where nothing is owed."""
    event = occasion.event
    if event in OPENING:
        decision = _of_opening(occasion, addressee, past)
    elif event == EventType.CLEARED:
        decision = _of_clear(occasion, addressee, past)
    else:
        decision = _of_acting(occasion, addressee, past)
    if decision is PENDING and (why := _known_there(occasion, addressee)):
        return _suppressed(why)
    if decision is PENDING and occasion.shadow and not _must_end(occasion, addressee, past):
        return _suppressed(DeliveryReason.SHADOW)
    return decision


def keeps_true(occasion: Occasion, addressee: Addressee, past: Past, decision: Decision | None) -> bool:
    """Whether the message there is updated in silence: where the event is not told there, or not yet.

    What is told loud updates the message too. What was told but is held back counts as told: it may go out while this
    is decided. A reminder that reminds nobody changes nothing.
    """
    if not (addressee.living and past.told and addressee.enabled) or addressee.removed or occasion.shadow:
        return False
    return occasion.event != EventType.REMINDED and (decision is None or decision.state in _UNTOLD)


_UNTOLD = (DeliveryState.SUPPRESSED, DeliveryState.HELD)


def _known_there(occasion: Occasion, addressee: Addressee) -> DeliveryReason | None:
    """Why nobody there needs to hear of it; a message that lives there is updated all the same."""
    if occasion.own and occasion.is_deed:
        return DeliveryReason.OWN_ACTION
    if not occasion.there or addressee.living:
        return None
    tracked = addressee.tracks_state and (occasion.event in _TRACKED or occasion.event == EventType.CLEARED)
    answered = addressee.two_way and not addressee.tracks_state and occasion.is_deed
    return DeliveryReason.SAID_THERE if tracked or answered else None


def _must_end(occasion: Occasion, addressee: Addressee, past: Past) -> bool:
    """Who keeps the state of an alert, and was really told of it, would keep it open for ever."""
    return occasion.event == EventType.CLEARED and addressee.tracks_state and past.heard


def _of_opening(occasion: Occasion, addressee: Addressee, past: Past) -> Decision | None:
    event = occasion.event
    if not addressee.ticked:
        return None
    if event == EventType.SEVERITY_CHANGED and not occasion.rises and not (addressee.tracks_state and past.told):
        return None
    return (
        _silenced(occasion.announce)
        or _unusable(addressee)
        or _too_mild(occasion, addressee, past)
        or _not_chosen(event, addressee)
        or PENDING
    )


def _of_clear(occasion: Occasion, addressee: Addressee, past: Past) -> Decision | None:
    if not addressee.ticked and not past.told:
        return None
    must = addressee.tracks_state and past.told
    shown = addressee.shows_deeds and occasion.by_hand and past.told
    owed = past.owed or past.told or (occasion.shadow and past.shadowed)
    return (
        (None if must else _silenced(occasion.announce))
        or _unusable(addressee)
        or (None if must or shown or occasion.on_clear else _suppressed(DeliveryReason.RULE_NOT_ON_CLEAR))
        or (None if owed else _suppressed(DeliveryReason.NEVER_TOLD))
        or (None if must or shown else _not_chosen(occasion.event, addressee))
        or PENDING
    )


def _of_acting(occasion: Occasion, addressee: Addressee, past: Past) -> Decision | None:
    """Nobody asks why they did not hear of what they did not choose to hear."""
    tracked = addressee.tracks_state and occasion.event in _TRACKED
    shown = addressee.shows_deeds and occasion.event in _SHOWN
    if not past.told or not (tracked or shown or CHOICES[occasion.event] in addressee.chosen):
        return None
    return _silenced(occasion.announce) or _unusable(addressee) or PENDING


def _silenced(announce: Announce) -> Decision | None:
    if announce == Announce.YES:
        return None
    return _suppressed(DeliveryReason.TOO_OLD if announce == Announce.TOO_OLD else DeliveryReason.NOT_WANTED)


def _unusable(addressee: Addressee) -> Decision | None:
    if addressee.removed:
        return _suppressed(DeliveryReason.INTEGRATION_REMOVED)
    return None if addressee.enabled else _suppressed(DeliveryReason.INTEGRATION_DISABLED)


def _too_mild(occasion: Occasion, addressee: Addressee, past: Past) -> Decision | None:
    """Whoever keeps the state of an alert must learn that it became milder, too."""
    if occasion.rank >= addressee.minimum_rank or (addressee.tracks_state and past.told):
        return None
    return _suppressed(DeliveryReason.BELOW_SEVERITY)


def _not_chosen(event: EventType, addressee: Addressee) -> Decision | None:
    choice = CHOICES.get(event)
    if choice is None or choice in addressee.chosen:
        return None
    return _suppressed(DeliveryReason.EVENT_NOT_CHOSEN)


def _suppressed(reason: DeliveryReason) -> Decision:
    return Decision(DeliveryState.SUPPRESSED, reason)
