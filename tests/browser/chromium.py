"""The browser itself, for tests and for whoever takes pictures with it."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or ""
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Milliseconds, on a machine that is busy with other tests; neither is a promise about how long it takes.
START, PATIENCE = 600_000, 120_000
BUSY = "!!document.querySelector('.htmx-request, .htmx-swapping, .htmx-settling, .htmx-added')"
GONE = "Execution context was destroyed"  # by the page's way to another one


@contextmanager
def running_chromium() -> "Iterator[Browser]":
    """One that was given time to start."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as running:
        browser = running.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS, timeout=START)
        yield browser
        browser.close()


def desk(browser: "Browser", **given: Any) -> "BrowserContext":
    """A window of 1440 x 900, or as `given`, that waits for what must come."""
    context = browser.new_context(**{"viewport": {"width": 1440, "height": 900}, **given})
    context.set_default_timeout(PATIENCE)
    return context


def settle(page: "Page") -> None:
    """Wait until htmx has put in place what it asked for: by asking, since the policy lets no page evaluate text."""
    page.wait_for_load_state("load")
    for _ in range(PATIENCE // 25):
        page.wait_for_timeout(25)
        if not _is_busy(page):
            return
    raise AssertionError(f"{page.url} is still busy after {PATIENCE / 1000:g} s")


def _is_busy(page: "Page") -> bool:
    from playwright.sync_api import Error

    try:
        return bool(page.evaluate(BUSY))
    except Error as error:
        if GONE not in error.message:
            raise
        page.wait_for_load_state("load")
        return True
