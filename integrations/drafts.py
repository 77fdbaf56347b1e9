"""Checks that saving and testing share."""

import unicodedata
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError

from integrations import vault
from integrations.models import Integration
from integrations.vault import Unreadable
from teams.access import Actor
from teams.errors import Conflict

NAME_LENGTH = 100
_UNSHOWN = frozenset(("Cc", "Cs", "Zl", "Zp"))


def clean_name(name: str) -> str:
    """The name without white space at its ends; ValidationError at `name` unless it is 1 to 100 characters."""
    if any(unicodedata.category(character) in _UNSHOWN for character in name):
        raise ValidationError({"name": ["A name must be one line without control characters."]})
    stripped = name.strip()
    if not 1 <= len(stripped) <= NAME_LENGTH:
        raise ValidationError({"name": [f"A name has 1 to {NAME_LENGTH} characters; this one has {len(stripped)}."]})
    return stripped


def current_config(integration: Integration) -> dict[str, Any] | None:
    """What is stored, as the base of an edit; None if it is unreadable, so that it can only be entered anew."""
    try:
        return vault.unseal(integration)
    except Unreadable:
        return None


def own(actor: Actor, integration: Integration) -> None:
    """Refuse another team's integration, and one that was removed."""
    if integration.team_id != actor.team.pk:
        raise PermissionDenied("This integration belongs to another team.")
    if integration.archived_at is not None:
        raise Conflict("This integration was removed.")
