"""What is kept elsewhere, as an incident, ends and is acknowledged with its alert, once the integration works again."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from pytest_django import Settings

from alerts import lifecycle
from alerts.models import Alert, AlertRule
from channels_app.registry import kinds
from deliveries import expiring, making_good
from deliveries.models import Delivery, Lane
from deliveries.services import send_again
from integrations import services
from integrations.models import Integration
from teams.access import Actor, actor_for
from teams.models import Role
from tests.conftest import Cast
from tests.deliveries.stage import clear, rule_for, send_all, states, trigger
from tests.integrations.factories import make_integration
from tests.servers.http import Answer
from tests.servers.pagerduty import KEY, PagerDuty

pytestmark = pytest.mark.django_db(transaction=True)

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
DISABLED = "integration_disabled"


@pytest.fixture
def duty(settings: Settings) -> Iterator[PagerDuty]:
    settings.BELLHOP_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    with PagerDuty() as running:
        yield running


@pytest.fixture
def place(cast: Cast, duty: PagerDuty) -> Integration:
    config = {"routing_key": KEY, "region": "us", "server": duty.url}
    return make_integration(cast.team, "pagerduty", "duty", config=config)


@pytest.fixture
def alert(cast: Cast, place: Integration, now: datetime) -> Alert:
    """One whose incident is open."""
    alert = trigger(rule_for(cast.team, place), now)
    send_all(now)
    return alert


def switch(place: Integration, on: bool, now: datetime) -> None:
    services.update(Actor.system(place.team), place, enabled=on, now=now)


def shown(duty: PagerDuty) -> list[str]:
    """How each incident is, in the order in which they were opened first."""
    return [every[-1].state for every in duty.incidents.values()]


def member(cast: Cast) -> Actor:
    actor = actor_for(cast.member, cast.team)
    assert actor is not None
    return actor


@pytest.mark.parametrize("acknowledged", [False, True])
def test_an_alert_that_cleared_while_it_was_off_is_resolved_once_it_is_on(
    cast: Cast, duty: PagerDuty, place: Integration, alert: Alert, now: datetime, acknowledged: bool
) -> None:
    switch(place, False, now)
    if acknowledged:
        lifecycle.acknowledge(member(cast), alert, now)
    clear(alert, now + MINUTE)
    send_all(now + MINUTE)
    assert shown(duty) == ["triggered"]

    switch(place, True, now + 200 * DAY)
    assert states()[-1] == ("cleared", "pending", "")
    send_all(now + 200 * DAY)

    assert shown(duty) == ["resolved"]
    lost, owed = Delivery.objects.filter(event__type="cleared").order_by("id")
    assert (lost.state, lost.reason, owed.state, owed.resend_of) == ("suppressed", DISABLED, "delivered", lost)


def test_one_that_was_acknowledged_meanwhile_calls_nobody_any_longer(
    cast: Cast, duty: PagerDuty, place: Integration, alert: Alert, now: datetime
) -> None:
    switch(place, False, now)
    for act in (lifecycle.acknowledge, lifecycle.unacknowledge, lifecycle.acknowledge):
        act(member(cast), alert, now)
    lifecycle.note(member(cast), alert, "looking", now)

    switch(place, True, now + MINUTE)
    send_all(now + MINUTE)

    assert shown(duty) == ["acknowledged"]
    assert Delivery.objects.filter(state="delivered").count() == 2


def test_one_that_somebody_gave_back_meanwhile_stays_as_it_is(
    cast: Cast, duty: PagerDuty, place: Integration, alert: Alert, now: datetime
) -> None:
    switch(place, False, now)
    lifecycle.acknowledge(member(cast), alert, now)
    lifecycle.unacknowledge(member(cast), alert, now)

    switch(place, True, now + MINUTE)
    send_all(now + MINUTE)

    assert shown(duty) == ["triggered"]


def test_it_is_told_once_however_often_it_is_switched(
    duty: PagerDuty, place: Integration, alert: Alert, now: datetime
) -> None:
    switch(place, False, now)
    clear(alert, now)
    for _ in range(3):
        switch(place, True, now)
        switch(place, False, now)
    switch(place, True, now)
    making_good.run(now)
    send_all(now)
    making_good.run(now + MINUTE)
    switch(place, False, now)
    switch(place, True, now)

    assert shown(duty) == ["resolved"]
    assert len(duty.received) == 2
    assert states()[-1] == ("cleared", "delivered", "")


def test_what_somebody_sends_again_is_not_sent_besides(
    cast: Cast, duty: PagerDuty, place: Integration, alert: Alert, now: datetime
) -> None:
    Integration.objects.filter(pk=place.pk).update(enabled=False)
    clear(alert, now)
    Integration.objects.filter(pk=place.pk).update(enabled=True)
    send_again(Actor.system(cast.team), Delivery.objects.get(event__type="cleared"), now)
    making_good.owe([place.pk], now)

    assert Delivery.objects.filter(event__type="cleared").count() == 2


def test_what_was_never_told_there_or_ended_there_needs_no_end(
    cast: Cast, duty: PagerDuty, place: Integration, alert: Alert, now: datetime
) -> None:
    there = Actor(cast.team, Role.MEMBER, via="pagerduty", words="Paula (PagerDuty)", origin=place.pk)
    lifecycle.close(there, alert, "", now)
    assert states()[-1] == ("cleared", "suppressed", "said_there")
    switch(place, False, now)
    never = trigger(rule_for(cast.team, place, test=alert.test, name="never"), now)
    clear(never, now)
    sent = Delivery.objects.count()

    switch(place, True, now + MINUTE)

    assert Delivery.objects.count() == sent


def test_one_that_expired_during_an_outage_is_resolved_when_that_ends(
    cast: Cast, duty: PagerDuty, place: Integration, alert: Alert, now: datetime
) -> None:
    usual, duty.decide = duty.decide, lambda request: Answer(503)
    clear(alert, now)
    for _ in range(6):
        send_all(now)
        now += 20 * MINUTE
    assert Lane.objects.get().on_hold
    expiring.expire(now + 2 * DAY)
    assert states()[-1] == ("cleared", "expired", "too_late")

    duty.decide = usual
    trigger(rule_for(cast.team, place, test=alert.test, name="next"), now + 2 * DAY)
    send_all(now + 2 * DAY)
    send_all(now + 2 * DAY + MINUTE)

    assert shown(duty) == ["resolved", "triggered"]


def test_one_whose_clear_was_refused_for_its_key_is_resolved_with_the_right_one(
    cast: Cast, duty: PagerDuty, place: Integration, alert: Alert, now: datetime
) -> None:
    usual, duty.decide = duty.decide, lambda request: Answer(401, b"{}")
    clear(alert, now)
    send_all(now)
    assert states()[-1] == ("cleared", "rejected", "bad_credentials")
    duty.decide = usual

    services.update(Actor.system(cast.team), place, config={"service": "Shop"}, now=now + MINUTE)
    send_all(now + 10 * MINUTE)

    assert shown(duty) == ["resolved"]


def test_a_test_that_goes_well_makes_it_good_too(
    cast: Cast, duty: PagerDuty, place: Integration, alert: Alert, now: datetime
) -> None:
    usual, duty.decide = duty.decide, lambda request: Answer(401, b"{}")
    clear(alert, now)
    send_all(now)
    duty.decide = usual

    assert services.test_saved(Actor.system(cast.team), place, now + MINUTE).ok
    send_all(now + 10 * MINUTE)

    assert shown(duty)[0] == "resolved"


def test_the_shadow_ends_what_was_really_opened_and_acknowledges_nothing(
    cast: Cast, duty: PagerDuty, place: Integration, alert: Alert, now: datetime
) -> None:
    switch(place, False, now)
    lifecycle.acknowledge(member(cast), alert, now)
    AlertRule.objects.update(shadow=True)
    switch(place, True, now)
    assert not Delivery.objects.filter(state="pending").exists()

    switch(place, False, now)
    clear(alert, now)
    switch(place, True, now)
    send_all(now)

    assert shown(duty) == ["resolved"]


def test_these_kinds_keep_the_state_of_an_alert() -> None:
    """Whoever adds one: what is over is told there late, so it must be news to no person."""
    assert sorted(making_good.tracking(kinds())) == ["nagios", "pagerduty"]
