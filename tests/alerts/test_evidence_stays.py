"""Nothing that is evidence goes away with what it was about, not even by a delete on the database's own terms."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.db.models import Model, ProtectedError

from alerts.models import Alert, AlertEvent, AlertRule, Measurement, Test
from alerts.services import rules, tests
from teams.access import Actor
from tests.alerts.conftest import Say
from tests.alerts.factories import make_rule
from tests.conftest import Cast

THINGS: dict[str, Callable[[Alert], Model | None]] = {
    "rule": lambda alert: alert.rule,
    "test": lambda alert: alert.test,
    "alert": lambda alert: alert,
    "team": lambda alert: alert.team,
}


@pytest.fixture
def alert(cast: Cast, test: Test, say: Say) -> Alert:
    make_rule(cast.team, [test])
    say(0, fra1=900)
    return Alert.objects.get()


@pytest.mark.parametrize("thing", THINGS)
def test_a_delete_is_refused(thing: str, alert: Alert) -> None:
    doomed = THINGS[thing](alert)
    assert doomed is not None
    with pytest.raises(ProtectedError):
        doomed.delete()
    assert (Alert.objects.count(), AlertEvent.objects.count(), Measurement.objects.count()) == (1, 1, 1)


def test_archiving_keeps_alerts_events_and_measurements(alert: Alert, member: Actor, now: datetime) -> None:
    assert alert.test is not None
    rules.archive_rule(member, alert.rule, now)
    tests.archive_test(member, alert.test, now)

    alert.refresh_from_db()
    assert [event.type for event in alert.events.all()] == ["triggered", "cleared"]
    assert (alert.snapshot["rule"], alert.snapshot["test"]) == ("Too slow", "Checkout")
    assert (AlertRule.objects.count(), Test.objects.count(), Measurement.objects.count()) == (1, 1, 1)
