"""What one team may send and store, counted over all processes together, so that a noisy team harms nobody else.

What is refused is refused whole: nothing of the batch is stored, and the same batch may be sent again later.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Sum
from django.template.defaultfilters import filesizeformat

from teams import counters, sql
from teams.allowances import KEPT, Allowance
from teams.errors import TooMuch, TooOften
from teams.models import DayUsage, Team
from teams.rates import Rate

MINUTE, DAY = 60, 86_400
FRESH_SECONDS = 15.0  # for so long a process remembers what a team stores
WRITE_SECONDS = 1.0  # between two notes of what was refused
BYTES = 120  # a stored measurement takes about, with its indexes


@dataclass(frozen=True, slots=True)
class Quota:
    """What a team may do."""

    measurements_per_minute: int
    measurements_per_day: int
    stored_measurements: int
    open_alerts: int
    mails_per_day: int


class _Refusals:
    """How much was refused, written at most once a second and team: refusing must cost less than taking."""

    def __init__(self) -> None:
        self._waiting: dict[int, tuple[float, int]] = {}

    def forget(self) -> None:
        self._waiting.clear()

    def note(self, team: Team, amount: int, now: datetime) -> None:
        due, before = self._waiting.get(team.pk, (0.0, 0))
        if time.monotonic() < due:
            self._waiting[team.pk] = (due, before + amount)
            return
        self._waiting[team.pk] = (time.monotonic() + WRITE_SECONDS, 0)
        sql.add_usage(team.pk, now.date(), 0, before + amount)


PER_MINUTE, PER_DAY, REFUSALS = Allowance(), Allowance(), _Refusals()
_stored: dict[int, tuple[float, int]] = {}


def of(team: Team) -> Quota:
    """What the operator granted the team, or grants every team."""
    return Quota(
        _either(team.measurements_per_minute, settings.BELLHOP_TEAM_MEASUREMENTS_PER_MINUTE),
        _either(team.measurements_per_day, settings.BELLHOP_TEAM_MEASUREMENTS_PER_DAY),
        _either(team.stored_measurements, settings.BELLHOP_TEAM_STORED_MEASUREMENTS),
        _either(team.open_alerts, settings.BELLHOP_MAX_OPEN_ALERTS),
        _either(team.mails_per_day, settings.BELLHOP_TEAM_MAILS_PER_DAY),
    )


def take_measurements(team: Team, amount: int, now: datetime) -> None:
    """Count measurements that are about to be stored.

    TooOften if the team sent too many this minute or today; TooMuch if it stores too many, or if the batch is larger
    than what a whole minute or day may bring. To be called before the transaction that stores them: a counter that is
    locked until then would have all batches of the team wait for each other.
    """
    quota = of(team)
    try:
        _refuse_too_much(quota, stored(team, now), amount)
        _take(team, quota.measurements_per_minute, amount, now, _MINUTE)
        _take(team, quota.measurements_per_day, amount, now, _DAY)
    except (TooMuch, TooOften):
        REFUSALS.note(team, amount, now)
        raise


def take_mails(team_id: int, amount: int, now: datetime) -> int:
    """Count mails that are about to be owed; how many of them the team's day still allows."""
    so_far = counters.count(f"mails:{team_id}", DAY, now, amount) - amount
    return max(0, min(amount, of(Team.objects.get(pk=team_id)).mails_per_day - so_far))


def spend_mails(team_id: int, amount: int, now: datetime) -> None:
    """As `take_mails`, all of them or none: TooOften, and nothing counted, where the team's day does not allow them."""
    if amount and take_mails(team_id, amount, now) < amount:
        counters.give_back(f"mails:{team_id}", DAY, now, amount)
        wait = counters.seconds_left(DAY, now)
        raise TooOften(f"The team's mails of today are used up. Try again in {-(-wait // 3600)} h.", wait)


def usage(team: Team, now: datetime) -> DayUsage:
    """What the team sent today so far."""
    return DayUsage.objects.filter(team=team, day=now.date()).first() or DayUsage(team=team, day=now.date())


def sentences(team: Team, now: datetime) -> list[str]:
    """For people: what the team uses of its quotas."""
    quota, today, kept = of(team), usage(team, now), stored(team, now)
    said = [
        f"Measurements today (UTC): about {today.measurements:,} of {quota.measurements_per_day:,}, "
        f"and at most {quota.measurements_per_minute:,} a minute.",
        f"Stored: about {kept:,} of {quota.stored_measurements:,} measurements, {filesizeformat(kept * BYTES)}.",
        f"Open alerts: at most {quota.open_alerts:,}.",
        f"Mails: at most {quota.mails_per_day:,} a day.",
    ]
    if today.refused:
        said.insert(1, f"{today.refused:,} measurements were refused today, since they were more than that.")
    return said


def stored(team: Team, now: datetime) -> int:
    """About how many measurements the team stores, as of some seconds ago.

    What came in on the days that they are kept; corrections count twice, so it is at most that.
    """
    fresh_until, found = _stored.get(team.pk, (0.0, 0))
    if fresh_until < time.monotonic():
        if len(_stored) >= KEPT:
            _stored.clear()
        found = _sum_of_days(team, now)
        _stored[team.pk] = (time.monotonic() + FRESH_SECONDS, found)
    return found


def forget() -> None:
    """Know of no team anything, as another process would. For tests."""
    _stored.clear()
    PER_MINUTE.forget()
    PER_DAY.forget()
    REFUSALS.forget()


@dataclass(frozen=True, slots=True)
class _Window:
    """A limit in a window, and how it is counted and said."""

    allowance: Allowance
    seconds: int
    setting: str
    words: str
    add: Callable[[Team, datetime, int], int]


_MINUTE = _Window(
    PER_MINUTE,
    MINUTE,
    "BELLHOP_TEAM_MEASUREMENTS_PER_MINUTE",
    "a minute",
    lambda team, now, size: counters.count(f"measurements:{team.pk}", MINUTE, now, size),
)
_DAY = _Window(
    PER_DAY,
    DAY,
    "BELLHOP_TEAM_MEASUREMENTS_PER_DAY",
    "a day (UTC)",
    lambda team, now, size: sql.add_usage(team.pk, now.date(), size, 0),
)


def _take(team: Team, limit: int, amount: int, now: datetime, window: _Window) -> None:
    rate = Rate(limit, window.seconds)
    if window.allowance.take(team.pk, rate, amount, now, lambda size: window.add(team, now, size)):
        return
    wait = counters.seconds_left(window.seconds, now)
    raise TooOften(
        f"This team may send {limit:,} measurements {window.words} ({window.setting}); with this batch of {amount:,} "
        f"it would be more. Nothing of it was taken. Try again in {wait} s.",
        wait,
    )


def _refuse_too_much(quota: Quota, stored: int, amount: int) -> None:
    least = min(quota.measurements_per_minute, quota.measurements_per_day)
    if amount > least:
        raise TooMuch(f"A batch of {amount:,} is more than the {least:,} measurements that this team may send at once.")
    if stored + amount > quota.stored_measurements:
        raise TooMuch(
            f"This team stores about {stored:,} measurements and may store {quota.stored_measurements:,} "
            "(BELLHOP_TEAM_STORED_MEASUREMENTS). Nothing of this batch was taken. Room comes as old ones go by age."
        )


def _either(granted: int | None, default: int) -> int:
    return default if granted is None else granted


def _sum_of_days(team: Team, now: datetime) -> int:
    days = DayUsage.objects.filter(team=team)
    if kept := settings.BELLHOP_KEEP_MEASUREMENTS_DAYS:
        days = days.filter(day__gte=now.date() - timedelta(days=kept))
    return days.aggregate(all=Sum("measurements"))["all"] or 0
