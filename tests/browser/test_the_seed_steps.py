"""The steps that the five seed documents describe, in a real browser against a real Bellhop with its sandbox chat."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.browser.chromium import CHROMIUM, desk, running_chromium, settle
from tests.servers.house import House, wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

pytestmark = pytest.mark.browser

PASSWORD = "correct horse battery"
COUNT = count(1)
Take = Callable[["Seat"], "dict[str, str]"]


@dataclass
class Seat:
    """Somebody of a fresh team with a test and a rule, at a browser; `chat` is a second tab, in the sandbox."""

    house: House
    team: str
    page: "Page"
    chat: "Page"
    complaints: list[str] = field(default_factory=list)

    def say(self, value: float, minutes_ago: int = 0) -> None:
        """Report one measurement of the test."""
        at = (datetime.now(UTC) - timedelta(minutes=minutes_ago)).isoformat()
        point = {"test": "shop", "metric": "load", "source": "fra1", "observed_at": at, "value": value}
        self.house.post("/measurements/", {"measurements": [point]})

    def goto(self, path: str) -> None:
        self.page.goto(f"{self.house.url}/t/{self.team}/{path}")
        settle(self.page)

    def messages(self) -> "Locator":
        """The messages of the sandbox that are about this team, newest first."""
        self.chat.goto(f"{self.house.url}/sandbox/")
        return self.chat.locator(f"a[href*='/t/{self.team}/views/']")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    if not CHROMIUM:
        pytest.skip("no chromium on this machine: set CHROMIUM to its path")
    with House(tmp_path_factory.mktemp("seed") / "data", BELLHOP_DEMO="1") as running:
        yield running


@pytest.fixture(scope="module")
def browser(house: House) -> "Iterator[Browser]":
    pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with running_chromium() as made:
        yield made


@pytest.fixture
def seat(house: House, browser: "Browser") -> Iterator[Seat]:
    name = f"shop{next(COUNT)}"
    owner = f"{name}@example.com"
    team = house.found_team(name, owner, PASSWORD)
    house.post("/tests/", {"slug": "shop", "name": "Shop", "interval": 60})
    conditions = [{"metric": "load", "operator": ">", "threshold": 5}]
    house.post("/rules/", {"name": "Too busy", "severity": "major", "conditions": conditions, "tests": ["shop"]})
    context = desk(browser)
    made = Seat(house, team, context.new_page(), context.new_page())
    made.page.on("console", lambda said: made.complaints.append(said.text) if said.type == "error" else None)
    made.page.goto(f"{house.url}/login/")
    made.page.get_by_label("E-mail address").fill(owner)
    made.page.get_by_label("Password").fill(PASSWORD)
    made.page.keyboard.press("Enter")
    made.page.wait_for_url(f"**/t/{team}/**")
    yield made
    context.close()


# What one takes from the remote's own pages, as the documents describe them.


def slack_webhook(seat: Seat) -> dict[str, str]:
    seat.chat.goto(f"{seat.house.url}/sandbox/slack/")
    return {"Webhook URL": seat.chat.locator("code").first.inner_text(), "Channel": "#ops"}


def hipchat_room(seat: Seat) -> tuple[str, str, str]:
    """A room's API id, a notification token made for us, and the whole URL to post to."""
    seat.chat.goto(f"{seat.house.url}/sandbox/hipchat/")
    seat.chat.get_by_role("link", name="Operations").click()
    codes = seat.chat.locator("code").all_inner_texts()
    return codes[0], codes[1], codes[2]


def thousandeyes_hipchat(seat: Seat) -> dict[str, str]:
    _, token, url = hipchat_room(seat)
    return {"URL": url.partition("?")[0], "Auth token / Room notification token": token}


def mackerel_hipchat(seat: Seat) -> dict[str, str]:
    room, token, _ = hipchat_room(seat)
    server = f"{seat.house.url}/sandbox/hipchat"
    return {"Server": server, "Room API ID or name": room, "Auth token / Room notification token": token}


def sematext_hipchat(seat: Seat) -> dict[str, str]:
    return {**mackerel_hipchat(seat), "Room API ID or name": "Operations"}


DOCUMENTS = [
    pytest.param("Slack", slack_webhook, id="ThousandEyes Slack"),
    pytest.param("HipChat", thousandeyes_hipchat, id="ThousandEyes HipChat"),
    pytest.param("HipChat", mackerel_hipchat, id="Mackerel HipChat"),
    pytest.param("HipChat", sematext_hipchat, id="Sematext HipChat"),
]


def expand(seat: Seat) -> None:
    """Alert Settings, the rule expanded, its Notifications tab."""
    seat.goto("rules/")
    seat.page.get_by_role("button", name=re.compile("Too busy$")).click()
    seat.page.get_by_role("tab", name=re.compile("^Notifications")).click()


def add_integration(seat: Seat, kind: str, fields: dict[str, str]) -> None:
    """The popup: Add New Integration, the type, its fields; Test says the remote's status; Save."""
    dialog = seat.page.get_by_role("dialog")
    dialog.get_by_role("link", name="Add New Integration").click()
    dialog.get_by_role("link", name=re.compile(f"^{kind}")).click()
    dialog.get_by_label("Name", exact=True).fill("our room")
    for label, value in fields.items():
        dialog.get_by_label(label, exact=True).fill(value)
        dialog.get_by_label(label, exact=True).press("Tab")
        settle(seat.page)
    dialog.get_by_role("button", name="Test", exact=True).click()
    dialog.get_by_text(re.compile(r"The test message was accepted: status (200|204)")).wait_for()
    dialog.get_by_role("button", name="Save", exact=True).click()
    dialog.get_by_text("our room is saved.").or_(seat.page.get_by_text("our room is saved.")).first.wait_for()
    seat.page.keyboard.press("Escape")


@pytest.mark.parametrize(("kind", "take"), DOCUMENTS)
def test_from_the_alert_rule_to_the_message_and_back_by_its_link(kind: str, take: Take, seat: Seat) -> None:
    fields = take(seat)
    expand(seat)
    seat.page.get_by_role("link", name="Configure Integrations").click()
    add_integration(seat, kind, fields)
    seat.page.get_by_role("link", name="Edit Integrations").wait_for()
    box = seat.page.get_by_role("checkbox", name=re.compile("our room"))
    box.wait_for()
    box.check()
    on_clear = seat.page.get_by_role("checkbox", name=re.compile("Send an email when clears"))
    on_clear.check()
    seat.page.get_by_role("button", name="Save", exact=True).last.click()
    wait_for(lambda: seat.house.get("/rules/?name=Too%20busy")["results"][0]["integrations"], what="the ticked rule")

    seat.say(9.0)
    triggered = told(seat, 1)
    seat.page.goto(triggered)
    alert = seat.house.get("/alerts/")["results"][0]
    assert moment_of(triggered) == alert["started_at"][:16]
    seat.page.get_by_role("heading", name=re.compile("Shop")).first.wait_for()
    assert seat.page.locator("svg .band, svg [class*=band]").count() >= 1  # the alert is laid over the values
    assert seat.page.get_by_role("link", name=re.compile(r"#1\b")).count() >= 1  # and listed below

    raise_the_threshold(seat)
    cleared = told(seat, 2)
    alert = seat.house.get("/alerts/?state=cleared")["results"][0]
    assert alert["cleared_reason"] == "rule_changed"
    assert moment_of(cleared) == alert["cleared_at"][:16]
    seat.page.goto(cleared)
    seat.page.get_by_role("heading", name=re.compile("Shop")).first.wait_for()
    assert seat.complaints == []


def test_the_integrations_page_does_the_same_as_the_popup(seat: Seat) -> None:
    """Sematext SPM: a page of integrations with a HipChat one: token, room, Enabled, Test, Save."""
    fields = sematext_hipchat(seat)
    seat.goto("integrations/")
    page = seat.page
    page.get_by_role("link", name="Add New Integration").first.click()
    page.get_by_role("link", name=re.compile("^HipChat")).click()
    page.get_by_label("Name", exact=True).fill("our room")
    for label, value in fields.items():
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_label("Enabled", exact=True).check()
    page.get_by_role("button", name="Test", exact=True).click()
    page.get_by_text(re.compile(r"The test message was accepted: status (200|204)")).wait_for()
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("our room is saved.").first.wait_for()

    saved = seat.house.get("/integrations/")["results"]
    assert [(each["kind"], each["name"], each["enabled"]) for each in saved] == [("hipchat", "our room", True)]
    assert seat.complaints == []


def test_the_whole_way_with_the_keyboard_alone(seat: Seat) -> None:
    address = slack_webhook(seat)["Webhook URL"]
    seat.goto("rules/")
    press(seat, "Too busy")
    press(seat, "Settings", "ArrowRight")
    press(seat, "Configure Integrations")
    press(seat, "Add New Integration")
    press(seat, "Slack")
    type_at(seat, "Name", "our room")
    type_at(seat, "Webhook URL", address)
    press(seat, "Save")
    seat.page.get_by_role("checkbox", name=re.compile("our room")).wait_for()
    seat.page.keyboard.press("Escape")
    if not seat.page.get_by_role("checkbox", name=re.compile("our room")).is_checked():
        press(seat, "our room", "Space")
    press(seat, "Save")
    wait_for(lambda: seat.house.get("/rules/?name=Too%20busy")["results"][0]["integrations"], what="the ticked rule")

    seat.say(9.0)
    assert moment_of(told(seat, 1))
    assert seat.complaints == []


def press(seat: Seat, name: str, key: str = "Enter") -> None:
    """Tab to what bears the name, and press the key there."""
    settle(seat.page)
    tab_to(seat.page, name)
    seat.page.keyboard.press(key)
    settle(seat.page)


def type_at(seat: Seat, name: str, text: str) -> None:
    tab_to(seat.page, name)
    seat.page.keyboard.type(text)


def tab_to(page: "Page", name: str) -> None:
    """Press Tab until what has the focus begins with the name."""
    for _ in range(120):
        page.keyboard.press("Tab")
        heard = page.evaluate("(e => [e.ariaLabel, e.labels?.[0]?.innerText, e.innerText])(document.activeElement)")
        if any(str(words).strip().startswith(name) for words in heard if words):
            return
    raise AssertionError(f"no {name} within 120 presses of Tab")


def raise_the_threshold(seat: Seat) -> None:
    """Edit the rule while its alert is active, so that it clears."""
    seat.goto("rules/")
    seat.page.get_by_role("button", name=re.compile("Too busy$")).click()
    seat.page.get_by_role("tab", name=re.compile("^Settings")).click()
    seat.page.get_by_label("Threshold").first.fill("50")
    seat.page.get_by_role("button", name="Save", exact=True).last.click()


def told(seat: Seat, many: int) -> str:
    """The link of the newest message once there are so many in the sandbox."""
    return wait_for(lambda: views_of(seat, many), what=f"{many} messages in the sandbox")[0]


def views_of(seat: Seat, many: int) -> list[str]:
    """The distinct links to Views of this team in the rooms, newest message first, once there are enough."""
    found = [each.get_attribute("href") or "" for each in seat.messages().all()]
    distinct = list(dict.fromkeys(found))
    return distinct if len(distinct) >= many else []


def moment_of(link: str) -> str:
    """The minute that a link to Views opens at."""
    return parse_qs(urlsplit(link).query)["at"][0][:16]
