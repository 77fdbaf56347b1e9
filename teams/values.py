"""Single values as they come from outside, in addresses and bodies."""

import json
from datetime import UTC, datetime
from hashlib import blake2b

from django.core.exceptions import ValidationError

_SHOWN = 60


def number_in(text: str) -> int | None:
    """The whole number that a text is, such as an id; None for anything else and beyond 18 digits."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def read_time(name: str, value: str) -> datetime:
    """The ISO 8601 time with its zone that `value` says, in UTC; else a ValidationError at `name`.

    A space before the zone is a `+` that was not encoded.
    """
    try:
        at = datetime.fromisoformat(value.strip().replace(" ", "+") if "T" in value else value)
        if at.tzinfo is None:
            raise ValueError
        return at.astimezone(UTC)
    except (ValueError, OverflowError):
        wanted = "Must be an ISO 8601 time with its zone, such as 2026-03-02T12:00:00Z"
        raise ValidationError({name: [f"{wanted}; got {shown(value)}."]}) from None


def stamp(*parts: object) -> str:
    """A word that differs as soon as any of the parts does, by which a page tells whether it is still as it was."""
    return blake2b(repr(parts).encode(), digest_size=12).hexdigest()


def shown(value: object) -> str:
    """An offending value as JSON, cut, for an error text."""
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 1100:
        return "an integer of more than 330 digits"
    text = json.dumps(value, default=str, ensure_ascii=True)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
