"""The API's word on deliveries: who was told, who was not and why, and sending again."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from channels_app.advice import ADVICE
from channels_app.contract import Reason
from deliveries import selectors, services
from deliveries.models import Budget, Delivery, DeliveryReason, DeliveryState, Lane
from deliveries.sentences import WHY, sentence
from integrations import services as integration_services
from integrations.models import Integration
from teams.access import Actor
from teams.models import AuditEntry, Role
from tests.alerts.factories import make_test
from tests.api.calls import ApiClient, key_of
from tests.conftest import Cast
from tests.deliveries.stage import clear, rule_for, send_all, slack, states, trigger
from tests.integrations.factories import make_integration
from tests.servers.http import Answer, Receiver

URL = "/api/v1/deliveries/"


@pytest.fixture
def client(cast: Cast) -> ApiClient:
    return ApiClient(key_of(cast.team))


def listed(client: ApiClient, query: str = "") -> list[dict[str, Any]]:
    response = client.get(URL + query)
    assert response.status_code == 200, response.content
    found: list[dict[str, Any]] = response.json()["results"]
    return found


@pytest.mark.django_db(transaction=True)
def test_the_log_tells_every_attempt_with_its_status_and_time(
    cast: Cast, receiver: Receiver, client: ApiClient, still: datetime
) -> None:
    now = still
    receiver.script(Answer(503, b"busy"))
    place = slack(cast.team, receiver)
    alert = trigger(rule_for(cast.team, place), now)

    send_all(now)
    (waits,) = listed(client)
    send_all(now + timedelta(seconds=5))
    (row,) = listed(client)

    assert waits["state"] == "pending"
    assert datetime.fromisoformat(waits["delayed_until"]) == now + timedelta(seconds=5)
    assert waits["explanation"].startswith("Delayed until ")
    assert (row["alert"], row["integration"], row["event"]) == (alert.number, place.pk, "triggered")
    assert (row["state"], row["reason"], row["recipient"], row["delayed_until"]) == ("delivered", "", "", None)
    assert [(each["status"], each["outcome"], each["detail"]) for each in row["attempts"]] == [
        (503, "retry_later", "busy"),
        (200, "delivered", "ok"),
    ]
    assert datetime.fromisoformat(row["attempts"][0]["at"]) >= now


@pytest.mark.django_db
def test_the_log_is_narrowed_by_alert_integration_and_state(cast: Cast, client: ApiClient, now: datetime) -> None:
    one, two = make_integration(cast.team, name="one"), make_integration(cast.team, name="two", enabled=False)
    first = trigger(rule_for(cast.team, one, two), now)
    trigger(rule_for(cast.team, one, test=make_test(cast.team, "other")), now)

    assert len(listed(client)) == 3
    assert len(listed(client, f"?alert={first.number}")) == 2
    assert len(listed(client, f"?integration={two.pk}")) == 1
    assert [row["reason"] for row in listed(client, "?state=suppressed,expired")] == ["integration_disabled"]
    assert listed(client, "?alert=99") == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "field"),
    [("?state=lost", "state"), ("?alert=one", "alert"), ("?integration=-1", "integration"), ("?rule=1", "rule")],
)
def test_a_filter_that_cannot_be_is_refused_by_name(client: ApiClient, query: str, field: str) -> None:
    response = client.get(URL + query)
    assert response.status_code == 400
    assert list(response.json()["errors"]) == [field]


@pytest.mark.django_db
def test_nobody_sees_or_sends_again_what_another_team_has(cast: Cast, now: datetime) -> None:
    trigger(rule_for(cast.team, make_integration(cast.team)), now)
    delivery = Delivery.objects.get()
    rival = ApiClient(key_of(cast.other_team, Role.ADMIN))

    assert listed(rival) == []
    assert rival.get(f"{URL}{delivery.pk}/").status_code == 404
    assert rival.send("POST", f"{URL}{delivery.pk}/retry/").status_code == 404


@pytest.mark.django_db
def test_a_page_of_the_log_takes_a_constant_number_of_queries(cast: Cast, client: ApiClient, now: datetime) -> None:
    place = make_integration(cast.team)
    counts = []
    for n in range(3):
        for m in range(1 + 5 * n):
            trigger(rule_for(cast.team, place, test=make_test(cast.team, f"t{n}-{m}")), now)
        with CaptureQueriesContext(connection) as queries:
            listed(client)
        counts.append(len(queries))
    assert counts[1] == counts[2]
    assert counts[2] <= 8


@pytest.mark.django_db(transaction=True)
def test_sending_again_makes_a_new_delivery_of_the_present_state(
    cast: Cast, receiver: Receiver, client: ApiClient
) -> None:
    now = timezone.now() - timedelta(minutes=10)
    alert = trigger(rule_for(cast.team, slack(cast.team, receiver)), now)
    send_all(now)
    clear(alert, now + timedelta(minutes=5))
    send_all(now + timedelta(minutes=5))
    old = Delivery.objects.earliest("id")

    response = client.send("POST", f"{URL}{old.pk}/retry/")
    again = client.send("POST", f"{URL}{old.pk}/retry/")
    send_all(timezone.now())

    assert response.status_code == 201
    assert (response.json()["state"], response.json()["resend_of"]) == ("pending", old.pk)
    assert again.status_code == 409
    assert states() == [("triggered", "delivered", ""), ("cleared", "delivered", ""), ("triggered", "delivered", "")]
    assert b"#1 CLEARED (critical)" in receiver.received[-1].body
    assert AuditEntry.objects.filter(action="delivery.sent_again", target_id=str(old.pk)).exists()


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["pending", "sending"])
def test_what_is_under_way_is_not_sent_again(cast: Cast, client: ApiClient, now: datetime, state: str) -> None:
    trigger(rule_for(cast.team, make_integration(cast.team)), now)
    Delivery.objects.update(state=state)

    response = client.send("POST", f"{URL}{Delivery.objects.get().pk}/retry/")

    assert response.status_code == 409
    assert Delivery.objects.count() == 1


@pytest.mark.django_db
def test_a_viewer_may_read_the_log_but_send_nothing_again(cast: Cast, now: datetime) -> None:
    trigger(rule_for(cast.team, make_integration(cast.team, enabled=False)), now)
    viewer = ApiClient(key_of(cast.team, Role.VIEWER))

    (row,) = listed(viewer)
    assert viewer.send("POST", f"{URL}{row['id']}/retry/").status_code == 403


@pytest.mark.django_db
def test_nothing_is_sent_again_through_a_disabled_integration(cast: Cast, client: ApiClient, now: datetime) -> None:
    trigger(rule_for(cast.team, make_integration(cast.team, enabled=False)), now)

    response = client.send("POST", f"{URL}{Delivery.objects.get().pk}/retry/")

    assert response.status_code == 409
    assert "disabled" in response.json()["detail"]


@pytest.mark.django_db
def test_sending_again_is_no_bomb(cast: Cast, client: ApiClient, now: datetime) -> None:
    trigger(rule_for(cast.team, make_integration(cast.team)), now)
    pk = Delivery.objects.get().pk

    for _ in range(services.RESENDS):
        Delivery.objects.update(state="delivered", finished_at=now)
        assert client.send("POST", f"{URL}{pk}/retry/").status_code == 201
    Delivery.objects.update(state="delivered", finished_at=now)
    response = client.send("POST", f"{URL}{pk}/retry/")

    assert response.status_code == 429
    assert 1 <= int(response["Retry-After"]) <= services.RESEND_SECONDS


@pytest.mark.django_db
def test_a_delay_names_who_asked_for_it(cast: Cast, now: datetime) -> None:
    place = make_integration(cast.team, name="Ops room")
    trigger(rule_for(cast.team, place), now)
    Budget.objects.create(
        rate_key=place.rate_key,
        next_at=now,
        paused_until=now + timedelta(minutes=3),
        pause_reason="rate_limited",
    )
    delivery = selectors.deliveries_of(cast.team).get()

    delay = selectors.delay_of(delivery, now)
    assert sentence(delivery, delay) == "Delayed until 12:03:00 by the rate limit of Ops room."

    Budget.objects.update(paused_until=None)
    Lane.objects.update(paused_until=now + timedelta(seconds=80), pause_reason="network")
    delivery = selectors.deliveries_of(cast.team).get()
    delay = selectors.delay_of(delivery, now)
    words = "Delayed until 12:01:20: the destination could not be reached."
    assert sentence(delivery, delay) == f"{words} {ADVICE[Reason.NETWORK]}"


def test_there_is_a_sentence_for_every_state_and_reason() -> None:
    assert set(WHY) == set(DeliveryReason.values)
    assert set(ADVICE) == set(Reason)
    for state in DeliveryState.values:
        for reason in DeliveryReason.values:
            about = {"integration": Integration(kind="slack"), "finished_at": timezone.now()}
            text = sentence(Delivery(state=state, reason=reason, held_until=timezone.now(), **about))
            assert text.endswith(".")
            assert reason not in text or "_" not in reason


@pytest.mark.django_db
def test_archiving_keeps_the_evidence(cast: Cast, client: ApiClient, now: datetime) -> None:
    place = make_integration(cast.team)
    trigger(rule_for(cast.team, place), now)

    integration_services.archive(Actor.system(cast.team), place, now)

    assert [row["integration"] for row in listed(client)] == [place.pk]
