"""Query parameters, read strictly: a value that means nothing is a 400 that names the parameter."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime

from django.core.exceptions import ValidationError

from alerts.ingest.reading import shown

MAX_LENGTH = 200
_LARGEST_ID = 2**63 - 1


def refuse_unknown(query: Mapping[str, str], known: Collection[str]) -> None:
    """A misspelt filter would otherwise look like an answer."""
    unknown = {name: [f"Unknown parameter. Known are: {', '.join(known)}."] for name in query if name not in known}
    if unknown:
        raise ValidationError(unknown)


def words(query: Mapping[str, str], name: str, known: Collection[str]) -> list[str]:
    """Comma separated words out of `known`; none where the parameter is absent."""
    if name not in query:
        return []
    asked = [word.strip() for word in query[name].split(",")]
    for word in asked:
        if word not in known:
            raise ValidationError({name: [f"Must be one or more of {', '.join(known)}; got {shown(word)}."]})
    return asked


def text(query: Mapping[str, str], name: str) -> str | None:
    """A text of at most 200 characters."""
    value = query.get(name)
    if value is not None and (len(value) > MAX_LENGTH or "\x00" in value):
        raise ValidationError({name: [f"Must be a text of at most {MAX_LENGTH} characters; got {shown(value)}."]})
    return value


def number(query: Mapping[str, str], name: str) -> int | None:
    """An id."""
    value = query.get(name)
    if value is None:
        return None
    if not (value.isascii() and value.isdecimal() and int(value[:20]) <= _LARGEST_ID):
        raise ValidationError({name: [f"Must be a whole number; got {shown(value)}."]})
    return int(value)


def time(query: Mapping[str, str], name: str) -> datetime | None:
    """An ISO 8601 time with a zone."""
    value = query.get(name)
    return None if value is None else read_time(name, value)


def read_time(name: str, value: str) -> datetime:
    """The time that `value` says, in UTC. A space before the zone is a `+` that was not encoded."""
    try:
        at = datetime.fromisoformat(value.strip().replace(" ", "+") if "T" in value else value)
        if at.tzinfo is None:
            raise ValueError
        return at.astimezone(UTC)
    except (ValueError, OverflowError):
        wanted = "Must be an ISO 8601 time with its zone, such as 2026-03-02T12:00:00Z"
        raise ValidationError({name: [f"{wanted}; got {shown(value)}."]}) from None
