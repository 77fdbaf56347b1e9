"""Names of hosts and services as Nagios knows them, made of a pattern and what an alert is about. Pure."""

import re
from collections.abc import Callable, Mapping

from channels_app.subject import Subject
from channels_app.text import line

# What no name in Nagios may hold (illegal_object_name_chars as it is shipped), and what separates its commands.
ILLEGAL = "`~!$%^&*|'\"<>?,()=;"
PLACEHOLDERS = "{test}, {test_name}, {rule}, {team}, {label:name}"
_PLACEHOLDER = re.compile(r"\{([a-z_]+)(?::([^{}]*))?\}")
_UNDERSCORES = str.maketrans(dict.fromkeys(ILLEGAL, "_"))
_VALUES: Mapping[str, Callable[[Subject], str]] = {
    "test": lambda subject: subject.test_slug,
    "test_name": lambda subject: subject.test,
    "rule": lambda subject: subject.rule,
    "team": lambda subject: subject.team_slug,
}


def problem_with(pattern: str, most: int) -> str:
    """What is wrong with `pattern`, in a sentence; empty where nothing is. `most` is in bytes."""
    for name, label in _PLACEHOLDER.findall(pattern):
        if name == "label" and not label.strip():
            return "Name the label, as in {label:host}."
        if name != "label" and name not in _VALUES:
            return f"There is no {{{name}}}: what is filled in are {PLACEHOLDERS}."
    fixed = _PLACEHOLDER.sub("", pattern)
    if "{" in fixed or "}" in fixed:
        return f"A brace belongs to nothing: what is filled in are {PLACEHOLDERS}."
    found = sorted({character for character in fixed if character in ILLEGAL or not character.isprintable()})
    if found:
        return f"No name in Nagios may hold {' '.join(found)!a}."
    if len(fixed.encode()) > most:
        return f"This is {len(fixed.encode())} bytes long: at most {most} are possible."
    return ""


def name_of(pattern: str, subject: Subject, most: int) -> str | None:
    """The name for the alert in at most `most` bytes; None where something that is to be filled in is missing."""
    values = [_value(found, subject) for found in _PLACEHOLDER.finditer(pattern)]
    if not all(values):
        return None
    rest = iter(values)
    return cleaned(_PLACEHOLDER.sub(lambda _: next(rest), pattern), most) or None


def cleaned(text: str, most: int) -> str:
    """`text` as a name: printable, without what Nagios refuses, in at most `most` bytes."""
    return shortened(readable(text.translate(_UNDERSCORES)), most)


def readable(text: str) -> str:
    """`text` on one line, with blanks for all that cannot be printed."""
    return line("".join(character if character.isprintable() else " " for character in line(text)))


def shortened(text: str, most: int) -> str:
    """The beginning of `text` in at most `most` bytes of UTF-8."""
    return text.encode()[:most].decode(errors="ignore").strip()


def _value(found: re.Match[str], subject: Subject) -> str:
    if found[1] == "label":
        return cleaned(subject.labels.get((found[2] or "").strip(), ""), 1_000)
    return cleaned(_VALUES[found[1]](subject), 1_000)
