"""The popup of a rule's Notifications tab in a real browser: by keyboard alone, with a pasted address."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from pytest_django.fixtures import Settings

from integrations.models import Integration
from integrations.vault import unseal
from tests.browser.chromium import settle
from tests.browser.conftest import Person
from tests.conftest import Cast
from tests.integrations.browsing import TOKEN
from tests.servers.http import Answer, Receiver

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def remote(settings: Settings) -> Iterator[Receiver]:
    settings.BELLHOP_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    with Receiver() as receiver:
        yield receiver


def tab_to(page: "Page", name: str) -> None:
    """Press Tab until what has the focus bears that name; it never leaves the open dialog."""
    settle(page)  # which may lead the focus elsewhere
    for _ in range(60):
        page.keyboard.press("Tab")
        focused = page.evaluate("(e => [e.ariaLabel, e.labels?.[0]?.innerText, e.innerText])(document.activeElement)")
        if name in [str(words).strip() for words in focused]:
            return
        inside = "document.activeElement === document.body || document.activeElement.closest('dialog')"
        assert page.evaluate(f"!document.querySelector('dialog[open]') || !!({inside})")
    raise AssertionError(f"no {name} within 60 presses of Tab")


def open_popup(person: Person, link: str) -> "Page":
    page = person.log_in("member@example.com")
    page.goto(f"{person.base}/t/ops/rules/new/")
    page.get_by_role("tab", name="Notifications").click()
    page.get_by_role("link", name=link).focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Integrations", exact=True).wait_for()
    return page


def test_an_integration_is_added_tested_and_ticked_by_keyboard_alone(
    cast: Cast, person: Person, remote: Receiver
) -> None:
    remote.script(Answer(404, b"no_service"))
    page = open_popup(person, "Configure Integrations")
    dialog = page.get_by_role("dialog")

    tab_to(page, "Add New Integration")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Type").wait_for()
    tab_to(page, "Slack")
    page.keyboard.press("Enter")
    page.get_by_label("Webhook URL").wait_for()
    tab_to(page, "Name")
    page.keyboard.type("ops room")
    tab_to(page, "Webhook URL")
    page.keyboard.type(f"{remote.url}/services/T00/B00/abcdefgh")
    tab_to(page, "Test")
    page.keyboard.press("Enter")
    page.get_by_text("The test message was not accepted: status 404").wait_for()
    settle(page)
    assert "no_service" in page.evaluate("document.activeElement.innerText")
    tab_to(page, "Test")
    page.keyboard.press("Enter")
    page.get_by_text("The test message was accepted: status 200").wait_for()
    dialog.get_by_label("Name").focus()
    page.keyboard.press("Enter")
    page.get_by_text("ops room is saved.").wait_for()
    page.locator("label", has_text="ops room").wait_for()
    page.keyboard.press("Escape")

    page.locator("a:focus", has_text="Edit Integrations").wait_for()
    assert page.get_by_role("checkbox", name="ops room").is_checked()
    assert page.url == f"{person.base}/t/ops/rules/new/"
    assert [request.path for request in remote.received] == ["/services/T00/B00/abcdefgh"] * 2
    assert person.complaints == []


def test_a_pasted_notification_url_is_taken_apart_on_the_page_too(cast: Cast, person: Person) -> None:
    page = person.log_in("member@example.com")
    page.goto(f"{person.base}/t/ops/integrations/new/?kind=hipchat")
    page.get_by_label("Name", exact=True).fill("night shift")
    page.get_by_label("URL", exact=True).fill(
        f"https://chat.example.org/v2/room/Ops%20Room/notification?auth_token={TOKEN}"
    )
    page.keyboard.press("Tab")
    page.get_by_text("was taken apart").wait_for()
    settle(page)

    shown = {name: page.locator(f"[name={name}]").input_value() for name in ("url", "server", "room", "token")}
    assert shown == {"url": "", "server": "https://chat.example.org", "room": "Ops Room", "token": TOKEN}
    page.get_by_role("button", name="Save").click()
    page.get_by_text("night shift is saved.").wait_for()
    saved = unseal(Integration.objects.get(team=cast.team, builtin=False))
    assert (saved["server"], saved["room"], saved["token"]) == ("https://chat.example.org", "Ops Room", TOKEN)
    assert person.complaints == []


def test_closing_leads_back_to_the_link_and_errors_get_the_focus(cast: Cast, person: Person) -> None:
    page = open_popup(person, "Configure Integrations")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("link", name="Add New Integration").click()
    dialog.get_by_role("link", name="E-mail").click()
    dialog.get_by_label("Name").fill("people")
    dialog.get_by_role("button", name="Save").click()
    page.get_by_text("Give at least one e-mail address.").wait_for()
    settle(page)

    assert page.evaluate("document.activeElement.name") == "to"
    assert dialog.get_by_label("Name").input_value() == "people"
    page.keyboard.press("Escape")
    page.locator("a:focus", has_text="Configure Integrations").wait_for()
