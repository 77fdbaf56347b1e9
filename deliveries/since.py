"""Since when: "18:00", "8h" or a date with a time, as people say it. Pure."""

import re
from datetime import UTC, datetime, timedelta, tzinfo

from django.core.exceptions import ValidationError

DEFAULT = "12h"
LONGEST_HOURS = 24 * 31
_HOURS = re.compile(r"(\d{1,3})\s*h")
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


def read_since(text: str, now: datetime, zone: tzinfo) -> datetime:
    """The moment that `text` means, in UTC.

    `8h` is so long ago; `18:00` the last time it was 18:00 in `zone`; anything else an ISO date or date and time, in
    `zone` where it names none. ValidationError where it means nothing, lies ahead, or over 31 days ago.
    """
    asked = text.strip()
    if hours := _HOURS.fullmatch(asked):
        found = now - timedelta(hours=int(hours[1]))
    elif clock := _CLOCK.fullmatch(asked):
        found = _last_time(int(clock[1]), int(clock[2]), now, zone)
    else:
        found = _iso(asked, zone)
    if found > now:
        raise ValidationError("This lies ahead.")
    if now - found > timedelta(hours=LONGEST_HOURS):
        raise ValidationError("At most 31 days ago.")
    return found.astimezone(UTC)


def _last_time(hour: int, minute: int, now: datetime, zone: tzinfo) -> datetime:
    """Where clocks go forward a time of day may be missing that day, where they go back there are two of it."""
    today = now.astimezone(zone).replace(hour=hour, minute=minute, second=0, microsecond=0)
    for days in range(3):
        for fold in (1, 0):
            wanted = (today - timedelta(days=days)).replace(fold=fold)
            at = wanted.astimezone(UTC)
            if at <= now and at.astimezone(zone).replace(fold=0) == wanted.replace(fold=0):
                return at
    raise ValidationError("There was no such time lately.")


def _iso(text: str, zone: tzinfo) -> datetime:
    try:
        found = datetime.fromisoformat(text)
        aware = found if found.tzinfo else found.replace(tzinfo=zone)
        return aware.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValidationError("Give a time such as 18:00, a span such as 8h, or a date and time.") from None
