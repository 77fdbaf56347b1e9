"""What pages of a team read about its people, and what people read about their teams."""

from datetime import datetime

from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Lower

from teams.access import teams_of
from teams.models import ApiKey, AuditEntry, Invitation, Membership, Team, User
from teams.paging import behind

PAGE = 50


def people(team: Team, text: str = "", after: str = "") -> QuerySet[Membership]:
    """The members by e-mail, those whose name or address holds `text`, beyond the address `after`."""
    found = team.memberships.select_related("user").order_by("user__email")
    if text:
        found = found.filter(Q(user__name__icontains=text) | Q(user__email__icontains=text))
    return found.filter(user__email__gt=after) if after else found


def pending_invitations(team: Team, now: datetime) -> QuerySet[Invitation]:
    """The invitations that wait to be accepted, newest first."""
    waiting = team.invitations.filter(accepted_at=None, revoked_at=None, expires_at__gt=now)
    return waiting.select_related("inviter")


def api_keys(team: Team, now: datetime, everything: bool = False) -> QuerySet[ApiKey]:
    """The keys that work, by name; with `everything` also those that were revoked or expired, after them."""
    keys = team.api_keys.select_related("maker").order_by(F("revoked_at").desc(nulls_first=True), "name", "pk")
    return keys if everything else keys.filter(revoked_at=None).exclude(expires_at__lte=now)


def history(team: Team, before: int | None = None) -> QuerySet[AuditEntry]:
    """The audit of the team, newest first, from what came before the entry `before`."""
    entries = AuditEntry.objects.filter(team=team)
    return entries.filter(behind(entries, before, "-at")).order_by("-at", "-id")


def my_teams(user: User, text: str = "") -> QuerySet[Team]:
    """The person's teams by name, those whose name holds `text`, each with the person's `role` in it or None."""
    mine = Membership.objects.filter(team=OuterRef("pk"), user=user)
    found = teams_of(user).annotate(role=Subquery(mine.values("role")[:1])).order_by(Lower("name"), "pk")
    return found.filter(name__icontains=text) if text else found
