"""More than may be sent one by one becomes a digest, and the last state is right."""

from datetime import datetime, timedelta

import pytest
from django.db import connection

from deliveries.models import Delivery, Dispatch, Lane
from tests.alerts.factories import make_test
from tests.conftest import Cast
from tests.deliveries.stage import (
    clear,
    happen,
    opened,
    rule_for,
    send_all,
    states,
    trigger,
)
from tests.deliveries.stage import (
    slack as slack_of,
)
from tests.servers.http import Answer, Receiver, Request

pytestmark = pytest.mark.django_db(transaction=True)

MINUTE = timedelta(minutes=1)


def test_more_than_the_budget_allows_becomes_one_digest_that_names_thirty(
    cast: Cast, receiver: Receiver, now: datetime
) -> None:
    place = slack_of(cast.team, receiver)
    tests = [make_test(cast.team, f"t{n}") for n in range(100)]
    rules = [rule_for(cast.team, place, test=test, name=f"rule {n}") for n, test in enumerate(tests)]
    happen(rules[0], now, *(opened(rule, now) for rule in rules))

    send_all(now)

    assert len(receiver.received) == 1
    body = receiver.received[0].body.decode()
    assert "100 alerts: 100 critical" in body
    assert all(f"|#{n}>" in body for n in range(1, 31))
    assert "and 70 more: 70 critical" in body
    assert "/t/ops/alerts/" in body
    assert {state for _, state, _ in states()} == {"delivered"}
    assert Dispatch.objects.get().items.count() == 100


def test_a_digest_that_is_refused_is_taken_apart(cast: Cast, receiver: Receiver, now: datetime) -> None:
    place = slack_of(cast.team, receiver)
    receiver.decide = lambda request: Answer(400, b"invalid_blocks") if b"10 alerts" in request.body else Answer()
    rules = [rule_for(cast.team, place, test=make_test(cast.team, f"t{n}"), name=f"rule {n}") for n in range(10)]
    happen(rules[0], now, *(opened(rule, now) for rule in rules))

    for n in range(12):
        send_all(now + n * timedelta(seconds=1))

    assert {state for _, state, _ in states()} == {"delivered"}
    assert Lane.objects.get().failures == 0
    assert len(receiver.received) == 2 + 10


def test_trigger_and_clear_before_the_first_send_are_one_honest_message(
    cast: Cast, receiver: Receiver, now: datetime
) -> None:
    rule = rule_for(cast.team, slack_of(cast.team, receiver))
    alert = trigger(rule, now)
    clear(alert, now + 5 * MINUTE)

    send_all(now + 6 * MINUTE)

    assert states() == [("triggered", "superseded", "newer_event"), ("cleared", "delivered", "")]
    first, second = Delivery.objects.order_by("id")
    assert first.replaced_by == second
    (request,) = receiver.received
    assert "triggered at 2026-03-02 12:00 UTC and cleared at 2026-03-02 12:05 UTC" in request.body.decode()


def test_what_clears_while_a_digest_is_on_its_way_is_told_after_it(
    cast: Cast, receiver: Receiver, now: datetime
) -> None:
    place = slack_of(cast.team, receiver)
    rules = [rule_for(cast.team, place, test=make_test(cast.team, f"t{n}"), name=f"rule {n}") for n in range(20)]
    alerts = [event.alert for event in happen(rules[0], now, *(opened(rule, now) for rule in rules))]

    def clear_some(request: Request) -> Answer:
        if len(receiver.received) == 1:
            for alert in alerts[:10]:
                clear(alert, now)
            connection.close()
        return Answer()

    receiver.decide = clear_some
    for n in range(4):
        send_all(now + n * timedelta(seconds=1))

    first, *later = [request.body.decode() for request in receiver.received]
    assert "20 alerts: 20 critical" in first
    assert [body.count("cleared at") for body in later] == [10]
    assert "10 alerts cleared" in later[0]
    assert {state for _, state, _ in states()} == {"delivered"}
