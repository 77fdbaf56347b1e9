"""Accounts, for the operator's superusers. What people may do in a team is said by memberships, not here."""

from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from teams import audit
from teams.access import Actor
from teams.models import User
from teams.services.inputs import checked_email, checked_name


@transaction.atomic
def create_account(operator: User, email: str, name: str, now: datetime) -> User:
    """An account in no team and without a password. ValidationError at `email` (taken, no address) or `name`."""
    require_superuser(operator)
    address = checked_email(email)
    if User.objects.with_email(address).exists():
        raise ValidationError({"email": [f"{address} has an account already."]})
    return User.objects.create_user(address, None, name=checked_name(name) if name.strip() else "", created_at=now)


@transaction.atomic
def change_account(operator: User, user: User, *, name: str, is_active: bool, is_superuser: bool) -> User:
    """Change an account; the teams that the person is in find it in their audit.

    ValidationError at `is_active` or `is_superuser` for an operator who would lock themselves out.
    """
    require_superuser(operator)
    for field, stays in (("is_active", is_active), ("is_superuser", is_superuser)):
        if user.pk == operator.pk and not stays:
            raise ValidationError({field: ["You cannot take this from yourself."]})
    before = _facts(user)
    user.name = checked_name(name) if name.strip() else ""
    user.is_active, user.is_superuser = is_active, is_superuser
    if changes := audit.differences(before, _facts(user)):
        user.save(update_fields=list(changes))
        for membership in user.memberships.select_related("team"):
            actor = Actor(team=membership.team, role=None, user=operator, via="admin")
            audit.record(actor, "user.changed", user, changes)
    return user


def _facts(user: User) -> dict[str, object]:
    return {"name": user.name, "is_active": user.is_active, "is_superuser": user.is_superuser}


def require_superuser(operator: User) -> None:
    """PermissionDenied for everybody else."""
    if not (operator.is_active and operator.is_superuser):
        raise PermissionDenied
