"""What every page within a team shares: who may see it, and the way around."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.utils.cache import add_never_cache_headers

from teams.access import Actor, Permission, actor_for, require
from teams.models import Team

TeamView = Callable[Concatenate[HttpRequest, Team, Actor, ...], HttpResponse]

# (label, address below /t/<team>/); an entry shows once an app serves its address.
NAVIGATION = (
    ("Alerts", "alerts/"),
    ("Alert Settings", "rules/"),
    ("Integrations", "integrations/"),
    ("Deliveries", "deliveries/"),
    ("Team", "team/"),
)


def team_page(permission: Permission = Permission.VIEW) -> Callable[[TeamView], Callable[..., HttpResponse]]:
    """For views `(request, team, actor, ...)` below `/t/<slug:team_slug>/`.

    Anonymous visitors are sent to the login form; for outsiders the page does not exist (404); members whose role does
    not allow `permission` get 403. No cache keeps the page, so that none shows it after the logout.
    """

    def decorate(view: TeamView) -> Callable[..., HttpResponse]:
        @wraps(view)
        def page(request: HttpRequest, team_slug: str, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            actor = _actor(request, team_slug)
            require(actor, permission)
            response = view(request, actor.team, actor, *args, **kwargs)
            add_never_cache_headers(response)
            return response

        return page

    return decorate


def _actor(request: HttpRequest, team_slug: str) -> Actor:
    team = Team.objects.filter(slug=team_slug).first()
    actor = actor_for(request.user, team) if team else None
    if actor is None:
        raise Http404("There is no such page.")
    request.actor = actor  # type: ignore[attr-defined]
    return actor


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Context processor: the team at hand as `here`, who acts as `actor`, and the `navigation` entries that lead on."""
    actor: Actor | None = getattr(request, "actor", None)
    if actor is None:
        return {}
    base = f"/t/{actor.team.slug}/"
    entries = [
        {"label": label, "url": base + tail, "current": request.path.startswith(base + tail)}
        for label, tail in NAVIGATION
        if _is_served(base + tail)
    ]
    return {"here": actor.team, "actor": actor, "navigation": entries}


def _is_served(address: str) -> bool:
    try:
        resolve(address)
    except Resolver404:
        return False
    return True
