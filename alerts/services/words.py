"""Readers of single values that people and programs send, each raising Refused with the limit and what was sent."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from django.core.exceptions import ValidationError

from alerts.refusals import Refused
from teams.values import shown

Reader = Callable[[Any], Any]
Errors = dict[str, list[str]]

_LINE_BREAKS = "\n\r\t"


def read_fields(fields: Mapping[str, Any], readers: Mapping[str, Reader], errors: Errors) -> dict[str, Any]:
    """The sound values by name; what is wrong goes to `errors`, unknown names too."""
    sound = {}
    for name, value in fields.items():
        reader = readers.get(name)
        if reader is None:
            errors[name] = [f"Unknown field. Known are: {', '.join(readers)}."]
            continue
        try:
            sound[name] = reader(value)
        except Refused as refused:
            errors[name] = [str(refused)]
        except ValidationError as error:
            errors[name] = error.messages
    return sound


def line(limit: int, *, required: bool = False) -> Reader:
    """One line of text."""
    return _text(limit, required=required, allowed="")


def paragraphs(limit: int) -> Reader:
    """Text of several lines."""
    return _text(limit, required=False, allowed=_LINE_BREAKS)


def flag(value: Any) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise Refused(f"Must be true or false; got {shown(value)}.")
    return value


def whole(lowest: int, highest: int, *, optional: bool = False) -> Reader:
    """A whole number within limits."""

    def read(value: Any) -> int | None:
        if value is None and optional:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
            raise Refused(f"Must be a whole number from {lowest} to {highest}; got {shown(value)}.")
        return value

    return read


def one_of(words: Collection[str]) -> Reader:
    """One of the words."""

    def read(value: Any) -> str:
        if not isinstance(value, str) or value not in words:
            raise Refused(f"Must be one of {', '.join(map(str, words))}; got {shown(value)}.")
        return str(value)

    return read


def list_of(limit: int, what: str, value: Any) -> list[Any]:
    """A list within its limit."""
    if not isinstance(value, list | tuple):
        raise Refused(f"Must be a list of {what}; got {shown(value)}.")
    if len(value) > limit:
        raise Refused(f"At most {limit} {what}; got {len(value)}.")
    return list(value)


def _text(limit: int, *, required: bool, allowed: str) -> Reader:
    def read(value: Any) -> str:
        if not isinstance(value, str):
            raise Refused(f"Must be a text; got {shown(value)}.")
        text = value.strip()
        if required and not text:
            raise Refused("Must not be empty.")
        if len(text) > limit:
            raise Refused(f"At most {limit} characters; this has {len(text)}.")
        if any(_is_control(letter) and letter not in allowed for letter in text):
            raise Refused(f"Control characters are not allowed; got {shown(text)}.")
        return text

    return read


def _is_control(letter: str) -> bool:
    return ord(letter) < 32 or 127 <= ord(letter) < 160 or letter in "\u2028\u2029"
