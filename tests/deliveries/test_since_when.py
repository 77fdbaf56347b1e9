"""Since when a hand-over tells: as people say it, in their zone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError

from deliveries.since import read_since

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)  # 13:00 in Berlin


@pytest.mark.parametrize(
    ("text", "ago"),
    [
        ("8h", timedelta(hours=8)),
        (" 24 h ", timedelta(hours=24)),
        ("12:59", timedelta(minutes=1)),
        ("13:00", timedelta(0)),
        ("13:01", timedelta(hours=23, minutes=59)),
        ("18:00", timedelta(hours=19)),
    ],
)
def test_spans_and_times_of_day_are_of_the_readers_zone(text: str, ago: timedelta) -> None:
    assert read_since(text, NOON, BERLIN) == NOON - ago


@pytest.mark.parametrize("text", ["2026-03-01T18:00", "2026-03-01 18:00", "2026-03-01T17:00:00Z"])
def test_a_date_and_time_is_taken_with_or_without_a_zone(text: str) -> None:
    assert read_since(text, NOON, BERLIN) == datetime(2026, 3, 1, 17, 0, tzinfo=UTC)


def test_a_time_that_the_clock_skipped_is_the_one_of_the_day_before() -> None:
    now = datetime(2026, 3, 29, 10, 0, tzinfo=UTC)  # clocks went from 02:00 to 03:00
    assert read_since("02:30", now, BERLIN) == datetime(2026, 3, 28, 1, 30, tzinfo=UTC)


def test_of_a_time_that_came_twice_the_later_counts_once_it_was() -> None:
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # 02:30, and 02:30 again an hour later
    assert read_since("02:30", first + timedelta(minutes=10), BERLIN) == first
    assert read_since("02:30", first + timedelta(minutes=70), BERLIN) == first + timedelta(hours=1)


@pytest.mark.parametrize(
    "text",
    ["soon", "25:00", "18:60", "999h", "2026-03-03", "0001-01-01", "9999-12-31T23:59", "\x00", "8"],
)
def test_what_means_nothing_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        read_since(text, NOON, BERLIN)
