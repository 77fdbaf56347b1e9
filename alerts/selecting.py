"""Selectors: matchers over a test's labels, written `env=live`. Pure.

`key=value` wants the label with that value, `key` alone wants the label, whatever its value, and `key!=value` is the
opposite of `key=value`, so it holds for tests without the label too. A `*` in a value stands for any text. All matchers
of a selector must hold; one without matchers means no test.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.core.exceptions import ValidationError

from teams.values import shown

MAX_MATCHERS = 20
MAX_LENGTH = 256
MAX_STARS = 4


@dataclass(frozen=True, slots=True)
class Matcher:
    """`parts` are what stands between the stars of the value; None where any value will do."""

    key: str
    parts: tuple[str, ...] | None
    negated: bool = False

    def holds(self, labels: Mapping[str, str]) -> bool:
        """Whether a test with these labels is meant."""
        value = labels.get(self.key)
        found = value is not None and (self.parts is None or _fits(self.parts, value))
        return found is not self.negated


def read_selector(value: Any, name: str = "selector") -> list[str]:
    """The matchers in their plain form; a ValidationError names each that is wrong as `selector[2]`."""
    if not isinstance(value, list | tuple):
        raise ValidationError([f"Must be a list of matchers such as env=live; got {shown(value)}."])
    if len(value) > MAX_MATCHERS:
        raise ValidationError([f"At most {MAX_MATCHERS} matchers; got {len(value)}."])
    errors = [f"{name}[{index}]: {text}" for index, each in enumerate(value) if (text := _wrong(each))]
    if errors:
        raise ValidationError(errors)
    return list(dict.fromkeys(_plain(each) for each in value))


def selects(selector: Sequence[str], labels: Mapping[str, str]) -> bool:
    """Whether all matchers of a sound selector hold for the labels."""
    matchers = _matchers(tuple(selector))
    return bool(matchers) and all(matcher.holds(labels) for matcher in matchers)


def _wrong(text: Any) -> str:
    """What is wrong with a matcher, or nothing."""
    if not isinstance(text, str):
        return f"Must be a text such as env=live; got {shown(text)}."
    if len(text) > MAX_LENGTH:
        return f"At most {MAX_LENGTH} characters; this has {len(text)}."
    key, _, value = _parted(text)
    if not key:
        return f"Must begin with the name of a label, as in env=live; got {shown(text)}."
    if not text.isprintable():
        return f"Must be printable; got {shown(text)}."
    if "*" in key:
        return f"Only the value may hold a *; got {shown(text)}."
    if value.count("*") > MAX_STARS:
        return f"At most {MAX_STARS} times *; this has {value.count('*')}."
    return ""


def _parted(text: str) -> tuple[str, str, str]:
    """Key, operator (empty where there is none) and value."""
    key, equals, value = text.partition("=")
    if equals and key.endswith("!"):
        return key[:-1].strip(), "!=", value.strip()
    return key.strip(), equals, value.strip()


def _plain(text: str) -> str:
    return "".join(_parted(text))


@lru_cache(maxsize=4096)
def _matchers(selector: tuple[str, ...]) -> tuple[Matcher, ...]:
    found = [_parted(text) for text in selector]
    return tuple(
        Matcher(key, tuple(value.split("*")) if operator else None, operator == "!=") for key, operator, value in found
    )


def _fits(parts: tuple[str, ...], value: str) -> bool:
    """Whether the parts stand in the value in their order, the first at its beginning and the last at its end.

    Taking each part where it comes first is enough, so nothing is ever tried twice.
    """
    if len(parts) == 1:
        return value == parts[0]
    at, end = len(parts[0]), len(value) - len(parts[-1])
    if at > end or not value.startswith(parts[0]) or not value.endswith(parts[-1]):
        return False
    for part in parts[1:-1]:
        found = value.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True
