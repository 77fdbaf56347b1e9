"""The delivery log: who was told, who was not, and why."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST
from django_htmx.http import trigger_client_event

from deliveries import log, selectors, services
from deliveries.entries import entry_of, stamp_of
from deliveries.forms import LogFilters
from deliveries.models import Delivery
from teams.access import Actor, Permission
from teams.errors import Conflict, TooOften
from teams.models import Team
from teams.pages import is_known, is_part, next_of, notice, team_page


@team_page()
def deliveries(request: HttpRequest, team: Team, actor: Actor) -> HttpResponse:
    """The team's deliveries, newest first; the part is the list alone, 204 where it is as the reader has it."""
    form = LogFilters(request.GET, team=team)
    page = log.page_of(team, form.filters(), form.below)
    now, zone = timezone.now(), timezone.get_current_timezone()
    entries = [entry_of(each, now, zone) for each in page.deliveries]
    stamp = stamp_of(entries, page.older)
    if is_known(request, stamp):
        return HttpResponse(status=204)
    context = {
        "form": form,
        "entries": entries,
        "page": page,
        "query": form.query(before=form.below),
        "newest": form.query(),
        "older": form.query(before=page.older) if page.older else "",
        "stamp": stamp,
    }
    return render(request, "deliveries/log/_log.html" if is_part(request) else "deliveries/log/log.html", context)


@team_page()
def delivery(request: HttpRequest, team: Team, actor: Actor, pk: int) -> HttpResponse:
    """One delivery with every attempt; the part is the attempts alone."""
    found = _one(team, pk)
    entry = entry_of(found, timezone.now(), timezone.get_current_timezone())
    context = {"delivery": found, "entry": entry, "resends": found.resends.order_by("pk")}
    return render(request, "deliveries/_attempts.html" if is_part(request) else "deliveries/log/one.html", context)


@require_POST
@team_page(Permission.ACT)
def send_again(request: HttpRequest, team: Team, actor: Actor, pk: int) -> HttpResponse:
    """Send it again, and back to `next`, or to the new one. A part hears the event `deliveries-changed`."""
    old = _one(team, pk)
    if is_part(request):
        services.send_again(actor, old, timezone.now())
        return trigger_client_event(notice(HttpResponse(status=204), SENT_AGAIN), "deliveries-changed")
    back = next_of(request)
    try:
        again = services.send_again(actor, old, timezone.now())
    except (Conflict, TooOften) as refused:
        messages.error(request, refused.message)
        return redirect(back) if back else redirect("delivery", team.slug, pk)
    messages.success(request, SENT_AGAIN)
    return redirect(back) if back else redirect("delivery", team.slug, again.pk)


SENT_AGAIN = "It is being sent again."


def _one(team: Team, pk: int) -> Delivery:
    known = selectors.with_resends(selectors.with_attempts(selectors.deliveries_of(team)))
    found = known.filter(pk=pk).first() if pk < 2**63 else None
    if found is None:
        raise Http404("There is no such delivery.")
    return found
