"""Every state of an alert against every action, and what each leaves behind."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from alerts import lifecycle
from alerts.happenings import Happening, cleared
from alerts.models import Alert, AlertEvent, AlertRule, Announce, ClearedReason, EscalationStep, Test
from alerts.signals import alert_events
from alerts.transitions import TRANSITIONS, Action
from channels_app.words import AlertState, Severity
from teams.access import Actor, actor_for
from teams.errors import Conflict
from tests.alerts.factories import make_rule, make_test, open_alert
from tests.conftest import NOW, Cast

Do = Callable[[Actor, Alert, datetime], AlertEvent | None]
LATER = timedelta(minutes=5)


@pytest.fixture
def test(cast: Cast) -> Test:
    return make_test(cast.team, labels={"env": "prod"})


@pytest.fixture
def rule(cast: Cast, test: Test) -> AlertRule:
    return make_rule(cast.team, [test], runbook="https://runbooks.example.com/slow", message="Call Bob")


@pytest.fixture
def alert(rule: AlertRule, test: Test, now: datetime) -> Alert:
    return open_alert(rule, test, now)


@pytest.fixture
def sent() -> Iterator[list[list[AlertEvent]]]:
    lists: list[list[AlertEvent]] = []

    def listen(sender: Any, events: list[AlertEvent], now: datetime, **_: Any) -> None:
        lists.append(events)

    alert_events.connect(listen)
    yield lists
    alert_events.disconnect(listen)


def _happen(what: Any, **fields: Any) -> Do:
    def do(actor: Actor, alert: Alert, now: datetime) -> AlertEvent | None:
        assert alert.test is not None
        values = {"severity": Severity.MINOR} | fields
        happening = Happening(what, alert.rule.pk, alert.test.pk, now, **values)
        return next(iter(lifecycle.apply(Actor.system(alert.team), [happening], now)), None)

    return do


def _nudged(**due: datetime) -> Do:
    """What time does to an alert of which this is due."""

    def do(actor: Actor, alert: Alert, now: datetime) -> AlertEvent | None:
        AlertRule.objects.update(remind_minutes=30)
        EscalationStep.objects.get_or_create(
            team=alert.team, rule=alert.rule, after_minutes=20, defaults={"recipients": ["chief@example.com"]}
        )
        Alert.objects.filter(pk=alert.pk).update(**due)
        return next(iter(lifecycle.nudge(actor.team, [alert.pk], now)), None)

    return do


DO: dict[Action, Do] = {
    Action.ACKNOWLEDGE: lifecycle.acknowledge,
    Action.UNACKNOWLEDGE: lifecycle.unacknowledge,
    Action.ASSIGN: lambda actor, alert, now: lifecycle.assign(actor, alert, actor.user, now),  # type: ignore[arg-type]
    Action.NOTE: lambda actor, alert, now: lifecycle.note(actor, alert, "disk is full", now),
    Action.CLOSE: lambda actor, alert, now: lifecycle.close(actor, alert, "rebooted", now),
    Action.RECOVER: _happen("cleared", reason=ClearedReason.RECOVERED),
    Action.CHANGE_SEVERITY: _happen("severity", severity=Severity.CRITICAL),
    Action.LOSE_DATA: _happen("no_data"),
    Action.REMIND: _nudged(remind_at=NOW),
    Action.ESCALATE: _nudged(escalate_at=NOW),
}
BY_PEOPLE = [Action.ACKNOWLEDGE, Action.UNACKNOWLEDGE, Action.ASSIGN, Action.NOTE, Action.CLOSE]
WAYS: dict[AlertState, list[Action]] = {
    AlertState.TRIGGERED: [],
    AlertState.ACKNOWLEDGED: [Action.ACKNOWLEDGE],
    AlertState.CLEARED: [Action.RECOVER],
}


@pytest.mark.parametrize(("state", "action"), sorted(TRANSITIONS))
def test_each_action_leads_where_the_table_says(
    state: AlertState, action: Action, alert: Alert, member: Actor, now: datetime, sent: list[list[AlertEvent]]
) -> None:
    for step in WAYS[state]:
        DO[step](member, alert, now)
    sent.clear()

    event = DO[action](member, alert, now + LATER)

    expected = TRANSITIONS[state, action]
    alert.refresh_from_db()
    assert alert.state == expected.to
    assert (event.type if event else None) == expected.event
    assert [[told.pk for told in events] for events in sent] == ([[event.pk]] if event else [])


@pytest.mark.parametrize("action", BY_PEOPLE)
def test_a_cleared_alert_can_no_longer_be_acted_on(action: Action, alert: Alert, member: Actor, now: datetime) -> None:
    DO[Action.RECOVER](member, alert, now)

    with pytest.raises(Conflict, match="#1 is cleared"):
        DO[action](member, alert, now)

    assert alert.events.count() == 2


@pytest.mark.parametrize("action", [Action.ACKNOWLEDGE, Action.ASSIGN, Action.NOTE])
def test_acting_twice_makes_no_second_event(action: Action, alert: Alert, member: Actor, now: datetime) -> None:
    first = DO[action](member, alert, now)
    second = DO[action](member, alert, now + LATER)

    assert first is not None
    assert second is None
    assert alert.events.count() == 2


@pytest.mark.parametrize("action", BY_PEOPLE)
def test_a_viewer_may_not_act(action: Action, alert: Alert, cast: Cast, now: datetime) -> None:
    viewer = actor_for(cast.viewer, cast.team)
    assert viewer is not None

    with pytest.raises(PermissionDenied):
        DO[action](viewer, alert, now)

    assert alert.events.count() == 1


@pytest.mark.parametrize("action", BY_PEOPLE)
def test_another_team_cannot_act(action: Action, alert: Alert, cast: Cast, now: datetime) -> None:
    outsider = actor_for(cast.outsider, cast.other_team)
    assert outsider is not None

    with pytest.raises(Alert.DoesNotExist):
        DO[action](outsider, alert, now)

    assert alert.events.count() == 1


def test_an_alert_keeps_what_its_rule_and_test_said(
    alert: Alert, rule: AlertRule, test: Test, member: Actor, now: datetime
) -> None:
    rule.conditions.all().delete()
    AlertRule.objects.filter(pk=rule.pk).update(name="Other")

    alert.refresh_from_db()

    assert alert.labels == {"env": "prod"}
    assert alert.snapshot["rule"] == "Too slow"
    assert alert.snapshot["text"] == "response_time > 500; 1 of 1 round, any sources, at least 1 source"
    assert alert.snapshot["runbook"] == "https://runbooks.example.com/slow"
    assert alert.snapshot["start"]["sources"] == {"fra1": {"response_time": 812.5}}


def test_who_acknowledged_stays_when_it_clears_and_goes_when_it_is_taken_back(
    alert: Alert, member: Actor, now: datetime
) -> None:
    lifecycle.acknowledge(member, alert, now)
    alert.refresh_from_db()
    assert (alert.acknowledged_by, alert.acknowledged_by_text, alert.acknowledged_at) == (member.user, "Member", now)

    lifecycle.unacknowledge(member, alert, now)
    alert.refresh_from_db()
    assert (alert.acknowledged_by, alert.acknowledged_by_text, alert.acknowledged_at) == (None, "", None)


def test_another_persons_acknowledgement_changes_nothing(
    alert: Alert, cast: Cast, member: Actor, now: datetime
) -> None:
    owner = actor_for(cast.owner, cast.team)
    assert owner is not None
    lifecycle.acknowledge(member, alert, now)

    assert lifecycle.acknowledge(owner, alert, now) is None

    alert.refresh_from_db()
    assert alert.acknowledged_by == cast.member


def test_only_those_who_may_act_can_be_assigned(alert: Alert, cast: Cast, member: Actor, now: datetime) -> None:
    for person in (cast.viewer, cast.outsider):
        with pytest.raises(ValidationError) as caught:
            lifecycle.assign(member, alert, person, now)
        assert caught.value.message_dict == {
            "to": [f"{person.email} is not a member of this team who may act on alerts."]
        }
    event = lifecycle.assign(member, alert, cast.owner, now)
    assert event is not None
    assert event.detail == {"to": "owner@example.com", "name": "Owner"}


@pytest.mark.parametrize(
    ("text", "words"),
    [("", "needs a text"), ("   ", "needs a text"), ("x" * 2001, "At most 2000 characters"), ("a\x00b", "Control")],
)
def test_a_note_must_be_a_text_within_limits(text: str, words: str, alert: Alert, member: Actor, now: datetime) -> None:
    with pytest.raises(ValidationError) as caught:
        lifecycle.note(member, alert, text, now)
    assert words in caught.value.message_dict["text"][0]


def test_a_clear_by_hand_says_who_and_why(alert: Alert, member: Actor, now: datetime) -> None:
    event = lifecycle.close(member, alert, "rebooted", now + LATER)

    alert.refresh_from_db()
    assert event is not None
    assert (event.type, event.actor_text, event.detail) == (
        "cleared",
        "Member",
        {"reason": "closed_by_hand", "text": "rebooted"},
    )
    assert (alert.cleared_at, alert.cleared_reason, alert.cleared_text) == (now + LATER, "closed_by_hand", "rebooted")


def test_an_alert_never_ends_before_it_started(alert: Alert, member: Actor, now: datetime) -> None:
    lifecycle.close(member, alert, "", now - LATER)

    alert.refresh_from_db()
    assert alert.cleared_at == alert.started_at


def test_numbers_count_within_the_team(cast: Cast, now: datetime) -> None:
    numbers = {}
    for team in (cast.team, cast.other_team):
        test = make_test(team)
        rules = [make_rule(team, [test], name=f"rule {n}") for n in range(3)]
        happenings = [Happening("opened", rule.pk, test.pk, now, Severity.MINOR) for rule in rules]
        events = lifecycle.apply(Actor.system(team), happenings, now)
        numbers[team.slug] = [event.alert.number for event in events]
    assert numbers == {"ops": [1, 2, 3], "rivals": [1, 2, 3]}


def test_one_call_sends_one_list_with_everything_loaded(
    cast: Cast, test: Test, rule: AlertRule, now: datetime, sent: list[list[AlertEvent]], django_assert_num_queries: Any
) -> None:
    other = make_rule(cast.team, [test], name="Other")
    happenings = [
        Happening("opened", rule.pk, test.pk, now, Severity.MINOR),
        Happening("opened", other.pk, test.pk, now, Severity.MINOR),
        Happening("severity", rule.pk, test.pk, now, Severity.MAJOR),
        Happening("cleared", rule.pk, test.pk, now, Severity.MAJOR, ClearedReason.RECOVERED),
        Happening("opened", rule.pk, test.pk, now + LATER, Severity.INFO),
    ]

    lifecycle.apply(Actor.system(cast.team), happenings, now)

    (events,) = sent
    with django_assert_num_queries(0):
        seen = [
            (event.type, event.severity, event.alert.number, event.alert.rule.name, event.alert.team.slug)
            for event in events
            if event.alert.test is not None
        ]
    assert seen == [
        ("triggered", "minor", 1, "Too slow", "ops"),
        ("triggered", "minor", 2, "Other", "ops"),
        ("severity_changed", "major", 1, "Too slow", "ops"),
        ("cleared", "major", 1, "Too slow", "ops"),
        ("triggered", "info", 3, "Too slow", "ops"),
    ]
    assert [event.pk for event in events] == list(AlertEvent.objects.order_by("id").values_list("pk", flat=True))


def test_an_open_alert_may_clear_and_open_again_in_one_call(alert: Alert, now: datetime, cast: Cast) -> None:
    assert alert.test is not None
    pair = (alert.rule.pk, alert.test.pk)
    lifecycle.apply(
        Actor.system(cast.team),
        [cleared(*pair, ClearedReason.RECOVERED, now), Happening("opened", *pair, now + LATER, Severity.MAJOR)],
        now,
    )
    assert list(Alert.objects.order_by("number").values_list("number", "state")) == [(1, "cleared"), (2, "triggered")]


def test_what_fits_no_open_alert_changes_nothing(cast: Cast, rule: AlertRule, test: Test, now: datetime) -> None:
    happenings = [
        cleared(rule.pk, test.pk, ClearedReason.RULE_DELETED, now),
        Happening("severity", rule.pk, test.pk, now, Severity.MAJOR),
    ]
    assert lifecycle.apply(Actor.system(cast.team), happenings, now) == []


@pytest.mark.parametrize(
    ("age", "notify", "announce"),
    [
        (timedelta(0), "auto", Announce.YES),
        (timedelta(minutes=60), "auto", Announce.YES),
        (timedelta(minutes=60, seconds=1), "auto", Announce.TOO_OLD),
        (timedelta(days=400), "always", Announce.YES),
        (timedelta(0), "never", Announce.NOT_WANTED),
    ],
)
def test_old_rounds_are_recorded_but_not_announced(
    age: timedelta, notify: Any, announce: Announce, cast: Cast, rule: AlertRule, test: Test, now: datetime
) -> None:
    happening = Happening("opened", rule.pk, test.pk, now - age, Severity.MINOR)

    (event,) = lifecycle.apply(Actor.system(cast.team), [happening], now, notify=notify)

    assert event.announce == announce
