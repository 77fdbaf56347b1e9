"""Weekly hours: what may be told when, in every time zone and over every change of its clocks."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.hours import DAYS, in_words, opens_at, read_hours
from alerts.refusals import Refused

ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"]
OFFICE = {"time_zone": "Europe/Berlin", "days": {day: [["09:00", "17:00"]] for day in DAYS[:5]}}
CLOCKS = st.integers(0, 1440).map(lambda minute: f"{minute // 60:02}:{minute % 60:02}")
SPANS = st.lists(CLOCKS, min_size=2, max_size=6, unique=True).map(
    lambda clocks: [list(pair) for pair in zip(sorted(clocks)[::2], sorted(clocks)[1::2], strict=False)]
)
WEEKS = st.builds(
    lambda zone, days: {"time_zone": zone, "critical_passes": True, "days": days},
    st.sampled_from(ZONES),
    st.dictionaries(st.sampled_from(DAYS), SPANS, min_size=1, max_size=7),
)
# The hours around every change of clocks in 2026 in these zones, and any others.
MOMENTS = st.one_of(
    st.sampled_from(
        [datetime(2026, *day, tzinfo=UTC) for day in ((3, 8), (3, 29), (4, 5), (10, 4), (10, 25), (11, 1))]
    ),
    st.datetimes(datetime(2025, 12, 1), datetime(2027, 2, 1), timezones=st.just(UTC)),  # noqa: DTZ001
).flatmap(lambda at: st.integers(-2880, 2880).map(lambda minutes: at + timedelta(minutes=minutes)))


def is_open(hours: Any, at: datetime) -> bool:
    """By the face of the clock alone."""
    local = at.astimezone(ZoneInfo(hours["time_zone"]))
    return any(begin <= f"{local:%H:%M}" < end for begin, end in hours["days"].get(DAYS[local.weekday()], ()))


@given(WEEKS, MOMENTS)
def test_it_is_told_when_the_clock_on_the_wall_says_so(week: Any, at: datetime) -> None:
    hours, at = read_hours(week), at.replace(second=0, microsecond=0)
    at_once = opens_at(hours, "major", at) is None
    # A time that the clocks pass twice counts as open from its first beginning to its second end.
    twice = ZoneInfo(week["time_zone"])
    wall = at.astimezone(twice)
    doubtful = wall.utcoffset() != wall.replace(fold=1 - wall.fold).utcoffset()
    assert at_once == is_open(hours, at) or (doubtful and at_once)


@given(WEEKS, MOMENTS)
def test_what_is_held_may_be_told_when_it_opens_and_not_a_minute_before(week: Any, at: datetime) -> None:
    hours = read_hours(week)
    opening = opens_at(hours, "major", at)
    if opening is not None:
        assert at < opening <= at + timedelta(days=15)
        assert opens_at(hours, "major", opening) is None
        assert opens_at(hours, "major", opening - timedelta(seconds=1)) == opening


@given(WEEKS, MOMENTS)
def test_criticals_pass_where_the_rule_says_so(week: Any, at: datetime) -> None:
    assert opens_at(read_hours(week), "critical", at) is None
    strict = read_hours({**week, "critical_passes": False})
    assert opens_at(strict, "critical", at) == opens_at(strict, "info", at)


def test_without_hours_everything_is_told_at_once(now: datetime) -> None:
    assert read_hours(None) is None
    assert opens_at(None, "info", now) is None


def test_they_are_stored_in_one_form_and_said_in_words() -> None:
    given = {"time_zone": "Europe/Berlin", "days": {"sat": "all", "mon": [["13:00", "24:00"], ["9:00", "12:30"]]}}
    hours = read_hours(given)
    assert hours == {
        "time_zone": "Europe/Berlin",
        "critical_passes": True,
        "days": {"mon": [["09:00", "12:30"], ["13:00", "24:00"]], "sat": [["00:00", "24:00"]]},
    }
    assert read_hours(hours) == hours
    words = "Mon 09:00-12:30, 13:00-24:00; Sat all day (Europe/Berlin); criticals at any time"
    assert in_words(hours) == words


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ([], "Must be an object"),
        ({**OFFICE, "days": {}}, "days: Name hours of at least one day"),
        ({**OFFICE, "days": {"someday": "all"}}, "There is no day someday"),
        ({**OFFICE, "days": {"mon": [["9", "17:00"]]}}, "days.mon: Must be a time"),
        ({**OFFICE, "days": {"mon": [["09:00", "1٢:00"]]}}, "days.mon: Must be a time"),
        ({**OFFICE, "days": {"mon": [["17:00", "09:00"]]}}, "days.mon: Must end after it begins"),
        ({**OFFICE, "days": {"mon": [["08:00", "12:00"], ["11:00", "13:00"]]}}, "lies within the hours that end"),
        ({**OFFICE, "days": {"mon": [["08:00", "12:00"]] * 7}}, "At most 6"),
        ({**OFFICE, "days": {"mon": [["08:00"]]}}, "days.mon: Must be a pair"),
        ({**OFFICE, "time_zone": "Mars/Olympus"}, "time_zone: Must be the name of a time zone"),
        ({**OFFICE, "critical_passes": "yes"}, "critical_passes: Must be true or false"),
        ({**OFFICE, "holidays": []}, "Unknown: holidays"),
    ],
)
def test_wrong_hours_are_refused_with_the_place_and_the_limit(wrong: Any, words: str) -> None:
    with pytest.raises(Refused, match=words.replace("(", r"\(")):
        read_hours(wrong)
