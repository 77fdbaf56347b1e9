"""More than may be sent one by one becomes a digest, and the last state is right."""

from datetime import datetime, timedelta

import pytest
from django.db import connection

from alerts.models import Alert
from channels_app.doors import Doors
from deliveries.models import Delivery, Dispatch, Lane
from deliveries.planning import NAMED, TRIES_BEFORE_BEHIND
from deliveries.sender import Sender
from tests.alerts.factories import make_test
from tests.conftest import Cast
from tests.deliveries.stage import LOCAL, Clock, clear, happen, opened, rule_for, send_all, slack, states, trigger
from tests.servers.http import Answer, Receiver, Request

pytestmark = pytest.mark.django_db(transaction=True)

MINUTE = timedelta(minutes=1)


def test_more_than_the_budget_allows_becomes_one_digest_that_names_thirty(
    cast: Cast, receiver: Receiver, now: datetime
) -> None:
    place = slack(cast.team, receiver)
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
    place = slack(cast.team, receiver)
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
    rule = rule_for(cast.team, slack(cast.team, receiver))
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
    place = slack(cast.team, receiver)
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


def alerts_in_one_room(cast: Cast, receiver: Receiver, now: datetime, count: int) -> None:
    """`count` alerts of one rule, owed to one room."""
    tests = [make_test(cast.team, f"t{n}") for n in range(count)]
    rule = rule_for(cast.team, slack(cast.team, receiver), test=tests[0])
    happen(rule, now, *(opened(rule, now, test=test) for test in tests))


def die_in_flight(now: datetime) -> None:
    """A sender that wrote down what it sends, and was never heard of again."""
    doors = Doors(LOCAL)
    doors.start = lambda call, done: None  # type: ignore[method-assign]
    Sender(doors, Clock(now), "gone:1:1:a")._claim()
    doors.close()


def calls_until_all_is_told(now: datetime, most: int) -> None:
    """Send, a second a time, until nothing is open."""
    for n in range(most):
        send_all(now + n * timedelta(seconds=1))
        if not Delivery.objects.filter(state__in=["pending", "sending"]).exists():
            return


def test_a_digest_that_restarts_interrupt_again_and_again_stays_a_digest(
    cast: Cast, receiver: Receiver, now: datetime
) -> None:
    alerts_in_one_room(cast, receiver, now, NAMED + 50)

    deaths = TRIES_BEFORE_BEHIND + 1
    for n in range(deaths):
        die_in_flight(now + n * MINUTE)
    calls_until_all_is_told(now + deaths * MINUTE, NAMED + 50)

    assert {state for _, state, _ in states()} == {"delivered"}
    digest, *later = [request.body.decode() for request in receiver.received]
    assert "50 alerts: 50 critical" in digest
    assert len(later) == NAMED  # any of these may be what kills senders, so each goes by itself
    assert Lane.objects.get().failures == 0


def test_a_refused_digest_sets_apart_only_what_it_named(cast: Cast, receiver: Receiver, now: datetime) -> None:
    bad = b"/views/t6/"
    receiver.decide = lambda request: Answer(400, b"invalid_blocks") if bad in request.body else Answer()
    alerts_in_one_room(cast, receiver, now, NAMED + 50)

    calls_until_all_is_told(now, NAMED + 50)

    told = [request.body.decode() for request in receiver.received if bad not in request.body]
    assert "50 alerts: 50 critical" in told[0]
    assert len(told) == 1 + NAMED - 1
    ended = [(state, reason) for _, state, reason in states()]
    assert ended.count(("delivered", "")) == NAMED + 49
    assert ended.count(("rejected", "content_refused")) == 1


def test_an_alert_that_cannot_be_told_costs_no_other_of_its_digest(
    cast: Cast, receiver: Receiver, now: datetime
) -> None:
    alerts_in_one_room(cast, receiver, now, NAMED + 50)
    Alert.objects.filter(number=7).update(snapshot=["no", "snapshot"])

    calls_until_all_is_told(now, NAMED + 50)

    ended = [(state, reason) for _, state, reason in states()]
    assert ended.count(("delivered", "")) == NAMED + 49
    assert ended.count(("rejected", "internal_error")) == 1
