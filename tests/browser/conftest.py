"""A real Chromium in front of a live server; what it complains of is kept."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from pytest_django.live_server_helper import LiveServer

from tests.alerts.factories import make_test
from tests.browser.chromium import CHROMIUM, desk, running_chromium
from tests.conftest import Cast

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, ConsoleMessage, Dialog, Locator, Page

PASSWORD = "correct horse battery"


def press_what_closes(page: "Page", name: str) -> None:
    """Press a button that closes its own window: the press may be answered by the window being gone."""
    from playwright.sync_api import Error

    with page.expect_event("close"), contextlib.suppress(Error):
        page.get_by_role("button", name=name).click()


@dataclass
class Person:
    """Somebody with a browser. `complaints` holds dialogs, page errors, and errors of the console (refused scripts)."""

    context: "BrowserContext"
    base: str
    complaints: list[str] = field(default_factory=list)

    def page(self) -> "Page":
        return self.watch(self.context.new_page())

    def watch(self, page: "Page") -> "Page":
        page.on("pageerror", lambda error: self.complaints.append(f"page error: {error}"))
        page.on("console", self._hear)
        page.on("dialog", self._dismiss)
        return page

    def log_in(self, email: str) -> "Page":
        page = self.page()
        page.goto(f"{self.base}/login/?next=/admin/")
        page.fill("[name=username]", email)
        page.fill("[name=password]", PASSWORD)
        page.press("[name=password]", "Enter")
        page.wait_for_url(f"{self.base}/admin/")
        return page

    def _hear(self, message: "ConsoleMessage") -> None:
        if message.type == "error":
            self.complaints.append(f"console: {message.text}")

    def _dismiss(self, dialog: "Dialog") -> None:
        self.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()


@pytest.fixture
def person(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Person]:
    """Somebody at a 1440 x 900 screen."""
    pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not CHROMIUM:
        pytest.skip("no chromium on this machine: set CHROMIUM to its path")
    # Playwright runs a loop in this thread, in which Django would refuse the database.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    server: LiveServer = request.getfixturevalue("live_server")
    with running_chromium() as browser:
        yield Person(desk(browser), server.url)


def typed_rule(person: Person, cast: Cast) -> tuple["Page", "Locator"]:
    """A member has typed a rule on the test "Checkout page" and saved nothing yet; the page and the form."""
    make_test(cast.team, name="Checkout page")
    page = person.log_in("member@example.com")
    page.goto(f"{person.base}/t/ops/rules/new/")
    form = page.locator(".rule-form")
    form.get_by_label("Name", exact=True).fill("Slow")
    form.get_by_label("Checkout page").check()
    form.get_by_label("Metric").fill("response_time")
    form.get_by_label("Threshold").fill("1000")
    return page, form
