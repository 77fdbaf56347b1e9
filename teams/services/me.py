"""What people change about themselves."""

from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from teams import audit
from teams.access import Actor
from teams.errors import TooOften
from teams.limits import PASSWORD_ACCOUNT
from teams.models import Theme, User
from teams.readers import zones
from teams.services.inputs import checked_name


@transaction.atomic
def change_profile(user: User, *, name: str, time_zone: str, theme: str) -> User:
    """Change one's own name, time zone and theme (both may be empty: as the browser says).

    The teams that one is in find a new name in their audit. Raises ValidationError at `name`, `time_zone` or `theme`.
    """
    before = user.name
    user.name, user.time_zone, user.theme = checked_name(name), _checked_zone(time_zone), _checked_theme(theme)
    user.save(update_fields=["name", "time_zone", "theme"])
    if changes := audit.differences({"name": before}, {"name": user.name}):
        for membership in user.memberships.select_related("team"):
            audit.record(Actor(team=membership.team, role=None, user=user), "user.changed", user, changes)
    return user


def change_theme(user: User, theme: str) -> User:
    """Light, dark, or empty for as the browser asks. Raises ValidationError at `theme`."""
    user.theme = _checked_theme(theme)
    user.save(update_fields=["theme"])
    return user


def change_password(user: User, current: str, password: str, now: datetime) -> User:
    """Set a new password; every session of the person ends but the one that is told of it.

    Raises ValidationError at `current` (wrong) or `password` (too weak); TooOften after many wrong ones.
    """
    if not PASSWORD_ACCOUNT.take(user.email, now):
        wait = PASSWORD_ACCOUNT.seconds_left(now)
        raise TooOften(f"Too many attempts. Try again in {-(-wait // 60)} min.", wait)
    if not user.check_password(current):
        raise ValidationError({"current": ["This is not your password."]})
    PASSWORD_ACCOUNT.give_back(user.email, now)
    try:
        validate_password(password, user)
    except ValidationError as weak:
        raise ValidationError({"password": weak.messages}) from None
    user.set_password(password)
    user.save(update_fields=["password"])
    return user


def _checked_zone(text: str) -> str:
    zone = text.strip()
    if zone and zone not in zones():
        raise ValidationError({"time_zone": ["There is no such time zone. Names are like Europe/Berlin."]})
    return zone


def _checked_theme(text: str) -> str:
    if text and text not in Theme.values:
        raise ValidationError({"theme": ["There is no such theme."]})
    return text
