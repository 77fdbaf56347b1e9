"""Alerts: read them, and act on them."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from alerts import lifecycle
from alerts.links import view_link
from alerts.models import Alert
from alerts.sentences import CLEARED_WORDS, event_words, who_of
from channels_app.words import SEVERITIES, AlertState
from teams.access import GRANTS, Actor, Permission
from teams.adminkit import TONES, DeedForm, Menu, Panel, ScopedRelatedFilter, TeamModelAdmin, action, display, site
from teams.models import Team, User

ACTING_ROLES = [role for role, granted in GRANTS.items() if Permission.ACT in granted]
OVERVIEW_LENGTH = 8


class AssignForm(DeedForm):
    """To whom; members who may act on alerts."""

    to = forms.ModelChoiceField(User.objects.none(), label="To")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.filter(memberships__team=self.team, memberships__role__in=ACTING_ROLES)
        self.fields["to"].queryset = people.filter(is_active=True)  # type: ignore[attr-defined]


class NoteForm(DeedForm):
    """A text for the timeline."""

    text = forms.CharField(widget=forms.Textarea(attrs={"rows": 4}), max_length=lifecycle.MAX_NOTE)


class CloseForm(DeedForm):
    """Why it is closed."""

    reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}), max_length=lifecycle.MAX_REASON, required=False, label="Why"
    )


def _is_open(alert: Alert) -> bool:
    return alert.state != AlertState.CLEARED


@admin.register(Alert, site=site)
class AlertAdmin(TeamModelAdmin[Alert]):
    """Alerts of the team, newest first; changed by acting on them only."""

    menu = Menu("Alerting", "Alerts", "notifications", 10)
    can_add = can_change = has_history = False
    change_form_template = "alerts/admin/alert.html"
    fields = ()
    list_display = ("numbered", "state_label", "severity_label", "rule", "test", "since", "cleared", "assigned_to")
    list_filter = ("state", "severity", ("rule", ScopedRelatedFilter), ("test", ScopedRelatedFilter))
    list_select_related = ("rule", "test", "assigned_to")
    search_fields = ("=number", "rule__name", "test__name")
    search_help_text = "Number, rule or test"
    deeds = ("acknowledge", "unacknowledge", "assign", "note", "close")

    @display("alert", ordering="number")
    def numbered(self, alert: Alert) -> str:
        return f"#{alert.number}"

    @display("state", ordering="state", tones=TONES)
    def state_label(self, alert: Alert) -> str:
        return alert.state

    @display("severity", ordering="severity", tones=TONES)
    def severity_label(self, alert: Alert) -> str:
        return alert.severity

    @display("since (UTC)", ordering="started_at")
    def since(self, alert: Alert) -> str:
        return f"{alert.started_at:%Y-%m-%d %H:%M:%S}"

    @display("cleared (UTC)", ordering="cleared_at")
    def cleared(self, alert: Alert) -> str:
        return f"{alert.cleared_at:%Y-%m-%d %H:%M:%S}" if alert.cleared_at else ""

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return super().change_view(request, object_id, form_url, {"title": "Alert", **(extra_context or {})})

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        alert: Alert = context["original"]
        context.update(
            alert=alert,
            cleared_words=CLEARED_WORDS.get(alert.cleared_reason, ""),
            timeline=[(event, event_words(event), who_of(event)) for event in alert.events.all()],
            views_link=view_link(alert, alert.started_at),
            sources=_sources(alert),
            runbook=_web_address(alert.snapshot.get("runbook", "")),
        )
        return super().render_change_form(request, context, *args, **kwargs)

    @action(
        "Acknowledge",
        needs=Permission.ACT,
        icon="done",
        explains="Says that somebody takes care of it.",
        possible=lambda alert: alert.state == AlertState.TRIGGERED,
    )
    def acknowledge(self, actor: Actor, alert: Alert, form: DeedForm, now: datetime) -> str:
        lifecycle.acknowledge(actor, alert, now)
        return f"{alert} is acknowledged."

    @action(
        "Take acknowledgement back",
        needs=Permission.ACT,
        icon="undo",
        possible=lambda alert: alert.state == AlertState.ACKNOWLEDGED,
    )
    def unacknowledge(self, actor: Actor, alert: Alert, form: DeedForm, now: datetime) -> str:
        lifecycle.unacknowledge(actor, alert, now)
        return f"{alert} is no longer acknowledged."

    @action("Assign", needs=Permission.ACT, icon="person_add", form=AssignForm, possible=_is_open)
    def assign(self, actor: Actor, alert: Alert, form: DeedForm, now: datetime) -> str:
        person: User = form.cleaned_data["to"]
        lifecycle.assign(actor, alert, person, now)
        return f"{alert} is assigned to {person}."

    @action("Add note", needs=Permission.ACT, icon="edit_note", form=NoteForm, possible=_is_open)
    def note(self, actor: Actor, alert: Alert, form: DeedForm, now: datetime) -> str:
        lifecycle.note(actor, alert, form.cleaned_data["text"], now)
        return f"The note is in the timeline of {alert}."

    @action(
        "Close",
        needs=Permission.ACT,
        icon="check_circle",
        form=CloseForm,
        possible=_is_open,
        danger=True,
        explains="Ends the alert by hand. While the rule is still violated it stays closed until a good round came "
        "between, or the rule's time to reopen has passed.",
    )
    def close(self, actor: Actor, alert: Alert, form: DeedForm, now: datetime) -> str:
        lifecycle.close(actor, alert, form.cleaned_data["reason"], now)
        return f"{alert} is closed."


def _web_address(text: str) -> str:
    return text if text.startswith(("http://", "https://")) else ""


def _sources(alert: Alert) -> list[tuple[str, str, str]]:
    """(source, values at the start, values at the end) of the sources that the alert kept."""
    start, end = (alert.snapshot.get(key, {}).get("sources", {}) for key in ("start", "end"))
    return [(name, _values(start.get(name)), _values(end.get(name))) for name in dict.fromkeys((*start, *end))]


def _values(values: dict[str, float] | None) -> str:
    return ", ".join(f"{metric} {value:g}" for metric, value in (values or {}).items()) or "—"


@site.panel(10)
def open_alerts(team: Team, actor: Actor, now: datetime) -> Panel:
    """Open alerts by severity, and the latest."""
    rows: QuerySet[Alert] = Alert.objects.of(team).active()
    counts = dict(rows.values_list("severity").annotate(n=Count("pk")).order_by())
    link = reverse("admin:alerts_alert_changelist")
    return Panel(
        "alerts/admin/panel.html",
        {
            "counts": [(severity, counts.get(severity, 0)) for severity in reversed(SEVERITIES)],
            "total": sum(counts.values()),
            "latest": rows.select_related("rule", "test").order_by("-started_at", "-pk")[:OVERVIEW_LENGTH],
            "link": link,
            "now": timezone.localtime(now),
        },
    )
