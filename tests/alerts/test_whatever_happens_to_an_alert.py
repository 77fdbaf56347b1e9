"""A state machine: data, time, people and edits in any order, and what must hold after each step."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from alerts import lifecycle, timers, watches
from alerts.ingest import ingest
from alerts.models import Alert, AlertEvent, AlertRule, RuleState, Test
from alerts.services import rules, tests
from alerts.signals import alert_events
from channels_app.words import RANK_SEVERITY, AlertState
from teams.access import Actor, actor_for
from teams.errors import Conflict
from teams.models import Team, Timer
from tests.conftest import NOW, Cast
from tests.factories import MembershipFactory, TeamFactory, UserFactory

STATE_AFTER = {
    "triggered": AlertState.TRIGGERED,
    "no_data": None,
    "severity_changed": None,
    "assigned": None,
    "noted": None,
    "acknowledged": AlertState.ACKNOWLEDGED,
    "unacknowledged": AlertState.TRIGGERED,
    "cleared": AlertState.CLEARED,
}
CONDITIONS: list[list[dict[str, Any]]] = [
    [{"metric": "m", "operator": ">", "threshold": 5}],
    [
        {"metric": "m", "operator": ">", "threshold": 5},
        {"metric": "m", "operator": ">", "threshold": 8, "severity": "major"},
    ],
    [
        {"metric": "m", "operator": ">", "threshold": 7},
        {"metric": "k", "operator": "absent", "threshold": 4, "severity": "critical"},
    ],
    [{"metric": "k", "operator": "absent", "severity": "info"}],
]


class AlertLife(RuleBasedStateMachine):
    team: Team
    alert_rule: AlertRule
    test: Test

    @initialize(conditions=st.sampled_from(CONDITIONS), silence=st.sampled_from(["keep", "alert", "clear"]))
    def begin(self, conditions: list[dict[str, Any]], silence: str) -> None:
        self.now: datetime = NOW
        self.told: list[int] = []
        Timer.objects.all().delete()
        RuleState.objects.all().delete()  # time passes for every team, those of earlier lives too
        self.team = TeamFactory.create()
        self.actor = self._member()
        self.colleague = self._member()
        self.test = tests.create_test(self.actor, {"name": "t"}, self.now)
        self.alert_rule = rules.create_rule(
            self.actor,
            {
                "name": "r",
                "conditions": conditions,
                "tests": [self.test],
                "when_data_stops": silence,
                "no_data_minutes": 6,
                "reopen_after": 1200,
            },
            self.now,
        )
        alert_events.connect(self._listen)
        self._send(("m", "a", 9, 0))

    def teardown(self) -> None:
        alert_events.disconnect(self._listen)

    def _member(self) -> Actor:
        person = UserFactory.create()
        MembershipFactory.create(team=self.team, user=person)
        actor = actor_for(person, self.team)
        assert actor is not None
        return actor

    def _listen(self, sender: Any, events: list[AlertEvent], now: datetime, **_: Any) -> None:
        self.told += [event.pk for event in events]

    @rule(
        minutes=st.integers(0, 2),
        source=st.sampled_from("ab"),
        value=st.integers(0, 9),
        age=st.sampled_from([0, 0, 1, 3]),
    )
    def measure(self, minutes: int, source: str, value: int, age: int) -> None:
        self.now += timedelta(minutes=minutes)
        self._send(("m", source, value, age))

    @rule(minutes=st.integers(0, 2), values=st.lists(st.integers(0, 9), min_size=4, max_size=4))
    def measure_all(self, minutes: int, values: list[int]) -> None:
        self.now += timedelta(minutes=minutes)
        places = [(metric, source) for metric in "mk" for source in "ab"]
        self._send(*((*place, value, 0) for place, value in zip(places, values, strict=True)))

    @rule(minutes=st.integers(1, 2))
    def measure_all_well(self, minutes: int) -> None:
        self.measure_all(minutes, [0, 0, 0, 0])

    def _send(self, *values: tuple[str, str, int, int]) -> None:
        measurements = [
            {
                "test": self.test.slug,
                "metric": metric,
                "source": source,
                "observed_at": (self.now - timedelta(minutes=age)).isoformat(),
                "value": value,
            }
            for metric, source, value, age in values
        ]
        ingest(self.actor, {"measurements": measurements}, self.now)

    @rule(minutes=st.sampled_from([1, 4, 7, 30]))
    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        timers.run(self.now)

    @precondition(lambda self: Alert.objects.filter(team=self.team).exists())
    @rule(
        act=st.sampled_from(["acknowledge", "unacknowledge", "assign", "note", "close"]),
        which=st.sampled_from([0, 0, 0, 1]),
    )
    def act(self, act: str, which: int) -> None:
        alert = Alert.objects.filter(team=self.team).order_by("-number")[which : which + 1].first()
        if alert is None:
            return
        before, was = len(self.told), alert.state
        doing = {
            "acknowledge": lambda: lifecycle.acknowledge(self.actor, alert, self.now),
            "unacknowledge": lambda: lifecycle.unacknowledge(self.actor, alert, self.now),
            "assign": lambda: lifecycle.assign(self.actor, alert, self.colleague.user, self.now),  # type: ignore[arg-type]
            "note": lambda: lifecycle.note(self.actor, alert, "seen", self.now),
            "close": lambda: lifecycle.close(self.actor, alert, "done", self.now),
        }
        try:
            event = doing[act]()
        except Conflict:
            assert was == AlertState.CLEARED
            assert len(self.told) == before
            return
        assert was != AlertState.CLEARED
        assert len(self.told) - before == (event is not None)

    @precondition(lambda self: Alert.objects.of(self.team).active().exists())
    @rule()
    def close(self) -> None:
        assert lifecycle.close(self.actor, Alert.objects.of(self.team).active().get(), "known", self.now) is not None

    @rule(
        what=st.one_of(
            st.tuples(st.just("conditions"), st.sampled_from(CONDITIONS)),
            st.tuples(st.just("enabled"), st.booleans()),
            st.tuples(st.just("tests"), st.booleans()),
            st.tuples(st.just("when_data_stops"), st.sampled_from(["keep", "alert", "clear"])),
        )
    )
    def change_the_rule(self, what: tuple[str, Any]) -> None:
        name, value = what
        if name == "tests":
            value = [self.test] if value else []
        self.alert_rule = rules.update_rule(self.actor, self.alert_rule, {name: value}, self.now)

    @rule(
        what=st.one_of(
            st.tuples(st.just("enabled"), st.booleans()), st.tuples(st.just("interval"), st.sampled_from([60, 120]))
        )
    )
    def change_the_test(self, what: tuple[str, Any]) -> None:
        self.test = tests.update_test(self.actor, self.test, dict([what]), self.now)

    @invariant()
    def the_timeline_tells_the_state(self) -> None:
        alerts = list(Alert.objects.filter(team=self.team).order_by("number").prefetch_related("events"))
        assert [alert.number for alert in alerts] == list(range(1, len(alerts) + 1))
        for alert in alerts:
            kinds = [event.type for event in sorted(alert.events.all(), key=lambda event: event.pk)]
            assert kinds[0] in ("triggered", "no_data")
            assert "cleared" not in kinds[:-1]
            assert "triggered" not in kinds[1:]
            states = [AlertState.TRIGGERED, *(STATE_AFTER[kind] for kind in kinds)]
            assert alert.state == [state for state in states if state][-1]

    @invariant()
    def the_alert_stands_where_judgement_says(self) -> None:
        found = list(watches.lock_all(RuleState.objects.filter(rule=self.alert_rule)))
        watch = found[0] if found else None
        active = Alert.objects.of(self.team).active().first()
        rank = max(watch.measured_rank, watch.absent_rank) if watch else 0
        assert (active.severity if active else None) == (RANK_SEVERITY[rank] if rank else None)
        held = Alert.objects.of(self.team).filter(still_violated=True)
        assert all(alert.cleared_reason == "closed_by_hand" for alert in held)
        assert held.exists() is bool(watch and watch.is_held)

    @invariant()
    def everything_is_told_once_and_in_order(self) -> None:
        assert self.told == list(AlertEvent.objects.filter(team=self.team).order_by("id").values_list("pk", flat=True))


@pytest.mark.django_db
def test_timeline_state_and_judgement_agree_whatever_happens(cast: Cast) -> None:
    run_state_machine_as_test(
        AlertLife,
        settings=settings(
            max_examples=25, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
