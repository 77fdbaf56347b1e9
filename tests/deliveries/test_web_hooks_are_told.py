"""A web hook through the sender: each state in order and by itself, every try under one name, all of it signed."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from deliveries import services
from deliveries.models import Attempt, Delivery
from integrations.models import Integration
from teams.access import Actor
from tests.alerts.factories import make_test
from tests.conftest import Cast
from tests.deliveries.stage import clear, rule_for, send_all, tick, trigger
from tests.integrations.factories import make_integration
from tests.servers.http import Answer
from tests.servers.webhooks import Verifier

pytestmark = pytest.mark.django_db(transaction=True)

SECRET = "a-secret-of-both-sides"


@pytest.fixture
def verifier(settings: Settings) -> Iterator[Verifier]:
    settings.BELLHOP_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    with Verifier(SECRET) as running:
        yield running


@pytest.fixture
def hook(cast: Cast, verifier: Verifier) -> Integration:
    config = {"url": f"{verifier.url}/hooks", "secret": SECRET}
    return make_integration(cast.team, "webhook", "hook", config=config)


def test_every_try_of_a_message_has_one_name_and_sending_it_again_another(
    cast: Cast, verifier: Verifier, hook: Integration
) -> None:
    now, judge = timezone.now(), verifier.decide
    assert judge
    verifier.decide = lambda request: Answer(503)
    trigger(rule_for(cast.team, hook), now)
    send_all(now)
    verifier.decide = judge
    send_all(now + timedelta(seconds=10))
    services.send_again(Actor.system(cast.team), Delivery.objects.get(), now + timedelta(minutes=2))
    send_all(now + timedelta(minutes=2))

    first, second, again = (request.headers["bellhop-id"] for request in verifier.received)
    assert first == second == f"delivery-{Delivery.objects.order_by('id')[0].pk}"
    assert again != first
    assert [each.status for each in Attempt.objects.order_by("id")] == [503, 204, 204]
    assert not [each for each in Attempt.objects.all() if SECRET in repr(vars(each))]


def test_each_state_is_told_by_itself_and_in_order(
    cast: Cast, verifier: Verifier, hook: Integration, now: datetime
) -> None:
    for number in range(15):
        test = make_test(cast.team, f"t{number}")
        rule = rule_for(cast.team, test=test, name=f"rule {number}")
        tick(rule, hook)
        clear(trigger(rule, now), now + timedelta(minutes=5))
    send_all(now + timedelta(minutes=5))

    told = [json.loads(body) for body in verifier.taken.values()]
    assert {each["event"] for each in told} <= {"triggered", "cleared"}
    assert sorted(each["alert"]["id"] for each in told if each["event"] == "cleared") == list(range(1, 16))
    for number in range(1, 16):
        events = [each["event"] for each in told if each["alert"]["id"] == number]
        assert events == sorted(events, reverse=True)
