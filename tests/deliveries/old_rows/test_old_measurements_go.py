"""Measurements go once they are condensed; what is drawn instead of them stays for longer."""

import pytest

from alerts import condensing, stocks
from alerts.models import Extremes, Measurement, Series
from tests.conftest import NOW, Cast
from tests.deliveries.old_rows.stage import DAY, LONG_AGO, measure, prune_at


def test_measurements_go_by_when_they_were_received_and_extremes_stay_longer(cast: Cast) -> None:
    measure(cast, NOW - 91 * DAY, NOW - 91 * DAY)
    recorded_long_ago = measure(cast, LONG_AGO, NOW - DAY)
    condensing.catch_up(NOW)

    prune_at(NOW)

    assert [each.series for each in Measurement.objects.all()] == [recorded_long_ago]
    assert Extremes.objects.count() == 2


def test_extremes_go_once_they_are_old_and_of_nothing_that_is_left(cast: Cast) -> None:
    measure(cast, LONG_AGO, LONG_AGO)
    recorded_long_ago = measure(cast, LONG_AGO, NOW - DAY)
    condensing.catch_up(NOW)

    prune_at(NOW)

    assert [each.series for each in Extremes.objects.all()] == [recorded_long_ago]


def test_what_is_not_condensed_yet_stays(cast: Cast) -> None:
    measure(cast, NOW - 100 * DAY, NOW - 100 * DAY)

    prune_at(NOW)
    assert Measurement.objects.count() == 1

    condensing.catch_up(NOW)
    prune_at(NOW)
    assert Measurement.objects.count() == 0


def test_a_series_of_which_nothing_is_left_goes_and_makes_room_for_others(cast: Cast) -> None:
    """Names of sources that come and go would fill BELLHOP_MAX_SOURCES for ever."""
    _, old, fresh = (measure(cast, at, at) for at in (LONG_AGO, NOW - 100 * DAY, NOW - DAY))
    condensing.catch_up(NOW)

    prune_at(NOW)

    assert set(Series.objects.values_list("pk", flat=True)) == {old.pk, fresh.pk}


def test_a_walk_over_series_passes_stretches_in_which_all_are_needed(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stocks, "STRETCH", 2)
    kept = [measure(cast, NOW, NOW).pk for _ in range(5)]
    empty = Series.objects.create(
        team=cast.team, test_id=Series.objects.get(pk=kept[0]).test_id, metric="m", source="s"
    )

    prune_at(NOW)

    assert not Series.objects.filter(pk=empty.pk).exists()
    assert Series.objects.count() == 5
