"""Making and revoking API keys. Only people make keys, and none that may more than they do."""

from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from teams import audit, keys
from teams.access import Actor, Permission, exceeds, require, role_of
from teams.models import ApiKey, Role, Team, User
from teams.services.inputs import checked_name, checked_role


@transaction.atomic
def create_api_key(
    actor: Actor | None, team: Team, name: str, role: str, expires_at: datetime | None, now: datetime
) -> tuple[ApiKey, str]:
    """Make a key; return it and the plain text, which is kept nowhere. `actor` None is the operator's command.

    Raises PermissionDenied; ValidationError at `name` (empty, too long, taken by a working key), `role` (unknown, more
    than the maker's own) or `expires_at` (not in the future).
    """
    actor = _maker(actor, team)
    granted = _granted(actor, role)
    key, plain = _new(actor, _free_name(team, name, now), granted, _future(expires_at, now), now)
    changes: dict[str, list[Any]] = {
        "name": [None, key.name],
        "role": [None, key.role],
        "expires_at": [None, key.expires_at],
    }
    audit.record(actor, "api_key.created", key, changes)
    return key, plain


@transaction.atomic
def revoke_api_key(actor: Actor, key: ApiKey, now: datetime) -> ApiKey:
    """End a key at once and for good; revoking twice changes nothing. Raises PermissionDenied."""
    require(actor, Permission.MANAGE)
    _same_team(actor, key.team)
    return _revoke(actor, key, now)


def disable_keys_of(actor: Actor, user: User, now: datetime) -> None:
    """Revoke the keys that the user made in the actor's team and that allow more than the user's present role does."""
    role = role_of(user, actor.team)
    for key in ApiKey.objects.select_for_update().filter(team=actor.team, maker=user, revoked_at=None):
        if exceeds(key.role, role):
            _revoke(actor, key, now)


def _maker(actor: Actor | None, team: Team) -> Actor:
    if actor is None:
        return Actor.system(team, via="command")
    require(actor, Permission.MANAGE)
    _same_team(actor, team)
    return actor


def _same_team(actor: Actor, team: Team) -> None:
    if actor.team.pk != team.pk:
        raise PermissionDenied("This belongs to another team.")


def _granted(actor: Actor, role: str) -> Role:
    granted = checked_role(role)
    if exceeds(granted, actor.role):
        raise ValidationError({"role": [f"A key may not allow more than its maker's own role, {actor.role}."]})
    return granted


def _free_name(team: Team, name: str, now: datetime) -> str:
    checked = checked_name(name)
    working = ApiKey.objects.filter(team=team, name=checked, revoked_at=None).exclude(expires_at__lte=now)
    if working.exists():
        text = f"The team has a working API key named {checked!r} already. A key is shown only once, when it is made."
        raise ValidationError({"name": [text]})
    return checked


def _future(expires_at: datetime | None, now: datetime) -> datetime | None:
    if expires_at is not None and expires_at <= now:
        raise ValidationError({"expires_at": ["This must be in the future."]})
    return expires_at


def _new(actor: Actor, name: str, role: Role, expires_at: datetime | None, now: datetime) -> tuple[ApiKey, str]:
    fresh = keys.fresh()
    key = ApiKey.objects.create(
        team=actor.team,
        name=name,
        role=role,
        prefix=fresh.prefix,
        digest=fresh.digest,
        maker=actor.user,
        created_at=now,
        expires_at=expires_at,
    )
    return key, fresh.plain


def _revoke(actor: Actor, key: ApiKey, now: datetime) -> ApiKey:
    if ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=now):
        key.revoked_at = now
        audit.record(actor, "api_key.revoked", key, {"revoked_at": [None, now]})
    return key
