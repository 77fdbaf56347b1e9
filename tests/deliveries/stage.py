"""Sets the stage for deliveries: rules with ticked integrations of a local receiver, and things that happen to them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from unittest import mock

from alerts import lifecycle
from alerts.happenings import Happening
from alerts.models import Alert, AlertEvent, AlertRule, ClearedReason, RuleIntegration, Test
from channels_app.doors import Doors
from channels_app.doors.guard import Policy, networks
from channels_app.words import Severity
from deliveries.models import Attempt, Delivery
from deliveries.sender import Sender
from integrations.models import Integration
from teams.access import Actor
from teams.models import Team
from tests.alerts.factories import make_rule, make_test
from tests.integrations.factories import make_integration
from tests.patience import PATIENT
from tests.servers.http import Receiver

EVIDENCE = {
    "sources": {"fra1": {"response_time": 812.5}, "lon1": {"response_time": 640.0}},
    "violating": 2,
    "heard": 5,
}
LOCAL = Policy(allowed_networks=networks(["127.0.0.0/8"]), total_seconds=PATIENT, connect_seconds=PATIENT)


def slack(team: Team, receiver: Receiver, name: str = "ops", path: str = "") -> Integration:
    """A Slack integration of the receiver, with a room of its own."""
    url = f"{receiver.url}/services/T00/B00/{path or name}-XXXXsecretXXXX"
    return make_integration(team, "slack", name, config={"url": url})


def rule_for(team: Team, *ticked: Integration, test: Test | None = None, **fields: Any) -> AlertRule:
    rule = make_rule(team, [test or make_test(team)], **fields)
    tick(rule, *ticked)
    return rule


def tick(rule: AlertRule, *integrations: Integration) -> None:
    for each in integrations:
        RuleIntegration.objects.create(team=rule.team, rule=rule, integration=each)


def trigger(
    rule: AlertRule, now: datetime, severity: Severity = Severity.CRITICAL, test: Test | None = None, **options: Any
) -> Alert:
    return happen(rule, now, opened(rule, now, severity, test), **options)[0].alert


def clear(alert: Alert, now: datetime, **options: Any) -> AlertEvent:
    return happen(alert.rule, now, recovered(alert.rule, now, test=alert.test), **options)[0]


def happen(rule: AlertRule, now: datetime, *happenings: Happening, notify: Any = "always") -> list[AlertEvent]:
    return lifecycle.apply(Actor.system(rule.team), happenings, now, notify=notify)


def opened(
    rule: AlertRule, at: datetime, severity: Severity = Severity.CRITICAL, test: Test | None = None
) -> Happening:
    return Happening("opened", rule.pk, (test or rule.tests.get()).pk, at, severity, detail=EVIDENCE)


def recovered(rule: AlertRule, at: datetime, test: Test | None = None) -> Happening:
    where = test or rule.tests.get()
    return Happening("cleared", rule.pk, where.pk, at, Severity.INFO, ClearedReason.RECOVERED, detail=EVIDENCE)


def states(deliveries: Sequence[Delivery] | None = None) -> list[tuple[str, str, str]]:
    """(event, state, reason) of all deliveries, oldest first."""
    rows = Delivery.objects.select_related("event").order_by("id") if deliveries is None else deliveries
    return [(row.event.type, row.state, row.reason) for row in rows]


def outcomes() -> list[tuple[str, int | None, str]]:
    """(outcome, status, reason) of all attempts, oldest first."""
    return list(Attempt.objects.order_by("id").values_list("outcome", "status", "reason"))


class Clock:
    """Time that goes on only when told to."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def send_all(now: datetime, policy: Policy = LOCAL, jitter: float = 1.0, **options: Any) -> None:
    """Send what is due at `now`, until nothing is due any more."""
    doors = Doors(policy)
    try:
        Sender(doors, Clock(now), jitter=lambda: jitter, **options).run_until_idle(4 * PATIENT)
    finally:
        doors.close()


def without_bell() -> Any:
    """A patch that leaves the bell silent."""
    return mock.patch("deliveries.bell.ring")
