"""Founding a team, and its settings."""

from datetime import datetime
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.text import slugify

from teams import audit
from teams.access import Actor, Permission, require
from teams.models import Role, Team, User
from teams.services.inputs import checked_email, checked_name
from teams.services.joining import join

SLUG_LENGTH = 50
LONGEST_ANNOUNCE = 60 * 24 * 7


@transaction.atomic
def create_team(name: str, owner_email: str, password: str | None, now: datetime) -> Team:
    """Found a team; its owner becomes an admin, and a person with that password if the address is new.

    The password of a person who exists already is left alone. Raises ValidationError at `name` (empty, too long,
    taken), `owner` (no address) or `password` (missing for a new person, too weak).
    """
    checked = checked_name(name)
    if Team.objects.filter(name__iexact=checked).exists():
        raise ValidationError({"name": [f"There is a team named {checked!r} already."]})
    owner = _owner(checked_email(owner_email, "owner"), password, now)
    team = Team.objects.create(name=checked, slug=_free_slug(checked), created_at=now)
    actor = Actor.system(team, via="command")
    audit.record(actor, "team.created", team, {"name": [None, team.name], "slug": [None, team.slug]})
    join(actor, owner, Role.ADMIN, now)
    return team


@transaction.atomic
def change_team(
    actor: Actor, *, name: str | None = None, announce_minutes: int | None = None, shadow: bool | None = None
) -> Team:
    """Change what is given of the actor's own team; its slug stays, since links hold it.

    Raises PermissionDenied; ValidationError at `name` or `announce_minutes` (0 to a week).
    """
    require(actor, Permission.MANAGE)
    team = Team.objects.select_for_update().get(pk=actor.team.pk)
    before = _settings(team)
    if name is not None:
        team.name = checked_name(name)
    if announce_minutes is not None:
        team.announce_minutes = _checked_minutes(announce_minutes)
    if shadow is not None:
        team.shadow = shadow
    if changes := audit.differences(before, _settings(team)):
        team.save(update_fields=list(changes))
        audit.record(actor, "team.changed", team, changes)
    return team


def _settings(team: Team) -> dict[str, Any]:
    return {"name": team.name, "announce_minutes": team.announce_minutes, "shadow": team.shadow}


def _checked_minutes(minutes: int) -> int:
    if not 0 <= minutes <= LONGEST_ANNOUNCE:
        raise ValidationError({"announce_minutes": [f"This must be from 0 to {LONGEST_ANNOUNCE} (a week)."]})
    return minutes


def _owner(email: str, password: str | None, now: datetime) -> User:
    known = User.objects.with_email(email).first()
    if known is not None:
        return known
    if not password:
        raise ValidationError({"password": [f"{email} is new here and needs a password."]})
    try:
        validate_password(password, User(email=email))
    except ValidationError as error:
        raise ValidationError({"password": error.messages}) from None
    return User.objects.create_user(email, password, created_at=now)


def _free_slug(name: str) -> str:
    base = slugify(name)[:SLUG_LENGTH].strip("-_") or "team"
    taken = set(Team.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    return base if base not in taken else next(s for n in range(2, len(taken) + 3) if (s := f"{base}-{n}") not in taken)
