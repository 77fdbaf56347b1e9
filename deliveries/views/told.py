"""Who was told of an alert."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from alerts import selectors
from alerts.models import Alert
from deliveries.told import who_was_told
from teams.access import Actor
from teams.models import Team
from teams.pages import is_known, is_part, team_page


@team_page()
def told(request: HttpRequest, team: Team, actor: Actor, number: int) -> HttpResponse:
    """Who was told of the alert, who was not, and why; the part is 204 where it is as the reader has it."""
    alert = one(team, number)
    telling = who_was_told(alert, timezone.now(), timezone.get_current_timezone())
    if is_known(request, telling.stamp):
        return HttpResponse(status=204)
    context = {"alert": alert, "telling": telling}
    if not is_part(request):
        return render(request, "deliveries/told/told.html", context)
    response = render(request, "deliveries/told/_told.html", context)
    response["HX-Reswap"] = "outerHTML"  # it takes the place of what asked, and lives on with its own stamp
    return response


def one(team: Team, number: int) -> Alert:
    """The team's alert with that number, with its timeline; 404 where there is none."""
    found = selectors.alert_by_number(team, number) if number < 2**63 else None
    if found is None:
        raise Http404("There is no such alert.")
    return found
