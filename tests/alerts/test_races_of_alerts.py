"""Two at once, on real connections: one event, one alert, nothing lost."""

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

import pytest
from django.db import connection

from alerts import lifecycle
from alerts.ingest import ingest
from alerts.models import Alert, AlertEvent, Measurement, RuleState, Test
from alerts.services import rules
from teams.access import Actor, actor_for
from teams.errors import Conflict
from tests.alerts.factories import SLOW, make_rule, make_test, open_alert
from tests.conftest import Cast

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 5


def _together(*jobs: Callable[[], object]) -> None:
    """Run the jobs in threads that start at the same moment; what one raises is raised here."""
    barrier = threading.Barrier(len(jobs))
    raised: list[Exception] = []

    def run(job: Callable[[], object]) -> None:
        barrier.wait()
        try:
            job()
        except Exception as error:  # noqa: BLE001 - carried to the test's own thread
            raised.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if raised:
        raise raised[0]


def _post(actor: Actor, source: str, at: datetime, value: float, metric: str = "response_time") -> None:
    measurement = {
        "test": "checkout",
        "metric": metric,
        "source": source,
        "observed_at": at.isoformat(),
        "value": value,
    }
    assert ingest(actor, {"measurements": [measurement]}, at).accepted == 1


@pytest.fixture
def owner(cast: Cast) -> Actor:
    actor = actor_for(cast.owner, cast.team)
    assert actor is not None
    return actor


def test_two_people_acknowledge_and_one_event_says_so(
    cast: Cast, test: Test, member: Actor, owner: Actor, now: datetime
) -> None:
    for _ in range(ROUNDS):
        rule = make_rule(cast.team, [test])
        alert = open_alert(rule, test, now)
        _together(*(partial(lifecycle.acknowledge, actor, alert, now) for actor in (member, owner)))
        assert AlertEvent.objects.filter(alert=alert, type="acknowledged").count() == 1


def test_a_close_and_a_recovery_clear_once(cast: Cast, test: Test, member: Actor, now: datetime) -> None:
    rule = make_rule(cast.team, [test])
    for minute in range(0, 2 * ROUNDS, 2):
        _post(member, "fra1", now + timedelta(minutes=minute), 900)
        alert = Alert.objects.active().get()
        after = now + timedelta(minutes=minute + 1)

        def close(alert: Alert, after: datetime) -> None:
            with suppress(Conflict):  # the recovery was first
                lifecycle.close(member, alert, "", after)

        _together(partial(close, alert, after), partial(_post, member, "fra1", after, 1))
        assert AlertEvent.objects.filter(alert=alert, type="cleared").count() == 1
        assert not Alert.objects.filter(still_violated=True).exists()
    assert rule.alerts.count() == ROUNDS


def test_batches_that_meet_open_one_alert_and_lose_no_source(
    cast: Cast, test: Test, member: Actor, now: datetime
) -> None:
    make_rule(cast.team, [test], minimum_sources=4)
    sources = ["a", "b", "c", "d"]
    _together(*(partial(_post, member, source, now, 900) for source in sources))
    assert Alert.objects.get().snapshot["start"]["violating"] == 4
    assert Measurement.objects.count() == 4
    assert all(f'"{source}"' in RuleState.objects.get().state for source in sources)


def test_a_rule_that_is_made_while_data_comes_misses_none_of_it(cast: Cast, member: Actor, now: datetime) -> None:
    for n in range(ROUNDS):
        test = make_test(cast.team, f"t{n}")
        fields = {"name": f"r{n}", "conditions": [SLOW], "tests": [test]}
        measurement = {
            "test": test.slug,
            "metric": "response_time",
            "source": "a",
            "observed_at": now.isoformat(),
            "value": 900,
        }
        _together(
            partial(rules.create_rule, member, fields, now),
            partial(ingest, member, {"measurements": [measurement]}, now),
        )
        assert Alert.objects.filter(test=test).count() == 1


def test_numbers_are_given_once(cast: Cast, member: Actor, now: datetime) -> None:
    tests = [make_test(cast.team, f"t{n}") for n in range(4)]
    made = [make_rule(cast.team, [test], name=test.slug) for test in tests]
    _together(*(partial(open_alert, rule, test, now) for rule, test in zip(made, tests, strict=True)))
    assert sorted(Alert.objects.values_list("number", flat=True)) == [1, 2, 3, 4]
