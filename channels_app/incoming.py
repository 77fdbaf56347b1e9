"""Reading what comes from outside: JSON of any shape, texts and times that may be none. Pure."""

from datetime import UTC, datetime
from typing import Any

import orjson

from channels_app.hearing import Garbled
from channels_app.text import line


def object_of(body: bytes) -> dict[str, Any]:
    """The JSON object that `body` is; empty where it is none."""
    try:
        said = orjson.loads(body)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def within(found: dict[str, Any], *path: str) -> dict[str, Any]:
    """The object at `path`; empty where there is none."""
    inner: Any = found
    for name in path:
        inner = inner.get(name) if isinstance(inner, dict) else None
    return inner if isinstance(inner, dict) else {}


def word(value: Any) -> str:
    """A text or a whole number as text on one line; empty for anything else."""
    is_word = isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool))
    return line(str(value)) if is_word else ""


def moment(value: Any) -> datetime:
    """What an ISO 8601 text with a zone gives, in UTC. `Garbled` otherwise: an old call must not look new."""
    try:
        found = datetime.fromisoformat(value)
        if found.tzinfo is not None:
            return found.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        pass
    raise Garbled("a call without its time")
