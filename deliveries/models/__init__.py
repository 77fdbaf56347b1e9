from deliveries.models.delivery import OPEN_STATES, Delivery, DeliveryQuerySet, DeliveryReason, DeliveryState
from deliveries.models.dispatch import Attempt, AttemptOutcome, Dispatch, DispatchItem
from deliveries.models.house import Finding, FindingHour, FindingKind, Heartbeat, Tally, Watermark
from deliveries.models.lane import Budget, Lane
from deliveries.models.outage import Outage

__all__ = [
    "OPEN_STATES",
    "Attempt",
    "AttemptOutcome",
    "Budget",
    "Delivery",
    "DeliveryQuerySet",
    "DeliveryReason",
    "DeliveryState",
    "Dispatch",
    "DispatchItem",
    "Finding",
    "FindingHour",
    "FindingKind",
    "Heartbeat",
    "Lane",
    "Outage",
    "Tally",
    "Watermark",
]
