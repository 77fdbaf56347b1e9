"""Text from people, made safe for the places that hold one line: subjects, log lines, lists."""

import re
from collections.abc import Sequence

from django.core.exceptions import ValidationError

_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def one_line(text: str) -> str:
    """Control characters and line breaks become single spaces; no white space at the ends."""
    return _BREAKS.sub(" ", text).strip()


def listed(names: Sequence[str], most: int, total: int | None = None) -> str:
    """The first `most` of the names, and how many more of `total` there are: "a, b and 3 more"."""
    named = names[:most]
    left = (len(names) if total is None else total) - len(named)
    return ", ".join(named) + (f" and {left} more" if left > 0 else "")


def refusals(error: ValidationError) -> str:
    """A service's ValidationError as one text for the command line, a line a field."""
    if not hasattr(error, "error_dict"):
        return " ".join(error.messages)
    return "\n".join(f"{field}: {' '.join(texts)}" for field, texts in error.message_dict.items())
