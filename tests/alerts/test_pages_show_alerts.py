"""The pages of alerts and views: right values at the right moment, nothing of another team."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from alerts import lifecycle
from alerts.links import alert_link, alerts_address, view_link
from alerts.models import Alert, Test
from alerts.services import tests
from teams.access import Actor
from tests.alerts.conftest import Say
from tests.alerts.factories import make_rule, make_test
from tests.conftest import Cast


@pytest.fixture
def browser(cast: Cast, client: Client) -> Client:
    client.force_login(cast.viewer)
    return client


@pytest.fixture
def alert(cast: Cast, test: Test, say: Say) -> Alert:
    make_rule(cast.team, [test], severity="major", runbook="https://runbooks.example.com/slow", name="Slow <b>")
    for minute, value in enumerate((100, 812.5, 900, 100)):
        say(minute, fra1=value, lon1=50)
    return Alert.objects.get()


def _page(browser: Client, address: str, **query: str) -> str:
    answer = browser.get(address, query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_list_links_to_the_alert_and_to_the_view_at_its_start(browser: Client, alert: Alert) -> None:
    page = _page(browser, "/t/ops/alerts/", show="history")
    assert 'href="/t/ops/alerts/1/">#1</a>' in page
    assert "/t/ops/views/checkout/?at=2026-03-02T12:01:00Z" in page
    assert "Slow &lt;b&gt;" in page


@pytest.mark.parametrize(
    ("query", "seen"),
    [
        ({"state": "cleared"}, True),
        ({"state": "triggered"}, False),
        ({"severity": "major"}, True),
        ({"severity": "info"}, False),
        ({"test": "checkout"}, True),
        ({"test": "other"}, False),
        ({"rule": "999999"}, False),
        ({"before": "1", "show": "all"}, False),
        ({"state": "exploded", "show": "all"}, True),
        ({"rule": "x", "show": "all"}, True),
    ],
)
def test_filters_narrow_the_list_and_bad_ones_say_so(
    query: dict[str, str], seen: bool, browser: Client, alert: Alert
) -> None:
    page = _page(browser, "/t/ops/alerts/", **query)
    assert (">#1</a>" in page) is seen
    assert ("errorlist" in page) is (query.get("state") == "exploded" or query.get("rule") == "x")


def test_older_alerts_are_one_step_away(cast: Cast, browser: Client, test: Test, say: Say) -> None:
    make_rule(cast.team, [test])
    for minute in range(0, 104, 2):
        say(minute, fra1=900)
        say(minute + 1, fra1=1)
    page = _page(browser, "/t/ops/alerts/", test="checkout")
    assert 'href="?test=checkout&amp;before=3"' in page
    assert ">#2</a>" in _page(browser, "/t/ops/alerts/", test="checkout", before="3")


def test_the_alert_page_tells_the_whole_story(browser: Client, alert: Alert, member: Actor, now: datetime) -> None:
    page = _page(browser, "/t/ops/alerts/1/")
    for words in (
        "Triggered as major",
        "Cleared, recovered",
        "response_time &gt; 500; 1 of 1 round, any sources, at least 1 source",
        'href="https://runbooks.example.com/slow" rel="noopener noreferrer"',
        "lasted <strong>2 min</strong>",
        "fra1",
    ):
        assert words in page


def test_a_note_is_text_and_nothing_else(
    browser: Client, cast: Cast, test: Test, say: Say, member: Actor, now: datetime
) -> None:
    make_rule(cast.team, [test])
    say(0, fra1=900)
    lifecycle.note(member, Alert.objects.get(), "<script>alert(1)</script>", now)
    page = _page(browser, "/t/ops/alerts/1/")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_the_view_shows_the_moment_its_values_and_its_alerts(browser: Client, alert: Alert) -> None:
    page = _page(browser, "/t/ops/views/checkout/", at="2026-03-02T12:01:00Z")
    assert '<time datetime="2026-03-02T12:01:00+00:00">' in page
    assert 'class="mark"' in page
    assert "<title>#1 major: Slow &lt;b&gt;</title>" in page
    assert '<tr class="marked"><td><strong>2026-03-02 12:01:00</strong></td><td>response_time</td><td>fra1</td>' in page
    assert 'class="number">812.5</td>' in page


@pytest.mark.parametrize("at", ["2026-03-02T13:01:00+01:00", "2026-03-02T13:01:00 01:00", " 2026-03-02T12:01:00Z"])
def test_a_moment_may_be_written_in_several_ways(at: str, browser: Client, alert: Alert) -> None:
    assert 'datetime="2026-03-02T12:01:00+00:00"' in _page(browser, "/t/ops/views/checkout/", at=at)


@pytest.mark.parametrize(
    "at", ["yesterday", "2026-03-02T12:01:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "<script>"]
)
def test_a_bad_moment_is_said_and_now_is_shown(at: str, browser: Client, alert: Alert) -> None:
    page = _page(browser, "/t/ops/views/checkout/", at=at)
    assert "cannot be shown, so this is now" in page
    assert "<script>" not in page


def test_a_test_without_data_has_a_view(browser: Client, test: Test) -> None:
    assert "Nothing was measured yet." in _page(browser, "/t/ops/views/checkout/")


def test_links_in_messages_open_the_right_time_also_when_the_test_is_archived(
    browser: Client, alert: Alert, member: Actor, now: datetime
) -> None:
    assert alert.cleared_at is not None
    address = view_link(alert, alert.cleared_at)
    assert address == "http://127.0.0.1:8000/t/ops/views/checkout/?at=2026-03-02T12:03:00Z"
    tests.archive_test(member, alert.test, now + timedelta(hours=1))  # type: ignore[arg-type]
    tests.create_test(member, {"name": "New", "slug": "checkout"}, now + timedelta(hours=2))

    page = _page(browser, address.removeprefix("http://127.0.0.1:8000"))

    assert "archived 2026-03-02 13:00" in page
    assert 'class="number">100.0</td>' in page
    assert "New" in _page(browser, "/t/ops/views/checkout/", at="2026-03-02T14:00:00Z")


def test_a_link_opens_the_test_that_it_was_sent_for_though_another_bore_its_slug_then(
    browser: Client, alert: Alert, member: Actor, say: Say, now: datetime
) -> None:
    tests.archive_test(member, alert.test, now + timedelta(hours=2))  # type: ignore[arg-type]
    new = tests.create_test(member, {"name": "New", "slug": "checkout"}, now + timedelta(hours=3))
    make_rule(member.team, [new])
    say(30, received=now + timedelta(hours=4), fra1=900)  # a recorded series, older than the test

    recorded = _page(browser, "/t/ops/views/checkout/", at="2026-03-02T12:30:00Z")
    archived = _page(browser, "/t/ops/views/checkout/", at="2026-03-02T12:03:00Z")

    assert "archived 2026-03-02 14:00" not in recorded
    assert "archived 2026-03-02 14:00" in archived


def test_links_stay_within_the_base_address(alert: Alert) -> None:
    assert alert_link(alert) == "http://127.0.0.1:8000/t/ops/alerts/1/"
    assert alerts_address(alert.team.slug, state="triggered") == "http://127.0.0.1:8000/t/ops/alerts/?state=triggered"
    assert alerts_address(alert.team.slug) == "http://127.0.0.1:8000/t/ops/alerts/"


@pytest.mark.parametrize("tail", ["alerts/", "alerts/1/", "views/checkout/"])
def test_another_teams_pages_do_not_exist(tail: str, cast: Cast, client: Client, alert: Alert) -> None:
    client.force_login(cast.outsider)
    assert client.get(f"/t/ops/{tail}").status_code == 404
    for number in ("alerts/1/", "views/checkout/"):
        assert client.get(f"/t/rivals/{number}").status_code == 404


def test_an_alert_of_a_huge_number_does_not_exist(browser: Client, alert: Alert) -> None:
    assert browser.get(f"/t/ops/alerts/{10**30}/").status_code == 404


def test_pages_ask_a_constant_number_of_questions(
    cast: Cast, browser: Client, say: Say, django_assert_max_num_queries: Any
) -> None:
    for n in range(8):
        make_rule(cast.team, [make_test(cast.team, f"t{n}")], name=f"r{n}")
        say(0, test=f"t{n}", fra1=900, lon1=900, nyc1=900)
    for address, most in (
        ("/t/ops/alerts/", 14),
        ("/t/ops/alerts/3/", 13),
        ("/t/ops/views/t3/?at=2026-03-02T12:00:00Z", 16),
    ):
        with django_assert_max_num_queries(most):
            assert browser.get(address).status_code == 200
