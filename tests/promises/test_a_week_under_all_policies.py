"""A week of 500 alerts under all policies at once: exactly the messages that must come, and not one more."""

from collections import Counter
from collections.abc import Iterator

import orjson
import pytest
from pytest_django import Settings

from alerts import lifecycle
from alerts import timers as alert_timers
from alerts.ingest import ingest
from alerts.models import Alert, AlertRule, EscalationStep, StepIntegration, Test
from alerts.services import maintenance, mutes
from channels_app.doors import Doors
from deliveries import releasing
from deliveries.models import Delivery
from deliveries.sender import Sender
from integrations.models import Integration
from teams.access import Actor
from teams.models import Role, Timer
from tests.alerts.factories import make_rule, make_test
from tests.conftest import Cast
from tests.deliveries.stage import LOCAL, Clock, tick
from tests.integrations.factories import make_integration
from tests.promises.week.oracle import Told, Week
from tests.promises.week.plan import (
    ALL,
    MAINTENANCE,
    MINUTE,
    MUTES,
    POLICIES,
    START,
    STEPS,
    TESTS,
    VALUES,
    Episode,
    at,
    episodes,
)
from tests.servers.http import Answer, Receiver

pytestmark = [pytest.mark.promise, pytest.mark.django_db(transaction=True)]

SEED, MANY = 500, 500
SEVERITIES = [{"operator": ">", "threshold": value - 5, "severity": name} for name, value in VALUES.items()]


class Stage:
    """The team of the week, its rooms at a local receiver, and a clock that goes in steps."""

    def __init__(self, cast: Cast, receiver: Receiver, doors: Doors) -> None:
        self.team, self.receiver = cast.team, receiver
        self.person = Actor(cast.team, Role.ADMIN, cast.owner)
        self.clock = Clock(START)
        self.sender = Sender(doors, self.clock, jitter=lambda: 0.0)
        self.told: list[Told] = []
        self.tests: dict[str, Test] = {name: make_test(self.team, name, interval=300) for name in TESTS}
        self.rooms: dict[str, Integration] = {}
        self.rules = {policy.name: self._rule(policy.name) for policy in POLICIES}
        self._room(ALL, used_by_default=True)

    def _rule(self, name: str) -> AlertRule:
        policy = next(each for each in POLICIES if each.name == name)
        asked = [{"metric": name, **each} for each in SEVERITIES]
        rule = make_rule(self.team, list(self.tests.values()), asked, name=name, match="any", **policy.rule)
        tick(rule, self._room(name, **policy.room))
        for minutes, room in policy.steps.items():
            step = EscalationStep.objects.create(team=self.team, rule=rule, after_minutes=minutes)
            StepIntegration.objects.create(team=self.team, step=step, integration=self._room(room))
        return rule

    def _room(self, name: str, **fields: object) -> Integration:
        config = {"url": f"{self.receiver.url}/{name}", "method": "POST", "auth": "none", "body": "generic"}
        made = make_integration(self.team, "webhook", name, config=config)
        Integration.objects.filter(pk=made.pk).update(**fields)
        self.rooms[name] = made
        return made

    def plan_quiet_times(self) -> None:
        for test, spans in MAINTENANCE.items():
            times = {"starts_at": at(spans[0][0]), "minutes": (spans[0][1] - spans[0][0]) * 5}
            again = {"repeat": "daily", "repeats_until": at(STEPS)} if len(spans) > 1 else {}
            named = {"name": f"{test} is served", "tests": [self.tests[test]]}
            maintenance.create_window(self.person, named | times | again, START)

    def begin_mutes(self, step: int) -> None:
        for begin, end, what in MUTES:
            if begin == step:
                rule, test = self.rules.get(what or ""), self.tests.get(what or "")
                mutes.mute(self.person, {"rule": rule, "test": test, "minutes": (end - begin) * 5}, at(step))

    def pass_time(self, step: int) -> None:
        self.begin_mutes(step)
        releasing.run(at(step))
        Timer.objects.filter(name="alerts.time").delete()
        alert_timers.run(at(step))

    def measure(self, step: int, values: dict[tuple[str, str], float]) -> None:
        """`values` by test and rule; all of a test that is measured at all."""
        batch = [
            {"test": test, "metric": rule, "source": "a", "observed_at": at(step).isoformat(), "value": value}
            for (test, rule), value in values.items()
        ]
        if batch:
            ingest(self.person, {"measurements": batch}, at(step))

    def acknowledge(self, step: int, which: set[tuple[str, str]]) -> None:
        for rule, test in sorted(which):
            found = Alert.objects.active().filter(rule__name=rule, test__slug=test, started_at__lt=at(step)).first()
            if found:
                lifecycle.acknowledge(self.person, found, at(step))

    def send(self, step: int) -> None:
        """Send what is due, and note it under the step, for as many seconds as the rooms' rates ask for."""
        for second in range(20):
            if not Delivery.objects.filter(state="pending").exists():
                break
            self.clock.now = at(step) + second * (MINUTE / 60)
            self.sender.run_until_idle(10)
        for request in self.receiver.received:
            body = orjson.loads(request.body)
            event = {"reminder": "reminded"}.get(body["event"], body["event"])
            about = body["alert"]
            numbers = self._number(about["id"])
            self.told.append((step, request.path.strip("/"), about["rule"], about["test_slug"], numbers, event))
        self.receiver.received.clear()

    def _number(self, number: int) -> int:
        """Which alert of its rule and test it is."""
        alert = Alert.objects.get(number=number)
        return Alert.objects.filter(rule=alert.rule_id, test=alert.test_id, number__lte=number).count()


@pytest.fixture
def stage(cast: Cast, settings: Settings) -> Iterator[Stage]:
    settings.BELLHOP_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    doors = Doors(LOCAL)
    with Receiver(Answer(200, b"ok")) as receiver:
        yield Stage(cast, receiver, doors)
    doors.close()


def values_of(found: list[Episode]) -> dict[int, dict[tuple[str, str], float]]:
    """What is measured at each step: all of a test whose anything changes, or may open when maintenance ends."""
    bad = {(each.test, each.rule, step): VALUES[each.severity_at(step)] for each in found for step in _of(each)}
    ends = {(test, end) for test, spans in MAINTENANCE.items() for _, end in spans}
    plan: dict[int, dict[tuple[str, str], float]] = {}
    last: dict[str, tuple[float, ...]] = {}
    for step in range(STEPS):
        for test in TESTS:
            now = tuple(bad.get((test, policy.name, step), 0.0) for policy in POLICIES)
            if now != last.get(test) or (test, step) in ends:
                last[test] = now
                names = [(test, policy.name) for policy in POLICIES]
                plan.setdefault(step, {}).update(zip(names, now, strict=True))
    return plan


def _of(each: Episode) -> range:
    return range(each.begin, each.end)


def test_a_week_of_alerts_brings_exactly_what_its_policies_say(stage: Stage) -> None:
    found = episodes(SEED, MANY)
    week = Week(found)
    week.walk()
    measured, taken = values_of(found), {(each.rule, each.test, each.acknowledged_at) for each in found}

    stage.plan_quiet_times()
    for step in range(STEPS):
        stage.pass_time(step)
        stage.measure(step, measured.get(step, {}))
        stage.acknowledge(step, {(rule, test) for rule, test, at_step in taken if at_step == step})
        stage.send(step)

    missing, unexpected = Counter(week.told) - Counter(stage.told), Counter(stage.told) - Counter(week.told)
    assert (sorted(missing.elements()), sorted(unexpected.elements())) == ([], [])
    assert len(week.alerts) == Alert.objects.count() >= MANY - 40  # what begins and ends within maintenance is none
    assert {event for *_, event in week.told} == {
        "triggered", "severity_changed", "reminded", "escalated", "acknowledged", "cleared"
    }  # fmt: skip
    left = Delivery.objects.filter(state__in=["held", "pending", "sending"])
    assert list(left.values_list("state", flat=True)) == ["held"] * week.held
