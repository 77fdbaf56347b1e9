"""Alert rules, with the tabs Settings and Notifications."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone

from alerts.admin.rule_forms import ConditionInline, RuleForm, StepInline, fields_of, readable_rows
from alerts.forms import rule_hours
from alerts.forms.fields import possible_ids
from alerts.forms.rule_words import HOURS_FIELDS, NOTIFICATION_FIELDS
from alerts.hours import in_words
from alerts.models import AlertRule
from alerts.pages.consequences import of_deleting_rule
from alerts.pages.ticks import ticks_of
from alerts.services import rules as services
from channels_app.words import SEVERITIES, AlertState
from teams.access import Actor
from teams.adminkit import TONES, Menu, TeamModelAdmin, actor_of, display, site

Fieldsets = tuple[tuple[str | None, Any], ...]

SETTINGS: Fieldsets = (
    (None, {"fields": ("name", "enabled", "severity", "tests", "selector")}),
    ("When it opens an alert", {"fields": ("match", ("rounds_required", "rounds_window"), "rounds_mode")}),
    ("How many sources", {"fields": ("minimum_sources", "minimum_sources_percent")}),
    ("When data stops, and after closing by hand", {"fields": ("when_data_stops", "no_data_minutes", "reopen_after")}),
)
TOLD: Fieldsets = (
    (
        None,
        {
            "fields": (
                *("recipients", "notify_on_clear", "message", "runbook"),
                *("integrations", "groups", "only_these"),
            )
        },
    ),
    ("Reminders and least gap", {"fields": (("remind_minutes", "least_gap_minutes"),)}),
)
HOURS: Fieldsets = (
    (
        "Hours in which messages go out",
        {"fields": HOURS_FIELDS, "description": f"{rule_hours.HELP} {rule_hours.ALWAYS}"},
    ),
)
TRIAL: Fieldsets = (("Shadow mode and fire drill", {"fields": ("shadow", "drill_weekly")}),)


@admin.register(AlertRule, site=site)
class RuleAdmin(TeamModelAdmin[AlertRule]):
    """Alert rules of the team."""

    form = RuleForm
    inlines = (ConditionInline, StepInline)
    menu = Menu("Alerting", "Alert rules", "rule", 20)
    can_archive = True
    ordering = ("name", "pk")
    change_form_template = "alerts/admin/rule.html"
    fieldsets = (*SETTINGS, *TOLD, *HOURS, *TRIAL)
    list_display = (
        "name",
        "on",
        "severity_label",
        "conditions_text",
        "tests_count",
        "integrations_count",
        "open_alerts",
    )
    list_filter = ("enabled", "severity")
    search_fields = ("name",)
    search_help_text = "Name"

    def get_queryset(self, request: HttpRequest) -> QuerySet[AlertRule]:
        rows = super().get_queryset(request)
        is_open = ~Q(alerts__state=AlertState.CLEARED) & Q(alerts__isnull=False)
        return rows.prefetch_related("conditions").annotate(
            open_count=Count("alerts", filter=is_open, distinct=True),
            test_count=Count("test_links", distinct=True),
            integration_count=Count("integration_links", distinct=True),
        )

    @display("enabled", ordering="enabled", boolean=True)
    def on(self, rule: AlertRule) -> bool:
        return rule.enabled

    @display("severity", ordering="severity", tones=TONES)
    def severity_label(self, rule: AlertRule) -> str:
        return rule.severity

    @display("conditions")
    def conditions_text(self, rule: AlertRule) -> str:
        joint = " and " if rule.match == AlertRule.Match.ALL else " or "
        return joint.join(str(condition) for condition in rule.conditions.all())

    @display("tests", ordering="test_count")
    def tests_count(self, rule: Any) -> int:
        return int(rule.test_count)

    @display("tells", ordering="integration_count")
    def integrations_count(self, rule: Any) -> str:
        rooms, addresses = int(rule.integration_count), len(rule.recipients)
        plural = ("" if rooms == 1 else "s", "" if addresses == 1 else "es")
        return f"{rooms} integration{plural[0]}, {addresses} e-mail address{plural[1]}"

    @display("open alerts", ordering="open_count")
    def open_alerts(self, rule: Any) -> int:
        return int(rule.open_count)

    # For those who may only read, the fields that the form has of its own:

    @display("tests")
    def tests(self, rule: AlertRule) -> str:
        return ", ".join(str(test) for test in rule.tests.all())

    @display("tests whose labels match")
    def selector(self, rule: AlertRule) -> str:
        return ", ".join(rule.selector)

    @display("groups")
    def groups(self, rule: AlertRule) -> str:
        return ", ".join(str(group) for group in rule.groups.all())

    @display("hours")
    def hours_in_words(self, rule: AlertRule) -> str:
        return in_words(rule.hours) or "always"

    @display("integrations")
    def integrations(self, rule: AlertRule) -> str:
        return ", ".join(str(row) for row in rule.integrations.filter(archived_at=None))

    @display("send emails to")
    def recipients(self, rule: AlertRule) -> str:
        return ", ".join(rule.recipients)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Who may only read sees the hours in words."""
        may_edit = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        hours = HOURS if may_edit else ((None, {"fields": ("hours_in_words",)}),)
        return (*SETTINGS, *TOLD, *hours, *TRIAL)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("hours_in_words",)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        wrong = set(context["adminform"].form.errors)
        only_there = bool(wrong) and wrong <= set(NOTIFICATION_FIELDS)
        fieldsets = list(context["adminform"])
        context.update(
            settings_fieldsets=fieldsets[: len(SETTINGS)],
            notification_fieldsets=fieldsets[len(SETTINGS) :],
            first_tab="notifications" if only_there else "settings",
            severities=SEVERITIES,
        )
        return super().render_change_form(request, context, *args, **kwargs)

    def get_urls(self) -> list[Any]:
        ticks = path("ticks/", self.admin_site.admin_view(self.ticks_view), name="alerts_alertrule_ticks")
        return [ticks, *super().get_urls()]

    def ticks_view(self, request: HttpRequest) -> HttpResponse:
        """The list of integrations anew, for the tab behind the popup: GET ?ticked=1&ticked=2&q=text."""
        team = actor_of(request).team
        ticks = ticks_of(team, possible_ids(request.GET.getlist("ticked")), request.GET.get("q", "")[:100])
        return render(request, "alerts/admin/ticks.html", {"ticks": ticks, "name": "integrations"})

    def create(self, actor: Actor, form: Any, formsets: list[Any], now: datetime) -> AlertRule:
        with readable_rows():
            return services.create_rule(actor, fields_of(form, formsets), now)

    def update(self, actor: Actor, target: AlertRule, form: Any, formsets: list[Any], now: datetime) -> None:
        with readable_rows():
            services.update_rule(actor, target, fields_of(form, formsets), now)

    def archive(self, actor: Actor, target: AlertRule) -> None:
        services.archive_rule(actor, target, timezone.now())

    def consequences(self, request: HttpRequest, target: AlertRule) -> list[str]:
        return of_deleting_rule(target)
