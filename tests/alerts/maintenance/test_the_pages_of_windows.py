"""Maintenance on the pages: planned in a form, listed, ended, deleted, drawn in Views and said above them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from alerts.ingest import ingest
from alerts.models import MaintenanceWindow, Test
from alerts.services.maintenance import create_window
from teams.access import Actor
from tests.alerts.factories import make_test
from tests.conftest import Cast

PAGE = "/t/ops/maintenance/"


@pytest.fixture
def page(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.member)
    return client


def typed(**more: Any) -> dict[str, Any]:
    return {
        "name": "Upgrade",
        "time_zone": "Europe/Berlin",
        "starts_at": "2030-03-30T01:00",
        "ends_at": "2030-03-30T04:00",
        "repeat": "never",
        "every": "1",
        "until": "",
        "everything": "on",
        "selector": "",
        **more,
    }


def planned(member: Actor, minutes: float = -5, **fields: Any) -> MaintenanceWindow:
    now = timezone.now().replace(microsecond=0)
    times = {"starts_at": now + timedelta(minutes=minutes), "minutes": 60}
    return create_window(member, {"name": "Upgrade", "everything": True, **times, **fields}, now - timedelta(days=2))


def test_times_are_of_the_clocks_of_the_windows_zone(page: Client, cast: Cast) -> None:
    body = typed(repeat="weekly", every="2", weekdays=["sat", "sun"], until="2030-04-14", selector="env=live\nteam=a*")
    assert page.post(f"{PAGE}new/", body).headers["Location"] == PAGE
    window = MaintenanceWindow.objects.get()
    assert (window.starts_at, window.minutes, window.every, window.weekdays, window.selector) == (
        datetime(2030, 3, 30, 0, 0, tzinfo=UTC),
        180,
        2,
        ["sat", "sun"],
        ["env=live", "team=a*"],
    )
    assert window.repeats_until == datetime(2030, 4, 14, 21, 59, 59, tzinfo=UTC)
    shown = page.get(f"{PAGE}{window.pk}/").content.decode()
    assert 'value="2030-03-30T01:00"' in shown
    assert 'value="2030-04-14"' in shown
    for shown_in_utc in ("Sat 2030-03-30 00:00", "Sun 2030-03-31 00:00", "Fri 2030-04-12 23:00"):
        assert shown_in_utc in shown


def test_what_is_wrong_stands_at_its_field_and_what_was_typed_stays(page: Client) -> None:
    answer = page.post(f"{PAGE}new/", typed(ends_at="2030-03-30T00:30", repeat="daily", selector="=x", everything=""))
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert "Must be a time zone" in page.post(f"{PAGE}new/", typed(time_zone="Mars")).content.decode()
    assert "selector[0]: Must begin with the name of a label" in shown
    assert 'value="2030-03-30T00:30"' in shown
    assert "A window that repeats needs an end." in page.post(f"{PAGE}new/", typed(repeat="daily")).content.decode()
    assert "Must be a time such as" in page.post(f"{PAGE}new/", typed(starts_at="soon")).content.decode()
    assert "this window concerns nothing" in page.post(f"{PAGE}new/", typed(everything="")).content.decode()
    assert not MaintenanceWindow.objects.exists()


def test_saved_as_it_is_nothing_changes(page: Client, member: Actor, test: Test) -> None:
    starts = datetime(2030, 10, 27, 1, 30, 15, tzinfo=UTC)  # 02:30 for the second time
    window = planned(
        member,
        starts_at=starts,
        time_zone="Europe/Berlin",
        repeat="daily",
        everything=False,
        tests=[test],
        repeats_until=datetime(2030, 11, 5, 9, 0, tzinfo=UTC),
    )
    page.post(
        f"{PAGE}{window.pk}/",
        typed(
            starts_at="2030-10-27T02:30",
            ends_at="2030-10-27T03:30",
            repeat="daily",
            until="2030-11-05",
            everything="",
            tests=["checkout"],
        ),
    )
    saved = MaintenanceWindow.objects.get()
    assert (saved.starts_at, saved.minutes, saved.repeats_until) == (starts, 60, window.repeats_until)


def test_the_list_says_what_is_on_what_comes_and_what_was_and_ends_and_deletes(page: Client, member: Actor) -> None:
    rhythm = {"repeat": "weekly", "every": 2, "repeats_until": timezone.now() + timedelta(days=30)}
    on, later = planned(member), planned(member, 100, name="Later", **rhythm)
    planned(member, -200, name="Earlier")
    shown = page.get(PAGE).content.decode()
    assert [shown.index(word) for word in ("On now", "Upgrade", "Coming", "Later", "Past", "Earlier")] == sorted(
        shown.index(word) for word in ("On now", "Upgrade", "Coming", "Later", "Past", "Earlier")
    )
    assert "every 2 weeks" in shown
    assert page.get(f"{PAGE}{on.pk}/end/").status_code == 405
    page.post(f"{PAGE}{on.pk}/end/")
    assert "On now" not in page.get(PAGE).content.decode()
    assert page.post(f"{PAGE}{on.pk}/end/").status_code == 409
    assert "stays drawn in Views" in page.get(f"{PAGE}{later.pk}/delete/").content.decode()
    page.post(f"{PAGE}{later.pk}/delete/")
    assert "Later" not in page.get(PAGE, follow=True).content.decode().replace("“Later” was deleted", "")
    assert page.get(f"{PAGE}{later.pk}/").status_code == 404


def test_viewers_see_the_list_and_change_nothing(cast: Cast, member: Actor) -> None:
    window, client = planned(member), Client()
    client.force_login(cast.viewer)
    assert "Upgrade" in client.get(PAGE).content.decode()
    assert "Plan maintenance" not in client.get(PAGE).content.decode()
    assert [client.get(f"{PAGE}{p}").status_code for p in ("new/", f"{window.pk}/", f"{window.pk}/delete/")] == [
        403
    ] * 3


def test_many_tests_are_named_by_their_words(page: Client, cast: Cast, member: Actor) -> None:
    for n in range(61):
        make_test(cast.team, f"t{n}")
    page.post(f"{PAGE}new/", typed(everything="", tests="t1\nt60\nnobody"))
    answer = page.post(f"{PAGE}new/", typed(everything="", tests="t1\nt60", excluded="t2"))
    assert answer.status_code == 302
    assert sorted(MaintenanceWindow.objects.get().tests.values_list("slug", flat=True)) == ["t1", "t2", "t60"]
    assert "t1\nt60</textarea>" in page.get(f"{PAGE}{MaintenanceWindow.objects.get().pk}/").content.decode()


def test_views_draw_it_and_say_until_when(page: Client, member: Actor, test: Test) -> None:
    now = timezone.now()
    address = f"/t/ops/views/checkout/?at={now.isoformat().replace('+00:00', 'Z')}"
    one = {"test": "checkout", "metric": "response_time", "source": "fra1", "observed_at": now.isoformat(), "value": 5}
    ingest(member, {"measurements": [one]}, now)
    assert "maintenance" not in page.get(address).content.decode().split("</nav>")[-1]
    planned(member)
    shown = page.get(address).content.decode()
    assert 'class="maintenance"' in shown
    assert "Maintenance: Upgrade" in shown
    assert "in maintenance: measured, not alerting" in shown
    assert "no alert opens" in shown
    assert page.get("/t/ops/views/checkout/chart.png").content.startswith(b"\x89PNG")
