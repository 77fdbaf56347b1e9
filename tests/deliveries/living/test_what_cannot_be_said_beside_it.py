"""The message is true, and what is to be heard beside it is not taken: nobody misses it, and nothing is said twice."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from pytest_django import Settings

from channels_app.words import Severity
from deliveries.models import Attempt, Delivery, Lane, MessageRef
from integrations.models import Integration
from tests.channels_app.kinds import SAMPLES
from tests.conftest import Cast
from tests.deliveries.living.stage import changed, loud
from tests.deliveries.stage import clear, happen, rule_for, send_all, trigger
from tests.integrations.factories import make_integration
from tests.servers.discord import Discord, number, said
from tests.servers.http import Answer, Request

pytestmark = pytest.mark.django_db(transaction=True)

MINUTE = timedelta(minutes=1)
FORBIDDEN = said(403, {"message": "Missing Permissions", "code": 50013})


@pytest.fixture
def discord(settings: Settings) -> Iterator[Discord]:
    settings.BELLHOP_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    with Discord() as running:
        yield running


@pytest.fixture
def place(cast: Cast, discord: Discord) -> Integration:
    return make_integration(cast.team, "discord", config=SAMPLES["discord"].config(discord.url))


def refuse(discord: Discord, *answers: Answer) -> None:
    """What is posted next is refused so; edits are taken."""
    usual, left = discord.decide, list(answers)

    def decide(request: Request) -> Answer:
        edits = request.method == "PATCH"
        found: Answer = left.pop(0) if left and not edits else usual(request)  # type: ignore[misc]
        return found

    discord.decide = decide


def test_it_is_posted_anew_and_known_from_then_on(
    cast: Cast, place: Integration, discord: Discord, now: datetime
) -> None:
    rule = rule_for(cast.team, place)
    alert = trigger(rule, now, severity=Severity.MINOR)
    send_all(now)
    refuse(discord, FORBIDDEN)
    happen(rule, now + MINUTE, changed(rule, now + MINUTE, Severity.CRITICAL))
    send_all(now + MINUTE)

    assert MessageRef.objects.get().ref == number(2)
    assert [state for _, state, _ in loud()] == ["delivered", "delivered"]
    last = Attempt.objects.latest("id")
    assert last.words == "posted anew, the earlier message is lost: Missing Permissions"
    clear(alert, now + 2 * MINUTE)
    send_all(now + 2 * MINUTE)
    assert discord.edits[-1][0] == number(2)


def test_where_nothing_new_is_taken_it_is_refused_and_the_message_stays_known(
    cast: Cast, place: Integration, discord: Discord, now: datetime
) -> None:
    rule = rule_for(cast.team, place)
    trigger(rule, now, severity=Severity.MINOR)
    send_all(now)
    refuse(discord, FORBIDDEN, FORBIDDEN)
    happen(rule, now + MINUTE, changed(rule, now + MINUTE, Severity.CRITICAL))
    send_all(now + MINUTE)

    told = Delivery.objects.latest("id")
    assert (told.state, told.reason) == ("rejected", "not_allowed")
    assert told.words == "Missing Permissions"
    assert MessageRef.objects.get().ref == number(1)
    assert "CRITICAL" in discord.edits[-1][1]["content"]


def test_it_is_said_once_and_each_try_counts_once(
    cast: Cast, place: Integration, discord: Discord, now: datetime
) -> None:
    rule = rule_for(cast.team, place)
    trigger(rule, now, severity=Severity.MINOR)
    send_all(now)
    refuse(discord, Answer(502, b"busy"), Answer(502, b"busy"))
    happen(rule, now + MINUTE, changed(rule, now + MINUTE, Severity.CRITICAL))
    for minutes in (1, 2):
        send_all(now + minutes * MINUTE)
        told, lane = Delivery.objects.latest("id"), Lane.objects.get()
        assert (told.state, told.tries, lane.failures) == ("pending", minutes, minutes)
    send_all(now + 3 * MINUTE)

    assert [state for _, state, _ in loud()] == ["delivered", "delivered"]
    assert (len(discord.messages), Lane.objects.get().failures) == (2, 0)
    assert MessageRef.objects.get().ref == number(1)
