"""When a maintenance window takes place: by the clock on the wall where it begins, by a stopwatch how long it lasts."""

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.maintenance import Schedule, merged, recurring
from alerts.services.maintenance import MAX_WINDOWS

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LATER = datetime(2028, 1, 1, tzinfo=UTC)


def at(zone: str, text: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


def told(schedule: Schedule, since: str, days: int) -> list[str]:
    """The occurrences of some days as the clock of the zone shows them, such as "25 Sun 01:00+02 - 04:00+01"."""
    zone = ZoneInfo(schedule.time_zone)
    start = at(schedule.time_zone, since).timestamp()

    def clock(moment: float, form: str) -> str:
        return datetime.fromtimestamp(moment, zone).strftime(form)[:-2].replace("+0", "+")

    return [
        f"{clock(begin, '%d %H:%M%z')} - {clock(end, '%H:%M%z')}"
        for begin, end in schedule.between(start, start + days * 86_400)
    ]


def test_once_is_once() -> None:
    once = Schedule(at("UTC", "2026-03-02T12:00"), 90)
    begin = once.starts_at.timestamp()

    assert once.between(begin - 1, begin) == []
    assert once.between(begin, begin + 1) == once.between(begin + 5399, begin + 9000) == [(begin, begin + 5400)]
    assert once.between(begin + 5400, begin + 9000) == []
    assert (once.over_at(), once.next(begin + 60, 5), once.next(begin + 5400, 5)) == (
        begin + 5400,
        [(begin, begin + 5400)],
        [],
    )


def test_every_day_begins_by_the_clock_and_lasts_by_a_stopwatch() -> None:
    nightly = Schedule(at("Europe/Berlin", "2026-03-01T01:00"), 180, "Europe/Berlin", "daily", repeats_until=LATER)
    assert told(nightly, "2026-03-28T00:00", 3) == [
        "28 01:00+1 - 04:00+1",
        "29 01:00+1 - 05:00+2",
        "30 01:00+2 - 04:00+2",
    ]
    assert told(nightly, "2026-10-24T00:00", 2)[1] == "25 01:00+2 - 03:00+1"


def test_a_time_that_clocks_skip_comes_an_hour_later_and_one_they_show_twice_the_first_time() -> None:
    skipped = Schedule(at("Europe/Berlin", "2026-03-01T02:30"), 30, "Europe/Berlin", "daily", repeats_until=LATER)
    assert told(skipped, "2026-03-28T00:00", 3) == [
        "28 02:30+1 - 03:00+1",
        "29 03:30+2 - 04:00+2",
        "30 02:30+2 - 03:00+2",
    ]
    assert told(skipped, "2026-10-25T00:00", 1) == ["25 02:30+2 - 02:00+1"]


def test_the_first_beginning_may_be_the_second_of_a_time_shown_twice() -> None:
    second = at("Europe/Berlin", "2026-10-25T02:30", fold=1)
    window = Schedule(second, 30, "Europe/Berlin", "daily", repeats_until=LATER)
    assert told(window, "2026-10-25T00:00", 2) == ["25 02:30+1 - 03:00+1", "26 02:30+1 - 03:00+1"]


def test_half_an_hour_of_lord_howe() -> None:
    window = Schedule(
        at("Australia/Lord_Howe", "2026-09-01T02:15"), 60, "Australia/Lord_Howe", "daily", repeats_until=LATER
    )
    begins = [begin for begin, _ in window.between(at("UTC", "2026-10-02T00:00").timestamp(), LATER.timestamp())[:4]]
    shown = [datetime.fromtimestamp(b, ZoneInfo("Australia/Lord_Howe")).strftime("%d %H:%M%z") for b in begins]
    assert shown == ["03 02:15+1030", "04 02:45+1100", "05 02:15+1100", "06 02:15+1100"]


def test_weekdays_and_every_other_week_count_weeks_from_monday() -> None:
    window = Schedule(  # a Wednesday
        at("UTC", "2026-03-04T22:00"), 60, "UTC", "weekly", 2, ("mon", "wed"), at("UTC", "2026-04-01T22:00")
    )
    begins = [datetime.fromtimestamp(begin, UTC).strftime("%a %d %b") for begin, _ in window.next(0, 20)]
    assert begins == ["Wed 04 Mar", "Mon 16 Mar", "Wed 18 Mar", "Mon 30 Mar", "Wed 01 Apr"]


def test_without_weekdays_every_week_is_the_weekday_of_the_first() -> None:
    window = Schedule(at("UTC", "2026-03-04T22:00"), 60, "UTC", "weekly", repeats_until=at("UTC", "2026-03-18T21:59"))
    assert [begin for begin, _ in window.next(0, 20)] == [
        at("UTC", "2026-03-04T22:00").timestamp(),
        at("UTC", "2026-03-11T22:00").timestamp(),
    ]


@pytest.mark.parametrize(
    ("first", "days"),
    [
        ("2027-10-31", "Oct 31, Nov 30, Dec 31, Jan 31, Feb 29, Mar 31, Apr 30"),
        ("2027-10-30", "Oct 30, Nov 30, Dec 30, Jan 30, Feb 29, Mar 30, Apr 30"),
        ("2026-12-29", "Dec 29, Jan 29, Feb 28, Mar 29, Apr 29, May 29, Jun 29"),
        ("2027-10-15", "Oct 15, Nov 15, Dec 15, Jan 15, Feb 15, Mar 15, Apr 15"),
    ],
)
def test_a_month_without_the_day_has_it_on_its_last(first: str, days: str) -> None:
    window = Schedule(at("UTC", f"{first}T03:00"), 60, "UTC", "monthly", repeats_until=at("UTC", "2029-01-01T00:00"))
    begins = [datetime.fromtimestamp(begin, UTC).strftime("%b %d") for begin, _ in window.next(0, 7)]
    assert ", ".join(begins) == days


def test_an_occurrence_that_was_ended_early_leaves_the_others() -> None:
    first = at("UTC", "2026-03-02T12:00").timestamp()
    window = Schedule(
        at("UTC", "2026-03-02T12:00"),
        60,
        repeat="daily",
        repeats_until=at("UTC", "2026-03-04T12:00"),
        ended_early=(first + 600, first + 86_400),
    )
    assert window.between(0, first * 2) == [(first, first + 600), (first + 2 * 86_400, first + 2 * 86_400 + 3600)]
    assert window.over_at() == first + 2 * 86_400 + 3600


def test_what_is_archived_was_until_then() -> None:
    first = at("UTC", "2026-03-02T12:00")
    daily = {"repeat": "daily", "repeats_until": LATER, "archived_at": first + timedelta(minutes=10)}
    window = Schedule(first, 60, **daily)  # type: ignore[arg-type]
    begin = first.timestamp()
    assert (window.next(0, 9), window.over_at()) == ([(begin, begin + 600)], begin + 600)


def test_a_window_that_never_takes_place_says_so() -> None:
    window = Schedule(at("UTC", "2026-03-04T22:00"), 60, "UTC", "weekly", 1, ("mon",), at("UTC", "2026-03-05T00:00"))
    assert (window.over_at(), window.next(0, 5)) == (None, [])


def test_ranges_that_meet_are_one() -> None:
    assert merged([(5, 6), (1, 2), (2, 3), (5.5, 5.6)]) == [(1, 3), (5, 6)]


@cache
def zones_with_changes() -> list[str]:
    """All zones whose clocks are set in 2026: both hemispheres, by an hour or by half of one."""
    year = [datetime(2026, month, 1, tzinfo=UTC) for month in range(1, 13)]
    names = sorted(name for name in available_timezones() if "/" in name and not name.startswith(("posix", "right")))
    return [name for name in names if len({moment.astimezone(ZoneInfo(name)).utcoffset() for moment in year}) > 1]


@cache
def changes_of(zone: str) -> list[datetime]:
    """The minutes at which clocks are set, from 2026 on to the end of 2027."""
    info, found, hour = ZoneInfo(zone), [], datetime(2026, 1, 1, tzinfo=UTC)
    while hour.year < 2028:
        if hour.astimezone(info).utcoffset() != (hour + timedelta(hours=1)).astimezone(info).utcoffset():
            minutes = (hour + timedelta(minutes=n) for n in range(61))
            found.append(
                next(m for m in minutes if m.astimezone(info).utcoffset() != hour.astimezone(info).utcoffset())
            )
        hour += timedelta(hours=1)
    return found


@st.composite
def schedules(draw: st.DrawFn) -> tuple[Schedule, datetime]:
    """A window whose clock time comes near a change of clocks or the end of February, and a minute near that."""
    zone = draw(st.sampled_from(zones_with_changes()))
    leap = draw(st.sampled_from([datetime(2028, 2, 29, 1, tzinfo=UTC), datetime(2027, 2, 28, 23, tzinfo=UTC)]))
    moment = draw(st.sampled_from([*changes_of(zone), leap]))
    near = moment + timedelta(minutes=draw(st.integers(-200, 200)))
    repeat = draw(st.sampled_from(["never", "daily", "weekly", "monthly"]))
    back = draw(st.sampled_from([0, 1, 2, 7, 13, 14, 29, 30, 31, 59, 61, 365]))
    wall = (near.astimezone(ZoneInfo(zone)) - timedelta(days=back)).replace(tzinfo=ZoneInfo(zone), fold=0)
    days = draw(st.lists(st.sampled_from(DAYS), unique=True)) if repeat == "weekly" else []
    return Schedule(
        starts_at=wall.astimezone(UTC),
        minutes=draw(st.sampled_from([1, 45, 60, 200, 1500])),
        time_zone=zone,
        repeat=repeat,
        every=draw(st.sampled_from([1, 1, 2, 3])),
        weekdays=tuple(sorted(days, key=DAYS.index)),
        repeats_until=None if repeat == "never" else near + timedelta(days=draw(st.sampled_from([0, 1, 40]))),
    ), moment


class Walker:
    """Says of any minute whether an occurrence begins, from what clocks show then; knows no recurrences."""

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule
        self.zone = ZoneInfo(schedule.time_zone)
        self.first = schedule.starts_at.astimezone(self.zone)

    def begins(self, minute: datetime) -> bool:
        schedule = self.schedule
        if minute < schedule.starts_at or (schedule.repeats_until and minute > schedule.repeats_until):
            return False
        if minute == schedule.starts_at:
            return schedule.repeat != "weekly" or self._is_day(self.first.date())
        return schedule.repeat != "never" and any(
            (wall.hour, wall.minute) == (self.first.hour, self.first.minute) and self._is_day(wall.date())
            for wall in self._shown(minute)
        )

    def _shown(self, minute: datetime) -> list[datetime]:
        """What clocks show for the first time; after they were set forward, also what they would have shown."""
        now = minute.astimezone(self.zone)
        shown = [] if now.fold else [now.replace(tzinfo=None)]
        for back in range(0, 61, 15):
            before = (minute - timedelta(minutes=back + 1)).astimezone(self.zone)
            old, new = before.utcoffset(), now.utcoffset()
            if old is not None and new is not None and old < new:
                late = (minute + old).replace(tzinfo=None)
                if late.replace(tzinfo=self.zone).astimezone(UTC).astimezone(self.zone).replace(tzinfo=None) != late:
                    return [*shown, late]
        return shown

    def _is_day(self, day: date) -> bool:
        first, schedule = self.first.date(), self.schedule
        if schedule.repeat == "daily":
            return (day - first).days % schedule.every == 0
        if schedule.repeat == "weekly":
            monday, week = first - timedelta(days=first.weekday()), day - timedelta(days=day.weekday())
            named = DAYS[day.weekday()] in schedule.weekdays if schedule.weekdays else day.weekday() == first.weekday()
            return named and (week - monday).days // 7 % schedule.every == 0
        if schedule.repeat == "monthly":
            months = (day.year - first.year) * 12 + day.month - first.month
            return months % schedule.every == 0 and day.day == min(first.day, monthrange(day.year, day.month)[1])
        return day == first


@settings(max_examples=120, deadline=None)
@given(schedules())
def test_occurrences_are_what_one_finds_walking_minute_by_minute(drawn: tuple[Schedule, datetime]) -> None:
    schedule, moment = drawn
    start, walker = moment.replace(minute=0) - timedelta(hours=20), Walker(schedule)
    minutes = [start + timedelta(minutes=n) for n in range(44 * 60)]
    walked = [minute.timestamp() for minute in minutes if walker.begins(minute)]

    found = schedule.between(start.timestamp(), minutes[-1].timestamp() + 60)

    assert [begin for begin, _ in found if begin >= start.timestamp()] == walked
    assert {end - begin for begin, end in found} <= {schedule.minutes * 60}


@settings(max_examples=120, deadline=None)
@given(schedules(), st.integers(0, 3000), st.integers(1, 3000))
def test_a_part_of_the_time_has_that_part_of_the_occurrences(
    drawn: tuple[Schedule, datetime], offset: int, length: int
) -> None:
    schedule, moment = drawn
    start = (moment - timedelta(minutes=offset)).timestamp()
    end = start + length * 60
    everything = schedule.between(0, 1e11)

    assert schedule.between(start, end) == [(a, b) for a, b in everything if a < end and b > start]
    assert schedule.over_at() == (everything[-1][1] if everything else None)
    assert schedule.next(start, 3) == [(a, b) for a, b in everything if b > start][:3]


def test_the_windows_of_many_teams_are_laid_out_once_each_and_not_with_every_batch() -> None:
    """Ten teams with all the windows that they may have."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    windows = [
        Schedule(start + timedelta(minutes=n), 60, repeat="weekly", repeats_until=start + timedelta(days=30))
        for n in range(10 * MAX_WINDOWS)
    ]

    def ask() -> int:
        for each in windows:
            each.between(start.timestamp(), start.timestamp() + 86_400)
        return recurring._begins.cache_info().misses

    assert ask() == ask()
