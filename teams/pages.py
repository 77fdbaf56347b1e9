"""What every page within a team shares: who may see it, what is said where it refuses, and the way around."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate
from urllib.parse import quote, urlsplit

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve
from django.utils.cache import add_never_cache_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import trigger_client_event

from teams.access import Actor, Permission, actor_in, require, teams_of
from teams.errors import Conflict, TooOften
from teams.models import Team, User

TeamView = Callable[Concatenate[HttpRequest, Team, Actor, ...], HttpResponse]

# (label, address below /t/<team>/); an entry shows once an app serves its address.
NAVIGATION = (
    ("Alerts", "alerts/"),
    ("Alert Settings", "rules/"),
    ("Views", "views/"),
    ("Integrations", "integrations/"),
    ("Deliveries", "deliveries/"),
    ("Hand-over", "handover/"),
    ("Team", "team/"),
)
MENU_TEAMS = 30


def team_page(permission: Permission = Permission.VIEW) -> Callable[[TeamView], Callable[..., HttpResponse]]:
    """For views `(request, team, actor, ...)` below `/t/<slug:team_slug>/`.

    Anonymous visitors are sent to the login form; for outsiders the page does not exist (404); members whose role does
    not allow `permission` get 403. What the view refuses by Conflict is a 409, by TooOften a 429, in their words. No
    cache keeps the page, so that none shows it after the logout.
    """

    def decorate(view: TeamView) -> Callable[..., HttpResponse]:
        @wraps(view)
        def page(request: HttpRequest, team_slug: str, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return to_login(request)
            actor = _actor(request, team_slug)
            try:
                require(actor, permission)
                response = view(request, actor.team, actor, *args, **kwargs)
            except (Conflict, TooOften, PermissionDenied) as refusal:
                response = refused(request, refusal)
            add_never_cache_headers(response)
            return response

        return page

    return decorate


def to_login(request: HttpRequest) -> HttpResponse:
    """The login form, and back to where the person is; a part that htmx asked for leads the whole page there."""
    if not is_part(request):
        return redirect_to_login(request.get_full_path())
    response = HttpResponse(status=204)
    response["HX-Redirect"] = redirect_to_login(_path_of(request.headers.get("HX-Current-URL", "")))["Location"]
    return response


def _path_of(address: str) -> str:
    try:
        return urlsplit(address).path or "/"
    except ValueError:
        return "/"


def signed_in(request: HttpRequest) -> User:
    """The person who asks. Raises PermissionDenied for strangers, whom the gate sends to the login before."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def is_part(request: HttpRequest) -> bool:
    """Whether htmx asks, for a part of a page."""
    return request.headers.get("HX-Request") == "true"


def is_known(request: HttpRequest, stamp: str) -> bool:
    """Whether a live part asks for what its reader has already, by its stamp; the answer is a 204 then."""
    return is_part(request) and request.GET.get("stamp") == stamp


def next_of(request: HttpRequest) -> str:
    """Where a form asks to be led after its POST: an address of ours, or empty."""
    asked = request.POST.get("next", "")
    return asked if asked.startswith("/") and url_has_allowed_host_and_scheme(asked, allowed_hosts=None) else ""


def behind_dialog(request: HttpRequest) -> str:
    """The address of the page over which a dialog is open; empty where there is none."""
    try:
        at = urlsplit(request.headers.get("HX-Current-URL", ""))
    except ValueError:
        return ""
    return f"{at.path}?{at.query}" if at.query else at.path


def notice(response: HttpResponse, text: str, tone: str = "success") -> HttpResponse:
    """Have the page say `text` once it shows the response; `tone` is success, info, warning or error."""
    return trigger_client_event(response, "notice", {"text": text, "tone": tone})


def refused(request: HttpRequest, refusal: Exception) -> HttpResponse:
    """The answer to something that may not be, is over, or came too often: its words as a page, or as a notice."""
    status = next((status for kind, status in _STATUS.items() if isinstance(refusal, kind)), 403)
    words = str(refusal) or "You may not do this."
    if is_part(request):
        response = HttpResponse(words, status=status, content_type="text/plain; charset=utf-8")
        response["X-Refusal"] = quote(words)
    else:
        response = render(request, "teams/refused.html", {"words": words}, status=status)
    if isinstance(refusal, TooOften):
        response["Retry-After"] = str(refusal.wait)
    return response


_STATUS: dict[type[Exception], int] = {Conflict: 409, TooOften: 429, PermissionDenied: 403}


def _actor(request: HttpRequest, team_slug: str) -> Actor:
    actor = actor_in(request.user, team_slug)
    if actor is None:
        raise Http404("There is no such page.")
    request.actor = actor  # type: ignore[attr-defined]
    return actor


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `my_teams`; within a team also the team as `here`, `actor`, what they `may`, `navigation`."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    mine = {"my_teams": teams_of(user)[:MENU_TEAMS]}
    actor: Actor | None = getattr(request, "actor", None)
    if actor is None:
        return mine
    may = {str(permission): actor.may(permission) for permission in Permission}
    return mine | {"here": actor.team, "actor": actor, "may": may, "navigation": _entries(request, actor.team)}


def _entries(request: HttpRequest, team: Team) -> list[dict[str, Any]]:
    base = f"/t/{team.slug}/"
    return [
        {"label": label, "url": base + tail, "current": request.path.startswith(base + tail)}
        for label, tail in NAVIGATION
        if _is_served(base + tail)
    ]


def _is_served(address: str) -> bool:
    try:
        resolve(address)
    except Resolver404:
        return False
    return True
