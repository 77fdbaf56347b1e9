"""A real Chromium in front of a live server; what it complains of is kept."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from pytest_django.live_server_helper import LiveServer

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, ConsoleMessage, Dialog, Page

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or ""
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PASSWORD = "correct horse battery"


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
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not CHROMIUM:
        pytest.skip("no chromium on this machine: set CHROMIUM to its path")
    # Playwright runs a loop in this thread, in which Django would refuse the database.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    server: LiveServer = request.getfixturevalue("live_server")
    with playwright.sync_playwright() as running:
        browser: Any = running.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield Person(browser.new_context(viewport={"width": 1440, "height": 900}), server.url)
        browser.close()
