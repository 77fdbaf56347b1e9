"""Extra headers of a web hook, as people write them: `Name: value`, one a line."""

import re
from typing import Any

from django import forms

MOST = 20
NAME_LIMIT = 100
VALUE_LIMIT = 1_000

_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_VALUE = re.compile(r"[\x20-\x7e]+")
# They say where the body ends and who hears it, so a second one would let the two sides read the call differently.
_FRAMING = {
    *("connection", "content-encoding", "content-length", "content-type", "expect", "host", "keep-alive"),
    *("te", "trailer", "transfer-encoding", "upgrade"),
}
_PREFIXES = ("bellhop-", "proxy-")


class LinesField(forms.CharField):
    """Text of several lines; programs may give it as a list of lines."""

    def to_python(self, value: Any) -> Any:
        whole = "\n".join(map(str, value)) if isinstance(value, list | tuple) else value
        text = super().to_python(whole)
        return text.replace("\r\n", "\n") if isinstance(text, str) else text


class HeadersField(LinesField):
    """`Name: value` lines; kept as such lines without needless blanks."""

    api_type = "list"

    def clean(self, value: Any) -> str:
        text = str(super().clean(value) or "")
        rows = [row for row in text.split("\n") if row.strip()]
        if len(rows) > MOST:
            raise _refused(f"{len(rows)} headers: at most {MOST} are possible.")
        pairs = [_pair(number, row) for number, row in enumerate(rows, start=1)]
        names = [name.lower() for name, _ in pairs]
        if twice := next((name for name, _ in pairs if names.count(name.lower()) > 1), None):
            raise _refused(f"The header {twice} is there twice.")
        return "\n".join(f"{name}: {text}" for name, text in pairs)


def parsed(text: str) -> dict[str, str]:
    """The headers that cleaned text holds."""
    return {name: value for name, _, value in (row.partition(": ") for row in text.split("\n") if row)}


def _pair(number: int, row: str) -> tuple[str, str]:
    """Name and value. Errors name the line and never repeat the value, which is a secret."""
    name, colon, value = (part.strip() for part in row.partition(":"))
    if not colon or not _NAME.fullmatch(name) or len(name) > NAME_LIMIT:
        raise _refused(f"Line {number}: write a header as “Name: value”, its name in letters, digits and dashes.")
    if name.lower() in _FRAMING or name.lower().startswith(_PREFIXES):
        raise _refused(f"Line {number}: the header {name} is Bellhop's own to set.")
    if not _VALUE.fullmatch(value) or len(value) > VALUE_LIMIT:
        words = f"Line {number}: the value of {name} must be 1 to {VALUE_LIMIT:,} printable ASCII characters."
        raise _refused(words)
    return name, value


def _refused(words: str) -> forms.ValidationError:
    return forms.ValidationError(words, code="bad_header")
