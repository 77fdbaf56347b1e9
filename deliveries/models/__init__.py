from deliveries.models.delivery import (
    OPEN_STATES,
    UNFINISHED,
    Delivery,
    DeliveryQuerySet,
    DeliveryReason,
    DeliveryState,
)
from deliveries.models.dispatch import Attempt, AttemptOutcome, Dispatch, DispatchItem
from deliveries.models.drill import Drill
from deliveries.models.hearing import ChatIdentity, HeardOnce, MessageRef
from deliveries.models.house import Finding, FindingHour, FindingKind, Heartbeat, Tally, Watermark
from deliveries.models.lane import Budget, Lane
from deliveries.models.outage import Outage
from deliveries.models.pacing import LastTold

__all__ = [
    "OPEN_STATES",
    "UNFINISHED",
    "Attempt",
    "AttemptOutcome",
    "Budget",
    "ChatIdentity",
    "Delivery",
    "DeliveryQuerySet",
    "DeliveryReason",
    "DeliveryState",
    "Dispatch",
    "DispatchItem",
    "Drill",
    "Finding",
    "FindingHour",
    "FindingKind",
    "HeardOnce",
    "Heartbeat",
    "Lane",
    "LastTold",
    "MessageRef",
    "Outage",
    "Tally",
    "Watermark",
]
