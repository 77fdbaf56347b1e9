"""Lanes, deliveries, messages and budgets that nobody would ever take up again are found and mended."""

from datetime import datetime, timedelta
from unittest import mock

import pytest

from alerts.models import AlertRule, Mute
from deliveries import releasing
from deliveries.models import Attempt, Budget, Delivery, Dispatch, Finding, Lane
from tests.deliveries.auditor.stage import HOUR, MINUTE, found, later, leased
from tests.deliveries.stage import send_all, states, trigger
from tests.servers.http import Answer, Receiver

pytestmark = pytest.mark.django_db(transaction=True)


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


def test_what_is_held_past_its_end_is_let_out(rule: AlertRule, now: datetime) -> None:
    Mute.objects.create(team=rule.team, began_at=now, until=now + HOUR)
    trigger(rule, now)
    assert found(now + HOUR) == {}, "whoever lets out is about to come"

    assert found(later(now + HOUR)) == {"delivery_overstayed": (1, 1)}

    assert states() == [("triggered", "pending", "")]
    assert found(later(now + HOUR)) == {}


def test_what_is_held_past_its_end_and_stays_so_is_said(
    rule: AlertRule, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    Mute.objects.create(team=rule.team, began_at=now, until=now + HOUR)
    trigger(rule, now)
    monkeypatch.setattr(releasing, "run", lambda _: None)

    assert found(later(now + HOUR)) == {"delivery_overstayed": (1, 0)}


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
