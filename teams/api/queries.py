"""Query parameters, read strictly: a value that means nothing is a 400 that names the parameter."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.core.exceptions import ValidationError

from teams.values import number_in, read_time, shown

MAX_LENGTH = 200
PAGING = ("page_size", "cursor")


def refuse_unknown(query: Mapping[str, str], filters: Collection[str]) -> None:
    """For lists: a misspelt filter would otherwise look like an answer."""
    known = (*filters, *PAGING)
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
    found = None if value is None else number_in(value)
    if value is not None and found is None:
        raise ValidationError({name: [f"Must be a whole number of at most 18 digits; got {shown(value)}."]})
    return found


def time(query: Mapping[str, str], name: str) -> datetime | None:
    """An ISO 8601 time with a zone."""
    value = query.get(name)
    return None if value is None else read_time(name, value)
