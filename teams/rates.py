"""Rates as operators write them: `6000/min`."""

from dataclasses import dataclass

UNITS = {
    "s": 1,
    "sec": 1,
    "second": 1,
    "m": 60,
    "min": 60,
    "minute": 60,
    "h": 3600,
    "hour": 3600,
    "d": 86400,
    "day": 86400,
}


@dataclass(frozen=True)
class Rate:
    """At most `limit` in each window of `seconds`."""

    limit: int
    seconds: int


def parse(text: str) -> Rate:
    """`"6000/min"` -> Rate(6000, 60). Raises ValueError saying what is wrong."""
    limit, _, unit = text.strip().partition("/")
    if not limit.isdecimal() or not limit.isascii() or int(limit) < 1:
        raise ValueError(f"{text!r}: write a whole number of at least 1 before the slash, such as 6000/min")
    if unit not in UNITS:
        raise ValueError(f"{text!r}: the unit after the slash is one of {', '.join(UNITS)}")
    return Rate(int(limit), UNITS[unit])
