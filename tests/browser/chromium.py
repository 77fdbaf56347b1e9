"""The browser itself, for tests and for whoever takes pictures with it."""

import os
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or ""
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
BUSY = "!!document.querySelector('.htmx-request, .htmx-swapping, .htmx-settling, .htmx-added')"


def settle(page: "Page") -> None:
    """Wait until htmx has put in place what it asked for: by asking, since the policy lets no page evaluate text."""
    page.wait_for_load_state("load")
    for _ in range(1200):
        page.wait_for_timeout(25)
        if not page.evaluate(BUSY):
            return
    raise AssertionError(f"{page.url} is still busy after 30 s")
