"""Actions are done by POST, with a token, by whom the team allows it, to what it fits."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from alerts.models import Alert, AlertEvent
from deliveries.models import Delivery, DeliveryState
from teams.adminkit import site
from tests.admin.conftest import World, everything, registered

Enter = Callable[..., Client]

DEEDS = [(model, deed) for model in registered() for deed in site.get_model_admin(model).deeds]  # type: ignore[attr-defined]


@pytest.mark.parametrize(("model", "deed"), DEEDS, ids=[deed for _, deed in DEEDS])
def test_a_get_changes_nothing(model: type, deed: str, world: World, enter: Enter) -> None:
    client = enter(world.cast.owner)
    row = world.mine.of(model)
    before = everything()

    answer = client.get(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{deed}", args=[row.pk]))  # type: ignore[attr-defined]

    assert answer.status_code in (200, 302)
    assert everything() == before


@pytest.mark.parametrize(("model", "deed"), DEEDS, ids=[deed for _, deed in DEEDS])
def test_a_post_without_a_token_changes_nothing(model: type, deed: str, world: World, enter: Enter) -> None:
    client = enter(world.cast.owner, enforce_csrf_checks=True)
    row = world.mine.of(model)
    before = everything()

    answer = client.post(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{deed}", args=[row.pk]))  # type: ignore[attr-defined]

    assert answer.status_code == 403
    assert everything() == before


def act(client: Client, alert: Alert, deed: str, **data: object) -> str:
    answer = client.post(reverse(f"admin:alerts_alert_{deed}", args=[alert.pk]), data, follow=True)
    assert answer.status_code == 200
    alert.refresh_from_db()
    return str(answer.content.decode())


def test_an_alert_is_acknowledged_noted_assigned_and_closed(world: World, enter: Enter) -> None:
    client, alert = enter(world.cast.member), world.mine.alert

    assert "is acknowledged" in act(client, alert, "acknowledge")
    act(client, alert, "note", **{"note-text": "On it"})
    act(client, alert, "assign", **{"assign-to": world.cast.owner.pk})
    page = act(client, alert, "close", **{"close-reason": "Restarted it"})

    assert (alert.state, alert.cleared_reason, alert.cleared_text) == ("cleared", "closed_by_hand", "Restarted it")
    assert alert.assigned_to == world.cast.owner
    told = list(AlertEvent.objects.filter(alert=alert).order_by("id").values_list("type", "actor_text"))
    assert told[1:] == [(kind, "Member") for kind in ("acknowledged", "noted", "assigned", "cleared")]
    for words in ("Note: On it", "Assigned to Owner", "closed by hand: Restarted it"):
        assert words in page


def test_an_acknowledgement_is_taken_back(world: World, enter: Enter) -> None:
    client, alert = enter(world.cast.member), world.mine.alert

    act(client, alert, "acknowledge")
    act(client, alert, "unacknowledge")

    assert alert.state == "triggered"


def test_a_viewer_is_no_choice_for_an_assignment(world: World, enter: Enter) -> None:
    client, alert = enter(world.cast.member), world.mine.alert

    act(client, alert, "assign", **{"assign-to": world.cast.viewer.pk})

    assert alert.assigned_to is None


def test_a_cleared_alert_offers_nothing_and_says_so(world: World, enter: Enter) -> None:
    client, alert = enter(world.cast.member), world.mine.alert
    act(client, alert, "close", **{"close-reason": ""})

    page = act(client, alert, "note", **{"note-text": "Too late"})

    assert "not possible as it stands now" in page
    assert "/do/" not in page.split("Who was told")[0]
    assert not AlertEvent.objects.filter(alert=alert, type="noted").exists()


def test_an_empty_note_is_asked_for_again(world: World, enter: Enter) -> None:
    page = act(enter(world.cast.member), world.mine.alert, "note", **{"note-text": " "})

    assert "This field is required." in page


def test_a_finished_delivery_is_sent_again(world: World, enter: Enter) -> None:
    client, old = enter(world.cast.member), world.mine.delivery
    Delivery.objects.filter(pk=old.pk).update(state=DeliveryState.DELIVERED, finished_at=timezone.now())

    page = client.post(reverse("admin:deliveries_delivery_send_again", args=[old.pk]), follow=True)

    again = Delivery.objects.get(resend_of=old)
    assert again.state == "pending"
    assert f"Delivery {again.pk}" in page.content.decode()


def test_a_delivery_under_way_is_not_sent_again(world: World, enter: Enter) -> None:
    client = enter(world.cast.member)

    client.post(reverse("admin:deliveries_delivery_send_again", args=[world.mine.delivery.pk]))

    assert not Delivery.objects.filter(resend_of=world.mine.delivery).exists()


def test_the_alert_says_who_was_told_and_who_was_not(world: World, enter: Enter) -> None:
    delivery = world.mine.delivery
    Delivery.objects.filter(pk=delivery.pk).update(
        state="rejected", reason="destination_gone", words="channel_not_found", finished_at=timezone.now()
    )

    page = enter(world.cast.viewer).get(f"/admin/alerts/alert/{world.mine.alert.pk}/change/").content.decode()

    assert "the room, channel or address no longer exists" in page
    assert "channel_not_found" in page
    assert "own@example.com" in page


def test_the_first_page_shows_what_needs_somebody(world: World, enter: Enter) -> None:
    Delivery.objects.filter(pk=world.mine.delivery.pk).update(
        state="expired", reason="too_late", finished_at=timezone.now()
    )
    health = world.mine.integration.health
    health.consecutive_failures, health.last_failure_words = 3, "no_service"
    health.last_failure_at = timezone.now() - timedelta(minutes=2)
    health.save()

    page = enter(world.cast.viewer).get("/admin/").content.decode()

    assert "Own rule</a>" not in page
    assert "Own rule on Own test" in page
    assert "Failed 3 times in a row: no_service" in page
    assert "it could not be delivered within 24 hours" in page
