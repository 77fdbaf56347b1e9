"""Messages and pages say in whose place a fallback was told, to the clear, and it is no fault that operators see."""

from datetime import datetime

import pytest
from django.test import Client

from alerts.models import RuleIntegration
from deliveries.models import Delivery, Finding
from deliveries.sentences import sentence, whom
from tests.conftest import Cast
from tests.deliveries.stage import clear, rule_for, send_all, states, tick, trigger
from tests.deliveries.test_fallbacks_stand_in import sweep_and_send, told, with_fallback
from tests.deliveries.test_holds_need_evidence import MINUTE, SECOND, alarm, hold
from tests.servers.http import Receiver

pytestmark = pytest.mark.django_db(transaction=True)

NOTE = b"Told here in place of ops, which did not work."


def test_the_clear_says_too_in_whose_place_it_is_told(cast: Cast, receiver: Receiver, now: datetime) -> None:
    place, other = with_fallback(cast, receiver)
    alert = trigger(rule_for(cast.team, place), now)
    send_all(now)
    sweep_and_send(now + SECOND)

    clear(alert, now + MINUTE)
    for n in range(3):
        sweep_and_send(now + MINUTE + n * SECOND)

    trigger_told, clear_told = told(receiver)
    assert NOTE in trigger_told.body
    assert NOTE in clear_told.body
    last = Delivery.objects.get(integration=other, event__type="cleared")
    assert last.stands_in_for == place
    assert sentence(last).endswith("In place of ops, which did not work.")


def test_a_fallback_that_the_rule_names_by_then_hears_the_clear_for_itself(
    cast: Cast, receiver: Receiver, now: datetime
) -> None:
    place, other = with_fallback(cast, receiver)
    rule = rule_for(cast.team, place)
    alert = trigger(rule, now)
    send_all(now)
    sweep_and_send(now + SECOND)
    tick(rule, other)

    clear(alert, now + MINUTE)

    assert Delivery.objects.get(integration=other, event__type="cleared").stands_in_for is None


def test_the_row_of_the_broken_one_names_who_was_told_in_its_place(
    cast: Cast, receiver: Receiver, now: datetime, client: Client
) -> None:
    place, other = with_fallback(cast, receiver)
    trigger(rule_for(cast.team, place), now)
    send_all(now)
    sweep_and_send(now + SECOND)
    client.force_login(cast.viewer)

    page = client.get("/t/ops/alerts/1/told/").content.decode()

    stand_in = Delivery.objects.get(integration=other)
    assert f'<a href="/t/ops/deliveries/{stand_in.pk}/">In its place: {whom(stand_in)}, delivered.</a>' in page
    assert '<span class="quiet small">in place of ops</span>' in page
    assert "not ticked any more" not in page


def test_one_that_was_unticked_is_said_to_be_whoever_stood_in(
    cast: Cast, receiver: Receiver, now: datetime, client: Client
) -> None:
    place, other = with_fallback(cast, receiver)
    trigger(rule_for(cast.team, place, other), now)
    send_all(now)
    RuleIntegration.objects.all().delete()
    client.force_login(cast.viewer)

    page = client.get("/t/ops/alerts/1/told/").content.decode()

    assert page.count("not ticked any more") == 2
    assert "In its place" not in page


def test_what_is_owed_to_a_fallback_was_not_forgotten(cast: Cast, receiver: Receiver, now: datetime) -> None:
    place, other = with_fallback(cast, receiver)
    held = hold(place, receiver, now)
    alarm(place, held, 3)

    for n in range(4):
        sweep_and_send(held + n * SECOND)

    assert ("triggered", "delivered", "") in states(list(Delivery.objects.filter(integration=other)))
    assert not Finding.objects.exists()
