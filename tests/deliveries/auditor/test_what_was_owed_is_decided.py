"""Events that somebody was owed and that nobody decided about are decided, and no others."""

from datetime import datetime, timedelta

import pytest

from alerts import lifecycle
from alerts.models import AlertEvent, AlertRule, Mute, RuleIntegration
from channels_app.words import Severity
from deliveries import expiring, releasing
from deliveries.auditing import undecided
from deliveries.models import Delivery, Finding
from tests.conftest import Cast
from tests.deliveries.auditor.stage import HOUR, MINUTE, found, later, lose_all
from tests.deliveries.stage import happen, opened, rule_for, send_all, states, trigger

pytestmark = pytest.mark.django_db(transaction=True)


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


def test_a_reminder_of_what_is_held_back_is_not_missed(rule: AlertRule, now: datetime) -> None:
    AlertRule.objects.update(remind_minutes=1)
    rule.refresh_from_db()
    Mute.objects.create(team=rule.team, began_at=now, until=now + 2 * MINUTE)
    alert = trigger(rule, now)
    lifecycle.nudge(rule.team, [alert.pk], now + MINUTE)
    assert AlertEvent.objects.filter(type="reminded").exists()

    releasing.run(now + 2 * MINUTE)
    assert found(later(now + MINUTE)) == {}
    assert states() == [("triggered", "pending", "")]
