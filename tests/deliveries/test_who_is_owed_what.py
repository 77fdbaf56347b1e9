"""The outbox: one decision for every (event, integration) and every recipient, in the event's own transaction."""

from dataclasses import replace
from datetime import datetime, timedelta
from unittest import mock

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from alerts import lifecycle
from alerts.happenings import Happening
from alerts.models import Announce, EscalationStep, EventType, RuleGroup, RuleIntegration, StepIntegration
from channels_app.words import Severity
from deliveries.decisions import ALL, PENDING, Addressee, Decision, Occasion, Past, decide
from deliveries.models import Delivery, DeliveryReason, DeliveryState, Lane
from deliveries.outbox import receive
from deliveries.services import send_again
from integrations import services
from integrations.models import Group, GroupMember, Integration
from integrations.models.telling import usually_told
from integrations.services import builtin_email
from teams.access import Actor
from tests.alerts.factories import make_test
from tests.conftest import Cast
from tests.deliveries.stage import clear, happen, opened, recovered, rule_for, states, tick, trigger
from tests.integrations.factories import make_integration

USABLE = Addressee(enabled=True, removed=False, ticked=True, tracks_state=False)
UNTICKED = Addressee(enabled=True, removed=False, ticked=False, tracks_state=False)
DISABLED = Addressee(enabled=False, removed=False, ticked=True, tracks_state=False)
REMOVED = Addressee(enabled=True, removed=True, ticked=True, tracks_state=False)
TRACKING = Addressee(enabled=True, removed=False, ticked=True, tracks_state=True)
NOTHING, OWED, TOLD = Past(), Past(owed=True), Past(owed=True, told=True)
YES, OLD, SILENT = Announce.YES, Announce.TOO_OLD, Announce.NOT_WANTED


def no(reason: DeliveryReason) -> Decision:
    return Decision(DeliveryState.SUPPRESSED, reason)


@pytest.mark.parametrize("event", [EventType.TRIGGERED, EventType.REMINDED, EventType.NO_DATA])
@pytest.mark.parametrize(
    ("announce", "addressee", "decision"),
    [
        (YES, USABLE, PENDING),
        (OLD, USABLE, no(DeliveryReason.TOO_OLD)),
        (SILENT, USABLE, no(DeliveryReason.NOT_WANTED)),
        (YES, DISABLED, no(DeliveryReason.INTEGRATION_DISABLED)),
        (YES, REMOVED, no(DeliveryReason.INTEGRATION_REMOVED)),
        (OLD, DISABLED, no(DeliveryReason.TOO_OLD)),
        (YES, UNTICKED, None),
    ],
)
def test_an_opening_event_is_owed_to_all_ticked(
    event: EventType, announce: Announce, addressee: Addressee, decision: Decision | None
) -> None:
    assert decide(Occasion(event, announce), addressee, NOTHING) == decision


@pytest.mark.parametrize(
    ("announce", "on_clear", "addressee", "past", "decision"),
    [
        (YES, True, USABLE, TOLD, PENDING),
        (YES, True, USABLE, OWED, PENDING),
        (YES, True, USABLE, NOTHING, no(DeliveryReason.NEVER_TOLD)),
        (YES, True, UNTICKED, TOLD, PENDING),
        (YES, True, UNTICKED, OWED, None),
        (YES, True, UNTICKED, NOTHING, None),
        (YES, False, USABLE, TOLD, no(DeliveryReason.RULE_NOT_ON_CLEAR)),
        (YES, False, UNTICKED, TOLD, no(DeliveryReason.RULE_NOT_ON_CLEAR)),
        (YES, False, TRACKING, TOLD, PENDING),
        (OLD, False, TRACKING, TOLD, PENDING),
        (YES, False, TRACKING, NOTHING, no(DeliveryReason.RULE_NOT_ON_CLEAR)),
        (OLD, True, USABLE, TOLD, no(DeliveryReason.TOO_OLD)),
        (SILENT, True, USABLE, TOLD, no(DeliveryReason.NOT_WANTED)),
        (YES, True, DISABLED, TOLD, no(DeliveryReason.INTEGRATION_DISABLED)),
        (YES, True, REMOVED, TOLD, no(DeliveryReason.INTEGRATION_REMOVED)),
    ],
)
def test_a_clear_is_owed_to_those_who_heard(
    announce: Announce, on_clear: bool, addressee: Addressee, past: Past, decision: Decision | None
) -> None:
    assert decide(Occasion(EventType.CLEARED, announce, on_clear=on_clear), addressee, past) == decision


@pytest.mark.parametrize(
    "event", [EventType.ACKNOWLEDGED, EventType.UNACKNOWLEDGED, EventType.ASSIGNED, EventType.NOTED]
)
def test_what_people_do_is_owed_to_who_was_told_and_chose_to_hear_of_it(event: EventType) -> None:
    usual = replace(USABLE, chosen=frozenset(usually_told()))
    assert decide(Occasion(event), usual, TOLD) is None
    assert decide(Occasion(event), USABLE, TOLD) == PENDING
    assert decide(Occasion(event), USABLE, OWED) is None
    assert decide(Occasion(event), DISABLED, TOLD) == no(DeliveryReason.INTEGRATION_DISABLED)


def test_only_a_rising_severity_is_told() -> None:
    assert decide(Occasion(EventType.SEVERITY_CHANGED, rises=True), USABLE, TOLD) == PENDING
    assert decide(Occasion(EventType.SEVERITY_CHANGED), USABLE, TOLD) is None


def test_who_keeps_the_state_hears_of_every_change_of_it() -> None:
    """Though it chose nothing of that, and though the alert became milder than what it is told of."""
    keeps = replace(TRACKING, chosen=frozenset(), minimum_rank=3)
    assert decide(Occasion(EventType.ACKNOWLEDGED), keeps, TOLD) == PENDING
    assert decide(Occasion(EventType.UNACKNOWLEDGED), keeps, TOLD) == PENDING
    assert decide(Occasion(EventType.CLEARED), keeps, TOLD) == PENDING
    assert decide(Occasion(EventType.SEVERITY_CHANGED, rank=2), TRACKING, TOLD) == PENDING
    assert decide(Occasion(EventType.NOTED), keeps, TOLD) is None


@pytest.mark.parametrize(("rank", "decision"), [(2, no(DeliveryReason.BELOW_SEVERITY)), (3, PENDING), (4, PENDING)])
def test_an_integration_is_told_from_its_own_severity_on(rank: int, decision: Decision) -> None:
    from_major_on = replace(USABLE, minimum_rank=3)
    assert decide(Occasion(EventType.TRIGGERED, rank=rank), from_major_on, NOTHING) == decision
    assert decide(Occasion(EventType.CLEARED, rank=1), from_major_on, TOLD) == PENDING


@pytest.mark.parametrize(
    ("event", "choice"),
    [
        (EventType.TRIGGERED, "triggered"),
        (EventType.NO_DATA, "triggered"),
        (EventType.SEVERITY_CHANGED, "severity_changed"),
        (EventType.REMINDED, "reminded"),
        (EventType.CLEARED, "cleared"),
    ],
)
def test_what_an_integration_did_not_choose_is_said_and_not_sent(event: EventType, choice: str) -> None:
    occasion = Occasion(event, rises=True)
    without = replace(USABLE, chosen=ALL - {choice})
    assert decide(occasion, without, TOLD) == no(DeliveryReason.EVENT_NOT_CHOSEN)
    assert decide(occasion, replace(USABLE, chosen=frozenset({choice})), TOLD) == PENDING


def test_an_escalation_is_told_whatever_was_chosen() -> None:
    assert decide(Occasion(EventType.ESCALATED), replace(USABLE, chosen=frozenset()), NOTHING) == PENDING


def test_the_shadow_takes_the_place_of_what_would_be_sent_and_of_nothing_else() -> None:
    shadow = no(DeliveryReason.SHADOW)
    assert decide(Occasion(EventType.TRIGGERED, shadow=True), USABLE, NOTHING) == shadow
    assert decide(Occasion(EventType.CLEARED, shadow=True), USABLE, Past(shadowed=True)) == shadow
    assert decide(Occasion(EventType.CLEARED), USABLE, Past(shadowed=True)) == no(DeliveryReason.NEVER_TOLD)
    assert decide(Occasion(EventType.TRIGGERED, shadow=True), DISABLED, NOTHING) == no(
        DeliveryReason.INTEGRATION_DISABLED
    )
    assert decide(Occasion(EventType.TRIGGERED, shadow=True), UNTICKED, NOTHING) is None


@pytest.mark.django_db
def test_every_ticked_integration_and_every_recipient_gets_its_own_delivery(cast: Cast, now: datetime) -> None:
    rule = rule_for(
        cast.team,
        make_integration(cast.team, "slack", "ops"),
        make_integration(cast.team, "hipchat", "room"),
        make_integration(cast.team, "email", "crew", config={"to": ["a@example.com", "b@example.com"]}),
        recipients=["c@example.com", "d@example.com", "c@example.com"],
    )

    trigger(rule, now, Severity.MAJOR)

    rows = Delivery.objects.order_by("integration__kind", "integration__builtin", "recipient")
    assert [(row.integration.name, row.recipient) for row in rows] == [
        ("crew", "a@example.com"),
        ("crew", "b@example.com"),
        ("E-mail", "c@example.com"),
        ("E-mail", "d@example.com"),
        ("room", ""),
        ("ops", ""),
    ]
    assert {(row.state, row.rank, row.recorded_at, row.expires_at) for row in rows} == {
        (DeliveryState.PENDING, 3, now, now + timedelta(hours=24))
    }
    assert set(Lane.objects.values_list("due_at", flat=True)) == {now}


@pytest.mark.django_db
def test_a_clear_goes_to_who_was_told_even_if_unticked_since(cast: Cast, now: datetime) -> None:
    stays, leaves, joins = (make_integration(cast.team, "slack", name) for name in ("stays", "leaves", "joins"))
    rule = rule_for(cast.team, stays, leaves)
    alert = trigger(rule, now)
    RuleIntegration.objects.filter(integration=leaves).delete()
    tick(rule, joins)

    clear(alert, now + timedelta(minutes=5))

    found = {
        row.integration.name: (row.state, row.reason)
        for row in Delivery.objects.filter(event__type="cleared").select_related("integration")
    }
    assert found == {
        "stays": ("pending", ""),
        "leaves": ("pending", ""),
        "joins": ("suppressed", "never_told"),
    }


@pytest.mark.django_db
def test_a_clear_goes_to_who_was_told_by_sending_again(cast: Cast, now: datetime) -> None:
    rule = rule_for(cast.team, make_integration(cast.team))
    alert = trigger(rule, now, notify="never")
    again = send_again(Actor.system(cast.team), Delivery.objects.get(), now)
    Delivery.objects.filter(pk=again.pk).update(state=DeliveryState.DELIVERED, finished_at=now)

    clear(alert, now + timedelta(minutes=5))

    assert states() == [
        ("triggered", "suppressed", "not_wanted"),
        ("triggered", "delivered", ""),
        ("cleared", "pending", ""),
    ]


@pytest.mark.django_db
def test_a_trigger_and_its_clear_in_one_list_are_both_owed(cast: Cast, now: datetime) -> None:
    rule = rule_for(cast.team, make_integration(cast.team))

    happen(rule, now, opened(rule, now), recovered(rule, now + timedelta(minutes=1)))

    assert states() == [("triggered", "pending", ""), ("cleared", "pending", "")]


@pytest.mark.django_db
def test_old_rounds_are_recorded_and_not_announced(cast: Cast, now: datetime) -> None:
    rule = rule_for(cast.team, make_integration(cast.team))
    yesterday = now - timedelta(days=1)

    lifecycle.apply(Actor.system(cast.team), [opened(rule, yesterday)], now)
    lifecycle.apply(Actor.system(cast.team), [recovered(rule, yesterday + timedelta(minutes=5))], now)

    assert states() == [("triggered", "suppressed", "too_old"), ("cleared", "suppressed", "too_old")]
    assert Lane.objects.get().due_at is None


@pytest.mark.django_db
def test_a_disabled_integration_is_told_nothing_and_the_log_says_so(cast: Cast, now: datetime) -> None:
    off = make_integration(cast.team, enabled=False)
    rule = rule_for(cast.team, off)

    alert = trigger(rule, now)
    services.update(Actor.system(cast.team), off, enabled=True, now=now)
    clear(alert, now)

    assert states() == [("triggered", "suppressed", "integration_disabled"), ("cleared", "suppressed", "never_told")]


@pytest.mark.django_db
def test_no_delivery_of_another_team_ever_comes_of_it(cast: Cast, now: datetime) -> None:
    rule = rule_for(cast.team, make_integration(cast.team))
    rule_for(cast.other_team, make_integration(cast.other_team))

    trigger(rule, now)

    assert set(Delivery.objects.values_list("team", "integration__team")) == {(cast.team.pk, cast.team.pk)}


@pytest.mark.django_db
def test_an_error_while_deciding_is_a_delivery_and_no_failed_intake(
    cast: Cast, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    good, bad = make_test(cast.team, "good"), make_test(cast.team, "bad")
    rule = rule_for(cast.team, make_integration(cast.team), test=good)
    broken = rule_for(cast.team, make_integration(cast.team, name="other"), test=bad, recipients=["a@example.com"])

    def fails(occasion: Occasion, *rest: object) -> Decision:
        if not occasion.on_clear:
            raise ZeroDivisionError
        return PENDING

    broken.notify_on_clear = False
    broken.save()
    with mock.patch("deliveries.outbox.decide", fails):
        happen(rule, now, opened(rule, now), opened(broken, now))

    found = {(row.alert.rule.name, row.recipient, row.state, row.reason) for row in Delivery.objects.all()}
    assert found == {
        ("Too slow", "", "pending", ""),
        ("Too slow", "", "rejected", "internal_error"),
        ("Too slow", "a@example.com", "rejected", "internal_error"),
    }
    assert "deciding for event" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_the_bell_rings_once_and_only_after_the_commit(cast: Cast, now: datetime) -> None:
    rule = rule_for(cast.team, make_integration(cast.team))

    with mock.patch("deliveries.bell.ring") as ring:
        with transaction.atomic():
            trigger(rule, now)
            assert not ring.called
        assert ring.call_count == 1


@pytest.mark.django_db
def test_a_thousand_events_over_a_thousand_rules_take_a_constant_number_of_queries(cast: Cast, now: datetime) -> None:
    builtin_email(cast.team)

    few, many = _queries_for(cast, 3, now), _queries_for(cast, 200, now)

    assert many == few <= 12


def _queries_for(cast: Cast, count: int, now: datetime) -> int:
    rules = [
        rule_for(
            cast.team,
            make_integration(cast.team, name=f"{count}-{n}"),
            test=make_test(cast.team, f"t{count}-{n}"),
            recipients=["a@example.com"],
        )
        for n in range(count)
    ]
    happenings: list[Happening] = [opened(rule, now) for rule in rules]
    with mock.patch("alerts.writing.alert_events") as held:
        lifecycle.apply(Actor.system(cast.team), happenings, now)
    events = held.send.call_args.kwargs["events"]
    with CaptureQueriesContext(connection) as queries:
        receive("test", events=events, now=now)
    assert Delivery.objects.filter(event__in=[event.pk for event in events]).count() == 2 * count
    return len(queries)


@pytest.mark.django_db
def test_an_error_while_deciding_is_a_delivery_to_all_whom_the_rule_names_in_whatever_way(
    cast: Cast, now: datetime
) -> None:
    grouped, usual, both = (make_integration(cast.team, name=name) for name in ("grouped", "usual", "both"))
    stepped = make_integration(cast.team, name="stepped")
    Integration.objects.filter(pk__in=[usual.pk, both.pk]).update(used_by_default=True)
    rule = rule_for(cast.team, both)
    group = Group.objects.create(team=cast.team, name="group")
    for each in (grouped, both):
        GroupMember.objects.create(team=cast.team, group=group, integration=each)
    RuleGroup.objects.create(team=cast.team, rule=rule, group=group)
    step = EscalationStep.objects.create(team=cast.team, rule=rule, after_minutes=1, recipients=["a@example.com"])
    StepIntegration.objects.create(team=cast.team, step=step, integration=stepped)

    with mock.patch("deliveries.outbox.decide", side_effect=ZeroDivisionError):
        alert = happen(rule, now, opened(rule, now))[0].alert
        lifecycle.nudge(cast.team, [alert.pk], now + timedelta(minutes=1))

    found = [(row.event.type, row.recipient or row.integration.name) for row in Delivery.objects.order_by("id")]
    assert found == [
        *(("triggered", name) for name in ("grouped", "usual", "both")),
        *(("escalated", name) for name in ("stepped", "a@example.com")),
    ]
    assert set(Delivery.objects.values_list("reason", flat=True)) == {"internal_error"}
