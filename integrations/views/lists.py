"""The team's integrations: as a page, and in the popup."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET

from integrations.views.place import in_popup, show_list
from teams.access import Actor
from teams.models import Team
from teams.pages import team_page


@team_page()
def integrations(request: HttpRequest, team: Team, actor: Actor) -> HttpResponse:
    """All destinations of the team, and how each type is set up."""
    return show_list(request, team)


@team_page()
@require_GET
def popup(request: HttpRequest, team: Team, actor: Actor) -> HttpResponse:
    """The same list within a dialog; without scripts, the page."""
    return show_list(request, team) if in_popup(request) else redirect("integrations", team.slug)
