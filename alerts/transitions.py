"""The life of an alert as one table: what an action makes of a state. What is not in it cannot happen."""

from dataclasses import dataclass
from enum import StrEnum

from alerts.models import EventType
from channels_app.words import AlertState
from teams.errors import Conflict


class Action(StrEnum):
    """What may be done to an alert, by people, by evaluation or by time."""

    ACKNOWLEDGE = "acknowledge"
    UNACKNOWLEDGE = "unacknowledge"
    ASSIGN = "assign"
    NOTE = "note"
    CLOSE = "close"
    RECOVER = "recover"
    CHANGE_SEVERITY = "change_severity"
    LOSE_DATA = "lose_data"
    REMIND = "remind"
    ESCALATE = "escalate"


@dataclass(frozen=True, slots=True)
class Transition:
    """The state after an action, and the event that records it: None where nothing happens."""

    id: str
    to: AlertState
    event: EventType | None


_TRIGGERED, _ACKNOWLEDGED, _CLEARED = AlertState.TRIGGERED, AlertState.ACKNOWLEDGED, AlertState.CLEARED

TRANSITIONS: dict[tuple[AlertState, Action], Transition] = {
    (_TRIGGERED, Action.ACKNOWLEDGE): Transition("T1", _ACKNOWLEDGED, EventType.ACKNOWLEDGED),
    (_TRIGGERED, Action.UNACKNOWLEDGE): Transition("T2", _TRIGGERED, None),
    (_TRIGGERED, Action.ASSIGN): Transition("T3", _TRIGGERED, EventType.ASSIGNED),
    (_TRIGGERED, Action.NOTE): Transition("T4", _TRIGGERED, EventType.NOTED),
    (_TRIGGERED, Action.CLOSE): Transition("T5", _CLEARED, EventType.CLEARED),
    (_TRIGGERED, Action.RECOVER): Transition("T6", _CLEARED, EventType.CLEARED),
    (_TRIGGERED, Action.CHANGE_SEVERITY): Transition("T7", _TRIGGERED, EventType.SEVERITY_CHANGED),
    (_TRIGGERED, Action.LOSE_DATA): Transition("T8", _TRIGGERED, EventType.NO_DATA),
    (_TRIGGERED, Action.REMIND): Transition("T9", _TRIGGERED, EventType.REMINDED),
    (_TRIGGERED, Action.ESCALATE): Transition("T10", _TRIGGERED, EventType.ESCALATED),
    (_ACKNOWLEDGED, Action.ACKNOWLEDGE): Transition("A1", _ACKNOWLEDGED, None),
    (_ACKNOWLEDGED, Action.UNACKNOWLEDGE): Transition("A2", _TRIGGERED, EventType.UNACKNOWLEDGED),
    (_ACKNOWLEDGED, Action.ASSIGN): Transition("A3", _ACKNOWLEDGED, EventType.ASSIGNED),
    (_ACKNOWLEDGED, Action.NOTE): Transition("A4", _ACKNOWLEDGED, EventType.NOTED),
    (_ACKNOWLEDGED, Action.CLOSE): Transition("A5", _CLEARED, EventType.CLEARED),
    (_ACKNOWLEDGED, Action.RECOVER): Transition("A6", _CLEARED, EventType.CLEARED),
    (_ACKNOWLEDGED, Action.CHANGE_SEVERITY): Transition("A7", _ACKNOWLEDGED, EventType.SEVERITY_CHANGED),
    (_ACKNOWLEDGED, Action.LOSE_DATA): Transition("A8", _ACKNOWLEDGED, EventType.NO_DATA),
    (_ACKNOWLEDGED, Action.REMIND): Transition("A9", _ACKNOWLEDGED, None),
    (_ACKNOWLEDGED, Action.ESCALATE): Transition("A10", _ACKNOWLEDGED, None),
}


def transition(number: int, state: str, action: Action) -> Transition:
    """What `action` does to alert `number` in `state`; Conflict where the alert is over."""
    found = TRANSITIONS.get((AlertState(state), action))
    if found is None:
        raise Conflict(f"Alert #{number} is cleared; it can no longer change.")
    return found
