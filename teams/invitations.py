"""Invitations: how their tokens look, and which of them still open the door."""

import secrets
from datetime import datetime

from teams import keys
from teams.access import Actor, Permission, exceeds, role_of
from teams.errors import Conflict
from teams.models import Invitation


class InvitationDead(Conflict):
    """There is no such invitation, or it is over; which of them, nobody learns."""

    def __init__(self) -> None:
        super().__init__("This invitation is not valid, or not any more.")


def fresh_token() -> str:
    """256 random bits for an address; only `keys.digest` of it is kept."""
    return secrets.token_urlsafe(32)


def find(token: str, now: datetime) -> Invitation:
    """The invitation, with its team and inviter, that this token opens now. Raises InvitationDead."""
    waiting = Invitation.objects.select_related("team", "inviter").filter(accepted_at=None, revoked_at=None)
    invitation = waiting.filter(digest=keys.digest(token), expires_at__gt=now).first()
    if invitation is None or not is_backed(invitation):
        raise InvitationDead
    return invitation


def is_backed(invitation: Invitation) -> bool:
    """Whether the inviter may still invite to that role."""
    actor = Actor(team=invitation.team, role=role_of(invitation.inviter, invitation.team), user=invitation.inviter)
    return actor.may(Permission.MANAGE) and not exceeds(invitation.role, actor.role)
