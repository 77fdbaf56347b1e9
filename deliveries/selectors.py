"""What is known of deliveries: lists, the attempts of each, and until when one is delayed."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db.models import OuterRef, Prefetch, Q, QuerySet, Subquery

from deliveries.models import OPEN_STATES, Attempt, Budget, Delivery, DeliveryState, Dispatch
from teams.models import Team

BUDGET = "budget"


class Delay(NamedTuple):
    """Until when a delivery waits, and why: a reason's word, or BUDGET for our own pace."""

    until: datetime
    why: str


def deliveries_of(
    team: Team,
    *,
    alert: int | None = None,
    integration: int | None = None,
    states: Sequence[str] = (),
) -> QuerySet[Delivery]:
    """The team's deliveries, newest first, with all that lists show. `alert` is the alert's number."""
    found = Delivery.objects.of(team).select_related("alert", "event", "integration", "lane")
    if alert is not None:
        found = found.filter(alert__number=alert)
    if integration is not None:
        found = found.filter(integration_id=integration)
    if states:
        found = found.filter(state__in=states)
    return _with_budget(found)


def with_attempts(deliveries: QuerySet[Delivery]) -> QuerySet[Delivery]:
    """The same with every attempt, two queries for all of them."""
    dispatches = Dispatch.objects.order_by("id").prefetch_related(
        Prefetch("attempts", Attempt.objects.order_by("id")),
    )
    return deliveries.prefetch_related(Prefetch("dispatches", dispatches))


def attempts_of(delivery: Delivery) -> list[Attempt]:
    """All calls that carried it, oldest first."""
    return [attempt for dispatch in delivery.dispatches.all() for attempt in dispatch.attempts.all()]


def delay_of(delivery: Delivery, now: datetime) -> Delay | None:
    """Until when it waits; None where nothing holds it up. Wants a delivery from `deliveries_of`."""
    if delivery.state != DeliveryState.PENDING:
        return None
    lane = delivery.lane
    holds = [
        (lane.paused_until, lane.pause_reason),
        (getattr(delivery, "budget_paused_until", None), getattr(delivery, "budget_reason", "") or ""),
        (lane.due_at, BUDGET),
    ]
    found = [Delay(until, why) for until, why in holds if until and until > now]
    return max(found, key=lambda delay: (delay.until, delay.why != BUDGET), default=None)


def is_open(delivery: Delivery) -> bool:
    """Whether it, or one that was made to send it again, is still under way."""
    return Delivery.objects.filter(Q(pk=delivery.pk) | Q(resend_of=delivery), state__in=OPEN_STATES).exists()


def _with_budget(deliveries: QuerySet[Delivery]) -> QuerySet[Delivery]:
    budget = Budget.objects.filter(rate_key=OuterRef("integration__rate_key"))
    return deliveries.annotate(
        budget_paused_until=Subquery(budget.values("paused_until")[:1]),
        budget_reason=Subquery(budget.values("pause_reason")[:1]),
    )
