"""A fire drill goes the real way of a rule: trigger and clear, marked, and a result for each destination."""

from datetime import datetime, timedelta

import pytest

from alerts.models import Alert, AlertRule, Mute
from alerts.selectors import alerts_of
from deliveries import drilling
from deliveries.models import Drill
from integrations.models import Integration
from teams.access import Actor
from teams.errors import Conflict, TooOften
from teams.models import AuditEntry, Role
from tests.conftest import Cast
from tests.deliveries.stage import rule_for, send_all, slack
from tests.servers.http import Answer, Receiver

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)


@pytest.fixture
def member(cast: Cast) -> Actor:
    return Actor(cast.team, Role.MEMBER, cast.member)


def finish(drill: Drill, now: datetime) -> Drill:
    """Send and bring on, as the timers would, until it is over."""
    for later in (6, 12, 50, 60):  # a lane rests for half a minute after a refusal
        send_all(now + later * SECOND)
        drilling.run(now + later * SECOND)
    drill.refresh_from_db()
    return drill


def test_a_drill_tells_everybody_of_a_trigger_and_then_of_its_end(
    cast: Cast, member: Actor, receiver: Receiver, now: datetime
) -> None:
    receiver.default = Answer(200, b"ok")
    rule = rule_for(cast.team, slack(cast.team, receiver))

    drill = finish(drilling.start(member, rule, now), now)

    first, second = (request.body.decode() for request in receiver.received)
    assert "FIRE DRILL #1" in first
    assert "nothing is wrong" in first
    assert "CLEARED" in second
    assert (drill.ok, drill.words) == (True, "")
    assert [(each.event, each.ok) for each in drilling.results(drill)] == [("triggered", True), ("cleared", True)]
    assert AuditEntry.objects.filter(action="rule.drilled").count() == 1


def test_a_destination_that_refuses_makes_the_drill_fail_by_name(
    cast: Cast, member: Actor, receiver: Receiver, now: datetime
) -> None:
    receiver.default = Answer(404, b"no_service")
    rule = rule_for(cast.team, slack(cast.team, receiver, "ops"))

    drill = finish(drilling.start(member, rule, now), now)

    assert drill.ok is False
    assert "ops" in drill.words
    assert "failed" in drilling.trouble_with(rule, drill, now)


def test_a_drill_that_tells_nobody_has_failed(cast: Cast, member: Actor, now: datetime) -> None:
    drill = finish(drilling.start(member, rule_for(cast.team), now), now)
    assert (drill.ok, drill.words) == (False, "nobody was told")


def test_what_hangs_for_ten_minutes_counts_as_not_told(
    cast: Cast, member: Actor, receiver: Receiver, now: datetime
) -> None:
    rule = rule_for(cast.team, slack(cast.team, receiver))
    drill = drilling.start(member, rule, now)
    drilling.run(now + timedelta(minutes=9))
    assert Drill.objects.get().finished_at is None
    drilling.run(now + timedelta(minutes=11))
    drill.refresh_from_db()
    assert drill.ok is False
    assert not Alert.objects.active().exists()


def test_a_drill_is_no_alert_on_any_list_and_no_mute_holds_it(
    cast: Cast, member: Actor, receiver: Receiver, now: datetime
) -> None:
    receiver.default = Answer(200, b"ok")
    rule = rule_for(cast.team, slack(cast.team, receiver), remind_minutes=1)
    Mute.objects.create(team=cast.team, began_at=now)
    drill = finish(drilling.start(member, rule, now), now)
    assert drill.ok is True
    assert not alerts_of(cast.team).exists()
    assert alerts_of(cast.team, drills=True).count() == 1
    assert Alert.objects.get().remind_at is None


def test_one_at_a_time_and_no_bombs(cast: Cast, member: Actor, now: datetime) -> None:
    rule = rule_for(cast.team)
    drilling.start(member, rule, now)
    with pytest.raises(Conflict, match="under way"):
        drilling.start(member, rule, now)
    Drill.objects.update(finished_at=now)
    for count in range(1, drilling.DRILLS_AN_HOUR):
        drilling.start(member, rule, now + count * SECOND)
        Drill.objects.update(finished_at=now)
    with pytest.raises(TooOften):
        drilling.start(member, rule, now + timedelta(minutes=1))


def test_a_disabled_rule_has_no_drill(cast: Cast, member: Actor, now: datetime) -> None:
    rule = rule_for(cast.team, enabled=False)
    with pytest.raises(Conflict, match="disabled"):
        drilling.start(member, rule, now)


def test_weekly_drills_begin_by_themselves_once_a_week(cast: Cast, receiver: Receiver, now: datetime) -> None:
    receiver.default = Answer(200, b"ok")
    rule = rule_for(cast.team, slack(cast.team, receiver), drill_weekly=True)
    drilling.run(now)
    drilling.run(now + timedelta(days=6))
    assert Drill.objects.count() == 1
    finish(Drill.objects.get(), now)
    drilling.run(now + timedelta(days=7, seconds=1))
    assert [each.scheduled for each in Drill.objects.all()] == [True, True]
    assert Drill.objects.first().rule == rule  # type: ignore[union-attr]


def test_an_overdue_drill_is_said(cast: Cast, member: Actor, now: datetime) -> None:
    rule = rule_for(cast.team, drill_weekly=True)
    AlertRule.objects.update(updated_at=now)
    rule.refresh_from_db()
    assert drilling.trouble_with(rule, None, now + timedelta(days=7)) == ""
    assert "overdue" in drilling.trouble_with(rule, None, now + timedelta(days=9))
    assert Integration.objects.count() == 0
