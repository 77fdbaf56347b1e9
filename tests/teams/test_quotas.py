"""What a team may send and store holds over all processes together, is refused whole, and harms nobody else."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from teams import counters, quotas
from teams.allowances import Allowance
from teams.errors import TooMuch, TooOften
from teams.models import Counter, DayUsage, Team
from teams.rates import Rate
from tests.conftest import NOW, Cast

MINUTE = timedelta(minutes=1)


class Shelf:
    """Shared storage, in memory."""

    def __init__(self) -> None:
        self.counted = 0
        self.asked = 0

    def add(self, size: int) -> int:
        self.asked += 1
        self.counted += size
        return self.counted


@given(st.integers(1, 500), st.lists(st.tuples(st.integers(0, 3), st.integers(1, 60)), max_size=150))
def test_no_mix_of_processes_passes_a_limit(limit: int, asked: list[tuple[int, int]]) -> None:
    shelf, processes, taken = Shelf(), [Allowance() for _ in range(4)], 0
    for process, amount in asked:
        taken += amount * processes[process].take(1, Rate(limit, 60), amount, NOW, shelf.add)
    assert taken <= limit


@given(st.integers(1, 3000))
def test_one_process_gets_all_of_a_limit(limit: int) -> None:
    shelf, process = Shelf(), Allowance()
    assert sum(process.take(1, Rate(limit, 60), 1, NOW, shelf.add) for _ in range(limit + 20)) == limit


@given(st.integers(1000, 50_000), st.integers(1, 4))
def test_several_processes_leave_at_most_their_blocks(limit: int, count: int) -> None:
    shelf, processes = Shelf(), [Allowance() for _ in range(count)]
    taken = 0
    for turn in range(limit // 50 + 200):  # the first of them ends early, and keeps what it reserved
        amount = 100
        taken += amount * processes[turn % count].take(1, Rate(limit, 60), amount, NOW, shelf.add)
    assert limit - (count - 1) * max(limit // 50, 100) - 100 < taken <= limit


def test_far_from_a_limit_few_takes_are_written_and_beyond_it_none() -> None:
    shelf, process = Shelf(), Allowance()
    for _ in range(500):
        process.take(1, Rate(100_000, 60), 100, NOW, shelf.add)
    assert shelf.asked < 50
    for _ in range(2000):
        process.take(1, Rate(100_000, 60), 100, NOW, shelf.add)
    asked = shelf.asked
    for _ in range(100):
        assert not process.take(1, Rate(100_000, 60), 100, NOW, shelf.add)
    assert shelf.asked == asked


def test_each_window_and_each_subject_has_its_own() -> None:
    shelves, process = [Shelf(), Shelf(), Shelf()], Allowance()
    assert process.take(1, Rate(10, 60), 10, NOW, shelves[0].add)
    assert not process.take(1, Rate(10, 60), 1, NOW, shelves[0].add)
    assert process.take(2, Rate(10, 60), 10, NOW, shelves[1].add)
    assert process.take(1, Rate(10, 60), 10, NOW + MINUTE, shelves[2].add)


@pytest.fixture
def small(settings: Any) -> None:
    settings.BELLHOP_TEAM_MEASUREMENTS_PER_MINUTE = 100
    settings.BELLHOP_TEAM_MEASUREMENTS_PER_DAY = 150
    settings.BELLHOP_TEAM_STORED_MEASUREMENTS = 400


def test_too_many_a_minute_are_refused_and_the_next_minute_is_free(cast: Cast, small: None) -> None:
    quotas.take_measurements(cast.team, 80, NOW)

    with pytest.raises(
        TooOften, match=r"100 measurements a minute \(BELLHOP_TEAM_MEASUREMENTS_PER_MINUTE\)"
    ) as refusal:
        quotas.take_measurements(cast.team, 30, NOW + timedelta(seconds=20))

    assert refusal.value.wait == 40
    quotas.take_measurements(cast.team, 20, NOW)
    quotas.take_measurements(cast.team, 30, NOW + MINUTE)


def test_too_many_a_day_are_refused(cast: Cast, small: None) -> None:
    quotas.take_measurements(cast.team, 90, NOW)

    with pytest.raises(TooOften, match=r"150 measurements a day \(UTC\)") as refusal:
        quotas.take_measurements(cast.team, 90, NOW + MINUTE)

    assert refusal.value.wait == 12 * 3600 - 60
    quotas.take_measurements(cast.team, 90, NOW + timedelta(days=1))


def test_a_batch_that_never_fits_is_too_much(cast: Cast, small: None) -> None:
    with pytest.raises(TooMuch, match="A batch of 101 is more than the 100 measurements"):
        quotas.take_measurements(cast.team, 101, NOW)


def test_what_is_stored_has_a_limit_and_room_comes_with_age(cast: Cast, small: None, settings: Any) -> None:
    settings.BELLHOP_KEEP_MEASUREMENTS_DAYS = 90
    DayUsage.objects.create(team=cast.team, day=NOW.date() - timedelta(days=80), measurements=390)

    with pytest.raises(TooMuch, match=r"stores about 390 measurements and may store 400 \(BELLHOP_TEAM_STORED"):
        quotas.take_measurements(cast.team, 20, NOW)

    quotas.forget()
    quotas.take_measurements(cast.team, 20, NOW + timedelta(days=11))


def test_an_operator_may_grant_a_team_more_or_less(cast: Cast, small: None) -> None:
    cast.team.measurements_per_minute, cast.team.open_alerts = 120, 7

    quotas.take_measurements(cast.team, 110, NOW)

    assert quotas.of(cast.team).open_alerts == 7
    with pytest.raises(TooMuch):
        quotas.take_measurements(cast.other_team, 110, NOW)


@pytest.fixture
def ticks(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What the clock that nobody sets says, in seconds; it stands."""
    told = [1000.0]
    monkeypatch.setattr(quotas, "time", mock.Mock(monotonic=lambda: told[0]))
    return told


def test_what_was_taken_and_refused_is_known(cast: Cast, small: None, ticks: list[float]) -> None:
    quotas.take_measurements(cast.team, 60, NOW)
    for _ in range(3):
        with pytest.raises(TooOften):
            quotas.take_measurements(cast.team, 90, NOW)

    today = quotas.usage(cast.team, NOW)

    assert (today.measurements, today.refused) == (60, 90)  # the others of this second are written with the next
    assert quotas.usage(cast.other_team, NOW).refused == 0

    ticks[0] += quotas.WRITE_SECONDS
    with pytest.raises(TooOften):
        quotas.take_measurements(cast.team, 90, NOW)

    assert quotas.usage(cast.team, NOW).refused == 4 * 90


def test_refusing_writes_nothing_more_than_once_a_second(
    cast: Cast, small: None, ticks: list[float], django_assert_num_queries: Any
) -> None:
    quotas.take_measurements(cast.team, 100, NOW)
    with pytest.raises(TooOften):
        quotas.take_measurements(cast.team, 1, NOW)

    with django_assert_num_queries(0):
        for _ in range(50):
            with pytest.raises(TooOften):
                quotas.take_measurements(cast.team, 1, NOW)


def test_far_from_the_limits_a_batch_costs_no_statement(cast: Cast, django_assert_max_num_queries: Any) -> None:
    for _ in range(5):
        quotas.take_measurements(cast.team, 5000, NOW)

    with django_assert_max_num_queries(4):
        for _ in range(20):
            quotas.take_measurements(cast.team, 100, NOW)


@pytest.mark.django_db(transaction=True)
def test_four_processes_at_once_share_one_limit_and_leave_others_alone(settings: Any) -> None:
    """Threads with connections and blocks of their own, as processes have."""
    noisy, quiet = (Team.objects.create(name=name, slug=name) for name in ("noisy", "quiet"))
    limit, now = 4000, NOW

    def add_for(team: Team) -> Callable[[int], int]:
        return lambda size: counters.count(f"measurements:{team.pk}", 60, now, size)

    def run(_: int) -> tuple[int, int]:
        mine = Allowance()
        try:
            noise = sum(10 * mine.take(noisy.pk, Rate(limit, 60), 10, now, add_for(noisy)) for _ in range(400))
            quiet_taken = sum(mine.take(quiet.pk, Rate(limit, 60), 1, now, add_for(quiet)) for _ in range(50))
        finally:
            connection.close()
        return noise, quiet_taken

    with ThreadPoolExecutor(4) as pool:
        taken = list(pool.map(run, range(4)))

    assert limit * 0.9 <= sum(noise for noise, _ in taken) <= limit
    assert [quiet_taken for _, quiet_taken in taken] == [50] * 4
    assert Counter.objects.get(key=f"measurements:{noisy.pk}").count <= limit + 4 * (limit // 50)


def test_mails_that_are_refused_leave_alerts_what_the_day_allows(cast: Cast, settings: Any) -> None:
    settings.BELLHOP_TEAM_MAILS_PER_DAY = 10
    quotas.spend_mails(cast.team.pk, 7, NOW)

    with pytest.raises(TooOften):
        quotas.spend_mails(cast.team.pk, 5, NOW)

    assert quotas.take_mails(cast.team.pk, 5, NOW) == 3
