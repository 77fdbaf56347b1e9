"""Becoming a member."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from teams import audit
from teams.access import Actor
from teams.models import Membership, Role, User


def join(actor: Actor, user: User, role: Role, now: datetime) -> Membership:
    """Write the membership and its audit entry; asks nobody for permission. ValidationError at `email` if present."""
    try:
        with transaction.atomic():
            membership = Membership.objects.create(team=actor.team, user=user, role=role, created_at=now)
    except IntegrityError:
        raise ValidationError({"email": [f"{user.email} is a member already."]}) from None
    audit.record(actor, "membership.created", membership, {"user": [None, user.email], "role": [None, role.value]})
    return membership
