"""Types of bodies, and how a value is escaped in each. Pure."""

import re
from enum import StrEnum

JSON = "application/json"
TEMPLATE_LIMIT = 16 * 1024  # characters
_TYPE = re.compile(r"[a-z]+/[a-z0-9][a-z0-9.+-]{0,79}")


class Escape(StrEnum):
    """What keeps a value from being read as more than a value."""

    JSON = "json"
    FORM = "form"
    MARKUP = "markup"
    NOTHING = "nothing"


def is_type(text: str) -> bool:
    """Whether `text` is a content type without parameters, in lower case."""
    return _TYPE.fullmatch(text) is not None


def escape_of(content_type: str) -> Escape:
    """How values stand in a body of that type."""
    subtype = content_type.partition("/")[2]
    if subtype == "json" or subtype.endswith("+json"):
        return Escape.JSON
    if subtype == "x-www-form-urlencoded":
        return Escape.FORM
    markup = subtype in ("xml", "html") or subtype.endswith("+xml")
    return Escape.MARKUP if markup else Escape.NOTHING
