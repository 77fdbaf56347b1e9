from deliveries.models.delivery import Delivery, DeliveryQuerySet, DeliveryReason, DeliveryState
from deliveries.models.dispatch import Attempt, AttemptOutcome, Dispatch, DispatchItem
from deliveries.models.lane import Budget, Lane

__all__ = [
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
