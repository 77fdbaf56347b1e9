"""A series of which nothing is left goes; the measurement that comes at that very moment is taken, whole."""

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection, transaction

from alerts import sql, stocks
from alerts.ingest import ingest
from alerts.models import Alert, Measurement, Series
from deliveries import pruning
from deliveries.models import Delivery
from teams.access import Actor, actor_for
from teams.retention import prune
from teams.statements import postgresql
from tests.conftest import NOW, Cast

pytestmark = pytest.mark.django_db(transaction=True)
LONGEST = 60  # seconds


@pytest.fixture
def actor(cast: Cast, rule: Any) -> Actor:
    found = actor_for(cast.member, cast.team)
    assert found is not None
    return found


@pytest.fixture
def old(cast: Cast, rule: Any) -> Series:
    """One of which no measurement is left."""
    return Series.objects.create(team=cast.team, test=rule.tests.get(), metric="response_time", source="fra1")


class Pruner:
    """Prunes the series on a connection of its own, once: at the first `now`."""

    def __init__(self) -> None:
        self.failures: list[BaseException] = []
        self._thread: threading.Thread | None = None

    def now(self) -> None:
        if self._thread is not None:
            return
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        if postgresql():  # SQLite lets in one writer at a time: it waits for us
            self._thread.join(LONGEST)

    def end(self) -> None:
        assert self._thread is not None
        self._thread.join(LONGEST)
        assert not self._thread.is_alive()
        assert not self.failures

    def _run(self) -> None:
        try:
            list(prune(stocks.SERIES, NOW))
        except BaseException as failure:  # noqa: BLE001 - for the thread that asserts
            self.failures.append(failure)
        finally:
            connection.close()


def _batch(*sources: str) -> dict[str, Any]:
    point = {"test": "checkout", "metric": "response_time", "observed_at": NOW.isoformat(), "value": 900.0}
    return {"measurements": [{**point, "source": source} for source in sources]}


def _then(done: Callable[..., Any], after: Callable[[], None]) -> Callable[..., Any]:
    def both(*args: Any, **kwargs: Any) -> Any:
        result = done(*args, **kwargs)
        after()
        return result

    return both


@pytest.mark.parametrize("step", ["find_spots", "put_measurements"])
def test_a_series_that_goes_under_a_batch_is_made_again_and_the_batch_taken_once(
    actor: Actor, old: Series, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pruner = Pruner()
    monkeypatch.setattr(sql, step, _then(getattr(sql, step), pruner.now))

    result = ingest(actor, _batch("fra1", "not; a name"), NOW)

    pruner.end()
    assert result.accepted == 1
    assert [each.index for each in result.rejected] == [1]
    assert Measurement.objects.get().series.source == "fra1"
    assert Alert.objects.count() == Delivery.objects.count() == 1


def test_a_series_that_is_measured_after_it_was_found_needless_stays(actor: Actor, old: Series) -> None:
    looked = _then(stocks.SERIES.look, lambda: _once(actor))

    list(prune(replace(stocks.SERIES, look=looked), NOW))

    assert Measurement.objects.get().series_id == Series.objects.get().pk == old.pk


def _once(actor: Actor) -> None:
    if not Measurement.objects.exists():
        assert ingest(actor, _batch("fra1"), NOW).accepted == 1


def test_a_series_that_a_batch_is_just_committing_to_stays_and_keeps_nobody_waiting(old: Series) -> None:
    """The database holds it so while it looks whether what points to it may."""
    pruner = Pruner()
    with transaction.atomic():
        if postgresql():
            with connection.cursor() as cursor:
                cursor.execute("SELECT id FROM alerts_series WHERE id = %s FOR KEY SHARE", [old.pk])
            pruner.now()
            pruner.end()
        sql.put_measurements([(old.pk, NOW, 5.0)], NOW)
    assert pruning.prune_all(NOW, lambda: False)
    assert Series.objects.get() == old
