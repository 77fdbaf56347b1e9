"""The charts of a Views page in a real browser: read by pointing and by arrow keys, zoomed by dragging and by Enter."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from alerts.models import Measurement, Series
from tests.alerts.factories import make_rule, make_test, open_alert
from tests.browser.conftest import Person
from tests.conftest import NOW, Cast

if TYPE_CHECKING:
    from playwright.sync_api import FloatRect, Locator, Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

HERE = "/t/ops/views/checkout/?at=2026-03-02T12:00:00Z"
HINT = "Point at the chart"


@pytest.fixture
def page(cast: Cast, person: Person) -> "Page":
    """Two hours of two sources: 100 + n and 500 + n in the n-th minute; an alert is open from the middle on."""
    test = make_test(cast.team)
    open_alert(make_rule(cast.team, [test]), test)
    for source, base in (("fra1", 100), ("lon1", 500)):
        series = Series.objects.create(team=cast.team, test=test, metric="response_time", source=source)
        Measurement.objects.bulk_create(
            Measurement(series=series, observed_at=NOW + timedelta(minutes=n - 60), value=base + n, received_at=NOW)
            for n in range(121)
        )
    page = person.log_in("viewer@example.com")
    page.goto(person.base + HERE)
    return page


def chart_of(page: "Page") -> "Locator":
    return page.locator("[data-readings]")


def box_of(page: "Page") -> "FloatRect":
    svg = chart_of(page).locator("svg.chart")
    svg.scroll_into_view_if_needed()
    box = svg.bounding_box()
    assert box
    return box


def point(page: "Page", share: float, down: float = 0.8) -> None:
    """Move the mouse to that share of the chart's width and height."""
    box = box_of(page)
    page.mouse.move(box["x"] + share * box["width"], box["y"] + down * box["height"])


def readout(page: "Page") -> str:
    return page.locator(".readout").inner_text()


def span_of(page: "Page") -> tuple[datetime, datetime]:
    asked = parse_qs(urlsplit(page.url).query)
    assert "range" not in asked
    start, end = (datetime.fromisoformat(asked[name][0]) for name in ("from", "to"))
    return start.astimezone(UTC), end.astimezone(UTC)


def test_pointing_reads_the_values_of_that_moment_and_leaving_ends_it(page: "Page", person: Person) -> None:
    point(page, 0.25)

    read = readout(page)
    fra, lon = (int(read.split(f"{name} ")[1].split(",")[0]) for name in ("fra1", "lon1"))
    assert read.startswith("2026-03-02 11:")
    assert 115 < fra < 135
    assert lon == fra + 400
    assert chart_of(page).locator(".cross").get_attribute("hidden") is None
    page.mouse.move(5, 5)
    assert HINT in readout(page)
    assert person.complaints == []


def test_arrow_keys_read_values_and_say_them(page: "Page", person: Person) -> None:
    chart_of(page).focus()

    page.keyboard.press("ArrowLeft")
    assert "2026-03-02 11:58:00: fra1 158, lon1 558" in readout(page)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert "2026-03-02 12:02:00: fra1 162, lon1 562" in readout(page)
    page.keyboard.press("Home")
    page.keyboard.press("ArrowLeft")
    assert "2026-03-02 11:00:00: fra1 100, lon1 500" in readout(page)
    page.keyboard.press("End")
    assert "2026-03-02 13:00:00: fra1 220, lon1 620" in readout(page)
    page.locator(".panel [aria-live]", has_text="13:00:00: fra1 220").wait_for(state="attached")
    page.keyboard.press("Escape")
    assert HINT in readout(page)
    assert person.complaints == []


def test_dragging_zooms_to_what_was_chosen(page: "Page", person: Person) -> None:
    point(page, 0.2)
    page.mouse.down()
    point(page, 0.3)
    point(page, 0.4)
    assert chart_of(page).locator(".chosen").get_attribute("hidden") is None
    with page.expect_navigation():
        page.mouse.up()

    start, end = span_of(page)
    assert timedelta(minutes=20) < end - start < timedelta(minutes=32)
    assert NOW - timedelta(minutes=50) < start < NOW - timedelta(minutes=30)
    assert page.locator(".chart .line-0").count()
    assert person.complaints == []


def test_a_drag_across_an_alert_does_not_open_it(page: "Page", person: Person) -> None:
    point(page, 0.65, down=0.5)
    page.mouse.down()
    point(page, 0.75, down=0.5)
    point(page, 0.8, down=0.5)
    with page.expect_navigation():
        page.mouse.up()

    assert urlsplit(page.url).path == "/t/ops/views/checkout/"
    assert span_of(page)[0] > NOW
    assert person.complaints == []


def test_shift_and_arrows_choose_and_enter_zooms(page: "Page", person: Person) -> None:
    chart_of(page).focus()
    for _ in range(5):
        page.keyboard.press("Shift+ArrowLeft")
    assert "(from 2026-03-02 12:00:00; Enter zooms)" in readout(page)
    with page.expect_navigation():
        page.keyboard.press("Enter")

    assert span_of(page) == (NOW - timedelta(minutes=10), NOW)
    assert person.complaints == []


def test_escape_lets_go_of_what_was_chosen_by_key_and_by_hand(page: "Page", person: Person) -> None:
    before = page.url
    chart_of(page).focus()
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    point(page, 0.2)
    page.mouse.down()
    point(page, 0.4)
    page.keyboard.press("Escape")
    page.mouse.up()

    assert chart_of(page).locator(".chosen").get_attribute("hidden") == ""
    page.wait_for_timeout(100)
    assert page.url == before
    assert person.complaints == []


def test_the_legend_hides_a_line_and_its_readings(page: "Page", person: Person) -> None:
    lon = page.get_by_role("checkbox", name="lon1")
    lon.focus()
    page.keyboard.press("Space")

    assert not page.locator('[data-line="1"]').is_visible()
    assert page.locator('[data-line="0"]').is_visible()
    point(page, 0.25)
    assert "fra1" in readout(page)
    assert "lon1" not in readout(page)
    lon.check()
    assert page.locator('[data-line="1"]').is_visible()
    assert person.complaints == []


def test_a_band_leads_to_its_alert_by_hand_and_by_key(page: "Page", person: Person) -> None:
    link = chart_of(page).locator("svg a").first
    address = link.get_attribute("href")
    assert address

    point(page, 0.7, down=0.5)
    page.mouse.down()
    page.mouse.up()
    page.wait_for_url(f"{person.base}{address}")
    page.go_back()
    chart_of(page).locator("svg a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"{person.base}{address}")
    assert person.complaints == []
