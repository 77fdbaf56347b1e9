"""The quotas of every team: for superusers only."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from teams import quotas
from teams.adminkit import Menu, TeamForm, TeamModelAdmin, display, is_operator, site
from teams.models import Grant, Team, User
from teams.services.quotas import GRANTED, grant


class GrantForm(TeamForm[Grant]):
    """What one team may do; empty fields are what every team may."""

    class Meta:
        model = Grant
        fields = GRANTED

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        every = quotas.of(Team())
        for name in self.fields:  # who may only look has none
            self.fields[name].help_text = f"Empty: {getattr(every, name):,}, as for every team."


@admin.register(Grant, site=site)
class GrantAdmin(TeamModelAdmin[Grant]):
    """Teams with what they are granted; nothing else of them can be changed here."""

    form = GrantForm
    menu = Menu("Installation", "Quotas", "speed", 20)
    list_display = ("name", *GRANTED, "stored")
    search_fields = ("name", "slug")
    search_help_text = "Name or slug"
    ordering = ("name",)
    fields = ("name", *GRANTED)
    readonly_fields = ("name",)
    has_history = False
    empty_value_display = "as for every team"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Grant]:
        return Grant.objects.all() if is_operator(request) else Grant.objects.none()

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_operator(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_operator(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @display("stored, about")
    def stored(self, team: Grant) -> str:
        return f"{quotas.stored(team, timezone.now()):,}"

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        if not isinstance(request.user, User):
            raise PermissionDenied
        grant(request.user, form.instance, **form.cleaned_data)
