"""Maintenance windows in the administration: written by their service, with its words at the fields."""

import pytest
from django.test import Client
from django.utils import timezone

from alerts.models import MaintenanceWindow, Test
from teams.models import AuditEntry
from tests.alerts.factories import make_test
from tests.conftest import Cast

LIST = "/admin/alerts/maintenancewindow/"


@pytest.fixture
def page(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.owner)
    return client


def _typed(*tests: Test, **more: str) -> dict[str, object]:
    return {
        "name": "Upgrade",
        "time_zone": "UTC",
        "starts_at_0": f"{timezone.now():%Y-%m-%d}",
        "starts_at_1": f"{timezone.now():%H:%M:%S}",
        "minutes": "60",
        "repeat": "never",
        "every": "1",
        "tests": [str(test.pk) for test in tests],
        "selector": "env=live",
        **more,
    }


def test_it_is_made_changed_and_deleted_by_its_service(cast: Cast, page: Client) -> None:
    test, other = make_test(cast.team), make_test(cast.team, "other")
    assert page.post(f"{LIST}add/", _typed(test)).status_code == 302
    window = MaintenanceWindow.objects.get()
    assert (list(window.tests.all()), window.selector, window.by) == ([test], ["env=live"], cast.owner)
    assert "env=live" in page.get(LIST).content.decode()
    change = f"{LIST}{window.pk}/change/"
    assert "Upgrade" in page.get(change).content.decode()
    assert page.post(change, _typed(test, excluded=str(other.pk), minutes="90")).status_code == 302
    window.refresh_from_db()
    assert (window.minutes, window.test_links.filter(excluded=True).get().test) == (90, other)
    page.post(f"{LIST}{window.pk}/delete/", {"post": "yes"})
    actions = AuditEntry.objects.filter(target_type="alerts.maintenancewindow").order_by("id")
    assert [entry.action for entry in actions] == ["window.created", "window.changed", "window.archived"]


def test_what_is_wrong_stands_at_its_field(cast: Cast, page: Client) -> None:
    theirs = make_test(cast.other_team, "theirs")
    answer = page.post(f"{LIST}add/", _typed(repeat="daily"))
    assert "A window that repeats needs an end." in answer.content.decode()
    assert page.post(f"{LIST}add/", _typed(theirs)).status_code == 200
    assert not MaintenanceWindow.objects.exists()
