"""The lists of alerts: a team's, and that of all my teams."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import add_never_cache_headers

from alerts import selectors
from alerts.forms.alerts import AlertFilters, Filters
from alerts.models import AlertNumber
from alerts.pages import listing
from alerts.pages.mutes import muting
from alerts.pages.rows import rows_of, stamp_of
from alerts.people import assignable
from teams.access import Actor, Permission, actors_of
from teams.models import Team, User
from teams.pages import is_known, is_part, signed_in, team_page
from teams.values import number_in

OFFERED = 100
MOST_URGENT = 100
_SEGMENTS: tuple[tuple[str, dict[str, str]], ...] = (
    ("Active", {"show": "active"}),
    ("Mine", {"show": "active", "who": "mine"}),
    ("Nobody's", {"show": "active", "who": "nobody"}),
    ("History", {"show": "history"}),
    ("Closed but still violated", {"show": "history", "still": "1"}),
    ("All", {"show": "all"}),
)


@team_page()
def alerts(request: HttpRequest, team: Team, actor: Actor) -> HttpResponse:
    """The team's alerts. To htmx the rows that may have changed, or 204 where nothing did."""
    form = AlertFilters(request.GET)
    context = listed(request.GET, team, actor, form)
    if not is_part(request):
        return render(
            request, "alerts/list/page.html", context | _offered(team) | {"muting": muting(team, context["now"])}
        )
    if is_known(request, context["stamp"]):
        return fresh(HttpResponse(status=204), context["now"])
    return fresh(render(request, "alerts/list/_live.html", context), context["now"])


def listed(asked: QueryDict, team: Team, actor: Actor, form: AlertFilters) -> dict[str, Any]:
    """A page of the list; `asked` may say what its reader has `seen`, so that what is newer is marked."""
    now = timezone.now()
    found = selectors.alerts_of(team, **form.asked(actor.user))
    page = listing.page_of(found, urgent=form.segment == "active", before=form.cursor())
    seen = _seen(asked, team)
    acts = actor.may(Permission.ACT) and form.segment != "history"
    rows = rows_of(page.alerts, {team.pk} if acts else (), now, seen)
    counts = listing.active_counts(team)
    return {
        "form": form,
        "rows": rows,
        "acts": acts,
        "counts": counts,
        "segments": _segments(form),
        "query": form.sound(),
        "first": form.sound(before=None),
        "older": form.sound(before=page.next) if page.next else "",
        "seen": seen,
        "now": now,
        "stamp": stamp_of(counts, page.next, int(now.timestamp()) // 60, rows=rows),
    }


def fresh(response: HttpResponse, now: datetime) -> HttpResponse:
    """Have the page say that it is as of `now`, in the reader's time zone."""
    response["X-As-Of"] = f"{timezone.localtime(now):%H:%M:%S}"
    return response


def all_alerts(request: HttpRequest) -> HttpResponse:
    """The active alerts of the teams that the person is a member of, the most severe first.

    A superuser sees their own teams here too, not everybody's. Acting is the business of each team's own address.
    """
    me = signed_in(request)
    context = _of_my_teams(me, Filters(request.GET))
    if not is_part(request):
        response = render(request, "alerts/list/all.html", context)
    elif is_known(request, context["stamp"]):
        response = HttpResponse(status=204)
    else:
        response = render(request, "alerts/list/_all_live.html", context)
    add_never_cache_headers(response)
    return fresh(response, context["now"])


def _of_my_teams(me: User, form: Filters) -> dict[str, Any]:
    actors = actors_of(me)
    mine = Team.objects.filter(pk__in=[actor.team.pk for actor in actors])
    found, more = listing.most_urgent(selectors.alerts_of(mine, active=True, **form.asked(me)), MOST_URGENT)
    acting = {actor.team.pk for actor in actors if actor.may(Permission.ACT)}
    now = timezone.now()
    rows, counts = rows_of(found, acting, now), listing.active_counts(mine)
    return {
        "form": form,
        "rows": rows,
        "more": more,
        "counts": counts,
        "query": form.sound(),
        "stamp": stamp_of(counts, more, int(now.timestamp()) // 60, rows=rows),
        "teams": [actor.team for actor in actors if any(actor.team.pk == row.alert.team_id for row in rows)],
        "member": bool(actors),
        "now": now,
    }


def _segments(form: AlertFilters) -> list[tuple[str, str, bool]]:
    """(label, query, whether it is shown); the other filters are kept."""
    dropped = dict.fromkeys(("show", "who", "still", "state", "before"))
    shown = {"show": form.segment} | {name: form.data[name] for name in ("who", "still") if form.cleaned_data.get(name)}
    return [(label, form.sound(**dropped | wanted), wanted == shown) for label, wanted in _SEGMENTS]


def _seen(asked: QueryDict, team: Team) -> int:
    seen = number_in(asked.get("seen", ""))
    if seen is not None:
        return seen
    return AlertNumber.objects.filter(team=team).values_list("last", flat=True).first() or 0


def _offered(team: Team) -> dict[str, Any]:
    """What the filters suggest; anything else may be typed."""
    return {
        "known_rules": selectors.list_rules(team).prefetch_related(None).values_list("pk", "name")[:OFFERED],
        "known_tests": selectors.list_tests(team).order_by("slug").values_list("slug", "name")[:OFFERED],
        "known_people": [(person.email, str(person)) for person in assignable(team)[:OFFERED]],
        "has_any": AlertNumber.objects.filter(team=team).exists(),
    }
