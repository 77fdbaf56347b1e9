"""Which people of a team may be given an alert."""

from django.db.models import Q, QuerySet

from alerts.lifecycle import not_assignable
from teams.access import GRANTS, Permission
from teams.models import Team, User

MAY_ACT = [role for role, granted in GRANTS.items() if Permission.ACT in granted]


def assignable(team: Team) -> QuerySet[User]:
    """The members who may act on alerts, by name."""
    roles = Q(memberships__team=team, memberships__role__in=MAY_ACT)
    return User.objects.filter(roles, is_active=True).order_by("name", "email")


def assignee(team: Team, email: str) -> User:
    """The person of the team with that e-mail; whether they may act is asked by the service.

    All others get one answer with the e-mail as it was sent, or its spelling would tell who has an account.
    """
    near = Q(memberships__team=team) | Q(is_superuser=True)
    person = None if "\x00" in email else User.objects.with_email(email).filter(near).first()
    if person is None:
        raise not_assignable(email[:254])
    return person
