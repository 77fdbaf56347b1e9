"""What becomes of a delivery for every answer that a destination can give."""

import json
from datetime import datetime, timedelta
from email.utils import format_datetime

import pytest

from channels_app.contract import Delivered
from channels_app.words import Severity
from deliveries import timers
from deliveries.models import Delivery, Dispatch, Lane
from deliveries.streaks import CLEAN
from deliveries.verdicts import judge
from integrations import services
from integrations.models import Health
from teams.access import Actor
from tests.alerts.factories import make_test
from tests.conftest import Cast
from tests.deliveries.stage import outcomes, rule_for, send_all, slack, states, trigger
from tests.integrations.factories import make_integration
from tests.servers.http import Answer, Receiver

pytestmark = pytest.mark.django_db(transaction=True)

MINUTE = timedelta(minutes=1)


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
    rule = rule_for(cast.team, slack(cast.team, receiver))
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
    cast: Cast, receiver: Receiver, still: datetime, header: str, seconds: int
) -> None:
    now = still.astimezone()
    retry_after = format_datetime(now + timedelta(seconds=40)) if header == "date" else header
    url_of = "shared"
    one, two = slack(cast.team, receiver, "one", url_of), slack(cast.other_team, receiver, "two", url_of)
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
    trigger(rule_for(cast.team, slack(cast.team, receiver)), now)

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
    place = slack(cast.team, receiver)
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


def test_mending_a_parked_integration_lets_it_go_on_at_once(cast: Cast, receiver: Receiver, still: datetime) -> None:
    failed, mended = still - timedelta(seconds=1), still
    receiver.default = Answer(500, b"rollup_error")
    place = slack(cast.team, receiver)
    trigger(rule_for(cast.team, place), failed)
    send_all(failed)
    receiver.default = Answer()

    services.update(Actor.system(cast.team), place, name="mended", now=mended)
    timers.sweep(mended + timedelta(seconds=1))
    send_all(mended + timedelta(seconds=1))

    assert states() == [("triggered", "delivered", "")]


def test_a_content_error_is_tried_once_in_the_plainer_form(cast: Cast, receiver: Receiver, now: datetime) -> None:
    receiver.script(Answer(400, b"invalid_blocks"))
    trigger(rule_for(cast.team, slack(cast.team, receiver)), now)

    send_all(now)

    assert states() == [("triggered", "delivered", "")]
    assert outcomes() == [("rejected", 400, "content_refused"), ("delivered", 200, "")]
    assert Dispatch.objects.count() == 1
    assert "attachments" not in json.loads(receiver.received[1].body)


def test_a_content_error_rejects_that_message_only(cast: Cast, receiver: Receiver, now: datetime) -> None:
    place = slack(cast.team, receiver)
    receiver.decide = lambda request: Answer(400, b"invalid_payload") if b"#1 " in request.body else Answer()
    trigger(rule_for(cast.team, place, test=make_test(cast.team, "bad"), name="bad"), now)
    trigger(rule_for(cast.team, place, test=make_test(cast.team, "good"), name="good"), now)

    send_all(now)
    send_all(now + timedelta(seconds=2))

    assert states() == [("triggered", "rejected", "content_refused"), ("triggered", "delivered", "")]
    assert Lane.objects.get().failures == 0


def test_after_five_failures_a_message_goes_behind_the_others(cast: Cast, receiver: Receiver, now: datetime) -> None:
    place = slack(cast.team, receiver)
    receiver.decide = lambda request: Answer(500, b"rollup_error") if b"#1 " in request.body else Answer()
    for name in ("bad", "good"):
        trigger(rule_for(cast.team, place, test=make_test(cast.team, name), name=name), now)

    for n in range(8):
        send_all(now + n * timedelta(minutes=20))

    assert [state for _, state, _ in states()] == ["pending", "delivered"]
    assert Delivery.objects.order_by("id")[0].tries >= 5


@pytest.mark.parametrize("failures", [6, 7, 12])
def test_an_outage_of_the_lane_puts_no_message_behind(
    cast: Cast, receiver: Receiver, now: datetime, failures: int
) -> None:
    place = slack(cast.team, receiver)
    receiver.script(*[Answer(500, b"rollup_error")] * failures)
    for severity in (Severity.CRITICAL, Severity.MINOR):
        trigger(rule_for(cast.team, place, test=make_test(cast.team, severity), name=severity), now, severity)

    for n in range(failures + 2):
        send_all(now + n * timedelta(minutes=20))

    told = [b"#1 CRITICAL" in request.body for request in receiver.received[failures:]]
    assert told == [True, False]


def test_a_limit_puts_no_message_behind(cast: Cast, receiver: Receiver, now: datetime) -> None:
    place = slack(cast.team, receiver)
    receiver.script(*[Answer(429, b"rate_limited", {"Retry-After": "1"})] * 6)
    for severity in (Severity.CRITICAL, Severity.MINOR):
        trigger(rule_for(cast.team, place, test=make_test(cast.team, severity), name=severity), now, severity)

    for n in range(9):
        send_all(now + n * timedelta(seconds=2))

    told = [b"#1 CRITICAL" in request.body for request in receiver.received]
    assert told == [True] * 7 + [False]


def test_a_name_that_no_database_keeps_holds_up_nobody(cast: Cast, receiver: Receiver, now: datetime) -> None:
    with Receiver() as elsewhere:
        config = {"bot_token": "xoxb-1234567890-abcdefghijkl", "channel": "#ops", "server": f"{elsewhere.url}/api"}
        hostile = make_integration(cast.other_team, "slack", "hostile", config=config)
        elsewhere.script(Answer(200, json.dumps({"ok": True, "channel": "C1", "ts": "1.0\x00"}).encode()))
        trigger(rule_for(cast.other_team, hostile), now)
        trigger(rule_for(cast.team, slack(cast.team, receiver)), now)

        send_all(now)

    assert states() == [("triggered", "delivered", "")] * 2
    assert not any("\x00" in each.ref for each in Dispatch.objects.all())


@pytest.mark.parametrize("ref", ["1\x002", "\x00", "1" * 300])
def test_what_a_remote_calls_its_message_fits_every_database(ref: str, now: datetime) -> None:
    kept = judge(Delivered(ref), CLEAN, now, 0.0).ref

    assert "\x00" not in kept
    assert len(kept) <= 200
