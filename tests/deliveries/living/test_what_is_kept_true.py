"""When a message is updated in silence, who hears of what people do, and who knows it already: the decisions alone."""

from dataclasses import replace
from itertools import product

import pytest

from alerts.models import Announce, EventType
from deliveries.decisions import ACTING, PENDING, Addressee, Decision, Occasion, Past, decide, keeps_true
from deliveries.models import DeliveryReason, DeliveryState
from integrations.models.telling import usually_told

USUAL = frozenset(usually_told())
PLAIN = Addressee(enabled=True, removed=False, ticked=True, tracks_state=False, chosen=USUAL)
LIVING = replace(PLAIN, living=True, two_way=True)
ROOM = replace(PLAIN, two_way=True)
TRACKING = replace(PLAIN, tracks_state=True, two_way=True)
TOLD, HELD = Past(owed=True, told=True, heard=True), Past(owed=True, told=True, held=True)
OWED, NOTHING = Past(owed=True), Past()
CHANGES = [event for event in EventType if event != EventType.REMINDED]


def no(reason: DeliveryReason) -> Decision:
    return Decision(DeliveryState.SUPPRESSED, reason)


def held() -> Decision:
    return Decision(DeliveryState.HELD, DeliveryReason.MUTED)


SAID_THERE, OWN = no(DeliveryReason.SAID_THERE), no(DeliveryReason.OWN_ACTION)


@pytest.mark.parametrize("event", CHANGES)
@pytest.mark.parametrize(
    ("decision", "updated"),
    [
        (None, True),
        (PENDING, False),
        (held(), True),
        (no(DeliveryReason.TOO_OLD), True),
        (no(DeliveryReason.NOT_WANTED), True),
        (no(DeliveryReason.EVENT_NOT_CHOSEN), True),
        (no(DeliveryReason.BELOW_SEVERITY), True),
        (no(DeliveryReason.RULE_NOT_ON_CLEAR), True),
    ],
)
def test_a_message_is_updated_by_whatever_is_not_told_there(
    event: EventType, decision: Decision | None, updated: bool
) -> None:
    assert keeps_true(Occasion(event), LIVING, TOLD, decision) is updated
    assert keeps_true(Occasion(event), LIVING, HELD, decision) is updated


@pytest.mark.parametrize("event", EventType)
@pytest.mark.parametrize(
    ("addressee", "past"),
    [
        (PLAIN, TOLD),
        (ROOM, TOLD),
        (TRACKING, TOLD),
        (LIVING, OWED),
        (LIVING, NOTHING),
        (replace(LIVING, enabled=False), TOLD),
        (replace(LIVING, removed=True), TOLD),
    ],
)
def test_where_no_message_is_kept_nothing_is_updated(event: EventType, addressee: Addressee, past: Past) -> None:
    assert not keeps_true(Occasion(event), addressee, past, None)


@pytest.mark.parametrize("event", EventType)
def test_the_shadow_updates_nothing_and_a_reminder_that_reminds_nobody_neither(event: EventType) -> None:
    assert not keeps_true(Occasion(event, shadow=True), LIVING, TOLD, no(DeliveryReason.SHADOW))
    assert not keeps_true(Occasion(EventType.REMINDED), LIVING, TOLD, no(DeliveryReason.EVENT_NOT_CHOSEN))


def test_every_change_of_a_told_alert_reaches_its_message_one_way_and_one_only() -> None:
    """Whatever the event, the rule and the choices: told, or updated in silence, and never both."""
    occasions = [
        Occasion(*each)
        for each in product(
            CHANGES, Announce, (1, 4), (False, True), (False, True), (False,), (False, True), (False, True)
        )
    ]
    addressees = [
        replace(LIVING, ticked=ticked, chosen=chosen, minimum_rank=rank)
        for ticked, chosen, rank in product((False, True), (USUAL, frozenset[str]()), (0, 3))
    ]
    for occasion, addressee in product(occasions, addressees):
        decision = decide(occasion, addressee, TOLD)
        assert (decision is PENDING) is not keeps_true(occasion, addressee, TOLD, decision), (occasion, addressee)


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (EventType.ACKNOWLEDGED, PENDING),
        (EventType.UNACKNOWLEDGED, PENDING),
        (EventType.ASSIGNED, PENDING),
        (EventType.NOTED, None),
    ],
)
def test_a_room_that_can_act_is_told_who_has_it_whatever_it_chose(event: EventType, told: Decision | None) -> None:
    assert decide(Occasion(event), ROOM, TOLD) == told
    assert decide(Occasion(event), PLAIN, TOLD) is None
    assert decide(Occasion(event), LIVING, TOLD) is None
    assert decide(Occasion(event), ROOM, OWED) is None
    assert decide(Occasion(event), replace(ROOM, enabled=False), TOLD) == (
        told and no(DeliveryReason.INTEGRATION_DISABLED)
    )


def test_a_room_that_can_act_is_told_that_somebody_closed_it() -> None:
    by_hand = Occasion(EventType.CLEARED, on_clear=False, by_hand=True)
    deaf = replace(ROOM, chosen=frozenset())
    assert decide(by_hand, deaf, TOLD) == PENDING
    assert decide(by_hand._replace(by_hand=False), deaf, TOLD) == no(DeliveryReason.RULE_NOT_ON_CLEAR)
    assert decide(by_hand._replace(by_hand=False, on_clear=True), deaf, TOLD) == no(DeliveryReason.EVENT_NOT_CHOSEN)
    assert decide(by_hand, PLAIN, TOLD) == no(DeliveryReason.RULE_NOT_ON_CLEAR)
    assert decide(by_hand, deaf, NOTHING) == no(DeliveryReason.RULE_NOT_ON_CLEAR)


@pytest.mark.parametrize(
    ("event", "room", "keeper"),
    [
        (EventType.ACKNOWLEDGED, SAID_THERE, SAID_THERE),
        (EventType.UNACKNOWLEDGED, SAID_THERE, SAID_THERE),
        (EventType.ASSIGNED, SAID_THERE, PENDING),
        (EventType.NOTED, SAID_THERE, PENDING),
        (EventType.CLEARED, SAID_THERE, SAID_THERE),
        (EventType.TRIGGERED, PENDING, PENDING),
    ],
)
def test_where_it_was_said_it_is_known(event: EventType, room: Decision, keeper: Decision) -> None:
    everything = frozenset(
        (
            *("triggered", "cleared", "acknowledged", "assigned", "noted"),
            *("severity_changed", "reminded"),
        )
    )
    occasion = Occasion(event, by_hand=event == EventType.CLEARED, there=True)
    assert decide(occasion, replace(ROOM, chosen=everything), TOLD) == room
    assert decide(occasion, replace(TRACKING, chosen=everything), TOLD) == keeper
    assert decide(occasion._replace(there=False), replace(ROOM, chosen=everything), TOLD) == PENDING


@pytest.mark.parametrize("event", [*sorted(ACTING), EventType.CLEARED])
def test_a_message_that_lives_shows_what_was_done_there_too(event: EventType) -> None:
    occasion = Occasion(event, by_hand=event == EventType.CLEARED, there=True)
    decision = decide(occasion, LIVING, TOLD)
    assert decision is PENDING or keeps_true(occasion, LIVING, TOLD, decision)


@pytest.mark.parametrize("event", [*sorted(ACTING), EventType.CLEARED])
def test_nobody_is_told_of_what_they_did_themselves(event: EventType) -> None:
    everything = replace(PLAIN, chosen=frozenset(("cleared", "acknowledged", "assigned", "noted")))
    by_hand = event == EventType.CLEARED
    assert decide(Occasion(event, by_hand=by_hand, own=True), everything, TOLD) == OWN
    assert decide(Occasion(event, by_hand=by_hand), everything, TOLD) == PENDING
    assert decide(Occasion(EventType.CLEARED, own=True), everything, TOLD) == PENDING
