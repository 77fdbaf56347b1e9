"""The delivery log as people see it."""

from datetime import datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from deliveries.models import Delivery
from tests.alerts.factories import make_test
from tests.conftest import Cast
from tests.deliveries.stage import rule_for, send_all, slack, trigger
from tests.integrations.factories import make_integration
from tests.servers.http import Answer, Receiver

pytestmark = pytest.mark.django_db(transaction=True)
URL = "/t/ops/deliveries/"


@pytest.fixture
def client(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.member)
    return client


def test_the_list_says_in_a_sentence_what_became_of_each(
    cast: Cast, client: Client, receiver: Receiver, now: datetime
) -> None:
    receiver.default = Answer(404, b"no_service")
    trigger(
        rule_for(cast.team, slack(cast.team, receiver), make_integration(cast.team, name="off", enabled=False)), now
    )
    send_all(now)

    page = client.get(URL).content.decode()

    assert "Rejected: the room, channel or address no longer exists (“no_service”)." in page
    assert "Not sent: the integration is disabled." in page
    assert "no_service" not in client.get(f"{URL}?state=suppressed").content.decode()
    assert "No deliveries match" in client.get(f"{URL}?alert=77").content.decode()


def test_a_delivery_shows_its_attempts_and_can_be_sent_again(
    cast: Cast, client: Client, receiver: Receiver, now: datetime
) -> None:
    receiver.script(Answer(403, b"invalid_token"))
    trigger(rule_for(cast.team, slack(cast.team, receiver)), now)
    send_all(now)
    pk = Delivery.objects.get().pk

    page = client.get(f"{URL}{pk}/").content.decode()
    assert "invalid_token" in page
    assert "403" in page
    assert client.get(f"{URL}{pk}/again/").status_code == 405
    again = client.post(f"{URL}{pk}/again/", follow=True)

    assert "It is being sent again." in again.content.decode()
    assert Delivery.objects.latest("id").resend_of_id == pk
    assert "still under way" in client.post(f"{URL}{pk}/again/", follow=True).content.decode()


def test_a_viewer_reads_but_sends_nothing(cast: Cast, now: datetime) -> None:
    trigger(rule_for(cast.team, make_integration(cast.team, enabled=False)), now)
    client = Client()
    client.force_login(cast.viewer)
    pk = Delivery.objects.get().pk

    assert "Send again" not in client.get(f"{URL}{pk}/").content.decode()
    assert client.post(f"{URL}{pk}/again/").status_code == 403
    assert Delivery.objects.count() == 1


def test_filters_that_mean_nothing_are_said_to(client: Client) -> None:
    response = client.get(f"{URL}?alert=one&state=lost")
    assert response.status_code == 200
    assert "Enter a whole number" in response.content.decode()
    assert client.get(f"{URL}99999999999999999999/").status_code == 404


def test_a_page_takes_a_constant_number_of_queries(cast: Cast, client: Client, now: datetime) -> None:
    place, counts = make_integration(cast.team), []
    for n in (1, 15):
        for m in range(n):
            trigger(rule_for(cast.team, place, test=make_test(cast.team, f"t{n}-{m}")), now)
        with CaptureQueriesContext(connection) as queries:
            client.get(URL)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 8
