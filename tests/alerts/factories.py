"""Rows of alerts for tests: rules with conditions, attached to tests, watched."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from alerts import lifecycle, watches
from alerts.happenings import Happening
from alerts.models import Alert, AlertRule, Condition, RuleTest, Test
from channels_app.words import Severity
from teams.access import Actor
from teams.models import Team
from tests.conftest import NOW
from tests.factories import TestFactory

SLOW = {"metric": "response_time", "operator": ">", "threshold": 500.0}


def make_test(team: Team, slug: str = "checkout", **fields: Any) -> Test:
    return TestFactory.create(team=team, slug=slug, name=fields.pop("name", slug.title()), **fields)


def make_rule(
    team: Team, tests: Sequence[Test], conditions: Sequence[dict[str, Any]] = (SLOW,), **fields: Any
) -> AlertRule:
    """A rule that watches `tests` from NOW on; fields as in the model."""
    rule = AlertRule.objects.create(team=team, name=fields.pop("name", "Too slow"), **fields)
    for position, condition in enumerate(conditions):
        Condition.objects.create(rule=rule, position=position, **condition)
    for test in tests:
        RuleTest.objects.create(team=team, rule=rule, test=test)
    watches.create([(rule.pk, test.pk) for test in tests], NOW)
    return rule


def open_alert(rule: AlertRule, test: Test, at: datetime = NOW, severity: Severity = Severity.MINOR) -> Alert:
    """An alert as evaluation opens it."""
    happening = Happening(
        "opened", rule.pk, test.pk, at, severity, detail={"sources": {"fra1": {"response_time": 812.5}}}
    )
    return lifecycle.apply(Actor.system(rule.team), [happening], at)[0].alert
