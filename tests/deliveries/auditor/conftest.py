"""A rule that has told one room for long."""

from datetime import datetime

import pytest

from alerts.models import AlertRule, RuleIntegration
from tests.conftest import Cast
from tests.deliveries.auditor.stage import HOUR
from tests.deliveries.stage import rule_for, slack
from tests.servers.http import Receiver


@pytest.fixture
def rule(cast: Cast, receiver: Receiver, now: datetime) -> AlertRule:
    """A rule that has told one room for long."""
    made = rule_for(cast.team, slack(cast.team, receiver))
    RuleIntegration.objects.update(since=now - HOUR)
    return made
