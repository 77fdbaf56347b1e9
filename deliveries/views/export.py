"""One alert to take along."""

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from deliveries import export
from deliveries.views.told import one
from teams.access import Actor
from teams.models import Team
from teams.pages import team_page


@team_page()
def alert_export(request: HttpRequest, team: Team, actor: Actor, number: int, format: str) -> HttpResponse:
    """The alert with its timeline and deliveries, as a download: `md` or `json`."""
    alert, now = one(team, number), timezone.now()
    if format == "json":
        response: HttpResponse = JsonResponse(export.as_data(alert, now), json_dumps_params={"indent": 2})
    elif format == "md":
        text = export.as_markdown(alert, now, timezone.get_current_timezone())
        response = HttpResponse(text, content_type="text/markdown; charset=utf-8")
    else:
        raise Http404("An alert is exported as md or json.")
    response["Content-Disposition"] = f'attachment; filename="{team.slug}-alert-{alert.number}.{format}"'
    return response
