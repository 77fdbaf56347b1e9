"""Text from people, made safe for the places that hold one line: subjects, log lines, lists."""

import re

_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def one_line(text: str) -> str:
    """Control characters and line breaks become single spaces; no white space at the ends."""
    return _BREAKS.sub(" ", text).strip()
