"""Pages of a team's alerts and views, for reading."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from alerts import selectors
from alerts.api.queries import read_time
from alerts.forms import AlertFilters
from alerts.panorama import around
from alerts.sentences import CLEARED_WORDS, event_words
from teams.access import Actor
from teams.models import Team
from teams.pages import team_page

PAGE = 50


@team_page()
def alerts(request: HttpRequest, team: Team, actor: Actor) -> HttpResponse:
    """The team's alerts, newest first; filters that mean nothing are said to, and leave the rest at work."""
    form = AlertFilters(request.GET)
    form.is_valid()
    found = selectors.alerts_of(team, **form.filters())
    if form.cleaned_data.get("before"):
        found = found.filter(number__lt=form.cleaned_data["before"])
    page = list(found[: PAGE + 1])
    context = {
        "form": form,
        "alerts": page[:PAGE],
        "older": form.older(page[PAGE - 1].number) if len(page) > PAGE else "",
        "cleared_words": CLEARED_WORDS,
    }
    return render(request, "alerts/alerts.html", context)


@team_page()
def alert(request: HttpRequest, team: Team, actor: Actor, number: int) -> HttpResponse:
    """One alert with its timeline."""
    found = selectors.alert_by_number(team, number) if number < 2**63 else None
    if found is None:
        raise Http404("There is no such alert.")
    context = {
        "alert": found,
        "timeline": [(event, event_words(event)) for event in found.events.all()],
        "why": CLEARED_WORDS.get(found.cleared_reason, ""),
        "values": _values(found.snapshot.get("end") or found.snapshot.get("start") or {}),
    }
    return render(request, "alerts/alert.html", context)


@team_page()
def view(request: HttpRequest, team: Team, actor: Actor, slug: str) -> HttpResponse:
    """A test's values around a moment, with its alerts laid over them; archived tests too."""
    at, refused = _moment(request, timezone.now())
    test = selectors.find_test(team, slug, at)
    if test is None:
        raise Http404("There is no such test.")
    context = {"test": test, "at": at, "refused": refused, "panorama": around(test, at)}
    return render(request, "alerts/view.html", context)


def _moment(request: HttpRequest, now: datetime) -> tuple[datetime, str]:
    """The moment asked for; now, and a sentence, where it cannot be read."""
    asked = request.GET.get("at")
    if not asked:
        return now, ""
    try:
        at = read_time("at", asked)
    except ValidationError as error:
        return now, error.message_dict["at"][0]
    if not 1970 <= at.year <= 9000:
        return now, f"Only times from 1970 to 9000 can be shown; got {at.year}."
    return at, ""


def _values(found: dict[str, dict[str, dict[str, float]]]) -> list[tuple[str, str, float]]:
    sources = found.get("sources") or {}
    return [(source, metric, value) for source, values in sources.items() for metric, value in values.items()]
