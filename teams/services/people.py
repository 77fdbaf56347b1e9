"""Who belongs to a team, and as what. A team keeps at least one admin."""

from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F

from teams import audit
from teams.access import Actor, Permission, require
from teams.errors import Conflict
from teams.models import Membership, Role, Team, User
from teams.services.inputs import checked_email, checked_name, checked_role
from teams.services.keys import disable_keys_of


@transaction.atomic
def add_member(actor: Actor, user: User, role: str, now: datetime) -> Membership:
    """Make the user a member. Raises PermissionDenied; ValidationError at `role` or, for a present member, `email`."""
    require(actor, Permission.MANAGE)
    return join(actor, user, checked_role(role), now)


@transaction.atomic
def add_person(actor: Actor, email: str, name: str, role: str, now: datetime) -> tuple[Membership, bool]:
    """Make the person with that address a member; return the membership and whether the person is new to Bellhop.

    A new person has no password yet: send the link of `teams.mails.send_password_link`. Raises PermissionDenied;
    ValidationError at `email`, `name` or `role`.
    """
    require(actor, Permission.MANAGE)
    address, granted = checked_email(email), checked_role(role)
    user = User.objects.with_email(address).first()
    known = user is not None
    if user is None:
        user = User.objects.create_user(address, None, name=checked_name(name) if name.strip() else "", created_at=now)
    return join(actor, user, granted, now), not known


@transaction.atomic
def change_role(actor: Actor, membership: Membership, role: str, now: datetime) -> Membership:
    """Give another role: ends the person's sessions, and the keys they made that now exceed them.

    Raises PermissionDenied; ValidationError at `role`; Conflict for the last admin.
    """
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
    """End a membership, the person's sessions and the keys they made here. What they did stays in the audit.

    Raises PermissionDenied; Conflict for the last admin.
    """
    locked = _locked(actor, membership)
    _keep_an_admin(locked)
    audit.record(actor, "membership.removed", locked, {"role": [locked.role, None]})
    locked.delete()
    _after_a_change(actor, locked.user, now)


def join(actor: Actor, user: User, role: Role, now: datetime) -> Membership:
    """Write the membership and its audit entry; asks nobody for permission. ValidationError at `email` if present."""
    try:
        with transaction.atomic():
            membership = Membership.objects.create(team=actor.team, user=user, role=role, created_at=now)
    except IntegrityError:
        raise ValidationError({"email": [f"{user.email} is a member already."]}) from None
    audit.record(actor, "membership.created", membership, {"user": [None, user.email], "role": [None, role.value]})
    return membership


def _locked(actor: Actor, membership: Membership) -> Membership:
    """The membership as it is now; its team is locked, so that two changes cannot each spare the other's admin."""
    require(actor, Permission.MANAGE)
    if membership.team_id != actor.team.pk:
        raise PermissionDenied("This belongs to another team.")
    Team.objects.select_for_update().get(pk=actor.team.pk)
    locked = Membership.objects.select_related("user").filter(pk=membership.pk).first()
    if locked is None:
        raise Conflict(f"{membership.user} is no member any more.")
    return locked


def _keep_an_admin(membership: Membership) -> None:
    admins = Membership.objects.filter(team=membership.team_id, role=Role.ADMIN, user__is_active=True)
    if membership.role == Role.ADMIN and not admins.exclude(pk=membership.pk).exists():
        raise Conflict(f"{membership.user} is the team's last admin; make somebody else an admin first.")


def _after_a_change(actor: Actor, user: User, now: datetime) -> None:
    User.objects.filter(pk=user.pk).update(session_stamp=F("session_stamp") + 1)
    disable_keys_of(actor, user, now)
