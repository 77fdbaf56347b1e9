"""Webhooks come in any order: what was done last in PagerDuty counts, and not what was told last."""

import logging
from datetime import timedelta
from unittest import mock

import pytest
from django.db import OperationalError
from django.utils import timezone
from pytest_django import Settings

from alerts.models import Alert, AlertEvent
from channels_app.words import AlertState
from integrations.models import Integration
from tests.alerts.factories import make_test
from tests.channels_app.test_pagerduty_hears import SECRET
from tests.conftest import Cast
from tests.deliveries.hearing.test_rooms_and_duties import alert_at, duty, event
from tests.deliveries.stage import rule_for, trigger, without_bell
from tests.integrations.factories import make_integration
from tests.servers.pagerduty import KEY

LONG_AGO = timedelta(hours=3)


def told_late(place: Integration, alert: Alert, did: str, minutes: float) -> str:
    """What the alert is after a webhook about something that happened so many minutes after it all began."""
    at = timezone.now() - LONG_AGO + timedelta(minutes=minutes)
    assert event(place, alert, f"incident.{did}", occurred_at=at.isoformat()).status_code == 202
    alert.refresh_from_db()
    return alert.state


@pytest.mark.parametrize(
    ("story", "state"),
    [
        ([("acknowledged", 2), ("unacknowledged", 1)], AlertState.ACKNOWLEDGED),
        ([("unacknowledged", 2), ("acknowledged", 1)], AlertState.TRIGGERED),
        ([("resolved", 2), ("acknowledged", 1)], AlertState.CLEARED),
        ([("acknowledged", 3), ("unacknowledged", 2), ("acknowledged", 1)], AlertState.ACKNOWLEDGED),
        ([("unacknowledged", 2.001), ("acknowledged", 2)], AlertState.TRIGGERED),
        ([("acknowledged", 1), ("unacknowledged", 1)], AlertState.TRIGGERED),
        ([("acknowledged", 1), ("unacknowledged", 2), ("acknowledged", 3)], AlertState.ACKNOWLEDGED),
    ],
)
def test_what_pagerduty_tells_late_does_not_undo_what_happened_there_since(
    cast: Cast,
    settings: Settings,
    story: list[tuple[str, float]],
    state: AlertState,
    caplog: pytest.LogCaptureFixture,
) -> None:
    settings.BELLHOP_BASE_URL = "http://127.0.0.1:8000"
    place = duty(cast)
    alert = alert_at(cast, place)
    with without_bell():
        other = trigger(rule_for(cast.team, place, test=make_test(cast.team, "other"), name="other"), timezone.now())
    told_late(place, other, "acknowledged", 9)  # another alert's time is its own
    times = [minutes for _, minutes in story]

    with caplog.at_level(logging.DEBUG, "deliveries.hearing"):
        found = [told_late(place, alert, did, minutes) for did, minutes in story]

    assert found[-1] == state
    late = sum(minutes < max(times[:n], default=0) for n, minutes in enumerate(times))
    assert caplog.text.count("happened before what was heard already") == late
    assert AlertEvent.objects.filter(alert=alert, origin=place).count() <= len(story) - late


def test_what_failed_is_heard_again_whatever_came_meanwhile(cast: Cast, settings: Settings) -> None:
    settings.BELLHOP_BASE_URL = "http://127.0.0.1:8000"
    place = duty(cast)
    alert = alert_at(cast, place)
    with mock.patch("alerts.services.acting.act", side_effect=OperationalError):
        at = timezone.now().isoformat()
        assert event(place, alert, "incident.acknowledged", id="E-9", occurred_at=at).status_code == 503

    assert event(place, alert, "incident.acknowledged", id="E-9", occurred_at=at).status_code == 202

    alert.refresh_from_db()
    assert alert.state == AlertState.ACKNOWLEDGED


def test_each_pager_has_its_own_order(cast: Cast, settings: Settings) -> None:
    settings.BELLHOP_BASE_URL = "http://127.0.0.1:8000"
    place = duty(cast)
    other = make_integration(
        cast.team, "pagerduty", "night", config={"routing_key": KEY, "region": "us", "hook_secret": SECRET}
    )
    with without_bell():
        alert = trigger(rule_for(cast.team, place, other), timezone.now())
    told_late(place, alert, "acknowledged", 2)

    assert told_late(other, alert, "unacknowledged", 1) == AlertState.TRIGGERED
