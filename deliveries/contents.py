"""What messages are made of: of each delivery its event, alert, test and team, read with one query."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef

from alerts.links import alert_address, view_address
from channels_app.words import AlertState
from deliveries.decisions import OPENING
from deliveries.models import Delivery, DeliveryState

JsonDict = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Content:
    """A delivery with all that its message says. `told_before`: an opening event of the alert arrived there earlier.

    `again`: a user asked to send it again, so it tells the alert's present state. Event fields begin with `event_`.
    """

    delivery_id: int
    recipient: str
    again: bool
    told_before: bool
    event_type: str
    event_at: datetime
    event_severity: str
    event_actor: str
    detail: JsonDict
    number: int
    state: str
    severity: str
    started_at: datetime
    cleared_at: datetime | None
    cleared_reason: str
    cleared_text: str
    acknowledged_by: str
    assigned_name: str
    assigned_email: str
    snapshot: JsonDict
    test_slug: str | None
    team_name: str
    team_slug: str

    @property
    def is_cleared(self) -> bool:
        return self.state == AlertState.CLEARED

    def link(self, at: datetime) -> str:
        """The page that shows the alert at a moment."""
        if self.test_slug is None:
            return alert_address(self.team_slug, self.number)
        return view_address(self.team_slug, self.test_slug, at)


def contents_of(ids: Collection[int]) -> dict[int, Content]:
    """The contents by delivery id."""
    told = Delivery.objects.filter(
        alert=OuterRef("alert"),
        integration=OuterRef("integration"),
        recipient=OuterRef("recipient"),
        state=DeliveryState.DELIVERED,
        event__type__in=OPENING,
    )
    rows = (
        Delivery.objects.filter(pk__in=ids)
        .order_by()
        .values_list(
            "pk",
            "recipient",
            "resend_of",
            Exists(told),
            "event__type",
            "event__at",
            "event__severity",
            "event__actor_text",
            "event__detail",
            "alert__number",
            "alert__state",
            "alert__severity",
            "alert__started_at",
            "alert__cleared_at",
            "alert__cleared_reason",
            "alert__cleared_text",
            "alert__acknowledged_by_text",
            "alert__assigned_to__name",
            "alert__assigned_to__email",
            "alert__snapshot",
            "alert__test__slug",
            "team__name",
            "team__slug",
        )
    )
    return {row[0]: Content(row[0], row[1], row[2] is not None, *row[3:]) for row in rows}
