"""The Views page: any stretch of time, what is laid over it, and the same as an image and as a table."""

import csv
import io
import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from PIL import Image

from alerts import condensing
from alerts.models import Alert, Series, Test
from alerts.pages import panorama
from alerts.pages.spans import RANGES, read_span
from tests.alerts.conftest import Say
from tests.alerts.factories import make_rule, make_test
from tests.conftest import NOW, Cast

HERE = "/t/ops/views/checkout/"
AT = "2026-03-02T12:01:00Z"


@pytest.fixture
def browser(cast: Cast, client: Client) -> Client:
    client.force_login(cast.viewer)
    return client


@pytest.fixture
def alert(cast: Cast, test: Test, say: Say) -> Alert:
    make_rule(cast.team, [test], severity="major", name="Slow <b>")
    for minute, value in enumerate((100, 812.5, 900, 100)):
        say(minute, fra1=value, lon1=50)
    return Alert.objects.get()


def _page(browser: Client, address: str = HERE, **query: str) -> str:
    answer = browser.get(address, query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_moment_is_shown_with_sixty_rounds_around_it_or_in_the_middle_of_a_range() -> None:
    around = read_span({"at": AT}, 60, NOW)
    middle = read_span({"at": AT, "range": "24h"}, 60, NOW)
    assert around.end - around.start == timedelta(hours=2)
    assert middle.start + timedelta(hours=12) == middle.at == middle.end - timedelta(hours=12)


@pytest.mark.parametrize("word", RANGES)
def test_a_range_ends_now_and_has_neighbours(word: str) -> None:
    span = read_span({"range": word}, 60, NOW)
    assert (span.end, span.end - span.start, span.at) == (NOW, RANGES[word], None)
    query = dict(pair.split("=") for pair in span.moved(-1)[1:].split("&"))
    earlier = read_span(query, 60, NOW)
    assert (earlier.end, earlier.end - earlier.start) == (span.start, RANGES[word])


@pytest.mark.parametrize(
    "query",
    [
        {"range": "2y"},
        {"range": "<script>"},
        {"from": AT},
        {"from": AT, "to": AT},
        {"from": "2026-03-02T12:00:00Z", "to": "2026-03-01T12:00:00Z"},
        {"from": "2026-01-01T00:00:00Z", "to": "2026-03-01T00:00:00Z"},
        {"from": "x", "to": "y"},
    ],
)
def test_a_time_that_cannot_be_shown_is_said_and_now_is_shown(
    query: dict[str, str], browser: Client, alert: Alert
) -> None:
    page = _page(browser, **query)
    assert "cannot be shown, so this is now" in page
    assert "<script>" not in page


def test_the_edges_of_the_calendar_have_neighbours_too(browser: Client, alert: Alert) -> None:
    for at in ("1970-01-01T00:00:00Z", "9000-12-31T23:00:00Z"):
        for word in ("1h", "30d"):
            page = _page(browser, at=at, range=word)
            for address in re.findall(r'href="(\?[^"]+)"', page):
                assert browser.get(HERE + address.replace("&amp;", "&")).status_code == 200


def test_the_start_and_the_end_of_an_alert_are_marked_by_name(browser: Client, alert: Alert) -> None:
    assert "triggered #1</text>" in _page(browser, at=AT)
    assert "cleared #1</text>" in _page(browser, at="2026-03-02T12:03:00Z")
    assert "#1</text>" not in _page(browser, at="2026-03-02T12:02:00Z").replace("#1 major</text>", "")


def test_thresholds_and_alerts_lie_over_the_values_in_words(browser: Client, alert: Alert) -> None:
    page = _page(browser, at=AT, range="1h")
    assert "<title>major: response_time &gt; 500</title>" in page
    assert '<a href="/t/ops/alerts/1/" aria-label="#1 major: Slow &lt;b&gt;">' in page
    assert "1 triggered, 1 cleared in this time." in page


def test_an_alert_that_lasts_longer_than_the_range_is_laid_over_it(cast: Cast, browser: Client, alert: Alert) -> None:
    Alert.objects.update(started_at=NOW - timedelta(days=20), cleared_at=NOW + timedelta(days=20))
    assert "/t/ops/alerts/1/" in _page(browser, at=AT, range="1h")


def test_events_stand_below_the_newest_first(browser: Client, alert: Alert) -> None:
    page = _page(browser, at=AT)
    assert page.index("Cleared, recovered") < page.index("Triggered as major")
    assert "No alerts in this time." in _page(browser, at="2026-03-01T12:00:00Z")


def test_scripts_read_values_from_data_that_cannot_break_out(cast: Cast, browser: Client, test: Test, say: Say) -> None:
    say(1, fra1=1.0)
    Series.objects.update(source="</script><b>")  # no one may send such a name; the page trusts none
    page = _page(browser, at=AT)
    (text,) = re.findall(r'<script id="readings-1" type="application/json">(.*?)</script>', page)
    assert json.loads(text)["lines"] == [{"name": "</script><b>", "points": [[NOW.timestamp() + 60, 1.0]]}]
    assert "<b>" not in page


def test_more_than_twelve_sources_are_said(browser: Client, test: Test, say: Say) -> None:
    say(1, **{f"s{n:02}": n for n in range(15)})
    page = _page(browser, at=AT)
    assert page.count("data-shows=") == 12
    assert "and 3 more sources, not drawn" in page


def test_times_are_the_readers(browser: Client, alert: Alert) -> None:
    browser.cookies["zone"] = "Europe/Berlin"
    page = _page(browser, at=AT, range="1h")
    assert ">13:00</text>" in page
    assert 'data-zone="Europe/Berlin"' in page


def test_long_ranges_are_drawn_from_extremes_and_what_is_fresh(
    browser: Client, test: Test, say: Say, monkeypatch: Any
) -> None:
    monkeypatch.setattr(panorama, "MAX_POINTS", 3)
    for minute, value in enumerate((5, 1, 9, 5, 5)):
        say(minute, fra1=value)
    condensing.catch_up(NOW + timedelta(hours=1))
    page = _page(browser, at=AT, range="7d")
    (text,) = re.findall(r'<script id="readings-1" type="application/json">(.*?)</script>', page)
    assert [value for _, value in json.loads(text)["lines"][0]["points"]] == [1, 9]
    assert "Of each half hour the lowest and the highest value are drawn." in page

    span = read_span({"range": "7d"}, 60, NOW + timedelta(minutes=5))
    panel = panorama.panel_of(test, "", span, span.end)
    assert panel is not None
    assert len(panel.chart.paths[0].samples) >= 3


def test_a_chart_can_be_had_as_an_image(browser: Client, alert: Alert) -> None:
    answer = browser.get(HERE + "chart.png", {"at": AT, "metric": "response_time", "range": "1h"})
    assert answer["Content-Type"] == "image/png"
    image = Image.open(io.BytesIO(answer.content))
    assert image.size[0] == 1520
    assert image.size[1] < 800
    assert browser.get(HERE + "chart.png", {"metric": "nothing"}).status_code == 404


def test_values_can_be_had_as_a_table_without_formulas(browser: Client, test: Test, say: Say) -> None:
    say(1, fra1=-4.5)
    Series.objects.update(source="=cmd()")
    answer = browser.get(HERE + "values.csv", {"at": AT})
    rows = list(csv.reader(io.StringIO(answer.content.decode())))
    assert rows[1:] == [["2026-03-02T12:01:00Z", "response_time", "'=cmd()", "-4.5"]]


def test_the_list_says_how_every_test_is(cast: Cast, browser: Client, test: Test, say: Say, time_machine: Any) -> None:
    time_machine.move_to(NOW + timedelta(minutes=2))
    make_test(cast.team, "search", name="Search")
    make_test(cast.team, "off", name="Off", enabled=False)
    make_test(cast.other_team, "theirs", name="Theirs")
    make_rule(cast.team, [test], severity="critical")
    say(1, fra1=900)
    page = _page(browser, "/t/ops/views/")
    for words in ('severity-critical">critical', "1 alert</a>", "not measured", "disabled", "12:01:00"):
        assert words in page
    assert "Theirs" not in page
    time_machine.move_to(NOW + timedelta(hours=1))
    assert "no data since" in _page(browser, "/t/ops/views/")


def test_tests_are_found_and_paged(cast: Cast, browser: Client) -> None:
    for n in range(60):
        make_test(cast.team, f"t{n:02}", name=f"Test {n:02}")
    first = _page(browser, "/t/ops/views/")
    (after,) = re.findall(r'href="(\?after=\d+)"', first)
    second = _page(browser, "/t/ops/views/" + after)
    assert "Test 49" in first
    assert "Test 50" not in first
    assert "Test 50" in second
    assert "Test 59" in second
    found = _page(browser, "/t/ops/views/", q="t 33")
    assert "Test 33" in found
    assert "Test 34" not in found
    assert "No test is called that." in _page(browser, "/t/ops/views/", q="zebra")


def test_a_team_without_tests_is_told_how_to_make_one(cast: Cast, client: Client) -> None:
    client.force_login(cast.member)
    page = _page(client, "/t/ops/views/")
    assert "/api/v1/measurements/" in page
    assert "/t/ops/tests/new/" in page


def test_the_list_asks_a_constant_number_of_questions(
    cast: Cast, browser: Client, say: Say, django_assert_max_num_queries: Any
) -> None:
    for n in range(12):
        make_rule(cast.team, [make_test(cast.team, f"t{n}")], name=f"r{n}")
        say(0, test=f"t{n}", fra1=900, lon1=900)
    for address, most in (("/t/ops/views/", 10), (f"/t/ops/views/t3/?at={AT}", 16)):
        with django_assert_max_num_queries(most):
            assert browser.get(address).status_code == 200
