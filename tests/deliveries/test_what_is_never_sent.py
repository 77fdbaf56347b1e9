"""Deliveries that end without a message: what cannot be made, what came too late, what nobody wants any more."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from unittest import mock

import pytest

from channels_app import slack
from channels_app.contract import Message, Payload
from deliveries import expiring, timers
from deliveries.models import Lane
from integrations import services
from integrations.models import Integration
from teams.access import Actor
from tests.alerts.factories import make_test
from tests.conftest import Cast
from tests.deliveries.stage import (
    rule_for,
    send_all,
    states,
    trigger,
)
from tests.deliveries.stage import (
    slack as slack_of,
)
from tests.servers.http import Answer, Receiver

pytestmark = pytest.mark.django_db(transaction=True)


def test_one_message_that_cannot_be_made_stops_no_other(cast: Cast, receiver: Receiver, now: datetime) -> None:
    one, two = slack_of(cast.team, receiver, "one"), slack_of(cast.team, receiver, "two")
    trigger(rule_for(cast.team, one, two), now)

    def render(message: Message, settings: Any) -> Payload:
        if "one-" in settings.url:
            raise RuntimeError(settings.url)
        return slack.KIND.render(message, settings)

    with mock.patch("deliveries.flying.kind_of", return_value=replace(slack.KIND, render=render)):
        send_all(now)

    assert sorted(states()) == [("triggered", "delivered", ""), ("triggered", "rejected", "internal_error")]


def test_settings_that_cannot_be_opened_reject_the_delivery_and_name_the_integration(
    cast: Cast, receiver: Receiver, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    broken, other = slack_of(cast.team, receiver, "broken"), slack_of(cast.team, receiver, "other")
    trigger(rule_for(cast.team, broken, other), now)
    Integration.objects.filter(pk=broken.pk).update(sealed=other.sealed)

    send_all(now)

    assert sorted(states()) == [("triggered", "delivered", ""), ("triggered", "rejected", "unreadable_config")]
    assert f"integration {broken.pk} “broken”" in caplog.text
    assert other.sealed not in caplog.text


def test_a_delivery_expires_a_day_after_it_was_recorded_and_the_next_message_says_so(
    cast: Cast, receiver: Receiver, now: datetime
) -> None:
    receiver.default = Answer(503)
    place = slack_of(cast.team, receiver)
    for n in range(3):
        trigger(rule_for(cast.team, place, test=make_test(cast.team, f"t{n}"), name=f"r{n}"), now)
    send_all(now)
    tomorrow = now + timedelta(hours=24)

    send_all(tomorrow)
    expiring.expire(tomorrow)
    assert [state for _, state, _ in states()] == ["expired"] * 3
    assert {reason for *_, reason in states()} == {"too_late"}
    receiver.default = Answer()
    trigger(rule_for(cast.team, place, test=make_test(cast.team, "new"), name="new"), tomorrow)
    send_all(tomorrow + timedelta(hours=1))
    alert = trigger(rule_for(cast.team, place, test=make_test(cast.team, "newer"), name="newer"), tomorrow)
    send_all(tomorrow + timedelta(hours=2))

    told, later = (request.body.decode() for request in receiver.received[-2:])
    assert "3 alert messages were not delivered here" in told
    assert "/t/ops/alerts/" in told
    assert f"#{alert.number} " in later
    assert "not delivered here" not in later
    assert Lane.objects.get().untold == 0


@pytest.mark.parametrize("how", ["disabled", "removed"])
def test_what_waits_for_an_integration_that_goes_is_suppressed(
    cast: Cast, receiver: Receiver, now: datetime, how: str
) -> None:
    place = slack_of(cast.team, receiver)
    receiver.default = Answer(500)
    trigger(rule_for(cast.team, place), now)
    send_all(now)
    actor = Actor.system(cast.team)
    if how == "disabled":
        services.update(actor, place, enabled=False, now=now)
    else:
        services.archive(actor, place, now)

    timers.sweep(now + timedelta(seconds=1))

    assert states() == [("triggered", "suppressed", f"integration_{how}")]


def test_an_integration_disabled_after_the_decision_is_not_called(
    cast: Cast, receiver: Receiver, now: datetime
) -> None:
    place = slack_of(cast.team, receiver)
    trigger(rule_for(cast.team, place), now)
    services.update(Actor.system(cast.team), place, enabled=False, now=now)

    send_all(now)

    assert receiver.received == []
    assert states() == [("triggered", "suppressed", "integration_disabled")]
