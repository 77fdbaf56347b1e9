"""Whoever reads what happened to an alert reads by which way it was done; of the page itself nothing is said."""

from dataclasses import replace
from datetime import datetime

import pytest
from django.test import Client

from alerts import lifecycle
from alerts.models import Alert, AlertEvent, Test
from alerts.sentences import who_of
from channels_app import registry
from teams.access import Actor
from tests.alerts.factories import make_rule, open_alert
from tests.api.calls import ApiClient, key_of
from tests.conftest import NOW, Cast

CHATS = [(kind.spec.kind, f"in {kind.spec.name}") for kind in registry.kinds() if kind.hear]


@pytest.fixture
def alert(cast: Cast, test: Test) -> Alert:
    return open_alert(make_rule(cast.team, [test]), test)


@pytest.fixture
def browser(cast: Cast, client: Client) -> Client:
    client.force_login(cast.viewer)
    return client


def told(browser: Client) -> str:
    """The timeline as the page shows it."""
    page = browser.get("/t/ops/alerts/1/").content.decode()
    return page.split('<section id="timeline"')[1].split("</section>")[0]


@pytest.mark.parametrize(
    ("via", "way"),
    [*CHATS, ("mail", "by mail link"), ("api", "by the API"), ("admin", "in the administration")],
)
def test_a_timeline_says_by_which_way(
    via: str, way: str, alert: Alert, browser: Client, member: Actor, now: datetime
) -> None:
    lifecycle.acknowledge(replace(member, via=via), alert, now)

    assert f"· Member, {way}</span>" in told(browser)


def test_nothing_is_said_of_the_page_itself_nor_of_what_bellhop_found(
    alert: Alert, browser: Client, member: Actor, now: datetime
) -> None:
    lifecycle.acknowledge(member, alert, now)

    shown = told(browser)
    assert "· Member</span>" in shown
    assert "· Bellhop</span>" in shown


@pytest.mark.parametrize(
    ("via", "words", "said"),
    [
        ("hipchat", "Somebody (said in room Ops as @Ann)", "Somebody (said in room Ops as @Ann), in HipChat"),
        ("pagerduty", "Ann Lee (PagerDuty)", "Ann Lee (PagerDuty)"),
        ("mail", "Ann (link sent to ann@example.com)", "Ann (link sent to ann@example.com)"),
        ("api", "API key feed", "API key feed"),
        ("gone", "Ann", "Ann, in gone"),
        ("slack", "", ""),
    ],
)
def test_a_name_that_tells_the_way_is_left_as_it_is(via: str, words: str, said: str) -> None:
    assert who_of(AlertEvent(via=via, actor_text=words)) == said


def test_views_admin_and_exports_say_it_too(alert: Alert, cast: Cast, member: Actor, client: Client) -> None:
    lifecycle.acknowledge(replace(member, via="mail"), alert, NOW)
    client.force_login(cast.owner)

    pages = [
        f"/admin/alerts/alert/{alert.pk}/change/",
        f"/t/ops/views/checkout/?at={NOW:%Y-%m-%dT%H:%M:%SZ}",
        "/t/ops/alerts/1/export.md",
    ]

    for page in pages:
        assert "Member, by mail link" in client.get(page).content.decode(), page


def test_programs_read_the_way_as_a_word(alert: Alert, cast: Cast, member: Actor, now: datetime) -> None:
    api = ApiClient(key_of(cast.team))
    lifecycle.acknowledge(replace(member, via="slack"), alert, now)
    api.post("/api/v1/alerts/1/unacknowledge/")

    events = api.get("/api/v1/alerts/1/").json()["events"]

    assert [event["via"] for event in events] == ["system", "slack", "api"]
