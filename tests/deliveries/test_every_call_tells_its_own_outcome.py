"""A message may take several calls: each stands in the log with what it came to, and not with what became of all."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from pytest_django import Settings

from channels_app import registry
from channels_app.contract import Delivered, Kind, Rejected, Reply, RetryLater
from channels_app.registry import KINDS
from channels_app.words import Severity
from deliveries import timers
from deliveries.models import Attempt, Delivery
from integrations.models import Integration
from tests.channels_app.kinds import SAMPLES
from tests.channels_app.samples import MESSAGES, TRIGGERED
from tests.conftest import Cast
from tests.deliveries.living.stage import changed
from tests.deliveries.stage import clear, happen, rule_for, send_all, slack, trigger
from tests.integrations.factories import make_integration
from tests.servers.discord import Discord
from tests.servers.http import Answer, Receiver
from tests.servers.mailbox import mailbox_at_work
from tests.servers.slack import SIGNING_SECRET, TOKEN, Slack

pytestmark = pytest.mark.django_db(transaction=True)

MINUTE = timedelta(minutes=1)


def calls() -> list[tuple[str, str, int | None, str]]:
    """(outcome, reason, status, words) of every call, oldest first."""
    return list(Attempt.objects.order_by("id").values_list("outcome", "reason", "status", "words"))


@pytest.fixture
def app(settings: Settings) -> Iterator[Slack]:
    settings.BELLHOP_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    with Slack() as running:
        yield running


@pytest.fixture
def channel(cast: Cast, app: Slack) -> Integration:
    config = {"bot_token": TOKEN, "signing_secret": SIGNING_SECRET, "channel": "#ops", "server": app.base}
    return make_integration(cast.team, config=config)


def test_a_no_that_comes_with_status_200_is_a_no(cast: Cast, channel: Integration, app: Slack, now: datetime) -> None:
    app.refuse("chat.postMessage", "invalid_blocks")
    trigger(rule_for(cast.team, channel), now)
    send_all(now)

    assert calls() == [("rejected", "content_refused", 200, "invalid_blocks"), ("delivered", "", 200, "ok")]


def test_what_could_not_be_edited_says_why_and_the_new_message_that_it_is_one(
    cast: Cast, channel: Integration, app: Slack, now: datetime
) -> None:
    rule = rule_for(cast.team, channel)
    trigger(rule, now, severity=Severity.MINOR)
    send_all(now)
    app.lose(0)
    happen(rule, now + MINUTE, changed(rule, now + MINUTE, Severity.CRITICAL))
    send_all(now + MINUTE)

    assert calls()[1:] == [
        ("rejected", "unexpected_answer", 200, "message_not_found"),
        ("delivered", "", 200, "posted anew, the earlier message is lost: message_not_found"),
    ]


def test_a_story_that_is_refused_is_refused_though_the_update_counts(
    cast: Cast, channel: Integration, app: Slack, now: datetime
) -> None:
    rule = rule_for(cast.team, channel)
    alert = trigger(rule, now)
    send_all(now)
    app.refuse("chat.postMessage", "thread_not_found")
    clear(alert, now + MINUTE)
    send_all(now + MINUTE)

    assert Delivery.objects.latest("id").state == "delivered"
    assert calls()[1:] == [
        ("delivered", "", 200, "ok"),
        ("rejected", "unexpected_answer", 200, "updated, but its thread could not be told: thread_not_found"),
    ]


def test_an_edit_that_was_taken_is_so_though_the_whole_waits(cast: Cast, settings: Settings, now: datetime) -> None:
    settings.BELLHOP_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    with Discord() as server:
        place = make_integration(cast.team, "discord", config=SAMPLES["discord"].config(server.url))
        rule = rule_for(cast.team, place)
        trigger(rule, now, severity=Severity.MINOR)
        send_all(now)
        usual = server.decide
        assert usual is not None
        server.decide = lambda request: usual(request) if request.method == "PATCH" else Answer(502, b"busy")
        happen(rule, now + MINUTE, changed(rule, now + MINUTE, Severity.CRITICAL))
        send_all(now + MINUTE)

    assert calls()[1:] == [("delivered", "", 200, ""), ("retry_later", "remote_error", 502, "busy")]
    assert Delivery.objects.latest("id").state == "pending"


@pytest.mark.parametrize("kind", ["slack", "mattermost", "discord", "telegram", "hipchat"])
def test_a_form_that_is_refused_stands_there_in_the_kinds_own_judgement(
    kind: str, cast: Cast, receiver: Receiver, now: datetime
) -> None:
    sample = SAMPLES[kind]
    place = make_integration(cast.team, kind, config=sample.config(receiver.url))
    refusal = Answer(413, b"too long for us")
    receiver.decide = lambda request: sample.good if len(receiver.received) > 1 else refusal  # type: ignore[assignment, return-value]
    trigger(rule_for(cast.team, place), now)
    send_all(now)

    first, second = calls()
    assert first == ("rejected", "content_refused", 413, "too long for us")
    assert (second[0], second[1]) == ("delivered", "")


def test_of_a_kind_that_judges_no_call_the_status_tells(
    cast: Cast, receiver: Receiver, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(registry._BY_NAME, "mattermost", replace(registry.kind("mattermost"), judge=None))
    place = make_integration(cast.team, "mattermost", config=SAMPLES["mattermost"].config(receiver.url))
    receiver.script(Answer(413, b"too long for us"), Answer(200, b"ok"))
    trigger(rule_for(cast.team, place), now)
    send_all(now)

    assert calls() == [("rejected", "unexpected_answer", 413, "too long for us"), ("delivered", "", 200, "ok")]


@pytest.mark.parametrize(
    ("refused", "told", "became"),
    [
        (
            {"ann@example.com": "451 greylisted"},
            [("retry_later", "remote_error", 451, "greylisted"), ("delivered", "", 250, "")],
            ("pending", ""),
        ),
        (
            {"ann@example.com": "550 unknown"},
            [("rejected", "recipient_refused", 550, "unknown"), ("delivered", "", 250, "")],
            ("rejected", "1 of 2 were accepted: unknown"),
        ),
        (
            {"ann@example.com": "451 greylisted", "bob@example.com": "550 moved"},
            [("retry_later", "remote_error", 451, "greylisted"), ("rejected", "recipient_refused", 550, "moved")],
            ("pending", ""),
        ),
        (
            {"ann@example.com": "550 unknown", "bob@example.com": "550 moved"},
            [
                ("rejected", "recipient_refused", 550, "unknown"),
                ("rejected", "recipient_refused", 550, "0 of 2 were accepted: moved"),
            ],
            ("rejected", "0 of 2 were accepted: moved"),
        ),
    ],
)
def test_each_mail_of_several_has_what_the_mail_server_said_of_it(
    refused: dict[str, str],
    told: list[tuple[str, str, int, str]],
    became: tuple[str, str],
    cast: Cast,
    receiver: Receiver,
    settings: Settings,
    now: datetime,
) -> None:
    receiver.default = Answer(404, b"no_service")
    place = slack(cast.team, receiver)
    people = make_integration(cast.team, "email", "people", config={"to": ["ann@example.com", "bob@example.com"]})
    Integration.objects.filter(pk=place.pk).update(fallback=people)
    with mailbox_at_work() as mailbox:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", mailbox.port
        mailbox.refuse = refused
        trigger(rule_for(cast.team, place), now)
        send_all(now)
        timers.sweep(now + timedelta(seconds=1))
        send_all(now + timedelta(seconds=1))

    delivery = Delivery.objects.get(integration=people)
    assert calls()[1:] == told
    assert (delivery.state, delivery.words) == became


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.spec.kind)
@pytest.mark.parametrize("first", [Reply(202, {}, b'{"status": "success"}'), Reply(413, {}, b"too long")])
def test_whatever_takes_several_calls_can_judge_each(kind: Kind, first: Reply) -> None:
    settings = kind.spec.settings(SAMPLES[kind.spec.kind].config("https://remote.example"))
    for message in (TRIGGERED, MESSAGES["test"]):
        sending = kind.send(kind.render(message, settings), settings, "")
        next(sending)
        try:
            sending.send(first)
        except StopIteration:
            continue
        assert kind.judge is not None
        assert isinstance(kind.judge(first, settings), Delivered | Rejected | RetryLater)
