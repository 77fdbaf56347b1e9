"""Alert rules, with the tabs Settings and Notifications."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone

from alerts.admin.ticks import TicksWidget
from alerts.forms.fields import possible_ids
from alerts.forms.rule_words import (
    NOTIFICATION_FIELDS,
    OPERATORS,
    TESTS_HELP,
    THRESHOLD_HELP,
    RecipientsField,
    RuleMeta,
    RunbookField,
    item_errors,
)
from alerts.models import AlertRule, Condition, Test
from alerts.pages.consequences import of_deleting_rule
from alerts.pages.ticks import ticks_of
from alerts.services import rules as services
from channels_app.words import SEVERITIES, AlertState
from integrations.models import Integration
from teams.access import Actor
from teams.adminkit import (
    TONES,
    Menu,
    TeamForm,
    TeamModelAdmin,
    TeamTabularInline,
    actor_of,
    display,
    many_of,
    site,
)
from teams.errors import texts_of

Fieldsets = tuple[tuple[str | None, Any], ...]

SETTINGS: Fieldsets = (
    (None, {"fields": ("name", "enabled", "severity", "tests")}),
    ("When it opens an alert", {"fields": ("match", ("rounds_required", "rounds_window"), "rounds_mode")}),
    ("How many sources", {"fields": ("minimum_sources", "minimum_sources_percent")}),
    ("When data stops, and after closing by hand", {"fields": ("when_data_stops", "no_data_minutes", "reopen_after")}),
)
NOTIFICATIONS: Fieldsets = (
    (None, {"fields": ("recipients", "notify_on_clear", "message", "runbook", "integrations")}),
)


class RuleForm(TeamForm[AlertRule]):
    """A rule as its service wants it."""

    tests = forms.ModelMultipleChoiceField(
        Test.objects.all(), required=False, widget=many_of(AlertRule, "tests"), help_text=TESTS_HELP
    )
    recipients = RecipientsField()
    runbook = RunbookField()
    integrations = forms.ModelMultipleChoiceField(Integration.objects.all(), required=False, widget=TicksWidget)

    class Meta(RuleMeta):
        pass

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "integrations" in self.fields:
            field = self.fields["integrations"]
            field.widget.team = self.team
            field.queryset = Integration.objects.of(self.team) if self.team else Integration.objects.none()  # type: ignore[attr-defined]
        if self.instance.pk:
            self.initial["tests"] = [test.pk for test in self.instance.tests.all()]
            live = self.instance.integrations.filter(archived_at=None)
            self.initial["integrations"] = [row.pk for row in live]


class ConditionForm(TeamForm[Condition]):
    """One condition."""

    operator = forms.ChoiceField(choices=OPERATORS)

    class Meta:
        model = Condition
        fields = ("metric", "operator", "threshold", "severity")
        labels: ClassVar[dict[str, str]] = {"severity": "severity (empty: the rule's)"}
        help_texts: ClassVar[dict[str, str]] = {"threshold": THRESHOLD_HELP}


class ConditionInline(TeamTabularInline[Condition, AlertRule]):
    """The conditions of a rule, in their order."""

    model = Condition
    form = ConditionForm
    verbose_name_plural = "Conditions"
    hide_title = True

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        return 0 if obj else 1


@admin.register(AlertRule, site=site)
class RuleAdmin(TeamModelAdmin[AlertRule]):
    """Alert rules of the team."""

    form = RuleForm
    inlines = (ConditionInline,)
    menu = Menu("Alerting", "Alert rules", "rule", 20)
    can_archive = True
    ordering = ("name", "pk")
    change_form_template = "alerts/admin/rule.html"
    fieldsets = (*SETTINGS, *NOTIFICATIONS)
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

    @display("integrations")
    def integrations(self, rule: AlertRule) -> str:
        return ", ".join(str(row) for row in rule.integrations.filter(archived_at=None))

    @display("send emails to")
    def recipients(self, rule: AlertRule) -> str:
        return ", ".join(rule.recipients)

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
        with _readable_conditions():
            return services.create_rule(actor, _fields(form, formsets), now)

    def update(self, actor: Actor, target: AlertRule, form: Any, formsets: list[Any], now: datetime) -> None:
        with _readable_conditions():
            services.update_rule(actor, target, _fields(form, formsets), now)

    def archive(self, actor: Actor, target: AlertRule) -> None:
        services.archive_rule(actor, target, timezone.now())

    def consequences(self, request: HttpRequest, target: AlertRule) -> list[str]:
        return of_deleting_rule(target)


@contextmanager
def _readable_conditions() -> Iterator[None]:
    """What the service says of `conditions[0].metric`, as people count: condition 1, metric."""
    try:
        yield
    except ValidationError as refusal:
        texts = texts_of(refusal)
        found = item_errors("conditions", texts.pop("conditions", []))
        if found:
            counted = [
                text if index is None else f"Condition {index + 1}, {name}: {text}" for index, name, text in found
            ]
            texts[NON_FIELD_ERRORS] = [*texts.get(NON_FIELD_ERRORS, []), *counted]
        raise ValidationError(dict(texts)) from None


def _fields(form: Any, formsets: list[Any]) -> dict[str, Any]:
    """What the service takes: the form's fields and the conditions in their order, without removed rows."""
    rows = [row.cleaned_data for formset in formsets for row in formset.forms if row.has_changed() or row.instance.pk]
    kept = [row for row in rows if row and not row.get("DELETE")]
    conditions = [{name: row[name] for name in ("metric", "operator", "threshold", "severity")} for row in kept]
    lists = {"tests": list(form.cleaned_data["tests"]), "integrations": list(form.cleaned_data["integrations"])}
    return {**form.cleaned_data, **lists, "conditions": conditions}
