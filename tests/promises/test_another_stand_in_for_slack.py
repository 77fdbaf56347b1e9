"""What Bellhop says to Slack is understood by a stand-in that we did not write, asked by Slack's own client."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from pytest_django import Settings
from slack_sdk import WebClient

from alerts import lifecycle
from deliveries.models import Attempt, MessageRef
from teams.access import Actor
from tests.conftest import Cast
from tests.deliveries.stage import clear, rule_for, send_all, trigger
from tests.integrations.factories import make_integration
from tests.servers import emulated

TOKEN = "xoxb-0000000000-stand-in-for-slack"  # a token by its looks; the stand-in takes any

pytestmark = [
    pytest.mark.promise,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(bool(emulated.lacking()), reason=f"another stand-in for Slack: {emulated.lacking()}"),
]


@pytest.fixture
def address(settings: Settings) -> Iterator[str]:
    settings.BELLHOP_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    with emulated.emulated_slack() as running:
        yield running


@pytest.fixture
def slack(address: str) -> WebClient:
    return WebClient(TOKEN, base_url=f"{address}/")


def said(slack: WebClient) -> list[dict[str, Any]]:
    """What stands in the channel, the oldest first."""
    found: list[dict[str, Any]] = slack.conversations_history(channel=emulated.CHANNEL)["messages"]
    return [each for each in reversed(found) if each["text"].startswith("#1 ")]


def story(slack: WebClient, ts: str) -> list[str]:
    found: list[dict[str, Any]] = slack.conversations_replies(channel=emulated.CHANNEL, ts=ts)["messages"]
    return [each["text"] for each in found if each["ts"] != ts]


def test_one_message_stays_true_and_a_lost_one_is_posted_anew(
    cast: Cast, member: Actor, address: str, slack: WebClient, now: datetime
) -> None:
    config = {"bot_token": TOKEN, "signing_secret": "0" * 32, "channel": emulated.CHANNEL, "server": address}
    alert = trigger(rule_for(cast.team, make_integration(cast.team, config=config)), now)
    send_all(now)
    (posted,) = said(slack)
    assert MessageRef.objects.get().ref == f"{emulated.CHANNEL}:{posted['ts']}"

    lifecycle.acknowledge(member, alert, now + timedelta(minutes=1))
    send_all(now + timedelta(minutes=1))
    (changed,) = said(slack)
    assert (changed["ts"], changed["text"][:15]) == (posted["ts"], "#1 ACKNOWLEDGED")
    assert story(slack, posted["ts"]) == [f"*Acknowledged*: {member.text} takes care of it."]

    slack.chat_delete(channel=emulated.CHANNEL, ts=posted["ts"])
    clear(alert, now + timedelta(minutes=2))
    send_all(now + timedelta(minutes=2))
    anew = said(slack)[-1]
    assert anew["ts"] != posted["ts"]
    assert anew["text"].startswith("#1 CLEARED")
    assert MessageRef.objects.get().ref == f"{emulated.CHANNEL}:{anew['ts']}"
    newest = Attempt.objects.order_by("id").last()
    assert newest is not None
    assert newest.words.startswith("posted anew, the earlier message is lost: message_not_found")
