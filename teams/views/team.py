"""The settings of a team, and what was changed in it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from teams import quotas, services
from teams.access import Actor, Permission
from teams.adminkit.evidence import evidence_of
from teams.forms import SettingsForm, saved
from teams.models import Team
from teams.pages import team_page
from teams.paging import cut
from teams.selectors import PAGE, history
from teams.values import number_in


@team_page(Permission.MANAGE)
def settings(request: HttpRequest, team: Team, actor: Actor) -> HttpResponse:
    """The team's name and how old news may be."""
    form = SettingsForm(request.POST or None, instance=team)
    if request.method == "POST" and saved(form, lambda asked: services.change_team(actor, **asked)) is not None:
        messages.success(request, "The settings are saved.")
        return redirect("team_settings", team.slug)
    return render(request, "teams/team/settings.html", {"form": form}, status=422 if form.errors else 200)


@team_page(Permission.MANAGE)
def team_history(request: HttpRequest, team: Team, actor: Actor) -> HttpResponse:
    """Who changed what, newest first; `?before=` is the id of the last entry of the page before."""
    before = number_in(request.GET.get("before", ""))
    found, older = cut(history(team, before), PAGE)
    context = {"entries": [evidence_of(entry) for entry in found], "older": older, "paged": before}
    return render(request, "teams/team/history.html", context)


@team_page()
def usage(request: HttpRequest, team: Team, actor: Actor) -> HttpResponse:
    """What the team uses of its quotas."""
    return render(request, "teams/team/usage.html", {"usage": quotas.sentences(team, timezone.now())})
