"""In maintenance tests are measured and drawn, and open no alerts; what was open may end, and is told of afterwards."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from alerts import timers
from alerts.ingest import ingest
from alerts.maintenance import windows_now
from alerts.models import Alert, AlertEvent, Measurement, RuleState, Test
from alerts.sentences import event_words
from alerts.services import maintenance, rules, tests
from teams.access import Actor
from tests.alerts.conftest import Say
from tests.alerts.factories import SLOW, make_rule, make_test
from tests.alerts.maintenance.conftest import Plan, events
from tests.conftest import Cast

ABSENT = {"metric": "heartbeat", "operator": "absent", "threshold": 5}


@pytest.fixture
def rule(member: Actor, test: Test, now: datetime) -> Any:
    return rules.create_rule(member, {"name": "r", "conditions": [SLOW], "tests": [test]}, now)


def test_nothing_opens_within_and_all_is_stored(rule: Any, say: Say, plan: Plan) -> None:
    plan(10, 20)
    for minute in (9, 10, 15, 19, 20):
        say(minute, fra1=100 if minute == 9 else 900)
        assert events() == ([] if minute < 20 else [(1, "triggered", "minor")])
    assert Measurement.objects.count() == 5


def test_what_comes_late_counts_by_when_it_was_measured(rule: Any, say: Say, plan: Plan, at: Any) -> None:
    plan(10, 20)
    say(12, received=at(25), fra1=900)
    assert events() == []
    say(9, received=at(15), lon1=900)
    assert events() == []  # older than the newest round
    say(21, received=at(25), fra1=900)
    assert events() == [(1, "triggered", "minor")]


def test_an_alert_that_was_open_stays_and_a_recovery_is_written_down_at_once(
    rule: Any, say: Say, plan: Plan, at: Any
) -> None:
    plan(10, 20)
    for minute, value in ((9, 900), (12, 900), (13, 100)):
        say(minute, fra1=value)
    assert events() == [(1, "triggered", "minor"), (1, "cleared", "minor")]
    cleared = AlertEvent.objects.get(type="cleared")
    assert (cleared.at, cleared.detail["maintenance_until"]) == (at(13), "2026-03-02T12:20:00Z")
    assert event_words(cleared) == "Cleared, recovered, in maintenance"


def test_severity_does_not_rise(member: Actor, test: Test, say: Say, plan: Plan, now: datetime) -> None:
    worse = SLOW | {"threshold": 2000.0, "severity": "critical"}
    fields = {"name": "r", "conditions": [SLOW, worse], "match": "any", "tests": [test]}
    rules.create_rule(member, fields, now)
    plan(10, 20)
    for minute in (9, 12, 20):
        say(minute, fra1=900 if minute == 9 else 3000)
        assert len(events()) == (2 if minute == 20 else 1)


class TestWhomAWindowConcerns:
    @pytest.mark.parametrize(
        ("fields", "quiet"),
        [
            ({"everything": True}, "checkout search"),
            ({"everything": True, "excluded": ["search"]}, "checkout"),
            ({"tests": ["search"]}, "search"),
            ({"selector": ["env=prod"]}, "checkout"),
            ({"selector": ["env=p*"], "tests": ["search"]}, "checkout search"),
            ({"selector": ["env=prod"], "tests": ["search"], "excluded": ["checkout"]}, "search"),
        ],
    )
    def test_it_is_named_matched_or_all_without_those_left_out(
        self, fields: dict[str, Any], quiet: str, cast: Cast, test: Test, say: Say, plan: Plan, at: Any
    ) -> None:
        both = {"checkout": test, "search": make_test(cast.team, "search", labels={"env": "test"})}
        make_rule(cast.team, list(both.values()))
        named = {k: [both[slug] for slug in v] if k in ("tests", "excluded") else v for k, v in fields.items()}
        plan(10, 20, **named)
        for slug in both:
            say(12, test=slug, fra1=900)

        loud = set(Alert.objects.values_list("test__slug", flat=True))
        assert " ".join(sorted(set(both) - loud)) == quiet
        now = windows_now(cast.team, [each.pk for each in both.values()], at(12))
        assert {slug for slug in both if both[slug].pk in now} == set(quiet.split())

    def test_another_teams_windows_concern_nobody_here(self, cast: Cast, test: Test, say: Say, now: datetime) -> None:
        make_rule(cast.team, [test])
        outsider = Actor.system(cast.other_team)
        fields = {"name": "x", "starts_at": now, "minutes": 60, "everything": True}
        maintenance.create_window(outsider, fields, now)
        say(1, fra1=900)
        assert len(events()) == 1

    def test_windows_that_follow_at_once_are_one_time(self, cast: Cast, test: Test, plan: Plan, at: Any) -> None:
        plan(10, 20)
        plan(20, 30)
        plan(40, 50)
        found = [windows_now(cast.team, [test.pk], at(n)).get(test.pk) for n in (9, 10, 25, 30, 45)]
        assert found == [None, at(30), at(30), None, at(50)]

    def test_a_changed_label_counts_at_once(self, member: Actor, rule: Any, test: Test, say: Say, plan: Plan) -> None:
        plan(10, 20, selector=["env=prod"])
        tests.update_test(member, test, {"labels": {}}, test.created_at)
        say(12, fra1=900)
        assert len(events()) == 1


class TestOfTime:
    def test_absence_waits_anew_at_the_end(
        self, member: Actor, test: Test, say: Say, plan: Plan, now: datetime, at: Any
    ) -> None:
        rules.create_rule(member, {"name": "r", "conditions": [ABSENT], "tests": [test]}, now)
        plan(3, 20)
        for minute in (5, 6, 19, 20, 24.9):
            timers.run(at(minute))
        assert events() == []
        timers.run(at(25))
        assert (events(), Alert.objects.get().started_at) == ([(1, "triggered", "minor")], at(25))

    def test_timers_do_not_look_again_and_again_meanwhile(
        self, member: Actor, test: Test, plan: Plan, now: datetime, at: Any
    ) -> None:
        rules.create_rule(member, {"name": "r", "conditions": [ABSENT], "tests": [test]}, now)
        plan(3, 20)
        assert [timers.run(at(minute)) for minute in (5, 6, 10, 24, 25)] == [1, 0, 0, 0, 1]

    def test_an_absence_that_was_on_stays_and_ends_when_data_comes(
        self, member: Actor, test: Test, say: Say, plan: Plan, now: datetime, at: Any
    ) -> None:
        rules.create_rule(member, {"name": "r", "conditions": [ABSENT], "tests": [test]}, now)
        timers.run(at(5))
        window = plan(6, 20)
        maintenance.update_window(member, window, {"starts_at": at(4), "minutes": 16}, at(7))
        assert events() == [(1, "triggered", "minor")]
        say(8, metric="heartbeat", fra1=1)
        assert events()[1:] == [(1, "cleared", "minor")]

    @pytest.mark.parametrize("stops", ["alert", "clear"])
    def test_silence_does_nothing_meanwhile(
        self, stops: str, member: Actor, test: Test, say: Say, plan: Plan, now: datetime, at: Any
    ) -> None:
        fields = {"name": "r", "conditions": [SLOW], "tests": [test], "when_data_stops": stops, "no_data_minutes": 5}
        rules.create_rule(member, fields, now)
        plan(3, 20)
        say(1, fra1=900)
        before = events()
        for minute in (6, 7, 20, 24):
            timers.run(at(minute))
        assert events() == before
        timers.run(at(25))
        assert events()[1:] == [(1, "no_data" if stops == "alert" else "cleared", "minor")]

    def test_ended_by_hand_the_waiting_begins_then(
        self, member: Actor, test: Test, plan: Plan, now: datetime, at: Any
    ) -> None:
        rules.create_rule(member, {"name": "r", "conditions": [ABSENT], "tests": [test]}, now)
        window = plan(3, 200)
        timers.run(at(5))
        maintenance.end_window(member, window, at(10))
        assert RuleState.objects.get().next_check_at == at(15)
        timers.run(at(15))
        assert len(events()) == 1


class TestOfChanges:
    def test_a_window_over_what_was_measured_already_takes_it_out_of_the_count(
        self, member: Actor, test: Test, say: Say, plan: Plan, now: datetime
    ) -> None:
        fields = {"name": "r", "conditions": [SLOW], "tests": [test], "rounds_required": 2, "rounds_window": 3}
        rules.create_rule(member, fields, now)
        say(10, fra1=900)
        plan(10, 12, made=10.5)
        say(12, fra1=900)
        assert events() == []
        say(13, fra1=900)
        assert events() == [(1, "triggered", "minor")]

    def test_a_test_that_is_left_out_afterwards_is_judged_at_once(
        self, member: Actor, rule: Any, test: Test, say: Say, plan: Plan, at: Any
    ) -> None:
        window = plan(10, 20)
        say(12, fra1=900)
        maintenance.update_window(member, window, {"excluded": [test]}, at(12.5))
        assert events() == [(1, "triggered", "minor")]

    def test_an_alert_that_was_open_stays_open_by_a_new_window(self, rule: Any, say: Say, plan: Plan, at: Any) -> None:
        say(10, fra1=900)
        plan(9, 20, made=10.5)
        assert events() == [(1, "triggered", "minor")]
        say(21, fra1=100)
        assert events()[1:] == [(1, "cleared", "minor")]

    @pytest.mark.parametrize("deed", [maintenance.end_window, maintenance.archive_window])
    def test_ended_or_deleted_it_is_over_and_what_was_stays_so(
        self, deed: Any, member: Actor, rule: Any, test: Test, say: Say, plan: Plan, at: Any, cast: Cast
    ) -> None:
        window = plan(10, 100)
        say(12, fra1=900)
        deed(member, window, at(13))
        assert (events(), windows_now(cast.team, [test.pk], at(13))) == ([], {})
        say(14, fra1=900)
        assert events() == [(1, "triggered", "minor")]

    def test_a_rule_made_in_maintenance_opens_nothing_before_its_end(
        self, member: Actor, test: Test, say: Say, plan: Plan, at: Any
    ) -> None:
        say(9, fra1=900)
        plan(10, 20)
        rules.create_rule(member, {"name": "r", "conditions": [SLOW], "tests": [test]}, at(11))
        assert events() == []


class TestOfCost:
    def test_a_batch_asks_one_question_of_a_team_without_windows(self, rule: Any, say: Say) -> None:
        say(1, fra1=100)
        with CaptureQueriesContext(connection) as asked:
            say(2, fra1=100)
        assert sum("maintenancewindow" in query["sql"] for query in asked.captured_queries) == 1

    def test_however_many_tests_and_windows_the_questions_are_as_many(
        self, cast: Cast, plan: Plan, at: Any, django_assert_num_queries: Any
    ) -> None:
        found = [make_test(cast.team, f"t{n}") for n in range(5)]
        for n in range(4):
            plan(0, 60, selector=[f"n={n}"], tests=found[:n])
        with django_assert_num_queries(4):
            windows_now(cast.team, [each.pk for each in found], at(5))


def test_the_order_of_arrival_within_a_batch_does_not_matter(rule: Any, say: Say, plan: Plan, now: datetime) -> None:
    plan(10, 12)
    measured = [(12, 900), (11, 900), (9, 100), (10, 900), (13, 100)]
    batch = [
        {
            "test": "checkout",
            "metric": "response_time",
            "source": "fra1",
            "observed_at": (now + timedelta(minutes=minute)).isoformat(),
            "value": value,
        }
        for minute, value in measured
    ]
    ingest(Actor.system(rule.team), {"measurements": batch}, now + timedelta(minutes=14))
    assert events() == [(1, "triggered", "minor"), (1, "cleared", "minor")]
