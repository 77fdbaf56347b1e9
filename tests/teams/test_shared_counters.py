"""Limits and turns hold over all processes together, because the database keeps them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.db import connection

from teams import counters, rates
from teams.models import Counter
from teams.retention import prune
from teams.stocks import COUNTERS
from teams.timers import take_turn

MINUTE = timedelta(minutes=1)


@pytest.mark.django_db
def test_each_window_counts_for_itself(now: datetime) -> None:
    counted = [counters.count("k", 60, now + timedelta(seconds=s)) for s in (0, 30, 59, 60)]

    assert counted == [1, 2, 3, 1]
    assert counters.count("other", 60, now) == 1


@pytest.mark.django_db
def test_a_count_given_back_is_free_again(now: datetime) -> None:
    counters.count("k", 60, now)
    counters.give_back("k", 60, now)
    counters.give_back("k", 60, now)

    assert counters.count("k", 60, now) == 1


@pytest.mark.django_db
def test_old_windows_are_pruned_and_the_present_one_is_kept(now: datetime) -> None:
    counters.count("k", 60, now - 2 * MINUTE)
    counters.count("k", 60, now)

    assert [gone.rows.total() for gone in prune(COUNTERS, now - MINUTE)] == [1]
    assert Counter.objects.get().count == 1


@pytest.mark.django_db(transaction=True)
def test_no_count_is_lost_between_racing_threads(now: datetime) -> None:
    def count_often(_: int) -> list[int]:
        try:
            return [counters.count("race", 3600, now) for _ in range(25)]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        seen = sorted(n for numbers in pool.map(count_often, range(4)) for n in numbers)

    assert seen == list(range(1, 101))


def test_the_time_left_in_a_window_is_never_zero(now: datetime) -> None:
    assert counters.seconds_left(60, now) == 60
    assert counters.seconds_left(60, now + timedelta(seconds=59, microseconds=999_999)) == 1


@pytest.mark.django_db
def test_a_turn_is_taken_once_a_period(now: datetime) -> None:
    moments = [0, 0, 59, 60, 61, 200]

    assert [take_turn("sweep", MINUTE, now + timedelta(seconds=s)) for s in moments] == [
        True, False, False, True, False, True,
    ]  # fmt: skip


@pytest.mark.django_db
def test_a_clock_that_was_set_back_does_not_stall_a_job(now: datetime) -> None:
    take_turn("sweep", MINUTE, now + timedelta(days=1))

    assert take_turn("sweep", MINUTE, now)


@pytest.mark.django_db(transaction=True)
def test_of_racing_threads_one_gets_the_turn(now: datetime) -> None:
    take_turn("sweep", MINUTE, now - MINUTE)

    def ask(_: int) -> bool:
        try:
            return take_turn("sweep", MINUTE, now)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(ask, range(4))) == 1


def test_a_rate_is_read_as_operators_write_it() -> None:
    assert rates.parse("6000/min") == rates.Rate(6000, 60)
    assert rates.parse(" 5/s ") == rates.Rate(5, 1)


@pytest.mark.parametrize("text", ["", "6000", "/min", "0/min", "-1/min", "many/min", "1.5/s", "10/fortnight", "²/min"])
def test_a_malformed_rate_is_refused_with_its_text(text: str) -> None:
    with pytest.raises(ValueError, match=r"write a whole number|the unit after") as refusal:
        rates.parse(text)
    assert repr(text) in str(refusal.value)
