"""What a newcomer tries first under `make run`: to act where the alert is read. Here with plain forms, no scripts."""

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests  # noqa: TID251 - asks our own server

from tests.promises.test_the_demo_shows_an_alert import logged_in
from tests.servers.house import PATIENCE, House, wait_for

pytestmark = pytest.mark.promise
ALERT = "Search lags behind"


class Visitor:
    """Somebody at the sandbox's pages."""

    def __init__(self, house: House) -> None:
        self.url = f"{house.url}/sandbox/"
        self.session = requests.Session()
        self.session.trust_env = False

    def page(self, path: str = "") -> str:
        return html.unescape(self.session.get(self.url + path, timeout=PATIENCE).text)

    def number_of(self, room: str) -> str:
        found = re.search(rf'href="/sandbox/rooms/(\d+)/">{room}<', self.page())
        assert found
        return found[1]

    def message(self, room: str) -> str:
        """The newest message of the room about the alert, with its thread; empty where there is none."""
        page = self.page(f"rooms/{self.number_of(room)}/")
        messages = re.split(r'(?=<article class="message[^>]* id="m-)', page)[1:]
        return next((each for each in messages if re.search(rf"#\d+ [A-Z]+.*?: {ALERT}", each)), "")

    def button(self, action: str) -> str:
        """What pressing it sends."""
        found = re.search(rf'name="press" value="(\[[^\]]*"{action}"\])"', self.message("#ops"))
        return found[1] if found else ""

    def act(self, path: str, **fields: str) -> None:
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.page())
        assert token
        body = {"csrfmiddlewaretoken": token[1], **fields}
        assert self.session.post(self.url + path, body, headers={"Referer": self.url}, timeout=PATIENCE).ok


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with House(tmp_path / "data", BELLHOP_DEMO="1") as running:
        yield running


def test_who_acts_in_one_room_is_seen_in_all(house: House) -> None:
    visitor = Visitor(house)
    pressed = wait_for(lambda: visitor.button("ack"), what="a button to press")
    visitor.act("press/", press=pressed)

    taken = f"ACKNOWLEDGED (minor): {ALERT}"
    wait_for(lambda: taken in visitor.message("#ops"), what="the message to change")
    wait_for(lambda: "takes care of it" in visitor.message("#ops").partition('class="thread"')[2], what="its thread")
    wait_for(lambda: taken in visitor.message("Operations"), what="the other room")
    assert not visitor.button("ack")
    found = re.search(rf"#(\d+) ACKNOWLEDGED \(minor\): {ALERT}", visitor.message("#ops"))
    assert found
    with logged_in(house) as browser:
        alert = browser.get(f"{house.url}/t/demo/alerts/{found[1]}/", timeout=PATIENCE).text
    assert "Acknowledged" in alert
    assert "Slack" in alert

    visitor.act(f"rooms/{visitor.number_of('Operations')}/say/", text=f"/bellhop close {found[1]} enough")
    wait_for(lambda: f"CLEARED (minor): {ALERT}" in visitor.message("#ops"), what="the message to end")
    assert not visitor.button("close")


def test_a_stranger_is_told_how_to_link_and_does_so(house: House) -> None:
    visitor = Visitor(house)
    pressed = wait_for(lambda: visitor.button("ack"), what="a button to press")
    visitor.act("you/", person="U0SBXBOB")
    visitor.act("press/", press=pressed)

    links = wait_for(lambda: re.findall(r'href="([^"]+/chat/link/[^"]+)"', visitor.page()), what="the way to link")
    assert visitor.button("ack")
    with logged_in(house) as browser:
        page = browser.get(links[0], timeout=PATIENCE)
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        assert token
        answer = browser.post(
            page.url, {"csrfmiddlewaretoken": token[1]}, headers={"Referer": page.url}, timeout=PATIENCE
        )
        assert answer.ok
    visitor.act("press/", press=pressed)
    wait_for(lambda: f"ACKNOWLEDGED (minor): {ALERT}" in visitor.message("#ops"), what="the message to change")
