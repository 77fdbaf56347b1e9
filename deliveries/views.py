"""The delivery log: who was told, who was not, and why."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from deliveries import selectors, services
from deliveries.forms import DeliveryFilters
from deliveries.models import OPEN_STATES, Delivery
from deliveries.sentences import sentence
from teams.access import Actor, Permission
from teams.errors import Conflict, TooOften
from teams.models import Team
from teams.pages import team_page

PAGE = 50


@team_page()
def deliveries(request: HttpRequest, team: Team, actor: Actor) -> HttpResponse:
    """The team's deliveries, newest first."""
    form = DeliveryFilters(request.GET)
    form.is_valid()
    found = selectors.deliveries_of(team, **form.filters())
    if form.cleaned_data.get("before"):
        found = found.filter(pk__lt=form.cleaned_data["before"])
    page, now = list(found[: PAGE + 1]), timezone.now()
    context = {
        "form": form,
        "rows": [(each, sentence(each, selectors.delay_of(each, now))) for each in page[:PAGE]],
        "older": form.older(page[PAGE - 1].pk) if len(page) > PAGE else "",
    }
    return render(request, "deliveries/deliveries.html", context)


@team_page()
def delivery(request: HttpRequest, team: Team, actor: Actor, pk: int) -> HttpResponse:
    """One delivery with every attempt."""
    found = _one(team, pk)
    context = {
        "delivery": found,
        "sentence": sentence(found, selectors.delay_of(found, timezone.now())),
        "attempts": selectors.attempts_of(found),
        "may_send_again": actor.may(Permission.ACT) and found.state not in OPEN_STATES,
    }
    return render(request, "deliveries/delivery.html", context)


@require_POST
@team_page(Permission.ACT)
def send_again(request: HttpRequest, team: Team, actor: Actor, pk: int) -> HttpResponse:
    """Send it again and show the new one."""
    try:
        again = services.send_again(actor, _one(team, pk), timezone.now())
    except (Conflict, TooOften) as refused:
        messages.error(request, refused.message)
        return redirect("delivery", team.slug, pk)
    messages.success(request, "It is being sent again.")
    return redirect("delivery", team.slug, again.pk)


def _one(team: Team, pk: int) -> Delivery:
    found = selectors.with_attempts(selectors.deliveries_of(team)).filter(pk=pk).first() if pk < 2**63 else None
    if found is None:
        raise Http404("There is no such delivery.")
    return found
