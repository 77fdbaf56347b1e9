"""What time alone does: absent metrics, data that stops, holds that end. All counts from when data was received."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from alerts import lifecycle, timers
from alerts.models import Alert, AlertEvent, RuleState, Test
from alerts.services import rules, tests
from teams.access import Actor
from tests.alerts.conftest import Say
from tests.alerts.factories import SLOW

ABSENT = {"metric": "heartbeat", "operator": "absent"}


def _events() -> list[tuple[int, str, str]]:
    rows = AlertEvent.objects.order_by("id").values_list("alert__number", "type", "severity")
    return [(number, kind, severity) for number, kind, severity in rows]


@pytest.fixture
def at(now: datetime) -> Any:
    def at(minutes: float) -> datetime:
        return now + timedelta(minutes=minutes)

    return at


def _rule(member: Actor, test: Test, now: datetime, **fields: Any) -> Any:
    return rules.create_rule(member, {"name": "r", "conditions": [SLOW], "tests": [test], **fields}, now)


class TestOfAbsentConditions:
    def test_an_absent_metric_opens_after_its_minutes_and_clears_when_it_comes(
        self, test: Test, member: Actor, say: Say, now: datetime, at: Any
    ) -> None:
        _rule(member, test, now, conditions=[ABSENT | {"threshold": 5, "severity": "critical"}])
        say(1, metric="heartbeat", fra1=1)
        timers.run(at(5.9))
        assert _events() == []

        timers.run(at(6))
        timers.run(at(7))
        assert _events() == [(1, "triggered", "critical")]
        alert = Alert.objects.get()
        assert (alert.started_at, alert.snapshot["start"], alert.snapshot["text"][:26]) == (
            at(6),
            {"absent": ["heartbeat"]},
            "heartbeat absent for 5 min",
        )

        say(8, metric="heartbeat", lon1=1)
        alert.refresh_from_db()
        assert (alert.state, alert.cleared_reason, alert.cleared_at) == ("cleared", "recovered", at(8))

    def test_it_counts_from_attaching_when_nothing_ever_came(
        self, test: Test, member: Actor, now: datetime, at: Any
    ) -> None:
        _rule(member, test, now, conditions=[ABSENT], no_data_minutes=10)
        timers.run(at(9.9))
        assert _events() == []
        timers.run(at(10))
        assert _events() == [(1, "triggered", "minor")]

    def test_it_counts_from_receipt_so_recorded_series_may_be_fed_at_any_time(
        self, test: Test, member: Actor, say: Say, now: datetime, at: Any
    ) -> None:
        _rule(member, test, now, conditions=[ABSENT], no_data_minutes=10)
        say(-5000, metric="heartbeat", received=at(9), fra1=1)
        timers.run(at(18))
        assert _events() == []

    def test_it_joins_the_alert_at_its_own_severity_whatever_match_says(
        self, test: Test, member: Actor, say: Say, now: datetime, at: Any
    ) -> None:
        _rule(member, test, now, conditions=[SLOW, ABSENT | {"threshold": 3, "severity": "major"}], match="all")
        say(0, fra1=900)
        timers.run(at(3))
        say(4, fra1=100)
        say(5, metric="heartbeat", fra1=1)
        assert _events() == [
            (1, "triggered", "minor"),
            (1, "severity_changed", "major"),
            (1, "cleared", "major"),
        ]

    def test_the_violation_keeps_the_alert_when_the_metric_comes_back(
        self, test: Test, member: Actor, say: Say, now: datetime, at: Any
    ) -> None:
        _rule(member, test, now, conditions=[SLOW, ABSENT | {"threshold": 3, "severity": "major"}])
        timers.run(at(3))
        say(3, fra1=900)
        say(4, metric="heartbeat", fra1=1)
        assert _events() == [(1, "triggered", "major"), (1, "severity_changed", "minor")]
        assert Alert.objects.get().state == "triggered"

    def test_longer_absence_may_be_worse(self, test: Test, member: Actor, now: datetime, at: Any) -> None:
        _rule(
            member,
            test,
            now,
            conditions=[ABSENT | {"threshold": 5}, ABSENT | {"threshold": 30, "severity": "critical"}],
        )
        timers.run(at(5))
        timers.run(at(30))
        assert _events() == [(1, "triggered", "minor"), (1, "severity_changed", "critical")]

    def test_closed_by_hand_it_stays_closed_until_it_comes_or_time_is_up(
        self, test: Test, member: Actor, say: Say, now: datetime, at: Any
    ) -> None:
        _rule(member, test, now, conditions=[ABSENT | {"threshold": 5}], reopen_after=3600)
        timers.run(at(5))
        lifecycle.close(member, Alert.objects.get(), "known", at(6))
        assert Alert.objects.get().still_violated
        timers.run(at(60))
        assert Alert.objects.count() == 1

        timers.run(at(66))

        assert _events()[-1] == (2, "triggered", "minor")
        assert not Alert.objects.get(number=1).still_violated

    def test_taking_the_condition_away_clears_as_rule_changed(
        self, test: Test, member: Actor, now: datetime, at: Any
    ) -> None:
        rule = _rule(member, test, now, conditions=[ABSENT | {"threshold": 5}])
        timers.run(at(5))
        rules.update_rule(member, rule, {"conditions": [SLOW]}, at(6))
        assert Alert.objects.get().cleared_reason == "rule_changed"

    def test_an_edit_that_keeps_the_condition_keeps_the_alert(
        self, test: Test, member: Actor, now: datetime, at: Any
    ) -> None:
        rule = _rule(member, test, now, conditions=[ABSENT | {"threshold": 5}])
        timers.run(at(5))
        rules.update_rule(member, rule, {"conditions": [SLOW, ABSENT | {"threshold": 4}]}, at(6))
        assert Alert.objects.get().state == "triggered"


class TestOfDataThatStops:
    def test_alert_opens_with_an_event_of_its_own_and_the_first_good_round_ends_it(
        self, test: Test, member: Actor, say: Say, now: datetime, at: Any
    ) -> None:
        _rule(member, test, now, when_data_stops="alert", severity="major")
        say(0, fra1=100)
        timers.run(at(9.9))
        assert _events() == []
        timers.run(at(10))
        timers.run(at(11))
        alert = Alert.objects.get()
        assert _events() == [(1, "no_data", "major")]
        assert (alert.opened_by, alert.started_at, alert.events.get().detail) == ("no_data", at(10), {"minutes": 10})

        say(12, fra1=100)

        alert.refresh_from_db()
        assert (alert.cleared_reason, alert.cleared_at) == ("recovered", at(12))

    def test_data_that_comes_back_bad_keeps_it_open(
        self, test: Test, member: Actor, say: Say, now: datetime, at: Any
    ) -> None:
        _rule(member, test, now, when_data_stops="alert")
        timers.run(at(10))
        say(12, fra1=900)
        assert Alert.objects.get().state == "triggered"
        say(13, fra1=100)
        assert _events() == [(1, "no_data", "minor"), (1, "cleared", "minor")]

    def test_an_open_alert_gets_the_event_once(
        self, test: Test, member: Actor, say: Say, now: datetime, at: Any
    ) -> None:
        _rule(member, test, now, when_data_stops="alert")
        say(0, fra1=900)
        timers.run(at(10))
        timers.run(at(20))
        assert _events() == [(1, "triggered", "minor"), (1, "no_data", "minor")]
        say(21, fra1=900)
        timers.run(at(31))
        assert _events()[2:] == [(1, "no_data", "minor")]

    def test_an_edit_of_the_rule_does_not_end_the_silence(
        self, test: Test, member: Actor, say: Say, now: datetime, at: Any
    ) -> None:
        rule = _rule(member, test, now, when_data_stops="alert")
        say(0, fra1=100)
        timers.run(at(10))
        rules.update_rule(member, rule, {"conditions": [SLOW | {"threshold": 600.0}]}, at(11))
        timers.run(at(20))
        assert _events() == [(1, "no_data", "minor")]
        rules.update_rule(member, rule, {"when_data_stops": "keep"}, at(21))
        assert Alert.objects.get().cleared_reason == "rule_changed"

    def test_clear_stops_counting_the_silent_source(
        self, test: Test, member: Actor, say: Say, now: datetime, at: Any
    ) -> None:
        _rule(member, test, now, when_data_stops="clear")
        say(0, fra1=900, lon1=100)
        for minute in range(1, 10):
            say(minute, lon1=100)
        timers.run(at(9.9))
        assert Alert.objects.get().state == "triggered"
        timers.run(at(10))
        alert = Alert.objects.get()
        assert (alert.cleared_reason, alert.cleared_at) == ("no_data", at(10))

    def test_keep_keeps(self, test: Test, member: Actor, say: Say, now: datetime, at: Any) -> None:
        _rule(member, test, now)
        say(0, fra1=900)
        timers.run(at(10_000))
        assert _events() == [(1, "triggered", "minor")]
        assert RuleState.objects.get().next_check_at is None

    def test_what_is_switched_off_is_not_awaited(self, test: Test, member: Actor, now: datetime, at: Any) -> None:
        rule = _rule(member, test, now, when_data_stops="alert", conditions=[SLOW, ABSENT])
        tests.update_test(member, test, {"enabled": False}, at(1))
        timers.run(at(100))
        assert _events() == []

        tests.update_test(member, test, {"enabled": True}, at(200))
        timers.run(at(209))
        assert _events() == []
        rules.update_rule(member, rule, {"enabled": False}, at(209))
        timers.run(at(300))
        assert _events() == []


class TestOfHolds:
    def test_closed_while_violated_stays_closed_until_a_good_round(
        self, test: Test, member: Actor, say: Say, now: datetime
    ) -> None:
        _rule(member, test, now)
        say(0, fra1=900)
        lifecycle.close(member, Alert.objects.get(), "known", now)
        say(1, fra1=900)
        assert Alert.objects.count() == 1
        assert Alert.objects.get().still_violated

        say(2, fra1=100)
        assert not Alert.objects.get().still_violated
        say(3, fra1=900)

        assert _events()[2:] == [(2, "triggered", "minor")]

    def test_it_opens_anew_after_reopen_after(self, test: Test, member: Actor, say: Say, now: datetime) -> None:
        _rule(member, test, now, reopen_after=600)
        say(0, fra1=900)
        lifecycle.close(member, Alert.objects.get(), "", now)
        say(9, fra1=900)
        assert Alert.objects.count() == 1
        say(10, fra1=900)
        assert list(Alert.objects.order_by("number").values_list("state", "still_violated")) == [
            ("cleared", False),
            ("triggered", False),
        ]

    def test_time_alone_ends_the_hold(self, test: Test, member: Actor, say: Say, now: datetime, at: Any) -> None:
        _rule(member, test, now, reopen_after=600)
        say(0, fra1=900)
        lifecycle.close(member, Alert.objects.get(), "", now)
        timers.run(at(10))
        assert not Alert.objects.get().still_violated

    def test_closed_when_good_again_is_not_still_violated(
        self, test: Test, member: Actor, say: Say, now: datetime
    ) -> None:
        rule = _rule(member, test, now, rounds_required=1, rounds_window=3)
        say(0, fra1=900)
        say(1, fra1=100)
        rules.update_rule(member, rule, {"rounds_window": 1}, now + timedelta(minutes=1))
        assert [alert.cleared_reason for alert in Alert.objects.all()] == ["rule_changed"]
        assert not Alert.objects.get().still_violated
