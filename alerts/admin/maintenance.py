"""Maintenance windows: times in which tests are measured but open no alerts."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from alerts.forms.fields import LinesField
from alerts.maintenance.recurring import WEEKDAYS
from alerts.models import MaintenanceWindow, Test
from alerts.services import maintenance as services
from teams.access import Actor
from teams.adminkit import Menu, TeamForm, TeamModelAdmin, display, many_of, site

FIELDS = ("name", "time_zone", "starts_at", "minutes", "repeat", "every", "weekdays", "repeats_until", "everything")
LISTS = ("selector", "tests", "excluded")


class WindowForm(TeamForm[MaintenanceWindow]):
    """A window as its service wants it; times are in UTC, as everywhere here."""

    weekdays = forms.MultipleChoiceField(
        choices=[(day, day.capitalize()) for day in WEEKDAYS], required=False, widget=forms.CheckboxSelectMultiple
    )
    selector = LinesField(help_text="Matchers of labels, one a line, such as env=live. All must hold.")
    tests = forms.ModelMultipleChoiceField(
        Test.objects.all(), required=False, widget=many_of(MaintenanceWindow, "tests")
    )
    excluded = forms.ModelMultipleChoiceField(
        Test.objects.all(), required=False, widget=many_of(MaintenanceWindow, "tests")
    )

    class Meta:
        model = MaintenanceWindow
        fields = FIELDS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            links = [link for link in self.instance.test_links.select_related("test") if not link.test.archived_at]
            self.initial["tests"] = [link.test_id for link in links if not link.excluded]
            self.initial["excluded"] = [link.test_id for link in links if link.excluded]
            self.initial["selector"] = self.instance.selector


@admin.register(MaintenanceWindow, site=site)
class WindowAdmin(TeamModelAdmin[MaintenanceWindow]):
    """Maintenance windows of the team."""

    form = WindowForm
    menu = Menu("Alerting", "Maintenance", "build", 40)
    can_archive = True
    ordering = ("-starts_at", "-pk")
    fields = (*FIELDS, *LISTS)
    list_display = ("name", "starts_at", "minutes", "repeat", "time_zone", "over_at", "whom", "by_text")
    list_filter = ("repeat",)
    search_fields = ("name",)
    search_help_text = "Name"

    def get_queryset(self, request: HttpRequest) -> QuerySet[MaintenanceWindow]:
        return super().get_queryset(request).prefetch_related("test_links__test")

    @display("tests")
    def whom(self, window: MaintenanceWindow) -> str:
        words = services.as_words(window)
        named = "all" if window.everything else ", ".join([*words["tests"][:10], *window.selector])
        return named + (f" without {', '.join(words['excluded'][:10])}" if words["excluded"] else "")

    # For those who may only read, the fields that the form has of its own:

    @display("selector")
    def selector(self, window: MaintenanceWindow) -> str:
        return ", ".join(window.selector)

    @display("tests")
    def tests(self, window: MaintenanceWindow) -> str:
        return ", ".join(services.as_words(window)["tests"])

    @display("excluded")
    def excluded(self, window: MaintenanceWindow) -> str:
        return ", ".join(services.as_words(window)["excluded"])

    def create(self, actor: Actor, form: Any, formsets: list[Any], now: datetime) -> MaintenanceWindow:
        return services.create_window(actor, _fields(form), now)

    def update(self, actor: Actor, target: MaintenanceWindow, form: Any, formsets: list[Any], now: datetime) -> None:
        services.update_window(actor, target, _fields(form), now)

    def archive(self, actor: Actor, target: MaintenanceWindow) -> None:
        services.archive_window(actor, target, timezone.now())

    def consequences(self, request: HttpRequest, target: MaintenanceWindow) -> list[str]:
        on = ["It is on now, and ends at once."] if services.is_on(target, timezone.now()) else []
        return [*on, "What was in maintenance until now stays so, and stays drawn in Views."]


def _fields(form: Any) -> dict[str, Any]:
    return {
        **form.cleaned_data,
        "tests": list(form.cleaned_data["tests"]),
        "excluded": list(form.cleaned_data["excluded"]),
    }
