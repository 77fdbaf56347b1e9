"""What is sent, to whom, and in which order."""

import base64
import json
import logging
from datetime import datetime, timedelta

import pytest
from django.core import mail

from deliveries.models import Attempt, Delivery, DeliveryState, Lane
from integrations.models import Health
from tests.conftest import Cast
from tests.deliveries.stage import clear, outcomes, rule_for, send_all, slack, states, trigger
from tests.integrations.factories import make_integration
from tests.servers.http import Answer, Receiver, Request

pytestmark = pytest.mark.django_db(transaction=True)

MINUTE = timedelta(minutes=1)


def test_a_trigger_and_a_clear_arrive_with_links_to_the_right_times(
    cast: Cast, receiver: Receiver, now: datetime
) -> None:
    rule = rule_for(cast.team, slack(cast.team, receiver), runbook="https://runbooks.example.com/slow")

    alert = trigger(rule, now)
    send_all(now)
    clear(alert, now + 5 * MINUTE)
    send_all(now + 5 * MINUTE)

    first, second = (request.body.decode() for request in receiver.wait_for(2))
    assert "#1 CRITICAL: Too slow on Checkout" in first
    assert "/t/ops/views/checkout/?at=2026-03-02T12:00:00Z" in first
    assert "812.5 from fra1" in first
    assert "response_time &gt; 500" in first
    assert "https://runbooks.example.com/slow" in first
    assert "#1 CLEARED (critical): Too slow on Checkout" in second
    assert "/t/ops/views/checkout/?at=2026-03-02T12:05:00Z" in second
    assert "5 min" in second
    assert states() == [("triggered", "delivered", ""), ("cleared", "delivered", "")]
    assert outcomes() == [("delivered", 200, ""), ("delivered", 200, "")]
    assert set(Lane.objects.values_list("due_at", "lease_owner", "failures")) == {(None, "", 0)}


def test_at_one_message_a_second_a_trigger_goes_before_its_clear(cast: Cast, receiver: Receiver, now: datetime) -> None:
    rule = rule_for(cast.team, slack(cast.team, receiver))
    clear(trigger(rule, now), now)

    send_all(now)
    assert [state for _, state, _ in states()] == ["delivered", "pending"]
    send_all(now + timedelta(seconds=1))

    assert [b"CLEARED" in request.body for request in receiver.received] == [False, True]


def test_each_recipient_gets_a_mail_and_a_refused_one_repeats_no_other(cast: Cast, now: datetime) -> None:
    rule = rule_for(cast.team, recipients=["ann@example.com", "bob@example.com"])

    trigger(rule, now)
    send_all(now)

    assert sorted(message.to[0] for message in mail.outbox) == ["ann@example.com", "bob@example.com"]
    assert mail.outbox[0].subject == "[CRITICAL] #1 Too slow on Checkout"
    assert {state for _, state, _ in states()} == {DeliveryState.DELIVERED}


def test_something_old_says_how_long_ago_it_happened(cast: Cast, receiver: Receiver, now: datetime) -> None:
    trigger(rule_for(cast.team, slack(cast.team, receiver)), now - timedelta(hours=3))

    send_all(now)

    assert "This happened 3 h ago." in receiver.received[0].body.decode()


def test_secrets_stand_in_no_stored_words_and_no_log(
    cast: Cast, receiver: Receiver, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    token = "V2mixedCaseSecretTokenOf40LettersAndDig1"
    room = make_integration(cast.team, "hipchat", "room", config={"server": receiver.url, "room": "17", "token": token})

    def echo(request: Request) -> Answer:
        said = json.dumps({"error": {"message": f"{request.headers['authorization']} {token[:20]} is bad: {token}"}})
        return Answer(401, said.encode(), {"Content-Type": "application/json"})

    receiver.decide = echo
    trigger(rule_for(cast.team, room), now)
    send_all(now)

    stored = json.dumps(
        [
            *Delivery.objects.values_list("words", "reason"),
            *Attempt.objects.values_list("words", "reason"),
            *Health.objects.values_list("last_failure_words", "parked_reason"),
        ]
    )
    assert states() == [("triggered", "rejected", "bad_credentials")]
    for form in (token, base64.b64encode(token.encode()).decode()):
        assert form not in stored
        assert form not in caplog.text
