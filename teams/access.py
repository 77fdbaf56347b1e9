"""The one place that answers whose it is, and who may do what."""

from dataclasses import dataclass
from enum import StrEnum

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet

from teams.models import ApiKey, Membership, Role, Team, User


class Permission(StrEnum):
    """What one can be allowed to do within a team."""

    VIEW = "view"
    EDIT = "edit"  # tests, rules and integrations
    ACT = "act"  # on alerts
    MANAGE = "manage"  # people and keys


GRANTS: dict[Role, frozenset[Permission]] = {
    Role.VIEWER: frozenset({Permission.VIEW}),
    Role.MEMBER: frozenset({Permission.VIEW, Permission.EDIT, Permission.ACT}),
    Role.ADMIN: frozenset(Permission),
}
PEOPLE_ONLY = frozenset({Permission.MANAGE})
_RANK: dict[str, int] = {role: rank for rank, role in enumerate(Role)}


def exceeds(role: str, other: str | None) -> bool:
    """Whether `role` allows more than `other` does; None allows nothing."""
    return other is None or _RANK[role] > _RANK[other]


@dataclass(frozen=True)
class Actor:
    """Who does something to a team's things: a person, an API key or Bellhop itself, and by which way (`via`).

    `words` name whoever is none of these, as a person in a chat that proves nothing. `origin` is the integration that
    it came through, by its id.
    """

    team: Team
    role: Role | None
    user: User | None = None
    key: ApiKey | None = None
    via: str = "page"
    words: str = ""
    origin: int | None = None

    @classmethod
    def system(cls, team: Team, via: str = "system") -> "Actor":
        """Bellhop itself, or the operator at the command line (`via="command"`): may do all."""
        return cls(team=team, role=Role.ADMIN, via=via)

    @property
    def text(self) -> str:
        """The name for timelines and the audit."""
        if self.words:
            return self.words
        if self.key:
            return f"API key {self.key.name}"
        if self.user:
            return str(self.user)
        return "Operator" if self.via == "command" else "Bellhop"

    def may(self, permission: Permission) -> bool:
        """Keys never manage people or keys, whatever their role."""
        if self.role is None or (self.key and permission in PEOPLE_ONLY):
            return False
        return permission in GRANTS[self.role]


def require(actor: Actor, permission: Permission) -> None:
    """Raise PermissionDenied unless the actor may."""
    if actor.may(permission):
        return
    if actor.key:
        raise PermissionDenied(f"The API key {actor.key.name} ({actor.key.role}) may not {permission}.")
    raise PermissionDenied(f"Your role ({actor.role or 'none'}) may not {permission}.")


def actor_for(user: User | AnonymousUser, team: Team, via: str = "page") -> Actor | None:
    """The user as an actor in the team; None for outsiders. A superuser is an admin of every team."""
    role = role_of(user, team)
    return Actor(team=team, role=role, user=user, via=via) if role and isinstance(user, User) else None


def actor_in(user: User | AnonymousUser, slug: str, via: str = "page") -> Actor | None:
    """The user as an actor in the team with this slug; None for outsiders, and where there is none. One query."""
    if not isinstance(user, User) or not user.is_active:
        return None
    if user.is_superuser:
        team = Team.objects.filter(slug=slug).first()
        return Actor(team=team, role=Role.ADMIN, user=user, via=via) if team else None
    row = Membership.objects.filter(team__slug=slug, user=user).select_related("team").first()
    return Actor(team=row.team, role=Role(row.role), user=user, via=via) if row else None


def role_of(user: User | AnonymousUser, team: Team) -> Role | None:
    """The user's role in the team; None for outsiders and for people who were deactivated."""
    if not isinstance(user, User) or not user.is_active:
        return None
    if user.is_superuser:
        return Role.ADMIN
    role = Membership.objects.filter(team=team, user=user).values_list("role", flat=True).first()
    return Role(role) if role else None


def teams_of(user: User | AnonymousUser) -> QuerySet[Team]:
    """The teams that the user may see, by name."""
    if not isinstance(user, User) or not user.is_active:
        return Team.objects.none()
    return Team.objects.all() if user.is_superuser else Team.objects.filter(memberships__user=user)


def actors_of(user: User | AnonymousUser, via: str = "page") -> list[Actor]:
    """The user as an actor in each team that they are a member of, by the teams' names; a superuser too."""
    if not isinstance(user, User):
        return []
    mine = Membership.objects.filter(user=user, team__in=teams_of(user)).select_related("team").order_by("team__name")
    return [Actor(team=row.team, role=Role(row.role), user=user, via=via) for row in mine]
