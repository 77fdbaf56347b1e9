"""`make screenshots`: starts the demo on data of its own, waits until there is something to see, takes the pictures.

A picture whose page is not as expected is left out and said so; the exit code is then 1.
"""

import io
import re
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Error, Page, sync_playwright

from tests.browser.chromium import ARGUMENTS, CHROMIUM, settle
from tests.servers.databases import ROOT
from tests.servers.house import House, wait_for

TARGET = ROOT / "docs" / "screenshots"
MOST_BYTES = 150_000
DESK, PHONE = (1440, 900), (390, 844)
PATIENCE = 5_000  # ms
COLOURS = (256, 128, 64, 32)


@dataclass(frozen=True)
class Shot:
    """A picture: its file's name, the page below the team (or from the root, with /), and what to do there first."""

    name: str
    path: str
    prepare: Callable[[Page], None] = lambda page: None
    size: tuple[int, int] = DESK
    scheme: str = "light"


def at_an_alert(page: Page) -> None:
    """From the list to the newest alert of the checkout."""
    page.get_by_role("main").get_by_role("link", name=re.compile(r"^#\d+")).first.click()
    page.get_by_role("heading", level=1).wait_for()
    settle(page)


def at_its_view(page: Page) -> None:
    page.locator("a[href*='/views/checkout/?at=']").first.click()
    page.locator("svg").first.wait_for()
    settle(page)


def with_notifications(page: Page) -> None:
    """The rule of the checkout, expanded, at its Notifications tab."""
    page.get_by_role("button", name=re.compile("Checkout is slow$")).first.click()
    page.get_by_role("tab", name="Notifications").first.click()
    settle(page)


def with_settings(page: Page) -> None:
    page.get_by_role("button", name=re.compile("Checkout is slow$")).first.click()
    page.get_by_role("tab", name="Settings").first.wait_for()
    page.locator("svg").first.wait_for()
    settle(page)


def with_popup(page: Page) -> None:
    with_notifications(page)
    page.get_by_role("link", name=re.compile("(Edit|Configure) Integrations")).first.click()
    page.locator("dialog #dialog-title").wait_for()
    settle(page)


def acted_upon(page: Page) -> None:
    """Ann acknowledges what is open in #ops, and its message says so."""
    page.get_by_role("button", name="Acknowledge", exact=True).first.click()
    page.get_by_text(re.compile("takes care of it, since")).first.wait_for(timeout=60_000)
    page.mouse.move(0, 0)
    settle(page)


SHOTS = (
    Shot("alerts", "alerts/?show=all"),
    Shot("alert", "alerts/?show=all&test=checkout", at_an_alert),
    Shot("alert-settings", "rules/", with_settings),
    Shot("notifications", "rules/", with_notifications),
    Shot("edit-integrations", "rules/", with_popup),
    Shot("views", "alerts/?show=all&test=checkout", at_its_view),
    Shot("views-dark", "alerts/?show=all&test=checkout", at_its_view, scheme="dark"),
    Shot("integrations", "integrations/"),
    Shot("hand-over", "handover/?since={since}"),
    Shot("sandbox", "/sandbox/", acted_upon),
    Shot("alert-phone", "alerts/?show=all&test=checkout", at_an_alert, size=PHONE),
)


def main() -> int:
    if not CHROMIUM:
        sys.stderr.write("There is no Chromium to take pictures with: set CHROMIUM to its path.\n")
        return 1
    TARGET.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, House(Path(folder) / "data", BELLHOP_DEMO="1") as house:
        say("waiting until the demo has something to show (about a minute) ...")
        wait_for(lambda: told(house), 180, "an alert triggered and cleared in the sandbox")
        with sync_playwright() as running:
            browser = running.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            state = log_in(browser, house)
            missing = [shot.name for shot in SHOTS if not take(browser, house, state, shot)]
            browser.close()
    say(f"left out: {', '.join(missing)}" if missing else f"{len(SHOTS)} pictures are in {TARGET.relative_to(ROOT)}")
    return 1 if missing else 0


def told(house: House) -> bool:
    page = house.page("/sandbox/").text
    return "Checkout is slow" in page and " CLEARED" in page


def log_in(browser: Any, house: House) -> Any:
    """The cookies of the demo's owner."""
    found = re.search(r"Demo login:\s+(\S+)\s+password: (\S+)", house.said())
    if found is None:
        raise RuntimeError("the demo printed no login")
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{house.url}/login/")
    page.fill("[name=username]", found[1])
    page.fill("[name=password]", found[2])
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/t/demo/**")
    state = context.storage_state()
    context.close()
    return state


def take(browser: Any, house: House, state: Any, shot: Shot) -> bool:
    """Whether the picture could be taken."""
    width, height = shot.size
    context = browser.new_context(
        storage_state=state,
        viewport={"width": width, "height": height},
        color_scheme=shot.scheme,
        reduced_motion="reduce",
        timezone_id="UTC",
    )
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    try:
        since = (datetime.now(UTC) - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
        answer = page.goto(
            house.url + (shot.path if shot.path[0] == "/" else f"/t/demo/{shot.path}").format(since=since)
        )
        if answer is None or answer.status != 200:
            say(f"{shot.name}: {shot.path} answers {answer.status if answer else 'nothing'}")
            return False
        settle(page)
        shot.prepare(page)
        if page.locator("[aria-invalid=true]").count():
            say(f"{shot.name}: the page refuses something")
            return False
        save(shot.name, page.screenshot())
    except Error as error:
        say(f"{shot.name}: {error.message.splitlines()[0]}")
        return False
    finally:
        context.close()
    return True


def save(name: str, png: bytes) -> None:
    """As a PNG with as many colours as fit into MOST_BYTES."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    for colours in COLOURS:
        small = io.BytesIO()
        picture.quantize(colours, dither=Image.Dither.NONE).save(small, "PNG", optimize=True)
        if len(small.getvalue()) < MOST_BYTES:
            break
    (TARGET / f"{name}.png").write_bytes(small.getvalue())
    say(f"{name}.png: {len(small.getvalue()) // 1024} kB, {colours} colours")


def say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
