"""The team's own settings."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect

from teams import forms, services
from teams.access import Actor, Permission
from teams.adminkit import Menu, TeamForm, TeamModelAdmin, current_team, site
from teams.models import Team


class SettingsForm(TeamForm[Team]):
    """What an admin may change of the team."""

    class Meta(forms.SettingsForm.Meta):
        pass


@admin.register(Team, site=site)
class TeamAdmin(TeamModelAdmin[Team]):
    """One page: the settings of the team that is looked at."""

    form = SettingsForm
    menu = Menu("Team", "Settings", "settings", 40)
    edits = Permission.MANAGE
    can_add = False
    fields = ("name", "slug", "announce_minutes", "shadow")
    readonly_fields = ("slug",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Team]:
        team = current_team(request)
        return Team.objects.filter(pk=team.pk) if team else Team.objects.none()

    def _is_own(self, request: HttpRequest, obj: Any) -> bool:
        return not isinstance(obj, Team) or obj == current_team(request)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        team = current_team(request)
        if team is None:
            raise Http404("There is no such page")
        return HttpResponseRedirect(self.address(team))

    def update(self, actor: Actor, target: Team, form: Any, formsets: list[Any], now: datetime) -> None:
        services.change_team(actor, **form.cleaned_data)
