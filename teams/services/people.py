"""Who belongs to a team, and as what. A team keeps at least one admin."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F

from teams import audit
from teams.access import Actor, Permission, require
from teams.errors import Conflict
from teams.models import Membership, Role, Team, User
from teams.services.inputs import checked_role
from teams.services.invitations import revoke_invitations_of
from teams.services.keys import disable_keys_of


@transaction.atomic
def change_role(actor: Actor, membership: Membership, role: str, now: datetime) -> Membership:
    """Give another role: ends the person's sessions, and the keys and invitations of theirs that now exceed them.

    Raises PermissionDenied; ValidationError at `role`; Conflict for the last admin.
    """
    require(actor, Permission.MANAGE)
    locked = _locked(actor, membership)
    granted, before = checked_role(role), Role(locked.role)
    if granted == before:
        return locked
    if granted != Role.ADMIN:
        _keep_an_admin(locked)
    locked.role = granted
    locked.save(update_fields=["role"])
    audit.record(actor, "membership.changed", locked, {"role": [before.value, granted.value]})
    _after_a_change(actor, locked.user, now)
    return locked


@transaction.atomic
def remove_member(actor: Actor, membership: Membership, now: datetime) -> None:
    """End a membership, the person's sessions, their keys and invitations here. What they did stays in the audit.

    Raises PermissionDenied; Conflict for the last admin.
    """
    require(actor, Permission.MANAGE)
    _end(actor, _locked(actor, membership), "membership.removed", now)


@transaction.atomic
def leave_team(actor: Actor, now: datetime) -> None:
    """End one's own membership, whatever one's role, with one's keys and invitations there. Conflict for the last admin
    and for who is no member."""
    membership = Membership.objects.filter(team=actor.team, user=actor.user).select_related("user").first()
    if membership is None:
        raise Conflict(f"You are no member of {actor.team}.")
    _end(actor, _locked(actor, membership), "membership.left", now)


def _locked(actor: Actor, membership: Membership) -> Membership:
    """The membership as it is now; its team is locked, so that two changes cannot each spare the other's admin."""
    if membership.team_id != actor.team.pk:
        raise PermissionDenied("This belongs to another team.")
    Team.objects.select_for_update().get(pk=actor.team.pk)
    locked = Membership.objects.select_related("user").filter(pk=membership.pk).first()
    if locked is None:
        raise Conflict(f"{membership.user} is no member any more.")
    return locked


def _end(actor: Actor, membership: Membership, action: str, now: datetime) -> None:
    _keep_an_admin(membership)
    audit.record(actor, action, membership, {"role": [membership.role, None]})
    membership.delete()
    _after_a_change(actor, membership.user, now)


def _keep_an_admin(membership: Membership) -> None:
    admins = Membership.objects.filter(team=membership.team_id, role=Role.ADMIN, user__is_active=True)
    if membership.role == Role.ADMIN and not admins.exclude(pk=membership.pk).exists():
        raise Conflict(f"{membership.user} is the team's last admin; make somebody else an admin first.")


def _after_a_change(actor: Actor, user: User, now: datetime) -> None:
    User.objects.filter(pk=user.pk).update(session_stamp=F("session_stamp") + 1)
    disable_keys_of(actor, user, now)
    revoke_invitations_of(actor, user, now)
