"""What is known of deliveries: lists, the attempts of each, and until when one is delayed."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Prefetch, QuerySet, Subquery

from alerts.models import Alert
from deliveries.models import UNFINISHED, Attempt, Budget, Delivery, DeliveryState, Dispatch, DispatchItem
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
    found = Delivery.objects.of(team) if alert is None else deliveries_about(team, alert)
    if integration is not None:
        found = found.filter(integration_id=integration)
    if states:
        found = found.filter(state__in=states)
    return as_listed(found)


def deliveries_about(team: Team, alert: int) -> QuerySet[Delivery]:
    """Those of the team's alert with that number; found by the alert alone, lest a long log of the team be read."""
    return Delivery.objects.filter(alert=Subquery(Alert.objects.of(team).filter(number=alert).values("pk")))


def as_listed(deliveries: QuerySet[Delivery]) -> QuerySet[Delivery]:
    """The same with all that lists show."""
    return _with_budget(deliveries.select_related("alert", "event", "integration", "lane", "stands_in_for"))


def with_attempts(deliveries: QuerySet[Delivery]) -> QuerySet[Delivery]:
    """The same with every attempt, two queries for all of them."""
    second = DispatchItem.objects.filter(dispatch=OuterRef("pk")).order_by("pk").values("pk")[1:2]
    dispatches = (
        Dispatch.objects.annotate(second_item=Subquery(second))
        .order_by("id")
        .prefetch_related(
            Prefetch("attempts", Attempt.objects.order_by("id")),
        )
    )
    return deliveries.prefetch_related(Prefetch("dispatches", dispatches))


def attempts_of(delivery: Delivery) -> list[Attempt]:
    """All calls that carried it, oldest first."""
    return [attempt for dispatch in delivery.dispatches.all() for attempt in dispatch.attempts.all()]


def delay_of(delivery: Delivery, now: datetime) -> Delay | None:
    """Until when it waits; None where nothing holds it up. Wants a delivery from `deliveries_of`."""
    if delivery.state == DeliveryState.HELD and delivery.held_until:
        return Delay(delivery.held_until, delivery.reason)
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


def with_resends(deliveries: QuerySet[Delivery]) -> QuerySet[Delivery]:
    """The same, each knowing whether one that was made to send it again is under way."""
    again = Delivery.objects.filter(resend_of=OuterRef("pk"), state__in=UNFINISHED)
    return deliveries.annotate(resending=Exists(again))


def why_not_again(delivery: Delivery) -> str:
    """What keeps it from being sent again; empty where nothing does. Wants one of `with_resends`."""
    if delivery.state in UNFINISHED or getattr(delivery, "resending", False):
        return "This delivery is still under way."
    if delivery.in_place:
        return "This only updated a message in place; what was told can be sent again."
    if delivery.integration.archived_at:
        return "The integration was removed."
    return "" if delivery.integration.enabled else "The integration is disabled."


def is_digested(delivery: Delivery) -> bool:
    """Whether the message that carried it last told of others too. Wants one of `with_attempts`."""
    carried = [getattr(dispatch, "second_item", None) for dispatch in delivery.dispatches.all()]
    return bool(carried) and carried[-1] is not None


def _with_budget(deliveries: QuerySet[Delivery]) -> QuerySet[Delivery]:
    budget = Budget.objects.filter(rate_key=OuterRef("integration__rate_key"))
    return deliveries.annotate(
        budget_paused_until=Subquery(budget.values("paused_until")[:1]),
        budget_reason=Subquery(budget.values("pause_reason")[:1]),
    )
