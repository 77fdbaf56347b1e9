"""One alert: its page, and the part of it that refreshes by itself."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from alerts import selectors
from alerts.forms.acting import FORMS, ActionForm, form_for
from alerts.links import iso_utc
from alerts.models import Alert
from alerts.pages.mutes import muting
from alerts.pages.portrait import portrait_of
from alerts.pages.stories import hearers, parts_of, timeline_of
from alerts.people import assignable
from alerts.sentences import CLEARED_WORDS
from teams.access import Actor, Permission
from teams.models import Team
from teams.pages import is_part, team_page
from teams.values import number_in


@team_page()
def alert(request: HttpRequest, team: Team, actor: Actor, number: int) -> HttpResponse:
    """One alert with its timeline; to htmx what of it may have changed, or 204 where nothing did."""
    found = find(team, number)
    if not is_part(request):
        return page(request, actor, found)
    context = standing(found, timezone.now(), _before(request))
    if context["stamp"] == request.GET.get("stamp"):
        return HttpResponse(status=204)
    return render(request, "alerts/alert/_live.html", context)


def find(team: Team, number: int) -> Alert:
    """The team's alert; a 404 where there is none."""
    found = selectors.alerts_of(team, drills=True).filter(number=number).first() if number < 2**63 else None
    if found is None:
        raise Http404("There is no such alert.")
    return found


def page(
    request: HttpRequest, actor: Actor, alert: Alert, typed: Mapping[str, ActionForm] | None = None
) -> HttpResponse:
    """The whole page; forms that were refused are `typed`, by action, and make it a 422."""
    now = timezone.now()
    portrait = portrait_of(alert, now)
    context = standing(alert, now, _before(request)) | {
        "portrait": portrait,
        "parts": parts_of(alert, portrait.latest if portrait else {}),
        "forms": forms_for(actor, alert, typed or {}) if actor.may(Permission.ACT) else {},
        "muting": [] if alert.drill else muting(alert.team, now, rule=alert.rule_id, test=alert.test_id),
    }
    return render(request, "alerts/alert/page.html", context, status=422 if typed else 200)


def standing(alert: Alert, now: datetime, before: int | None = None) -> dict[str, Any]:
    """How the alert stands and what happened, or what did before an entry; `stamp` differs when any of it does."""
    timeline = timeline_of(alert, before)
    minute = "" if alert.cleared_at else int(now.timestamp()) // 60
    return {
        "alert": alert,
        "timeline": timeline,
        "why": CLEARED_WORDS.get(alert.cleared_reason, ""),
        "started": iso_utc(alert.started_at),
        "cleared": iso_utc(alert.cleared_at) if alert.cleared_at else "",
        "stamp": f"{timeline.newest}-{alert.state}-{alert.still_violated:d}-{minute}",
    }


def _before(request: HttpRequest) -> int | None:
    return number_in(request.GET.get("before", ""))


def forms_for(actor: Actor, alert: Alert, typed: Mapping[str, ActionForm]) -> dict[str, Any]:
    """The forms of an alert that can still change, and what closing it would do."""
    if alert.cleared_at is not None:
        return {}
    names, recipients = hearers(alert)
    people = list(assignable(actor.team)[:500])
    forms = {action: typed.get(action) or form_for(action, people=people, me=actor.user) for action in FORMS}
    return {**forms, "hearers": names, "recipients": recipients}
