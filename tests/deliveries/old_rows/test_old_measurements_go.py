"""Measurements go once they are condensed; what is drawn instead of them stays for longer."""

from alerts import condensing
from alerts.models import Extremes, Measurement
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
