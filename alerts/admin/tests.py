"""Tests: what is measured."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from alerts.forms.fields import LabelsField
from alerts.forms.tests import LABELS_HELP, TestMeta
from alerts.models import Test
from alerts.pages.consequences import of_deleting_test
from alerts.services import tests as services
from channels_app.words import AlertState
from teams.access import Actor
from teams.adminkit import Menu, TeamForm, TeamModelAdmin, display, site


class TestForm(TeamForm[Test]):
    """A test as its service wants it."""

    labels = LabelsField(help_text=LABELS_HELP)

    class Meta(TestMeta):
        pass

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "slug" in self.fields:
            self.fields["slug"].required = False


@admin.register(Test, site=site)
class TestAdmin(TeamModelAdmin[Test]):
    """Tests of the team."""

    form = TestForm
    menu = Menu("Alerting", "Tests", "monitoring", 30)
    can_archive = True
    ordering = ("name", "pk")
    fields = ("name", "slug", "enabled", "target", "interval", "labels")
    list_display = ("name", "slug", "on", "target", "interval", "open_alerts", "rules_count")
    list_filter = ("enabled",)
    search_fields = ("name", "slug", "target")
    search_help_text = "Name, slug or target"

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("slug",) if obj else ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Test]:
        rows = super().get_queryset(request)
        is_open = ~Q(alerts__state=AlertState.CLEARED) & Q(alerts__isnull=False)
        return rows.annotate(
            open_count=Count("alerts", filter=is_open, distinct=True), rule_count=Count("rules", distinct=True)
        )

    @display("labels")
    def labels(self, test: Test) -> str:
        return ", ".join(f"{name}={text}" for name, text in test.labels.items())

    @display("enabled", ordering="enabled", boolean=True)
    def on(self, test: Test) -> bool:
        return test.enabled

    @display("open alerts", ordering="open_count")
    def open_alerts(self, test: Any) -> int:
        return int(test.open_count)

    @display("rules", ordering="rule_count")
    def rules_count(self, test: Any) -> int:
        return int(test.rule_count)

    def create(self, actor: Actor, form: Any, formsets: list[Any], now: datetime) -> Test:
        return services.create_test(actor, form.cleaned_data, now)

    def update(self, actor: Actor, target: Test, form: Any, formsets: list[Any], now: datetime) -> None:
        services.update_test(actor, target, form.cleaned_data, now)

    def archive(self, actor: Actor, target: Test) -> None:
        services.archive_test(actor, target, timezone.now())

    def consequences(self, request: HttpRequest, target: Test) -> list[str]:
        return of_deleting_test(target)
