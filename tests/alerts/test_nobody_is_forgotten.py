"""Reminders until somebody acknowledges, and escalation to others: at their time, once, and never too long."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from alerts import lifecycle, timers
from alerts.hours import read_hours
from alerts.models import Alert, AlertEvent, AlertRule, EscalationStep, StepIntegration
from alerts.services import rules
from deliveries.models import Delivery
from integrations.models import Integration, MailAddress
from teams.access import Actor
from teams.models import Role, Timer
from tests.alerts.factories import make_test
from tests.conftest import Cast
from tests.deliveries.stage import clear, happen, opened, rule_for, states, trigger
from tests.integrations.factories import make_integration

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


def time_passes(now: datetime) -> list[str]:
    """What time makes of the alerts at `now`: the types of the events that it added."""
    before = AlertEvent.objects.count()
    Timer.objects.all().delete()
    timers.run(now)
    return list(AlertEvent.objects.order_by("id").values_list("type", flat=True)[before:])


def step(rule: AlertRule, minutes: int, *told: Integration, recipients: Any = ()) -> EscalationStep:
    made = EscalationStep.objects.create(team=rule.team, rule=rule, after_minutes=minutes, recipients=list(recipients))
    for each in told:
        StepIntegration.objects.create(team=rule.team, step=made, integration=each)
    return made


def told(event: str) -> list[str]:
    found = Delivery.objects.filter(event__type=event).order_by("id").select_related("integration")
    return [row.recipient or row.integration.name for row in found]


@pytest.fixture
def ops(cast: Cast) -> Integration:
    return make_integration(cast.team, "slack", "ops")


@pytest.fixture
def boss(cast: Cast) -> Integration:
    return make_integration(cast.team, "hipchat", "boss")


@pytest.fixture
def person(cast: Cast) -> Actor:
    return Actor(cast.team, Role.ADMIN, cast.owner)


def test_an_alert_is_told_again_every_so_often(cast: Cast, ops: Integration, now: datetime) -> None:
    rule = rule_for(cast.team, ops, remind_minutes=30)
    trigger(rule, now)
    assert time_passes(now + 29 * MINUTE) == []
    assert time_passes(now + 30 * MINUTE) == ["reminded"]
    assert time_passes(now + 31 * MINUTE) == []
    assert time_passes(now + 61 * MINUTE) == ["reminded"]
    assert told("reminded") == ["ops", "ops"]


def test_without_anything_of_that_sort_time_says_nothing(cast: Cast, ops: Integration, now: datetime) -> None:
    trigger(rule_for(cast.team, ops), now)
    assert time_passes(now + timedelta(days=2)) == []


@pytest.mark.parametrize("act", ["acknowledge", "close", "recover"])
def test_whoever_takes_care_of_it_is_left_in_peace(
    cast: Cast, ops: Integration, boss: Integration, person: Actor, now: datetime, act: str
) -> None:
    rule = rule_for(cast.team, ops, remind_minutes=30)
    step(rule, 20, boss)
    alert = trigger(rule, now)
    if act == "acknowledge":
        lifecycle.acknowledge(person, alert, now + MINUTE)
    elif act == "close":
        lifecycle.close(person, alert, "", now + MINUTE)
    else:
        clear(alert, now + MINUTE)
    assert time_passes(now + 60 * MINUTE) == []
    alert.refresh_from_db()
    assert (alert.remind_at, alert.escalate_at) == (None, None)


def test_an_acknowledgement_that_is_taken_back_begins_the_waiting_anew(
    cast: Cast, ops: Integration, person: Actor, now: datetime
) -> None:
    rule = rule_for(cast.team, ops, remind_minutes=30)
    alert = trigger(rule, now)
    lifecycle.acknowledge(person, alert, now + 10 * MINUTE)
    lifecycle.unacknowledge(person, alert, now + 20 * MINUTE)
    assert time_passes(now + 49 * MINUTE) == []
    assert time_passes(now + 50 * MINUTE) == ["reminded"]


def test_steps_are_taken_one_after_the_other_and_tell_their_own(
    cast: Cast, ops: Integration, boss: Integration, now: datetime
) -> None:
    rule = rule_for(cast.team, ops)
    step(rule, 20, boss)
    step(rule, 60, recipients=["chief@example.com"])
    alert = trigger(rule, now)

    assert time_passes(now + 19 * MINUTE) == []
    assert time_passes(now + 20 * MINUTE) == ["escalated"]
    assert told("escalated") == ["boss"]
    assert time_passes(now + 59 * MINUTE) == []
    assert time_passes(now + 60 * MINUTE) == ["escalated"]
    assert told("escalated") == ["boss", "chief@example.com"]
    assert time_passes(now + timedelta(days=3)) == []
    assert [event.detail["minutes"] for event in alert.events.filter(type="escalated")] == [20, 60]


def test_whom_it_was_escalated_to_hears_what_becomes_of_it(
    cast: Cast, ops: Integration, boss: Integration, now: datetime
) -> None:
    rule = rule_for(cast.team, ops, remind_minutes=30)
    step(rule, 20, boss)
    alert = trigger(rule, now)
    time_passes(now + 20 * MINUTE)
    time_passes(now + 31 * MINUTE)
    clear(alert, now + 40 * MINUTE)
    assert sorted(told("reminded")) == sorted(told("cleared")) == ["boss", "ops"]


def test_a_step_tells_no_integration_that_was_removed(
    cast: Cast, ops: Integration, boss: Integration, now: datetime
) -> None:
    rule = rule_for(cast.team, ops)
    step(rule, 20, boss, ops)
    trigger(rule, now)
    Integration.objects.filter(pk=boss.pk).update(archived_at=now)
    time_passes(now + 20 * MINUTE)
    assert told("escalated") == ["ops"]


def test_after_a_long_stop_each_is_said_once_and_not_for_every_time_missed(
    cast: Cast, ops: Integration, now: datetime
) -> None:
    rule = rule_for(cast.team, ops, remind_minutes=5)
    trigger(rule, now)
    assert time_passes(now + timedelta(hours=8)) == ["reminded"]


def test_an_event_too_old_to_be_announced_begins_nothing(cast: Cast, ops: Integration, now: datetime) -> None:
    rule = rule_for(cast.team, ops, remind_minutes=5)
    trigger(rule, now, notify="never")
    assert Alert.objects.get().remind_at is None


def test_outside_the_hours_of_the_rule_nobody_is_reminded(cast: Cast, ops: Integration, now: datetime) -> None:
    hours = read_hours(
        {"time_zone": "UTC", "critical_passes": False, "days": {"mon": [["12:00", "12:20"], ["15:00", "16:00"]]}}
    )
    rule = rule_for(cast.team, ops, remind_minutes=30, hours=hours)
    trigger(rule, now)
    assert time_passes(now + 30 * MINUTE) == []
    assert Alert.objects.get().remind_at == now + timedelta(hours=3)
    assert time_passes(now + timedelta(hours=3)) == ["reminded"]


def test_reminders_do_not_pile_up_behind_what_is_held(cast: Cast, ops: Integration, now: datetime) -> None:
    from alerts.models import Mute

    rule = rule_for(cast.team, ops, remind_minutes=5)
    Mute.objects.create(team=cast.team, began_at=now, until=now + timedelta(hours=1))
    trigger(rule, now)
    for minutes in (5, 10, 15):
        time_passes(now + minutes * MINUTE)
    assert states() == [("triggered", "held", "muted")]


def test_many_alerts_take_as_many_statements_as_few(
    cast: Cast, ops: Integration, now: datetime, django_assert_max_num_queries: Any
) -> None:
    tests = [make_test(cast.team, f"t{n}") for n in range(40)]
    rule = rule_for(cast.team, ops, test=tests[0], remind_minutes=5)
    step(rule, 5, ops)
    happen(rule, now, *(opened(rule, now, test=test) for test in tests))
    with django_assert_max_num_queries(40):
        assert time_passes(now + 5 * MINUTE) == ["escalated"] * 40


def test_a_step_writes_to_each_address_of_an_integration_and_to_none_that_is_silent(
    cast: Cast, ops: Integration, now: datetime
) -> None:
    addresses = ["ann@example.com", "bob@example.com"]
    people = make_integration(cast.team, "email", "people", config={"to": addresses})
    rule = rule_for(cast.team, ops)
    step(rule, 20, people, recipients=["chief@example.com", "spare@example.com"])
    MailAddress.objects.filter(team=cast.team).delete()
    for address in ("bob@example.com", "chief@example.com"):
        MailAddress.objects.create(team=cast.team, address=address, created_at=now, confirmed_at=now, stopped_at=now)
    trigger(rule, now)

    time_passes(now + 20 * MINUTE)

    rows = Delivery.objects.filter(event__type="escalated").order_by("recipient")
    assert [(row.recipient, row.state, row.reason) for row in rows] == [
        ("ann@example.com", "pending", ""),
        ("bob@example.com", "suppressed", "unsubscribed"),
        ("chief@example.com", "suppressed", "unsubscribed"),
        ("spare@example.com", "pending", ""),
    ]


def change(rule: AlertRule, person: Actor, at: datetime, **fields: Any) -> None:
    rules.update_rule(person, rule, fields, at)


def steps(*told: tuple[int, Any]) -> list[dict[str, Any]]:
    return [
        {
            "after_minutes": minutes,
            "integrations": [each] if each else [],
            "recipients": [] if each else ["x@example.com"],
        }
        for minutes, each in told
    ]


def test_reminders_that_are_set_while_an_alert_is_open_begin_for_it_then(
    cast: Cast, ops: Integration, person: Actor, now: datetime
) -> None:
    rule = rule_for(cast.team, ops)
    trigger(rule, now)

    change(rule, person, now + 60 * MINUTE, remind_minutes=30)

    assert states() == [("triggered", "pending", "")]
    assert time_passes(now + 89 * MINUTE) == []
    assert time_passes(now + 90 * MINUTE) == ["reminded"]

    change(rule, person, now + 91 * MINUTE, remind_minutes=None)
    assert time_passes(now + timedelta(days=1)) == []


def test_steps_that_are_set_while_an_alert_is_open_come_when_they_say_and_the_late_ones_at_once(
    cast: Cast, ops: Integration, boss: Integration, person: Actor, now: datetime
) -> None:
    rule = rule_for(cast.team, ops)
    trigger(rule, now)

    change(rule, person, now + 10 * MINUTE, escalation=steps((20, boss)))
    assert time_passes(now + 19 * MINUTE) == []
    assert time_passes(now + 20 * MINUTE) == ["escalated"]

    change(rule, person, now + 90 * MINUTE, escalation=steps((20, boss), (30, ops), (45, None)))
    assert time_passes(now + 90 * MINUTE) == ["escalated"]
    assert time_passes(now + 104 * MINUTE) == []
    assert time_passes(now + 105 * MINUTE) == ["escalated"]
    assert told("escalated") == ["boss", "ops", "x@example.com"]


@pytest.mark.parametrize("minutes", [10, 20, 45])
def test_a_step_that_was_taken_is_not_taken_anew_wherever_it_is_moved(
    cast: Cast, ops: Integration, boss: Integration, person: Actor, now: datetime, minutes: int
) -> None:
    rule = rule_for(cast.team, ops)
    change(rule, person, now, escalation=steps((20, boss)))
    trigger(rule, now)
    assert time_passes(now + 20 * MINUTE) == ["escalated"]

    change(rule, person, now + 21 * MINUTE, escalation=[])
    change(rule, person, now + 22 * MINUTE, escalation=steps((minutes, boss), (60, boss)))

    assert time_passes(now + 59 * MINUTE) == []
    assert time_passes(now + 60 * MINUTE) == ["escalated"]
    assert time_passes(now + timedelta(days=1)) == []


def test_an_edit_that_changes_nothing_of_the_steps_moves_none_of_them(
    cast: Cast, ops: Integration, boss: Integration, person: Actor, now: datetime
) -> None:
    rule = rule_for(cast.team, ops, remind_minutes=30)
    change(rule, person, now, escalation=steps((20, boss), (60, ops)))
    trigger(rule, now)
    before = Alert.objects.values_list("remind_at", "escalate_at", "escalated").get()

    change(rule, person, now + 10 * MINUTE, message="look at the disks", escalation=steps((20, boss), (60, ops)))

    assert Alert.objects.values_list("remind_at", "escalate_at", "escalated").get() == before


@pytest.mark.parametrize("quiet", ["acknowledged", "unannounced", "drill"])
def test_what_waits_for_nobody_is_not_begun_by_an_edit(
    cast: Cast, ops: Integration, boss: Integration, person: Actor, now: datetime, quiet: str
) -> None:
    rule = rule_for(cast.team, ops)
    alert = trigger(rule, now, notify="never" if quiet == "unannounced" else "always")
    if quiet == "acknowledged":
        lifecycle.acknowledge(person, alert, now)
    Alert.objects.update(drill=quiet == "drill")

    change(rule, person, now + MINUTE, remind_minutes=5, escalation=steps((5, boss)))

    assert time_passes(now + timedelta(hours=1)) == []


def test_an_edit_looks_at_many_open_alerts_with_few_statements(
    cast: Cast, ops: Integration, person: Actor, now: datetime, django_assert_max_num_queries: Any
) -> None:
    tests = [make_test(cast.team, f"t{n}") for n in range(40)]
    rule = rule_for(cast.team, ops, test=tests[0])
    happen(rule, now, *(opened(rule, now, test=test) for test in tests))
    with django_assert_max_num_queries(60):
        change(rule, person, now + MINUTE, remind_minutes=5, escalation=steps((5, ops)))
    assert Alert.objects.filter(remind_at=now + 6 * MINUTE, escalate_at=now + 5 * MINUTE).count() == 40
