"""The delivery log as people see it."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from deliveries import log
from deliveries.models import Delivery
from tests.alerts.factories import make_test
from tests.conftest import Cast
from tests.deliveries.stage import clear, rule_for, send_all, slack, trigger
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
    response = client.get(f"{URL}?alert=one&state=lost&integration=77&since=soon&until=0001-01-01T00:00")
    assert response.status_code == 200
    page = response.content.decode()
    assert "Enter a whole number" in page
    assert "Must be a time such as 2026-03-02T12:00; got &quot;soon&quot;." in page
    assert "got &quot;0001-01-01T00:00&quot;." in page
    assert client.get(f"{URL}99999999999999999999/").status_code == 404


def test_the_list_is_narrowed_by_each_filter(cast: Cast, client: Client, now: datetime) -> None:
    one, two = make_integration(cast.team, name="one"), make_integration(cast.team, name="two", enabled=False)
    rule = rule_for(cast.team, one, two)
    alert = trigger(rule, now)
    clear(alert, now + timedelta(hours=2))
    trigger(rule_for(cast.team, one, test=make_test(cast.team, "other")), now + timedelta(hours=3))

    def shown(query: str) -> int:
        return len(client.get(URL + query).context["entries"])

    assert shown("") == 5
    assert shown(f"?integration={two.pk}") == 2
    assert shown(f"?alert={alert.number}") == 4
    assert shown("?event=cleared") == 2
    assert shown("?state=pending") == 3
    assert shown("?state=sending") == 0
    assert shown("?reason=integration_disabled") == 2
    assert shown(f"?state=suppressed&integration={one.pk}") == 0
    assert shown("?since=2026-03-02T13:00") == 3
    assert shown("?since=2026-03-02T13:00&until=2026-03-02T14:30") == 2


def test_times_of_filters_are_of_the_readers_zone(cast: Cast, client: Client, now: datetime) -> None:
    trigger(rule_for(cast.team, make_integration(cast.team)), now)
    client.cookies["zone"] = "Asia/Tokyo"  # 21:00 there

    assert len(client.get(f"{URL}?since=2026-03-02T20:59").context["entries"]) == 1
    assert len(client.get(f"{URL}?since=2026-03-02T21:01").context["entries"]) == 0


@pytest.mark.parametrize("narrow", ["", "event=triggered", "state=pending"])
def test_pages_follow_each_other_without_gap_or_repeat(
    cast: Cast, client: Client, now: datetime, narrow: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "SIZE", 3)
    monkeypatch.setattr(log, "REACH", 4)
    for n in range(5):
        trigger(rule_for(cast.team, make_integration(cast.team, name=f"p{n}"), test=make_test(cast.team, f"t{n}")), now)
        clear(Delivery.objects.latest("id").alert, now + timedelta(minutes=n))

    seen, query = [], narrow
    for _ in range(10):
        context = client.get(f"{URL}?{query}").context
        seen += [entry.delivery.pk for entry in context["entries"]]
        query = context["older"]
        if not query:
            break

    expected = Delivery.objects.filter(event__type="triggered") if "event" in narrow else Delivery.objects.all()
    newest_first = expected.order_by("-recorded_at", "-pk")
    assert seen == list(newest_first.values_list("pk", flat=True))


def test_a_search_that_finds_nothing_near_says_how_far_it_came(
    cast: Cast, client: Client, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "REACH", 1)
    for n in range(3):
        trigger(rule_for(cast.team, make_integration(cast.team), test=make_test(cast.team, f"t{n}")), now)

    page = client.get(f"{URL}?event=reminded")

    assert "Nothing that matches was recorded after" in page.content.decode()
    assert "Look further back than" in page.content.decode()


def test_a_part_is_the_list_alone_and_nothing_while_nothing_changed(
    cast: Cast, client: Client, receiver: Receiver, now: datetime
) -> None:
    trigger(rule_for(cast.team, slack(cast.team, receiver)), now)
    part = client.get(URL, headers={"HX-Request": "true"})
    assert b'<form class="filters"' not in part.content

    address = f"{URL}?stamp={part.context['stamp']}"
    assert client.get(address, headers={"HX-Request": "true"}).status_code == 204
    send_all(now)
    assert client.get(address, headers={"HX-Request": "true"}).status_code == 200


def test_attempts_are_a_part_of_their_own(cast: Cast, client: Client, receiver: Receiver, now: datetime) -> None:
    receiver.script(Answer(503, b"busy"))
    trigger(rule_for(cast.team, slack(cast.team, receiver)), now)
    send_all(now)

    part = client.get(f"{URL}{Delivery.objects.get().pk}/", headers={"HX-Request": "true"}).content.decode()

    assert "<!doctype" not in part
    assert "busy" in part
    assert "503" in part


def test_a_page_takes_a_constant_number_of_queries(cast: Cast, client: Client, now: datetime) -> None:
    counts = []
    for n in (1, 15):
        for m in range(n):
            place = make_integration(cast.team, name=f"{n}-{m}")
            trigger(rule_for(cast.team, place, test=make_test(cast.team, f"t{n}-{m}")), now)
        with CaptureQueriesContext(connection) as queries:
            client.get(URL)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 9
