from deliveries.models.delivery import OPEN_STATES, Delivery, DeliveryQuerySet, DeliveryReason, DeliveryState
from deliveries.models.dispatch import Attempt, AttemptOutcome, Dispatch, DispatchItem
from deliveries.models.lane import Budget, Lane

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
    "Lane",
]
