"""From the alert to a strict Slack and back: one message that stays true, its story, and who is pinged of it."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from pytest_django import Settings

from alerts import lifecycle
from alerts.models import AlertRule
from channels_app.words import Severity
from deliveries.models import Attempt, MessageRef
from integrations.models import Integration
from teams.access import Actor, actor_for
from tests.conftest import Cast
from tests.deliveries.stage import clear, rule_for, send_all, trigger
from tests.integrations.factories import make_integration
from tests.servers.slack import SIGNING_SECRET, TOKEN, Slack

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def slack(settings: Settings) -> Iterator[Slack]:
    settings.BELLHOP_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    with Slack() as running:
        yield running


@pytest.fixture
def place(cast: Cast, slack: Slack) -> Integration:
    config = {"bot_token": TOKEN, "signing_secret": SIGNING_SECRET, "channel": "#ops", "server": slack.base}
    return make_integration(cast.team, config={**config, "mention_critical": "@here"})


@pytest.fixture
def rule(cast: Cast, place: Integration) -> AlertRule:
    return rule_for(cast.team, place)


@pytest.fixture
def member(cast: Cast) -> Actor:
    actor = actor_for(cast.member, cast.team)
    assert actor is not None
    return actor


def test_one_message_tells_what_is_true_and_its_thread_how_it_came(
    rule: AlertRule, member: Actor, slack: Slack, now: datetime
) -> None:
    alert = trigger(rule, now, severity=Severity.CRITICAL)
    send_all(now)
    for minutes, act in enumerate((lifecycle.acknowledge, lifecycle.unacknowledge, lifecycle.acknowledge), start=1):
        act(member, alert, now + timedelta(minutes=minutes))
        send_all(now + timedelta(minutes=minutes))
    clear(alert, now + timedelta(minutes=9))
    send_all(now + timedelta(minutes=9))

    first = slack.messages[0]
    colours = [body["attachments"][0]["color"] for body in first.bodies]
    assert colours == ["#d0282e", "#7a4bb5", "#d0282e", "#7a4bb5", "#2e9e5b"]
    assert first.bodies[0]["text"].startswith("<!here> #1 CRITICAL")
    assert first.now["text"].startswith("#1 CLEARED (critical)")
    shown = json.dumps(first.now)
    assert member.text in shown
    assert "*Lasted*" in shown
    story = [reply["text"] for reply in slack.replies_to(first)]
    assert story[:3] == [
        f"*Acknowledged*: {member.text} takes care of it.",
        f"*Unacknowledged*: {member.text} took the acknowledgement back.",
        f"*Acknowledged*: {member.text} takes care of it.",
    ]
    assert story[3].startswith("*Cleared*: It recovered")
    assert len(slack.messages) == 5
    assert {attempt.outcome for attempt in Attempt.objects.all()} == {"delivered"}


def test_a_lost_message_is_posted_anew_and_the_log_says_so(
    rule: AlertRule, member: Actor, slack: Slack, now: datetime
) -> None:
    alert = trigger(rule, now)
    send_all(now)
    assert MessageRef.objects.get().ref == slack.messages[0].ref
    slack.lose(0)
    lifecycle.acknowledge(member, alert, now + timedelta(minutes=1))
    send_all(now + timedelta(minutes=1))

    assert MessageRef.objects.get().ref == slack.messages[1].ref
    last = Attempt.objects.order_by("id").last()
    assert last is not None
    assert last.words == "posted anew, the earlier message is lost: message_not_found"
    clear(alert, now + timedelta(minutes=2))
    send_all(now + timedelta(minutes=2))
    assert slack.messages[1].now["text"].startswith("#1 CLEARED")


def test_buttons_carry_the_integration_and_the_alert_until_it_is_over(
    rule: AlertRule, place: Integration, slack: Slack, now: datetime
) -> None:
    alert = trigger(rule, now)
    send_all(now)
    clear(alert, now + timedelta(minutes=1))
    send_all(now + timedelta(minutes=1))

    opened, over = (json.dumps(body) for body in slack.messages[0].bodies)
    assert f'"value": "{place.uid.hex}:{alert.number}"' in opened
    assert '"actions"' not in over


def test_no_secret_stands_in_what_is_stored_or_shown(rule: AlertRule, slack: Slack, now: datetime) -> None:
    slack.refuse("chat.postMessage", "invalid_auth")
    trigger(rule, now)
    send_all(now)
    assert [(each.status, each.words) for each in Attempt.objects.all()] == [(200, "invalid_auth")]
    for integration in Integration.objects.all():
        assert TOKEN not in integration.sealed + integration.target
