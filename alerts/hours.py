"""The weekly hours of a rule, in which its messages go out: read from what was sent, and judged. Pure.

Stored: {"time_zone": "Europe/Berlin", "critical_passes": true, "days": {"mon": [["09:00", "17:00"]], ...}}, with the
days in their order, without those that have no hours, and the hours of a day in order, apart from each other.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from alerts.refusals import Refused
from alerts.services.words import list_of
from channels_app.words import Severity
from teams.readers import zones
from teams.values import shown

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ALL_DAY = "all"
MOST_A_DAY = 6
FIELDS = ("time_zone", "critical_passes", "days")
_CLOCK = re.compile(r"(?:[01]?[0-9]|2[0-3]):[0-5][0-9]|24:00")  # other digits sort otherwise

Hours = Mapping[str, Any]


def read_hours(value: Any) -> dict[str, Any] | None:
    """The hours in their stored form, None for always; Refused names what is wrong and where."""
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise Refused(f"Must be an object with {', '.join(FIELDS)}, or null for always; got {shown(value)}.")
    if unknown := sorted(map(str, set(value) - set(FIELDS))):
        raise Refused(f"Unknown: {', '.join(unknown)}. Known are: {', '.join(FIELDS)}.")
    passes = value.get("critical_passes", True)
    if not isinstance(passes, bool):
        raise Refused(f"critical_passes: Must be true or false; got {shown(passes)}.")
    return {"time_zone": _zone(value.get("time_zone")), "critical_passes": passes, "days": _days(value.get("days"))}


def opens_at(hours: Hours | None, severity: str, now: datetime) -> datetime | None:
    """When the next hours begin, None where it may be told now. `now` is aware; the answer has the same zone."""
    if not hours or (hours["critical_passes"] and severity == Severity.CRITICAL):
        return None
    zone = ZoneInfo(hours["time_zone"])
    today = now.astimezone(zone).date()
    # From yesterday: where clocks are set back at midnight, a day ends after the next has begun. Two weeks ahead: where
    # they are set forward, this week may lack its only hour.
    for offset in range(-1, 15):
        for begin, end in _spans(hours, today + timedelta(days=offset), zone):
            if now < begin:
                return begin.astimezone(now.tzinfo)
            if now < end:
                return None
    return now + timedelta(days=7)


def in_words(hours: Hours | None) -> str:
    """`Mon, Tue 09:00-17:00; Sat all day (Europe/Berlin); criticals at any time`; empty for always."""
    if not hours:
        return ""
    by_spans: dict[str, list[str]] = {}
    for day, spans in hours["days"].items():
        text = ", ".join("all day" if span == ["00:00", "24:00"] else "-".join(span) for span in spans)
        by_spans.setdefault(text, []).append(day.capitalize())
    told = "; ".join(f"{', '.join(days)} {text}" for text, days in by_spans.items())
    return f"{told} ({hours['time_zone']})" + ("; criticals at any time" if hours["critical_passes"] else "")


def _spans(hours: Hours, day: date, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    """The hours of one day. A time that the clocks pass twice begins the first and ends the second time."""
    for begin, end in hours["days"].get(DAYS[day.weekday()], ()):
        span = _moment(day, begin, zone, 0), _moment(day, end, zone, 1)
        if span[0] < span[1]:  # else the clocks leave it out
            yield span


def _moment(day: date, clock: str, zone: ZoneInfo, fold: int) -> datetime:
    hour, minute = map(int, clock.split(":"))
    after = day + timedelta(days=1) if hour == 24 else day
    local = datetime(after.year, after.month, after.day, hour % 24, minute, fold=fold, tzinfo=zone)
    return datetime.fromtimestamp(local.timestamp(), zone)


def _zone(value: Any) -> str:
    if not isinstance(value, str) or value not in zones():
        raise Refused(f"time_zone: Must be the name of a time zone, such as Europe/Berlin; got {shown(value)}.")
    return value


def _days(value: Any) -> dict[str, list[list[str]]]:
    if not isinstance(value, Mapping):
        raise Refused(f"days: Must be an object with {', '.join(DAYS)}; got {shown(value)}.")
    if unknown := sorted(map(str, set(value) - set(DAYS))):
        raise Refused(f"days: There is no day {', '.join(unknown)}. Known are: {', '.join(DAYS)}.")
    found = {day: _of_day(day, value[day]) for day in DAYS if value.get(day)}
    if not found:
        raise Refused("days: Name hours of at least one day, or nobody would ever be told.")
    return found


def _of_day(day: str, value: Any) -> list[list[str]]:
    if value == ALL_DAY:
        return [["00:00", "24:00"]]
    try:
        spans = sorted(_span(each) for each in list_of(MOST_A_DAY, "pairs such as [“09:00”, “17:00”]", value))
    except Refused as wrong:
        raise Refused(f"days.{day}: {wrong}") from None
    for (_, end), (begin, _) in pairwise(spans):
        if begin < end:
            raise Refused(f"days.{day}: {begin} lies within the hours that end at {end}.")
    return [list(span) for span in spans]


def _span(value: Any) -> tuple[str, str]:
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise Refused(f"Must be a pair such as [“09:00”, “17:00”]; got {shown(value)}.")
    begin, end = (_clock(each) for each in value)
    if begin >= end:
        raise Refused(f"Must end after it begins (24:00 is midnight); got {begin} to {end}.")
    return begin, end


def _clock(value: Any) -> str:
    if not isinstance(value, str) or not _CLOCK.fullmatch(value.strip()):
        raise Refused(f"Must be a time such as 09:00 or 24:00; got {shown(value)}.")
    return value.strip().zfill(5)
