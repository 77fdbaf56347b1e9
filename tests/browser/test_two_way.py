"""The address of a hook and the manifest of an app in a real browser: copied by one press, in the popup too."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from pytest_django.fixtures import Settings

from integrations import hooks
from integrations.models import Integration
from tests.browser.conftest import Person
from tests.conftest import Cast
from tests.integrations.factories import make_integration
from tests.servers.hipchat import NAME, TOKEN, HipChat

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def hipchat(settings: Settings) -> Iterator[HipChat]:
    settings.BELLHOP_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    with HipChat() as running:
        yield running


@pytest.fixture
def room(cast: Cast, hipchat: HipChat) -> Integration:
    config = {"server": hipchat.url, "room": NAME, "token": TOKEN}
    return make_integration(cast.team, "hipchat", name="Operations", config=config)


@pytest.fixture
def page(cast: Cast, person: Person) -> "Page":
    person.context.grant_permissions(["clipboard-read", "clipboard-write"])
    return person.log_in("member@example.com")


def copied(page: "Page") -> str:
    """What one press of Copy puts on the clipboard."""
    page.get_by_role("button", name="Copy").click()
    page.get_by_text("Copied.").wait_for()
    return str(page.evaluate("navigator.clipboard.readText()"))


def test_the_address_is_copied_and_changed_within_the_popup(person: Person, page: "Page", room: Integration) -> None:
    page.goto(f"{person.base}/t/ops/rules/new/")
    page.get_by_role("tab", name="Notifications").click()
    page.get_by_role("link", name="Edit Integrations").click()
    page.get_by_role("link", name="Edit Operations").click()
    page.get_by_role("heading", name="Two-way").wait_for()

    first = copied(page)
    page.get_by_role("link", name="Change the address").click()
    page.get_by_role("heading", name="Change the address of Operations?").wait_for()
    page.get_by_role("button", name="Change the address").click()
    page.get_by_text("Operations has another address.").wait_for()
    second = copied(page)

    assert first == hooks.address_of(room)
    room.refresh_from_db()
    assert second == hooks.address_of(room) != first
    assert page.url == f"{person.base}/t/ops/rules/new/"
    assert person.complaints == []


def test_one_press_registers_it_in_the_room(person: Person, page: "Page", room: Integration, hipchat: HipChat) -> None:
    page.goto(f"{person.base}/t/ops/integrations/{room.pk}/")

    page.get_by_role("button", name="Register it in HipChat").click()
    page.get_by_text("HipChat took the webhook").wait_for()

    assert [each["url"] for each in hipchat.room.webhooks.values()] == [hooks.address_of(room)]
    assert person.complaints == []


def test_the_manifest_is_copied_whole(person: Person, page: "Page") -> None:
    page.goto(f"{person.base}/t/ops/integrations/app/slack/")

    assert copied(page) == page.get_by_label("JSON to paste").input_value()
    assert person.complaints == []


@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_is_wider_than_the_screen(width: int, person: Person, page: "Page", room: Integration) -> None:
    page.set_viewport_size({"width": width, "height": 900})

    for path in (f"{room.pk}/", f"{room.pk}/hook/change/", "app/slack/"):
        page.goto(f"{person.base}/t/ops/integrations/{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
