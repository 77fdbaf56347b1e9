"""One team at a time: which team a person looks at in the admin, and as whom they act in it."""

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from teams.access import Actor, Permission, actor_for, teams_of
from teams.models import Team, User

SESSION_KEY = "admin_team"
_CACHE = "_admin_seat"


@dataclass(frozen=True, slots=True)
class Seat:
    """The team a person looks at now, and the actor they are there."""

    team: Team
    actor: Actor


def seat_of(request: HttpRequest) -> Seat | None:
    """Where the person sits now: the team they chose, else their first; None for whoever is in no team."""
    if not hasattr(request, _CACHE):
        setattr(request, _CACHE, _find_seat(request))
    seat: Seat | None = getattr(request, _CACHE)
    return seat


def current_team(request: HttpRequest) -> Team | None:
    """The team that this request may see."""
    seat = seat_of(request)
    return seat.team if seat else None


def actor_of(request: HttpRequest) -> Actor:
    """Who acts. Raises PermissionDenied for whoever is in no team."""
    seat = seat_of(request)
    if seat is None:
        raise PermissionDenied
    return seat.actor


def may(request: HttpRequest, permission: Permission) -> bool:
    """Whether the person may do this in the team they look at."""
    seat = seat_of(request)
    return seat is not None and seat.actor.may(permission)


def choose_team(request: HttpRequest, slug: str) -> Team | None:
    """Look at another of the person's own teams from now on; None for any other slug."""
    user = request.user
    team = teams_of(user).filter(slug=slug).first() if isinstance(user, User) and "\x00" not in slug else None
    if team is not None:
        request.session[SESSION_KEY] = team.pk
        if hasattr(request, _CACHE):
            delattr(request, _CACHE)
    return team


def _find_seat(request: HttpRequest) -> Seat | None:
    user = request.user
    if not isinstance(user, User) or not user.is_active:
        return None
    mine = teams_of(user)
    chosen: int = request.session.get(SESSION_KEY, 0)
    team = mine.filter(pk=chosen).first() or mine.order_by("name", "pk").first()
    actor = actor_for(user, team, via="admin") if team else None
    return Seat(team, actor) if team and actor else None
