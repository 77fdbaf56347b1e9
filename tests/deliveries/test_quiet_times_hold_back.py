"""Mutes, hours and gaps hold messages back, and let out what is still true when their time is over."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from alerts import lifecycle
from alerts.hours import read_hours
from alerts.models import AlertRule, Mute
from alerts.services.maintenance import create_window, end_window
from alerts.signals import quiet_changed
from channels_app.words import Severity
from deliveries import releasing, timers
from deliveries.models import Delivery, Lane
from integrations.models import Integration, MailAddress
from teams.access import Actor
from teams.models import Role
from tests.alerts.factories import make_test
from tests.conftest import Cast
from tests.deliveries.stage import clear, happen, opened, rule_for, send_all, slack, states, trigger
from tests.integrations.factories import make_integration
from tests.servers.http import Answer, Receiver

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
# NOW of the cast is a Monday, 12:00 UTC.
EVENINGS = read_hours({"time_zone": "UTC", "days": {"mon": [["18:00", "22:00"]]}})


def mute(cast: Cast, now: datetime, minutes: int | None = 60, **of: Any) -> Mute:
    until = now + minutes * MINUTE if minutes else None
    return Mute.objects.create(team=cast.team, began_at=now, until=until, **of)


def held() -> list[tuple[str, str, datetime | None]]:
    rows = Delivery.objects.filter(state="held").select_related("event").order_by("id")
    return [(row.event.type, row.reason, row.held_until) for row in rows]


@pytest.fixture
def rule(cast: Cast) -> AlertRule:
    return rule_for(cast.team, make_integration(cast.team, "slack", "ops"))


def test_a_muted_alert_waits_for_the_end_of_the_mute(cast: Cast, rule: AlertRule, now: datetime) -> None:
    mute(cast, now, rule=rule)
    trigger(rule, now)
    assert held() == [("triggered", "muted", now + 60 * MINUTE)]
    assert Lane.objects.get().due_at is None

    releasing.run(now + 59 * MINUTE)
    assert len(held()) == 1

    end = now + 61 * MINUTE
    releasing.run(end)
    assert states() == [("triggered", "pending", "")]
    assert Delivery.objects.get().expires_at == end + timedelta(hours=24)
    assert Lane.objects.get().due_at == end
    assert Mute.objects.get().ended_at == now + 60 * MINUTE


def test_what_was_muted_and_is_over_was_not_wanted(cast: Cast, rule: AlertRule, now: datetime) -> None:
    mute(cast, now)
    clear(trigger(rule, now), now + MINUTE)
    releasing.run(now + 61 * MINUTE)
    assert states() == [("triggered", "suppressed", "muted"), ("cleared", "suppressed", "muted")]


def test_a_recovery_within_a_mute_of_what_was_told_before_is_told_afterwards(
    cast: Cast, rule: AlertRule, now: datetime
) -> None:
    alert = trigger(rule, now - 5 * MINUTE)
    Delivery.objects.update(state="delivered", finished_at=now)
    mute(cast, now)
    clear(alert, now + MINUTE)
    assert held() == [("cleared", "muted", now + 60 * MINUTE)]
    releasing.run(now + 61 * MINUTE)
    assert states()[1] == ("cleared", "pending", "")


@pytest.mark.parametrize(("of", "concerned"), [("rule", True), ("test", True), ("team", True), ("other", False)])
def test_a_mute_is_of_a_rule_of_a_test_or_of_everything(
    cast: Cast, rule: AlertRule, now: datetime, of: str, concerned: bool
) -> None:
    scopes: dict[str, dict[str, Any]] = {
        "rule": {"rule": rule},
        "test": {"test": rule.tests.get()},
        "team": {},
        "other": {"test": make_test(cast.team, "other")},
    }
    mute(cast, now, **scopes[of])
    Mute.objects.create(team=cast.other_team, began_at=now, until=now + MINUTE)
    trigger(rule, now)
    assert bool(held()) is concerned


def test_a_mute_without_an_end_holds_until_somebody_ends_it(cast: Cast, rule: AlertRule, now: datetime) -> None:
    found = mute(cast, now, None)
    trigger(rule, now)
    releasing.run(now + timedelta(hours=25))
    assert held() == [("triggered", "muted", now + timedelta(hours=49))]

    later = now + timedelta(hours=26)
    Mute.objects.filter(pk=found.pk).update(ended_at=later)
    quiet_changed.send(sender="test", team=cast.team, now=later)
    releasing.run(later)
    assert states() == [("triggered", "pending", "")]


def test_a_recovery_within_maintenance_is_told_at_its_end(cast: Cast, rule: AlertRule, now: datetime) -> None:
    alert = trigger(rule, now)
    Delivery.objects.update(state="delivered", finished_at=now)
    fields = {"name": "new disks", "starts_at": now + MINUTE, "minutes": 60, "tests": [alert.test]}
    window = create_window(Actor.system(cast.team), fields, now)
    clear(alert, now + 5 * MINUTE)
    assert held() == [("cleared", "maintenance", now + 61 * MINUTE)]

    end_window(Actor.system(cast.team), window, now + 10 * MINUTE)
    releasing.run(now + 10 * MINUTE)
    assert states()[1] == ("cleared", "pending", "")


def test_outside_its_hours_a_rule_waits_and_then_tells_in_one_honest_line(
    cast: Cast, receiver: Receiver, now: datetime
) -> None:
    receiver.default = Answer(200, b"ok")
    rule = rule_for(cast.team, slack(cast.team, receiver), hours=EVENINGS)
    alert = trigger(rule, now, Severity.MAJOR)
    clear(alert, now + 30 * MINUTE)
    assert [row[1:] for row in held()] == [("outside_hours", now + timedelta(hours=6))] * 2
    send_all(now + 31 * MINUTE)
    assert receiver.received == []

    opening = now + timedelta(hours=6)
    releasing.run(opening)
    send_all(opening)
    assert len(receiver.received) == 1
    assert b"It was triggered at 2026-03-02 12:00 UTC and cleared at 2026-03-02 12:30 UTC" in receiver.received[0].body
    assert states() == [("triggered", "superseded", "newer_event"), ("cleared", "delivered", "")]


def test_a_critical_alert_passes_the_hours_and_takes_with_it_what_was_held(
    cast: Cast, receiver: Receiver, now: datetime
) -> None:
    receiver.default = Answer(200, b"ok")
    rule = rule_for(cast.team, slack(cast.team, receiver), hours=EVENINGS)
    alert = trigger(rule, now, Severity.MINOR)
    assert len(held()) == 1
    worse = opened(rule, now + MINUTE, Severity.CRITICAL, alert.test)
    happen(rule, now + MINUTE, replace(worse, what="severity"))
    assert held() == []
    send_all(now + MINUTE)
    assert states() == [("triggered", "superseded", "newer_event"), ("severity_changed", "delivered", "")]


def test_a_rule_leaves_a_gap_between_its_messages_to_one_place(cast: Cast, now: datetime) -> None:
    first, second = make_test(cast.team, "first"), make_test(cast.team, "second")
    rule = rule_for(cast.team, make_integration(cast.team, "slack", "ops"), test=first, least_gap_minutes=10)
    trigger(rule, now, test=first)
    trigger(rule, now + 3 * MINUTE, test=second)
    assert held() == [("triggered", "least_gap", now + 10 * MINUTE)]

    releasing.run(now + 10 * MINUTE)
    assert states() == [("triggered", "pending", "")] * 2
    third = make_test(cast.team, "third")
    trigger(rule, now + 15 * MINUTE, test=third)
    assert held() == [("triggered", "least_gap", now + 20 * MINUTE)]


def test_what_happens_at_one_moment_is_told_together_whatever_the_gap(cast: Cast, now: datetime) -> None:
    tests = [make_test(cast.team, f"t{n}") for n in range(3)]
    rule = rule_for(cast.team, make_integration(cast.team, "slack", "ops"), test=tests[0], least_gap_minutes=10)
    happen(rule, now, *(opened(rule, now, test=test) for test in tests))
    assert states() == [("triggered", "pending", "")] * 3


def test_a_drill_is_held_back_by_nothing(cast: Cast, rule: AlertRule, now: datetime) -> None:
    mute(cast, now)
    alert = trigger(rule, now)
    type(alert).objects.update(drill=True)
    Delivery.objects.all().delete()
    alert.refresh_from_db()
    lifecycle.close(Actor.system(cast.team), alert, "end of the drill", now + MINUTE)
    assert held() == []


def test_shadow_mode_decides_and_sends_nothing(cast: Cast, rule: AlertRule, now: datetime) -> None:
    AlertRule.objects.update(shadow=True)
    clear(trigger(rule, now), now + MINUTE)
    assert states() == [("triggered", "suppressed", "shadow"), ("cleared", "suppressed", "shadow")]


def test_the_whole_team_can_stand_in_the_shadow(cast: Cast, rule: AlertRule, now: datetime) -> None:
    cast.team.shadow = True
    cast.team.save()
    rule.team.refresh_from_db()
    trigger(rule, now)
    assert states() == [("triggered", "suppressed", "shadow")]


def test_what_an_integration_is_told_is_read_from_its_row(cast: Cast, rule: AlertRule, now: datetime) -> None:
    Integration.objects.update(minimum_severity="major", events=["triggered"])
    mild = trigger(rule, now, Severity.MINOR)
    clear(mild, now + MINUTE)
    alert = trigger(rule, now + 2 * MINUTE, Severity.CRITICAL)
    clear(alert, now + 3 * MINUTE)
    assert states() == [
        ("triggered", "suppressed", "below_severity"),
        ("cleared", "suppressed", "never_told"),
        ("triggered", "pending", ""),
        ("cleared", "suppressed", "event_not_chosen"),
    ]


def test_who_chose_to_hear_of_acts_hears_of_them(cast: Cast, rule: AlertRule, now: datetime) -> None:
    Integration.objects.update(events=["triggered", "acknowledged", "noted"])
    alert = trigger(rule, now)
    actor = Actor(cast.team, Role.ADMIN, cast.owner)
    lifecycle.acknowledge(actor, alert, now + MINUTE)
    lifecycle.assign(actor, alert, cast.owner, now + MINUTE)
    lifecycle.note(actor, alert, "looking", now + MINUTE)
    assert states() == [("triggered", "pending", ""), ("acknowledged", "pending", ""), ("noted", "pending", "")]


def test_what_becomes_worse_within_one_batch_takes_with_it_what_was_held(
    cast: Cast, rule: AlertRule, now: datetime
) -> None:
    AlertRule.objects.update(hours=EVENINGS)
    mild, worse = (opened(rule, now, severity) for severity in (Severity.MINOR, Severity.CRITICAL))
    happen(rule, now, mild, replace(worse, what="severity"))
    assert states() == [("triggered", "pending", ""), ("severity_changed", "pending", "")]


@pytest.mark.parametrize("chosen", [["triggered", "severity_changed", "noted"], ["triggered", "noted"]])
def test_who_keeps_the_state_learns_of_an_end_within_a_mute_and_of_nothing_after_it(
    cast: Cast, now: datetime, chosen: list[str]
) -> None:
    rule = rule_for(cast.team, make_integration(cast.team, "pagerduty", "pager"))
    Integration.objects.update(events=chosen)
    actor = Actor(cast.team, Role.ADMIN, cast.owner)
    alert = trigger(rule, now, Severity.MINOR)
    lifecycle.acknowledge(actor, alert, now)
    Delivery.objects.update(state="delivered", finished_at=now)

    mute(cast, now, None)
    lifecycle.unacknowledge(actor, alert, now + MINUTE)
    lifecycle.note(actor, alert, "odd", now + MINUTE)
    happen(rule, now + MINUTE, replace(opened(rule, now + MINUTE), what="severity"))
    assert [event for event, *_ in held()][:2] == ["unacknowledged", "noted"]
    clear(alert, now + 2 * MINUTE)
    assert held() == []
    assert states()[-1] == ("cleared", "pending", "")


def test_who_heard_nothing_of_an_alert_waits_for_its_end_too(cast: Cast, now: datetime) -> None:
    rule = rule_for(cast.team, make_integration(cast.team, "pagerduty", "pager"))
    mute(cast, now)
    clear(trigger(rule, now), now + MINUTE)
    assert [event for event, *_ in held()] == ["triggered", "cleared"]


def test_an_act_that_is_held_goes_before_the_end(cast: Cast, rule: AlertRule, now: datetime) -> None:
    Integration.objects.update(events=["triggered", "acknowledged", "cleared"])
    alert = trigger(rule, now)
    Delivery.objects.update(state="delivered", finished_at=now)
    mute(cast, now, 10)
    lifecycle.acknowledge(Actor(cast.team, Role.ADMIN, cast.owner), alert, now + MINUTE)
    assert [event for event, *_ in held()] == ["acknowledged"]
    clear(alert, now + 11 * MINUTE)
    assert states()[1:] == [("acknowledged", "pending", ""), ("cleared", "pending", "")]


def test_whoever_holds_back_and_lets_out_locks_in_one_order(cast: Cast, now: datetime) -> None:
    """What was told last, then lanes, then deliveries: else two of them may wait for each other."""

    def order(done: Callable[[], object]) -> list[str]:
        with CaptureQueriesContext(connection) as made:
            done()
        written = re.compile(r"\s*(?:\d+ times: )?(?:INSERT INTO|UPDATE) deliveries_(lasttold|lane|delivery) ")
        return [found[1] for query in made.captured_queries if (found := written.match(query["sql"]))]

    first, second = make_test(cast.team, "first"), make_test(cast.team, "second")
    rule = rule_for(cast.team, make_integration(cast.team, "slack", "ops"), test=first, least_gap_minutes=10)
    other = rule_for(cast.team, make_integration(cast.team, "slack", "dev"), name="other", test=first)
    mute(cast, now, rule=other)
    told = order(lambda: trigger(rule, now, test=first))
    assert told == ["lasttold", "lane", "delivery"]

    trigger(rule, now + MINUTE, test=second)
    trigger(other, now, test=first)
    quiet_changed.send(sender="test", team=cast.team, now=now + 10 * MINUTE)
    Delivery.objects.filter(state="held").update(held_until=now)
    let_out = order(lambda: releasing.run(now + 10 * MINUTE))
    assert let_out[:2] == ["lasttold", "lane"]
    assert set(let_out[2:]) == {"delivery"}


def test_a_clock_that_was_ahead_makes_no_gap(cast: Cast, rule: AlertRule, now: datetime) -> None:
    AlertRule.objects.update(least_gap_minutes=10)
    alert = trigger(rule, now + timedelta(days=365))
    clear(alert, now + timedelta(days=365))
    trigger(rule, now)
    assert states()[-1] == ("triggered", "pending", "")
    trigger(rule, now + MINUTE, test=make_test(cast.team, "other"))
    assert states()[-1] == ("triggered", "held", "least_gap")


def test_who_stopped_the_mails_meanwhile_gets_none_of_what_was_held(cast: Cast, rule: AlertRule, now: datetime) -> None:
    AlertRule.objects.update(recipients=["ann@example.com", "bob@example.com"])
    rule.refresh_from_db()
    mute(cast, now)
    trigger(rule, now)
    MailAddress.objects.update_or_create(
        team=cast.team,
        address="ann@example.com",
        defaults={"created_at": now, "confirmed_at": now, "stopped_at": now},
    )
    releasing.run(now + 61 * MINUTE)
    rows = Delivery.objects.exclude(recipient="").order_by("recipient")
    assert [(row.state, row.reason) for row in rows] == [("suppressed", "unsubscribed"), ("pending", "")]


def test_one_that_cannot_be_judged_is_told_and_keeps_no_other_back(cast: Cast, rule: AlertRule, now: datetime) -> None:
    other = rule_for(cast.team, make_integration(cast.team, "slack", "dev"), name="other", test=rule.tests.get())
    mute(cast, now)
    trigger(rule, now)
    trigger(other, now)
    AlertRule.objects.filter(pk=rule.pk).update(hours={"time_zone": "Gone/Away", "critical_passes": False, "days": {}})
    releasing.run(now + 61 * MINUTE)
    assert states() == [("triggered", "pending", "")] * 2


def test_a_job_that_fails_keeps_no_other(cast: Cast, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    def fail(_: datetime) -> None:
        raise ValueError

    jobs = (("tests.fails", MINUTE, fail), ("tests.works", MINUTE, lambda _: done.append("works")))
    monkeypatch.setattr(timers, "JOBS", jobs)
    timers.run(now)
    assert done == ["works"]


@pytest.mark.parametrize(("kind", "end"), [("slack", ("suppressed", "shadow")), ("pagerduty", ("pending", ""))])
def test_in_the_shadow_only_who_would_keep_it_open_for_ever_learns_of_an_end(
    cast: Cast, now: datetime, kind: str, end: tuple[str, str]
) -> None:
    rule = rule_for(cast.team, make_integration(cast.team, kind, "place"))
    alert = trigger(rule, now)
    Delivery.objects.update(state="delivered", finished_at=now)
    AlertRule.objects.update(shadow=True)
    clear(alert, now + MINUTE)
    assert states()[-1] == ("cleared", *end)


def test_what_is_held_when_the_shadow_falls_is_not_sent(cast: Cast, rule: AlertRule, now: datetime) -> None:
    mute(cast, now)
    trigger(rule, now)
    type(cast.team).objects.update(shadow=True)
    releasing.run(now + 61 * MINUTE)
    assert states() == [("triggered", "suppressed", "shadow")]


@pytest.mark.parametrize(("acknowledged", "end"), [(True, ("suppressed", "muted")), (False, ("pending", ""))])
def test_nobody_is_told_that_nobody_came_once_somebody_did(
    cast: Cast, rule: AlertRule, now: datetime, acknowledged: bool, end: tuple[str, str]
) -> None:
    AlertRule.objects.update(remind_minutes=5)
    rule.refresh_from_db()
    alert = trigger(rule, now)
    Delivery.objects.update(state="delivered", finished_at=now)
    mute(cast, now)
    lifecycle.nudge(cast.team, [alert.pk], now + 5 * MINUTE)
    assert [event for event, *_ in held()] == ["reminded"]
    if acknowledged:
        lifecycle.acknowledge(Actor(cast.team, Role.ADMIN, cast.owner), alert, now + 6 * MINUTE)
    releasing.run(now + 61 * MINUTE)
    assert states()[1] == ("reminded", *end)
