"""What becomes of a delivery for every way a destination can behave."""

import base64
import json
import logging
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any
from unittest import mock

import pytest
from django.core import mail

from channels_app import slack
from channels_app.contract import Message, Payload
from channels_app.words import Severity
from deliveries import timers
from deliveries.models import Attempt, Delivery, DeliveryState, Dispatch, Lane
from integrations import services
from integrations.models import Health, Integration
from teams.access import Actor
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
from tests.integrations.factories import make_integration
from tests.servers.http import Answer, Receiver, Request

pytestmark = pytest.mark.django_db(transaction=True)

MINUTE = timedelta(minutes=1)


def outcomes() -> list[tuple[str, int | None, str]]:
    return list(Attempt.objects.order_by("id").values_list("outcome", "status", "reason"))


def test_a_trigger_and_a_clear_arrive_with_links_to_the_right_times(
    cast: Cast, receiver: Receiver, now: datetime
) -> None:
    rule = rule_for(cast.team, slack_of(cast.team, receiver), runbook="https://runbooks.example.com/slow")

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


@pytest.mark.parametrize(
    ("answer", "reason", "status"),
    [
        (Answer(500, b"rollup_error"), "remote_error", 500),
        (Answer(503, b"busy"), "remote_error", 503),
        (Answer(manner="reset"), "network", None),
        (Answer(200, b"<html>please log in</html>"), "unexpected_answer", 200),
    ],
)
def test_what_may_pass_is_tried_again_with_growing_gaps(
    cast: Cast, receiver: Receiver, now: datetime, answer: Answer, reason: str, status: int | None
) -> None:
    rule = rule_for(cast.team, slack_of(cast.team, receiver))
    receiver.script(answer, answer)
    trigger(rule, now)

    send_all(now)
    lane = Lane.objects.get()
    assert (lane.failures, lane.paused_until, lane.pause_reason) == (1, now + timedelta(seconds=5), reason)
    send_all(now + timedelta(seconds=4.9))
    assert len(receiver.received) == 1

    send_all(now + timedelta(seconds=5))
    lane.refresh_from_db()
    assert (lane.failures, lane.paused_until) == (2, now + timedelta(seconds=15))

    send_all(now + timedelta(seconds=15))
    lane.refresh_from_db()
    assert (lane.failures, lane.paused_until, lane.due_at) == (0, None, None)
    assert outcomes() == [("retry_later", status, reason)] * 2 + [("delivered", 200, "")]
    assert Delivery.objects.get().tries == 2


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("30", 30), ("date", 40), ("0", 5), ("-7", 5), ("soon", 5), ("999999", 3600)],
)
def test_a_429_holds_all_lanes_of_the_rate_key_for_as_long_as_the_remote_says(
    cast: Cast, receiver: Receiver, header: str, seconds: int
) -> None:
    now = datetime.now().astimezone()
    retry_after = format_datetime(now + timedelta(seconds=40)) if header == "date" else header
    url_of = "shared"
    one, two = slack_of(cast.team, receiver, "one", url_of), slack_of(cast.other_team, receiver, "two", url_of)
    receiver.script(Answer(429, b"rate_limited", {"Retry-After": retry_after}))

    trigger(rule_for(cast.team, one), now)
    send_all(now)
    trigger(rule_for(cast.other_team, two), now)
    send_all(now + timedelta(seconds=min(seconds, 30) - 2))

    assert outcomes() == [("retry_later", 429, "rate_limited")]
    due = set(Lane.objects.values_list("due_at", flat=True))
    held = {round((at - now).total_seconds()) for at in due if at}
    assert held <= {seconds - 1, seconds, seconds + 1}

    send_all(now + timedelta(seconds=seconds + 3))
    send_all(now + timedelta(seconds=seconds + 5))
    assert {state for _, state, _ in states()} == {"delivered"}


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(403, b"invalid_token"), "bad_credentials"),
        (Answer(404, b"no_service"), "destination_gone"),
        (Answer(410, b"channel_is_archived"), "destination_gone"),
        (Answer(302, b"", {"Location": "https://example.org/"}), "redirected"),
    ],
)
def test_what_can_never_pass_is_rejected_with_the_reason(
    cast: Cast, receiver: Receiver, now: datetime, answer: Answer, reason: str
) -> None:
    receiver.default = answer
    trigger(rule_for(cast.team, slack_of(cast.team, receiver)), now)

    send_all(now)

    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.reason) == ("rejected", reason)
    assert answer.body.decode() in delivery.words
    assert Lane.objects.get().due_at is None
    health = Health.objects.get()
    assert (health.consecutive_failures, health.parked_at) == (1, None)


def test_a_destination_that_refuses_again_and_again_is_parked_and_its_messages_wait(
    cast: Cast, receiver: Receiver, now: datetime
) -> None:
    receiver.default = Answer(403, b"invalid_token")
    place = slack_of(cast.team, receiver)
    for n in range(5):
        trigger(rule_for(cast.team, place, test=make_test(cast.team, f"t{n}"), name=f"r{n}"), now + n * MINUTE)
        send_all(now + n * MINUTE)

    assert [state for _, state, _ in states()] == ["rejected"] * 3 + ["pending"] * 2
    assert Health.objects.get().parked_reason == "bad_credentials"

    receiver.default = Answer()
    send_all(now + timedelta(hours=1))
    send_all(now + timedelta(hours=1, seconds=2))
    assert [state for _, state, _ in states()] == ["rejected"] * 3 + ["delivered"] * 2
    assert Health.objects.get().parked_at is None


def test_mending_a_parked_integration_lets_it_go_on_at_once(cast: Cast, receiver: Receiver) -> None:
    now = datetime.now().astimezone()
    receiver.default = Answer(500, b"rollup_error")
    place = slack_of(cast.team, receiver)
    trigger(rule_for(cast.team, place), now)
    send_all(now)
    receiver.default = Answer()

    services.update(Actor.system(cast.team), place, name="mended", now=now)
    timers.sweep(now + timedelta(seconds=1))
    send_all(now + timedelta(seconds=1))

    assert states() == [("triggered", "delivered", "")]


def test_a_content_error_is_tried_once_in_the_plainer_form(cast: Cast, receiver: Receiver, now: datetime) -> None:
    receiver.script(Answer(400, b"invalid_blocks"))
    trigger(rule_for(cast.team, slack_of(cast.team, receiver)), now)

    send_all(now)

    assert states() == [("triggered", "delivered", "")]
    assert outcomes() == [("rejected", 400, "content_refused"), ("delivered", 200, "")]
    assert Dispatch.objects.count() == 1
    assert "attachments" not in json.loads(receiver.received[1].body)


def test_a_content_error_rejects_that_message_only(cast: Cast, receiver: Receiver, now: datetime) -> None:
    place = slack_of(cast.team, receiver)
    receiver.decide = lambda request: Answer(400, b"invalid_payload") if b"#1 " in request.body else Answer()
    trigger(rule_for(cast.team, place, test=make_test(cast.team, "bad"), name="bad"), now)
    trigger(rule_for(cast.team, place, test=make_test(cast.team, "good"), name="good"), now)

    send_all(now)
    send_all(now + timedelta(seconds=2))

    assert states() == [("triggered", "rejected", "content_refused"), ("triggered", "delivered", "")]
    assert Lane.objects.get().failures == 0


def test_after_five_failures_a_message_goes_behind_the_others(cast: Cast, receiver: Receiver, now: datetime) -> None:
    place = slack_of(cast.team, receiver)
    receiver.decide = lambda request: Answer(500, b"rollup_error") if b"#1 " in request.body else Answer()
    for name in ("bad", "good"):
        trigger(rule_for(cast.team, place, test=make_test(cast.team, name), name=name), now)

    for n in range(8):
        send_all(now + n * timedelta(minutes=20))

    assert [state for _, state, _ in states()] == ["pending", "delivered"]
    assert Delivery.objects.order_by("id")[0].tries >= 5


def test_a_limit_puts_no_message_behind(cast: Cast, receiver: Receiver, now: datetime) -> None:
    place = slack_of(cast.team, receiver)
    receiver.script(*[Answer(429, b"rate_limited", {"Retry-After": "1"})] * 6)
    for severity in (Severity.CRITICAL, Severity.MINOR):
        trigger(rule_for(cast.team, place, test=make_test(cast.team, severity), name=severity), now, severity)

    for n in range(9):
        send_all(now + n * timedelta(seconds=2))

    told = [b"#1 CRITICAL" in request.body for request in receiver.received]
    assert told == [True] * 7 + [False]


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
    timers.expire(tomorrow)
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


def test_at_one_message_a_second_a_trigger_goes_before_its_clear(cast: Cast, receiver: Receiver, now: datetime) -> None:
    rule = rule_for(cast.team, slack_of(cast.team, receiver))
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
    assert mail.outbox[0].subject == "#1 CRITICAL: Too slow on Checkout"
    assert {state for _, state, _ in states()} == {DeliveryState.DELIVERED}


def test_something_old_says_how_long_ago_it_happened(cast: Cast, receiver: Receiver, now: datetime) -> None:
    trigger(rule_for(cast.team, slack_of(cast.team, receiver)), now - timedelta(hours=3))

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
