"""What `make run` starts: within a minute or so the sandbox shows an alert that was triggered and cleared."""

import html
import re
from pathlib import Path

import pytest
import requests  # noqa: TID251 - asks our own server

from tests.servers.house import PATIENCE, House, wait_for

pytestmark = pytest.mark.promise


def test_the_sandbox_shows_a_triggered_and_a_cleared_alert_whose_links_open(tmp_path: Path) -> None:
    with House(tmp_path / "data", BELLHOP_DEMO="1") as house:
        wait_for(lambda: told(house, "slack") and told(house, "hipchat"), 2 * PATIENCE, "triggered and cleared in both")

        page = html.unescape(house.page("/sandbox/").text)
        links = set(re.findall(re.escape(house.url) + r"/t/demo/views/checkout/\?at=[^\"]+", page))
        assert len(links) >= 2
        with logged_in(house) as browser:
            for link in links:
                answer = browser.get(link, timeout=PATIENCE)
                assert answer.status_code == 200
                assert "Checkout page" in answer.text


def told(house: House, service: str) -> bool:
    rooms = re.findall(rf'<section class="room {service}".*?</section>', house.page("/sandbox/").text, re.DOTALL)
    return any(" MAJOR: Checkout is slow" in room and " CLEARED" in room for room in rooms)


def logged_in(house: House) -> requests.Session:
    """A visitor who used the login that `up` printed."""
    found = re.search(r"Demo login:\s+(\S+)\s+password: (\S+)", house.said())
    assert found
    session = requests.Session()
    session.trust_env = False
    form = session.get(f"{house.url}/login/", timeout=PATIENCE)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form.text)
    assert token
    fields = {"username": found[1], "password": found[2], "csrfmiddlewaretoken": token[1]}
    answer = session.post(f"{house.url}/login/", fields, headers={"Referer": house.url}, timeout=PATIENCE)
    assert answer.ok
    assert "sessionid" in session.cookies
    return session
