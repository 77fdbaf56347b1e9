"""No alarm rings for what was over by the end of the time that held it back, where nobody is told of clears."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from alerts import lifecycle
from alerts.models import AlertRule
from channels_app.words import Severity
from deliveries import releasing
from deliveries.models import Delivery
from deliveries.sentences import sentence
from integrations.models import Integration
from teams.access import Actor
from teams.models import Role
from tests.alerts.factories import make_test
from tests.conftest import Cast
from tests.deliveries.stage import clear, happen, opened, rule_for, send_all, slack, states, trigger
from tests.deliveries.test_quiet_times_hold_back import EVENINGS, MINUTE, held, mute
from tests.integrations.factories import make_integration
from tests.servers.http import Answer, Receiver

pytestmark = pytest.mark.django_db


@pytest.fixture
def rule(cast: Cast) -> AlertRule:
    return rule_for(cast.team, make_integration(cast.team, "slack", "ops"))


@pytest.mark.parametrize("quiet", ["outside_hours", "least_gap"])
@pytest.mark.parametrize("unwanted_by", ["rule", "place"])
def test_no_alarm_rings_for_what_was_over_before_anybody_heard_of_it(
    cast: Cast, receiver: Receiver, now: datetime, quiet: str, unwanted_by: str
) -> None:
    receiver.default = Answer(200, b"ok")
    rule = rule_for(cast.team, slack(cast.team, receiver), least_gap_minutes=360, notify_on_clear=unwanted_by != "rule")
    if unwanted_by == "place":
        Integration.objects.update(events=["triggered", "severity_changed"])
    if quiet == "outside_hours":
        AlertRule.objects.update(hours=EVENINGS)
    else:
        trigger(rule, now, Severity.MINOR, test=make_test(cast.team, "other"))
        Delivery.objects.all().delete()
    rule.refresh_from_db()
    clear(trigger(rule, now, Severity.MAJOR), now + 30 * MINUTE)
    assert [row[1:] for row in held()] == [(quiet, now + timedelta(hours=6))]

    opening = now + timedelta(hours=6)
    releasing.run(opening)
    send_all(opening)

    assert receiver.received == []
    assert states()[0] == ("triggered", "suppressed", quiet)
    told = sentence(Delivery.objects.earliest("id"))
    assert told.startswith("Not sent: ")
    assert told.endswith("; by the end of that the alert was over or acknowledged.")


def test_what_became_worse_and_is_over_rings_no_alarm_either_and_notes_are_told(
    cast: Cast, rule: AlertRule, now: datetime
) -> None:
    """To those who heard that it was triggered, and of clears nothing."""
    AlertRule.objects.update(notify_on_clear=False)
    Integration.objects.update(events=["triggered", "severity_changed", "noted"])
    rule.refresh_from_db()
    alert = trigger(rule, now, Severity.MINOR)
    Delivery.objects.update(state="delivered", finished_at=now)
    mute(cast, now)
    happen(rule, now + MINUTE, replace(opened(rule, now + MINUTE), what="severity"))
    lifecycle.note(Actor(cast.team, Role.ADMIN, cast.owner), alert, "odd", now + MINUTE)
    clear(alert, now + 2 * MINUTE)

    releasing.run(now + 61 * MINUTE)

    assert states()[1:] == [
        ("severity_changed", "suppressed", "muted"),
        ("noted", "pending", ""),
        ("cleared", "suppressed", "rule_not_on_clear"),
    ]
