"""Long ranges are drawn from the extremes of half hours; these stay right under late data and corrections."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts import condensing, sql
from alerts.models import CondensedUntil, Extremes, Series, Test
from tests.alerts.conftest import Say
from tests.conftest import NOW
from tests.patience import HEALTH


@pytest.fixture
def series(test: Test) -> Series:
    return Series.objects.create(team=test.team, test=test, metric="rt", source="fra1")


def _put(series: Series, received: datetime, **values: float) -> None:
    """`m3=5`: minute 3 after NOW was 5."""
    rows = [(series.pk, NOW + timedelta(minutes=int(name[1:])), value) for name, value in values.items()]
    sql.put_measurements(rows, received)


def _found() -> list[tuple[float, float, float, float]]:
    rows = Extremes.objects.order_by("series", "begin").values_list("lowest_at", "lowest", "highest_at", "highest")
    return [((a - NOW.timestamp()) / 60, b, (c - NOW.timestamp()) / 60, d) for a, b, c, d in rows]


def test_a_half_hour_keeps_its_lowest_and_highest_and_when(series: Series) -> None:
    _put(series, NOW, m0=5, m10=1, m20=9, m29=5, m30=7)
    assert condensing.catch_up(NOW) == 2
    assert _found() == [(10, 1, 20, 9), (30, 7, 30, 7)]


def test_late_values_and_corrections_are_seen(series: Series) -> None:
    _put(series, NOW, m0=5, m10=1, m20=9)
    condensing.catch_up(NOW)
    later = NOW + timedelta(days=3)
    _put(series, later, m20=2, m5=-4)  # the highest is corrected, and a new lowest comes late

    condensing.catch_up(later)

    assert _found() == [(5, -4, 0, 5)]


def test_what_was_committed_after_its_receipt_is_seen_by_the_next_turn(series: Series) -> None:
    _put(series, NOW - timedelta(seconds=5), m0=5)
    condensing.run(NOW)
    _put(series, NOW - timedelta(seconds=30), m1=9)  # its transaction was open for half a minute

    condensing.run(NOW + timedelta(minutes=5))

    assert _found() == [(0, 5, 1, 9)]


def test_a_turn_has_its_limit_and_the_next_goes_on(series: Series, monkeypatch: Any) -> None:
    monkeypatch.setattr(condensing, "CHUNK", 2)
    start = NOW - timedelta(days=1)
    for n in range(8):
        _put(series, start + timedelta(seconds=n), **{f"m{n * 30}": n})

    done = [condensing.catch_up(NOW, ending=lambda: True) for _ in range(4)]

    assert done == [3, 3, 2, 0]
    assert len(_found()) == 8


def test_turns_come_once_a_minute(series: Series) -> None:
    _put(series, NOW - timedelta(minutes=3), m0=5)
    assert condensing.run(NOW) == 1
    assert condensing.run(NOW + timedelta(seconds=30)) == 0


def test_ingested_values_are_condensed(say: Say, test: Test) -> None:
    say(0, fra1=5.0, lon1=7.0)
    condensing.catch_up(NOW + timedelta(minutes=1))
    assert {lowest for _, lowest, _, _ in _found()} == {5.0, 7.0}


@given(st.lists(st.tuples(st.integers(0, 90), st.floats(-1e6, 1e6)), min_size=1, max_size=40))
@settings(max_examples=15, suppress_health_check=[*HEALTH, HealthCheck.function_scoped_fixture], deadline=None)
def test_whatever_the_order_it_is_what_a_look_at_all_values_finds(
    series: Series, said: list[tuple[int, float]]
) -> None:
    series.measurements.all().delete()
    Extremes.objects.all().delete()
    CondensedUntil.objects.all().delete()
    for turn, (minute, value) in enumerate(said):
        at = NOW + timedelta(minutes=turn)
        _put(series, at, **{f"m{minute}": value})
        if turn % 3 == 0:
            condensing.catch_up(at)
    condensing.catch_up(NOW + timedelta(days=1))

    wanted: dict[int, list[float]] = {}
    for minute, value in dict(said).items():
        wanted.setdefault(minute // 30, []).append(value)
    assert [(low, high) for _, low, _, high in _found()] == [(min(v), max(v)) for _, v in sorted(wanted.items())]


def test_a_turn_waits_until_there_is_something_worth_it(series: Series) -> None:
    condensing.run(NOW)
    _put(series, NOW, m0=5)

    assert condensing.run(NOW + timedelta(minutes=2)) == 0
    assert condensing.run(NOW + timedelta(minutes=3)) == 1


def test_a_correction_narrows_what_was_condensed_before(series: Series) -> None:
    _put(series, NOW, m0=5, m10=1, m20=9)
    condensing.catch_up(NOW)
    _put(series, NOW + timedelta(seconds=1), m10=6, m20=6)

    condensing.catch_up(NOW + timedelta(minutes=1))

    assert _found() == [(0, 5, 10, 6)]


def test_half_hours_of_which_measurements_were_pruned_only_widen(series: Series, settings: Any) -> None:
    settings.BELLHOP_KEEP_MEASUREMENTS_DAYS = 90
    later = NOW + timedelta(days=91)
    _put(series, NOW, m0=5, m10=1, m20=9)
    condensing.catch_up(NOW)
    series.measurements.filter(value__lt=9).delete()
    _put(series, later, m20=7, m5=20)

    condensing.catch_up(later)

    assert _found() == [(10, 1, 5, 20)]


def test_what_was_cut_off_between_two_writes_is_done_again_rightly(series: Series, monkeypatch: Any) -> None:
    _put(series, NOW, m0=5, m10=1)
    with monkeypatch.context() as broken:
        broken.setattr(condensing, "_slices", lambda rows: [rows[:1], 1 / 0])
        with pytest.raises(ZeroDivisionError):
            condensing.catch_up(NOW)
    _put(series, NOW + timedelta(seconds=1), m10=4)  # what the first try saw is corrected before the second

    condensing.catch_up(NOW + timedelta(minutes=1))

    assert _found() == [(10, 4, 0, 5)]


def test_how_far_it_is_behind_is_known(series: Series) -> None:
    assert condensing.seconds_behind(NOW) == 0
    _put(series, NOW, m0=5)
    assert condensing.seconds_behind(NOW + timedelta(minutes=9)) == 540
    condensing.catch_up(NOW)
    assert condensing.seconds_behind(NOW + timedelta(minutes=9)) == 0


def test_being_late_is_said(series: Series, monkeypatch: Any, caplog: Any) -> None:
    monkeypatch.setattr(condensing, "CHUNK", 1)
    for minute in range(3):
        _put(series, NOW - timedelta(hours=3 - minute), **{f"m{minute}": minute})

    condensing.run(NOW, ending=lambda: True)

    assert "60 minutes behind" in caplog.text


def test_a_turn_takes_as_many_statements_whatever_it_reads(series: Series, django_assert_max_num_queries: Any) -> None:
    _put(series, NOW, **{f"m{minute}": minute for minute in range(300)})
    with django_assert_max_num_queries(16):
        assert condensing.catch_up(NOW) == 10
