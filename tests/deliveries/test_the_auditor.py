"""The auditor finds every promise that is not kept, mends what is safe to mend, and counts it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from unittest import mock

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from alerts.models import AlertEvent, AlertRule, RuleIntegration
from channels_app.words import Severity
from deliveries import expiring, timers
from deliveries.auditing import checks, clock, ledger, turn, undecided
from deliveries.auditing.found import Found
from deliveries.auditing.words import SENTENCES
from deliveries.models import Attempt, Budget, Delivery, Dispatch, Finding, FindingHour, FindingKind, Lane, Watermark
from teams.models import Timer
from teams.timers import take_turn
from tests.conftest import Cast
from tests.deliveries.stage import happen, opened, rule_for, send_all, slack, states, trigger, without_bell
from tests.servers.http import Answer, Receiver

pytestmark = pytest.mark.django_db(transaction=True)

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
ELSEWHERE = "elsewhere-4026531836:17:99:abcd"


@pytest.fixture
def rule(cast: Cast, receiver: Receiver, now: datetime) -> AlertRule:
    """A rule that has told one room for long."""
    made = rule_for(cast.team, slack(cast.team, receiver))
    RuleIntegration.objects.update(since=now - HOUR)
    return made


def later(now: datetime) -> datetime:
    """Long after whoever should have mended it."""
    return now + 2 * MINUTE


def found(now: datetime) -> dict[str, tuple[int, int]]:
    """(found, repaired) by kind, of one turn."""
    return {kind.value: (each.found, each.repaired) for kind, each in turn.look(now).items() if each.found}


def lose_all() -> None:
    """As if nobody had ever decided who is owed what."""
    Delivery.objects.all().delete()
    Lane.objects.update(due_at=None)


def leased(until: datetime, **fields: Any) -> None:
    Lane.objects.update(lease_owner=ELSEWHERE, lease_until=until, **fields)


def test_where_all_is_well_nothing_is_found_or_written(rule: AlertRule, now: datetime) -> None:
    trigger(rule, now)
    send_all(now)

    assert found(later(now)) == {}
    assert not Finding.objects.exists()


def test_a_lane_that_nobody_takes_is_found_and_senders_are_told(rule: AlertRule, now: datetime) -> None:
    trigger(rule, now)

    with mock.patch("deliveries.bell.ring") as ring:
        assert found(now + MINUTE) == {}
        assert found(later(now)) == {"overdue": (1, 0)}

    assert ring.called
    assert Finding.objects.get().examples == [Lane.objects.get().pk]


def test_a_lane_held_by_somebody_is_not_overdue(rule: AlertRule, now: datetime) -> None:
    trigger(rule, now)
    leased(later(now) + timedelta(seconds=10))

    assert found(later(now)) == {}


def test_a_lease_of_a_dead_sender_elsewhere_that_lies_ahead_is_brought_back(rule: AlertRule, now: datetime) -> None:
    trigger(rule, now)
    leased(now + 24 * HOUR)

    assert found(now) == {"lease_ahead": (1, 1)}
    send_all(now + MINUTE / 2)

    assert states() == [("triggered", "delivered", "")]


def test_a_lease_that_ran_out_in_a_lane_that_is_not_due_is_ended(rule: AlertRule, now: datetime) -> None:
    trigger(rule, now)
    leased(now, due_at=None)

    assert found(later(now))["lease_left"] == (1, 1)
    send_all(later(now))

    assert states() == [("triggered", "delivered", "")]


def test_a_lane_without_a_due_time_is_given_one(rule: AlertRule, now: datetime) -> None:
    trigger(rule, now)
    Lane.objects.update(due_at=None)

    assert found(now) == {}, "the sweep has its chance first"
    assert found(later(now)) == {"lane_forgotten": (1, 1)}
    send_all(later(now))

    assert states() == [("triggered", "delivered", "")]


def test_what_is_marked_as_being_sent_and_is_not_is_taken_up_again(rule: AlertRule, now: datetime) -> None:
    trigger(rule, now)
    Delivery.objects.update(state="sending")
    Lane.objects.update(due_at=now + HOUR)

    assert found(later(now)) == {"delivery_stranded": (1, 1)}
    send_all(later(now))

    assert states() == [("triggered", "delivered", "")]


def test_a_message_under_way_of_which_nobody_waits_for_the_answer_is_closed(rule: AlertRule, now: datetime) -> None:
    trigger(rule, now)
    send_all(now)
    Dispatch.objects.update(finished_at=None)

    assert found(later(now)) == {"dispatch_left": (1, 1)}

    assert Dispatch.objects.get().finished_at == later(now)
    assert list(Attempt.objects.values_list("outcome", flat=True)) == ["delivered", "interrupted"]


def test_a_message_under_way_in_a_lane_at_work_is_left_alone(rule: AlertRule, now: datetime) -> None:
    trigger(rule, now)
    send_all(now)
    leased(later(now) + timedelta(seconds=10))
    Dispatch.objects.update(finished_at=None, fence=Lane.objects.get().fence)

    assert found(later(now)) == {}


def test_what_nobody_expired_expires(rule: AlertRule, receiver: Receiver, now: datetime) -> None:
    trigger(rule, now)
    Lane.objects.update(due_at=None)

    assert found(now + 25 * HOUR)["delivery_overstayed"] == (1, 1)

    assert states() == [("triggered", "expired", "too_late")]
    assert receiver.received == []


def test_a_lane_that_waits_longer_than_any_rule_allows_is_woken(rule: AlertRule, now: datetime) -> None:
    trigger(rule, now)
    Lane.objects.update(due_at=now + 300 * HOUR, paused_until=now + 300 * HOUR, pause_reason="network")

    assert found(now) == {"wait_ahead": (1, 1)}
    send_all(now)

    assert states() == [("triggered", "delivered", "")]


def test_a_lane_that_waits_as_long_as_a_remote_may_demand_is_left_alone(
    rule: AlertRule, receiver: Receiver, now: datetime
) -> None:
    receiver.script(Answer(429, b"rate_limited", {"Retry-After": "86400"}))
    trigger(rule, now)
    send_all(now)

    assert Budget.objects.get().paused_until == now + HOUR
    assert found(now) == {}


def test_a_budget_that_lies_further_ahead_than_any_rate_is_brought_back(rule: AlertRule, now: datetime) -> None:
    trigger(rule, now)
    send_all(now)
    Budget.objects.update(next_at=now + HOUR)

    assert found(now) == {"budget_ahead": (1, 1)}
    assert Budget.objects.get().next_at == now


def test_an_event_that_was_owed_and_never_decided_is_decided(rule: AlertRule, now: datetime) -> None:
    alert = trigger(rule, now)
    lose_all()

    assert found(now) == {}, "whoever wrote it may still be at it"
    assert found(later(now)) == {"event_undecided": (1, 1)}
    assert Finding.objects.get().examples == [AlertEvent.objects.get(alert=alert).pk]
    send_all(later(now))

    assert states() == [("triggered", "delivered", "")]
    assert found(later(later(now))) == {}


def test_an_event_older_than_a_day_is_decided_and_expires(rule: AlertRule, now: datetime) -> None:
    trigger(rule, now)
    lose_all()
    undecided.look_again(now - MINUTE)

    found(now + 25 * HOUR)
    expiring.expire(now + 25 * HOUR)

    assert states() == [("triggered", "expired", "too_late")]


@pytest.mark.parametrize("since", [timedelta(0), MINUTE])
def test_an_event_before_the_tick_is_owed_to_nobody(rule: AlertRule, now: datetime, since: timedelta) -> None:
    trigger(rule, now)
    lose_all()
    RuleIntegration.objects.update(since=now + since)

    assert found(later(now)) == {}
    assert not Delivery.objects.exists()


def test_a_severity_that_falls_is_owed_to_nobody(rule: AlertRule, now: datetime) -> None:
    trigger(rule, now, Severity.CRITICAL)
    happen(rule, now, opened(rule, now, Severity.CRITICAL))
    event = AlertEvent.objects.first()
    assert event is not None
    lose_all()
    AlertEvent.objects.update(type="severity_changed", detail={"from": "critical", "to": "minor"})

    assert found(later(now)) == {}
    assert not Delivery.objects.exists()


def test_a_rules_recipients_were_owed_what_happened_since_it_was_changed(cast: Cast, now: datetime) -> None:
    made = rule_for(cast.team, recipients=["ann@example.com"])
    trigger(made, now)
    lose_all()

    assert found(later(now)) == {}, "the rule was changed after that"
    AlertRule.objects.update(updated_at=now - HOUR)
    undecided.look_again(now - MINUTE)

    assert found(later(now)) == {"event_undecided": (1, 1)}
    assert Delivery.objects.get().recipient == "ann@example.com"


def test_events_are_looked_at_piece_by_piece(rule: AlertRule, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(undecided, "CHUNK", 1)
    first = trigger(rule, now)
    send_all(now)
    AlertEvent.objects.create(
        team=rule.team, alert=first, type="noted", at=now, recorded_at=now + timedelta(seconds=1), severity="minor"
    )
    lost = AlertEvent.objects.create(
        team=rule.team, alert=first, type="reminded", at=now, recorded_at=now + timedelta(seconds=2), severity="minor"
    )

    assert [found(later(now)), found(later(now))] == [{}, {"event_undecided": (1, 1)}]
    assert Delivery.objects.filter(event=lost).exists()


def test_a_watermark_of_a_clock_that_was_ahead_counts_for_nothing(rule: AlertRule, now: datetime) -> None:
    undecided.look_again(now + 24 * HOUR)
    assert found(now) == {}

    trigger(rule, now + MINUTE)
    lose_all()

    assert found(now + 3 * MINUTE) == {"event_undecided": (1, 1)}


def test_a_timer_that_has_no_turn_is_found(now: datetime) -> None:
    ledger.end_turn(now)
    take_turn("tests.ours", MINUTE, now)
    Timer.objects.create(name="of.an.older.version", next_at=now - HOUR)
    assert found(now + MINUTE) == {}

    ledger.end_turn(now + 12 * MINUTE)

    assert found(now + 12 * MINUTE) == {"timer_late": (1, 0)}
    assert Finding.objects.get().examples == ["tests.ours"]


def test_after_a_night_switched_off_no_timer_is_late(now: datetime) -> None:
    ledger.end_turn(now - 10 * HOUR)
    take_turn("tests.ours", MINUTE, now - 10 * HOUR)

    assert found(now) == {}


def test_after_the_clock_went_back_nobody_waits_for_the_old_time(
    rule: AlertRule, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    trigger(rule, now)
    waits = now + HOUR / 2
    Lane.objects.update(due_at=waits, paused_until=waits, pause_reason="network")
    Budget.objects.create(rate_key="k", next_at=now, paused_until=waits)
    monkeypatch.setattr(clock, "jump_of_this_process", lambda: -HOUR / 2)

    assert found(now) == {"clock_jumped": (1, 1)}
    assert Finding.objects.get().examples == ["-1800 s"]
    assert Lane.objects.get().due_at == now
    assert Budget.objects.get().paused_until is None


def test_a_clock_is_compared_with_one_that_nobody_sets(now: datetime) -> None:
    mine = clock.Clock()

    jumps = [
        mine.jumped(now + timedelta(seconds=wall), ticks) for wall, ticks in ((0, 0), (31, 10), (3700, 70), (99, 99))
    ]

    assert jumps == [timedelta(0), timedelta(0), timedelta(seconds=3609), timedelta(seconds=-3630)]


def test_clocks_that_differ_are_for_operators(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "off_from_database", lambda: HOUR)

    assert found(now) == {"clocks_differ": (1, 0)}
    assert found(now) == {"clocks_differ": (1, 0)}


def test_a_check_that_fails_is_a_finding_and_keeps_no_other(
    rule: AlertRule, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    trigger(rule, now)
    broken: dict[FindingKind, Callable[[datetime], Found]] = {
        **checks.CHECKS,
        FindingKind.LEASE_LEFT: mock.Mock(side_effect=DatabaseError("secret")),
    }
    monkeypatch.setattr(turn, "CHECKS", broken)

    with without_bell():
        assert found(later(now)) == {"overdue": (1, 0), "check_failed": (1, 0)}

    assert Finding.objects.get(pk="check_failed").examples == ["lease_left"]


def test_what_stays_wrong_is_counted_once_and_what_is_over_is_no_longer_open(rule: AlertRule, now: datetime) -> None:
    trigger(rule, now)
    with without_bell():
        for minutes in (2, 3, 63):
            turn.look(now + minutes * MINUTE)
    finding = Finding.objects.get()
    assert (finding.found, finding.repaired, finding.open) == (1, 0, 1)
    assert (finding.first_at, finding.last_at) == (now + 2 * MINUTE, now + 63 * MINUTE)

    send_all(now + 64 * MINUTE)
    turn.look(now + 65 * MINUTE)

    finding.refresh_from_db()
    assert (finding.found, finding.open) == (1, 0)
    hours = list(FindingHour.objects.values_list("hour", "found", "open").order_by("hour"))
    assert hours == [(now, 1, 1), (now + HOUR, 0, 0)]


def test_history_is_kept_for_thirty_days_and_totals_for_ever(now: datetime) -> None:
    ledger.write({FindingKind.OVERDUE: Found(3, 1, (1, 2, 3))}, now)

    turn.audit(now + timedelta(days=31))

    assert not FindingHour.objects.filter(hour=now).exists()
    assert Finding.objects.get().found == 3


def test_other_timers_count_what_they_mended(now: datetime) -> None:
    ledger.write({FindingKind.LANE_FORGOTTEN: Found(1, 0)}, now)
    ledger.note(FindingKind.LANE_FORGOTTEN, 2, now)
    ledger.note(FindingKind.LANE_FORGOTTEN, 0, now)

    finding = Finding.objects.get()
    assert (finding.found, finding.repaired, finding.open) == (3, 2, 1)


def test_the_auditor_is_one_of_the_timers(now: datetime) -> None:
    timers.run(now)

    assert Watermark.objects.get(pk=ledger.LAST).at == now
    assert Timer.objects.get(pk="deliveries.audit").next_at == now + turn.EVERY


def test_more_rows_cost_a_turn_no_more_statements(rule: AlertRule, now: datetime) -> None:
    trigger(rule, now)
    few = _statements(later(now))

    for n in range(20):
        happen(rule, now, opened(rule, now + n * MINUTE))
    trigger(rule_for(rule.team, *rule.integrations.all(), test=rule.tests.get(), name="other"), now)

    assert _statements(later(now)) <= few


def _statements(now: datetime) -> int:
    with without_bell(), CaptureQueriesContext(connection) as asked:
        turn.audit(now)
    return len(asked)


def test_every_kind_has_a_sentence() -> None:
    assert set(SENTENCES) == set(FindingKind)
    assert set(checks.CHECKS) == set(FindingKind) - {FindingKind.CHECK_FAILED}
