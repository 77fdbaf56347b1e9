"""Maintenance as evaluation sees it: times in which what is measured is stored and heard, but raises nothing.

What a source said of a metric in a round is [observed_at, value]; [observed_at, value, 1] where the last value was
measured in maintenance, followed by observed_at and value of the last that was not, where the round has one.
"""

from bisect import bisect_right
from collections.abc import Sequence
from math import inf

Ranges = Sequence[tuple[float, float]]  # [begin, end) in epoch seconds, in order and apart from each other
Entry = list[float]

_LOUD = 2


def covers(ranges: Ranges, at: float) -> bool:
    """Whether `at` (epoch seconds) lies in one of the ranges."""
    index = bisect_right(ranges, (at, inf)) - 1
    return index >= 0 and at < ranges[index][1]


def joined(kept: Entry | None, at: float, value: float, *, quiet: bool) -> Entry:
    """The entry once a value measured at `at` came too; of two, the later `at` wins, then the later arrival."""
    last, loud = kept, loud_of(kept)
    if last is None or last[0] <= at:
        last = [at, value, 1] if quiet else [at, value]
    if not quiet and (loud is None or loud[0] <= at):
        loud = [at, value]
    return last[:_LOUD] if len(last) == _LOUD else [*last[: _LOUD + 1], *(loud or ())]


def loud_of(entry: Entry | None) -> Entry | None:
    """[observed_at, value] of the last value of an entry that was not measured in maintenance; None without any."""
    if entry is None or len(entry) == _LOUD:
        return entry
    return entry[-2:] if len(entry) > _LOUD + 1 else None


def loud_part(report: dict[str, Entry]) -> dict[str, Entry]:
    """A report without what was measured in maintenance."""
    return {metric: loud for metric, entry in report.items() if (loud := loud_of(entry)) is not None}
