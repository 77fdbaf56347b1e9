"""Events that somebody was owed and that nobody decided about are decided, and no others."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from alerts import lifecycle
from alerts.models import AlertEvent, AlertRule, EscalationStep, Mute, RuleGroup, RuleIntegration, StepIntegration
from channels_app.words import Severity
from deliveries import expiring, releasing
from deliveries.auditing import undecided
from deliveries.models import Delivery, Finding
from integrations.groups import create as create_group
from integrations.models import Integration
from teams.access import Actor
from teams.models import AuditEntry, Role
from tests.conftest import Cast
from tests.deliveries.auditor.stage import HOUR, MINUTE, found, later, lose_all
from tests.deliveries.stage import happen, opened, rule_for, send_all, states, trigger
from tests.integrations.factories import make_integration

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


def _in_a_group(cast: Cast, now: datetime) -> AlertRule:
    made = rule_for(cast.team)
    place = make_integration(cast.team, "slack", "by-group")
    group = create_group(Actor(cast.team, Role.ADMIN, cast.owner), name="crew", integrations=[place], now=now)
    RuleGroup.objects.create(team=cast.team, rule=made, group=group)
    return made


def _by_default(cast: Cast, now: datetime) -> AlertRule:
    make_integration(cast.team, "slack", "usual")
    Integration.objects.update(used_by_default=True)
    return rule_for(cast.team)


def _long_ago(now: datetime) -> None:
    AlertRule.objects.update(updated_at=now - HOUR)
    Integration.objects.update(updated_at=now - HOUR)
    AuditEntry.objects.update(at=now - HOUR)


@pytest.mark.parametrize("make", [_in_a_group, _by_default])
@pytest.mark.parametrize("changed", ["nothing", "the rule", "the place"])
def test_who_hears_by_a_group_or_by_default_was_owed_what_happened_since_either_was_changed(
    cast: Cast, now: datetime, make: Callable[[Cast, datetime], AlertRule], changed: str
) -> None:
    trigger(make(cast, now), now)
    lose_all()
    _long_ago(now)
    if changed == "the rule":
        AlertRule.objects.update(updated_at=now)
    elif changed == "the place":
        Integration.objects.update(updated_at=now)
        AuditEntry.objects.filter(action="group.created").update(at=now)

    assert found(later(now)) == ({"event_undecided": (1, 1)} if changed == "nothing" else {})
    assert Delivery.objects.count() == (changed == "nothing")


def test_a_rule_that_tells_only_these_owes_nothing_to_who_hears_by_default(cast: Cast, now: datetime) -> None:
    made = _by_default(cast, now)
    AlertRule.objects.update(only_these=True)
    made.refresh_from_db()
    trigger(made, now)
    _long_ago(now)

    assert found(later(now)) == {}


def test_an_escalation_was_owed_to_whom_it_names(cast: Cast, now: datetime) -> None:
    made = rule_for(cast.team)
    boss = make_integration(cast.team, "slack", "boss")
    step = EscalationStep.objects.create(team=cast.team, rule=made, after_minutes=5)
    StepIntegration.objects.create(team=cast.team, step=step, integration=boss)
    lifecycle.nudge(cast.team, [trigger(made, now).pk], now + 5 * MINUTE)
    lose_all()

    assert found(later(now + 5 * MINUTE)) == {"event_undecided": (1, 1)}
    assert states() == [("escalated", "pending", "")]
