"""When a maintenance window takes place; pure.

An occurrence begins when a clock in the window's time zone shows the time of the first one, and lasts its minutes by a
stopwatch, whatever clocks do meanwhile: so it is never empty, and never shorter or longer than was planned. A time that
clocks skip is taken as by a clock that was not set forward (02:30 becomes 03:30); of one that they show twice, the
first counts. Every month is the same day of the month, the last one where the month has no such day.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from dateutil.rrule import DAILY, FR, MO, MONTHLY, SA, SU, TH, TU, WE, WEEKLY, rrule

from alerts.evaluation import Ranges

WEEKDAYS = {"mon": MO, "tue": TU, "wed": WE, "thu": TH, "fri": FR, "sat": SA, "sun": SU}
_SHORTEST_MONTH = 28
# Windows whose beginnings a process remembers: the longest takes 15 kB, and would take 16 ms with every batch.
LAID_OUT = 4_096

Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Schedule:
    """A window's times, as its model has them; `ended_early` in epoch seconds. Once archived it is over."""

    starts_at: datetime
    minutes: int
    time_zone: str = "UTC"
    repeat: str = "never"
    every: int = 1
    weekdays: tuple[str, ...] = ()
    repeats_until: datetime | None = None
    ended_early: tuple[float, ...] = ()
    archived_at: datetime | None = None

    def between(self, start: float, end: float) -> list[Range]:
        """The occurrences, as [begin, end) in epoch seconds, that have a part in start..end, in their order."""
        begins, length = self._begins(), self.minutes * 60
        found = begins[bisect_right(begins, start - length) : bisect_left(begins, end)]
        cut = (self._cut(begin, begin + length) for begin in found)
        return [(begin, stop) for begin, stop in cut if begin < stop and stop > start]

    def next(self, now: float, most: int) -> list[Range]:
        """The occurrence that is on and those that come, at most so many."""
        begins, length = self._begins(), self.minutes * 60
        found = begins[bisect_right(begins, now - length) :][: most + len(self.ended_early)]
        cut = (self._cut(begin, begin + length) for begin in found)
        return [(begin, stop) for begin, stop in cut if begin < stop and stop > now][:most]

    def over_at(self) -> float | None:
        """The end of the last occurrence in epoch seconds; None where there is none at all."""
        begins, length = self._begins(), self.minutes * 60
        for begin in reversed(begins):
            start, stop = self._cut(begin, begin + length)
            if start < stop:
                return stop
        return None

    def _begins(self) -> "array[float]":
        return _begins(self.starts_at, self.time_zone, self.repeat, self.every, self.weekdays, self.repeats_until)

    def _cut(self, begin: float, end: float) -> Range:
        ends = [at for at in self.ended_early if begin <= at < end]
        if self.archived_at is not None:
            ends.append(self.archived_at.timestamp())
        return begin, min([end, *ends])


def merged(ranges: Iterable[Range]) -> Ranges:
    """The same times, in order and apart from each other."""
    found: list[Range] = []
    for begin, end in sorted(ranges):
        if found and begin <= found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((begin, end))
    return found


@lru_cache(maxsize=LAID_OUT)
def _begins(
    starts_at: datetime, time_zone: str, repeat: str, every: int, days: tuple[str, ...], until: datetime | None
) -> "array[float]":
    """All beginnings in epoch seconds, in their order."""
    if repeat == "never" or until is None:
        return array("d", [starts_at.timestamp()])
    zone = ZoneInfo(time_zone)
    first = starts_at.astimezone(zone).replace(tzinfo=None)
    last = until.astimezone(zone).replace(tzinfo=None) + timedelta(days=1)
    walls = _repeated(repeat, first, last, every, days)
    found = {starts_at.timestamp() if wall == first else wall.replace(tzinfo=zone).timestamp() for wall in walls}
    return array("d", sorted(at for at in found if at <= until.timestamp()))


def _repeated(repeat: str, first: datetime, last: datetime, every: int, days: tuple[str, ...]) -> rrule:
    if repeat == "daily":
        return rrule(DAILY, first, interval=every, until=last)
    if repeat == "weekly":
        named = [WEEKDAYS[day] for day in days] or None
        return rrule(WEEKLY, first, interval=every, until=last, byweekday=named, wkst=MO)
    possible = range(min(first.day, _SHORTEST_MONTH), first.day + 1)
    return rrule(MONTHLY, first, interval=every, until=last, bymonthday=possible, bysetpos=-1)
