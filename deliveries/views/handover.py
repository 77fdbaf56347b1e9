"""The hand-over: what one who takes over must know."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from deliveries import handover_text
from deliveries.forms import SinceForm
from deliveries.handover import Handover, handover_of
from deliveries.since import DEFAULT, read_since
from teams.access import Actor
from teams.models import Team
from teams.pages import team_page

CHOICES = (("8h", "8 h"), ("12h", "12 h"), ("24h", "24 h"), ("18:00", "since 18:00"))


@team_page()
def handover(request: HttpRequest, team: Team, actor: Actor) -> HttpResponse:
    """What happened since `?since=` (see deliveries.since) and how things stand; 422 where that means nothing."""
    form, found = _read(request, team)
    asked = request.GET.get("since") or DEFAULT
    context = {
        "form": form,
        "handover": found,
        "choices": [(f"?{urlencode({'since': value})}", label, value == asked) for value, label in CHOICES],
        # The same moment however long one waits before following the link.
        "query": urlencode({"since": found.since.isoformat()}),
        "log_since": timezone.localtime(found.since).strftime("%Y-%m-%dT%H:%M"),
    }
    return render(request, "deliveries/handover/handover.html", context, status=422 if form.errors else 200)


@team_page()
def as_markdown(request: HttpRequest, team: Team, actor: Actor) -> HttpResponse:
    """The same as Markdown, to be pasted."""
    form, found = _read(request, team)
    if form.errors:
        words = " ".join(map(str, form.errors["since"]))
        return HttpResponse(words, status=422, content_type="text/plain; charset=utf-8")
    text = handover_text.as_markdown(team, found, timezone.get_current_timezone())
    response = HttpResponse(text, content_type="text/markdown; charset=utf-8")
    response["Content-Disposition"] = f'inline; filename="{team.slug}-handover.md"'
    return response


def _read(request: HttpRequest, team: Team) -> tuple[SinceForm, Handover]:
    now, zone = timezone.now(), timezone.get_current_timezone()
    form = SinceForm(request.GET, now=now, zone=zone)
    since = form.cleaned_data["since"] if form.is_valid() else read_since(DEFAULT, now, zone)
    return form, handover_of(team, since, now)
