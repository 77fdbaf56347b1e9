"""While old rows go, measurements come in and alerts open: nobody is refused, and nobody waits longer than a batch."""

import threading
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection

from alerts import condensing, sql
from alerts.ingest import ingest
from alerts.models import Alert, Measurement, Series
from deliveries import pruning
from deliveries.models import Delivery
from teams.access import Actor, actor_for
from teams.retention import prune
from tests.conftest import NOW, Cast
from tests.deliveries.stage import rule_for, without_bell
from tests.integrations.factories import make_integration

OLD = NOW - timedelta(days=500)
SERIES, MINUTES, BATCHES = 20, 300, 40


def pile_up(rule: Any) -> None:
    test = rule.tests.get()
    for n in range(SERIES):
        Series.objects.create(team=rule.team, test=test, metric="response_time", source=f"old{n}")
    series = list(Series.objects.values_list("pk", flat=True))
    for minute in range(MINUTES):
        at = OLD + timedelta(minutes=minute)
        sql.put_measurements([(pk, at, 5.0) for pk in series], at)


def take_in(actor: Actor, done: list[int], failures: list[BaseException]) -> None:
    """Batches of which every one opens or clears the alert."""
    try:
        for n in range(BATCHES):
            at = NOW + timedelta(minutes=n)
            value = 900.0 if n % 2 == 0 else 1.0
            point = {"test": "checkout", "metric": "response_time", "source": "fra1", "value": value}
            done.append(ingest(actor, {"measurements": [{**point, "observed_at": at.isoformat()}]}, at).accepted)
    except BaseException as failure:  # noqa: BLE001 - for the thread that asserts
        failures.append(failure)
    finally:
        connection.close()


def let_go(ended: Callable[[], bool], failures: list[BaseException]) -> None:
    try:
        condensing.catch_up(NOW)
        pruning.prune_all(NOW, ended)
    except BaseException as failure:  # noqa: BLE001 - as above
        failures.append(failure)
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_measurements_come_in_and_alerts_open_while_old_rows_go(cast: Cast, settings: Any) -> None:
    settings.BELLHOP_KEEP_MEASUREMENTS_DAYS = 90
    actor = actor_for(cast.member, cast.team)
    assert actor is not None
    failures: list[BaseException] = []
    done: list[int] = []
    with without_bell():
        rule = rule_for(cast.team, make_integration(cast.team, "slack", "ops"))
        pile_up(rule)
        threads = [
            threading.Thread(target=take_in, args=(actor, done, failures)),
            threading.Thread(target=let_go, args=(lambda: False, failures)),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)

    assert not failures
    assert done == [1] * BATCHES
    assert not Measurement.objects.filter(received_at__lt=OLD + timedelta(days=1)).exists()
    assert Measurement.objects.count() == BATCHES
    assert Alert.objects.count() == BATCHES // 2
    assert Delivery.objects.count() == BATCHES


@pytest.mark.django_db(transaction=True)
def test_no_batch_takes_more_than_it_may(cast: Cast, settings: Any) -> None:
    """By rows, since a loaded machine makes every time untrue: a batch is never larger than twice the one before."""
    settings.BELLHOP_KEEP_MEASUREMENTS_DAYS = 90
    with without_bell():
        pile_up(rule_for(cast.team, make_integration(cast.team, "slack", "ops")))
    condensing.catch_up(NOW)
    went = [0]
    for gone in prune(next(each for each in pruning.STOCKS if each.name == "measurements"), NOW):
        went.append(gone.rows.total())

    sizes = [after - earlier for earlier, after in pairwise(went)]

    assert sum(sizes) == SERIES * MINUTES
    assert sizes[0] <= 100
    assert all(after <= 2 * earlier for earlier, after in pairwise(sizes))
