from dataclasses import dataclass

import pytest
from django.utils import timezone

from alerts.models import Alert, AlertRule
from integrations.models import Integration
from tests.alerts.factories import make_test
from tests.conftest import Cast
from tests.deliveries.hearing.calls import linked, slack_app
from tests.deliveries.stage import rule_for, trigger, without_bell


@dataclass(frozen=True)
class Room:
    """A Slack channel with an alert told in it; U1 is the cast's member there, U2 its viewer, U9 nobody."""

    slack: Integration
    rule: AlertRule
    alert: Alert


@pytest.fixture
def room(cast: Cast) -> Room:
    with without_bell():
        slack = slack_app(cast.team)
        rule = rule_for(cast.team, slack, test=make_test(cast.team))
        alert = trigger(rule, timezone.now())
    linked(cast.member, slack, "U1")
    linked(cast.viewer, slack, "U2")
    return Room(slack, rule, alert)
