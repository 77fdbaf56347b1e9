"""The delivery log: what was owed to whom, what became of it, and why. Read-only, but for "send again"."""

from datetime import UTC, datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from alerts.models import Alert
from deliveries import services
from deliveries.models import OPEN_STATES, UNFINISHED, Delivery, DeliveryState
from deliveries.selectors import attempts_of, delay_of, deliveries_of, with_attempts
from deliveries.sentences import sentence, whom
from deliveries.told import who_was_told
from integrations.admin.filters import KindFilter
from teams.access import Actor, Permission
from teams.adminkit import (
    TONES,
    DeedForm,
    EndlessPaginator,
    Menu,
    Panel,
    ScopedRelatedFilter,
    TeamModelAdmin,
    action,
    current_team,
    display,
    site,
)
from teams.models import Team

UNTOLD = (DeliveryState.REJECTED, DeliveryState.EXPIRED)
OVERVIEW_LENGTH = 8


class PlaceKindFilter(KindFilter):
    """By the integration's type."""

    column = "integration__kind"


@admin.register(Delivery, site=site)
class DeliveryAdmin(TeamModelAdmin[Delivery]):
    """Deliveries of the team, newest first."""

    menu = Menu("Telling", "Delivery log", "outbox", 20)
    can_add = can_change = has_history = False
    paginator = EndlessPaginator
    fields = ()
    change_form_template = "deliveries/admin/delivery.html"
    list_display = ("recorded", "alert_number", "event_type", "told", "state_label", "became")
    list_filter = ("state", "reason", PlaceKindFilter, ("integration", ScopedRelatedFilter))
    search_fields = ("=alert__number", "recipient", "integration__name")
    search_help_text = "Alert number, recipient or integration"
    deeds = ("send_again",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        team = current_team(request)
        return deliveries_of(team) if team else Delivery.objects.none()

    @display("recorded (UTC)", ordering="recorded_at")
    def recorded(self, delivery: Delivery) -> str:
        return f"{delivery.recorded_at:%Y-%m-%d %H:%M:%S}"

    @display("alert", ordering="alert__number")
    def alert_number(self, delivery: Delivery) -> str:
        return f"#{delivery.alert.number}"

    @display("event", ordering="event__type")
    def event_type(self, delivery: Delivery) -> str:
        return delivery.event.type.replace("_", " ")

    @display("to", ordering="integration__name")
    def told(self, delivery: Delivery) -> str:
        return whom(delivery)

    @display("state", ordering="state", tones=TONES)
    def state_label(self, delivery: Delivery) -> str:
        return delivery.state

    @display("what became of it")
    def became(self, delivery: Delivery) -> str:
        return sentence(delivery, delay_of(delivery, timezone.now()))

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        found = with_attempts(self.get_queryset(request)).get(pk=context["original"].pk)
        context.update(
            title="Delivery",
            delivery=found,
            whom=whom(found),
            became=self.became(found),
            attempts=attempts_of(found),
            resends=found.resends.order_by("pk"),
        )
        return super().render_change_form(request, context, *args, **kwargs)

    @action(
        "Send again",
        needs=Permission.ACT,
        icon="replay",
        explains="Makes a new delivery, which tells the alert as it stands now.",
        possible=lambda delivery: delivery.state not in UNFINISHED and not delivery.in_place,
    )
    def send_again(self, actor: Actor, delivery: Delivery, form: DeedForm, now: datetime) -> str:
        again = services.send_again(actor, delivery, now)
        return f"Delivery {again.pk} to {whom(delivery)} is on its way."


@site.panel(30)
def not_delivered(team: Team, actor: Actor, now: datetime) -> Panel:
    """The latest deliveries that did not arrive."""
    found = deliveries_of(team, states=UNTOLD)[:OVERVIEW_LENGTH]
    rows = [(delivery, whom(delivery), sentence(delivery)) for delivery in found]
    waiting = Delivery.objects.of(team).filter(state__in=OPEN_STATES).count()
    link = reverse("admin:deliveries_delivery_changelist")
    return Panel("deliveries/admin/panel.html", {"rows": rows, "waiting": waiting, "link": link})


@site.beside(Alert)
def beside_an_alert(alert: Alert, actor: Actor, now: datetime) -> Panel:
    """Who was told of the alert, who was not, and why."""
    telling = who_was_told(alert, now, UTC)
    return Panel("deliveries/admin/beside.html", {"telling": telling, "may_act": actor.may(Permission.ACT)})
