"""A team whose alerts are told in a strict Slack workspace, and its member Ann, who is known there: all over HTTP."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import requests  # noqa: TID251 - asks our own server

from tests.hearing import calling
from tests.servers.house import PATIENCE, House, wait_for
from tests.servers.slack import SIGNING_SECRET, TOKEN, Posted, Slack

ANN, ANN_THERE, PASSWORD = "ann@example.com", "U00000ANN", "correct horse"
RESPONSE = "/response/"


class Chats:
    """Drives one house. `ops` is the integration of #ops, `rule` is violated by the test `load` above 5."""

    def __init__(self, house: House, slack: Slack) -> None:
        self.house, self.slack = house, slack
        self.session = requests.Session()
        self.session.trust_env = False
        self._round = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(hours=6)
        self.team = house.found_team("Ops", ANN, PASSWORD)
        self.ops = self.integrate("slack", "ops", self.app("#ops"))
        house.post("/tests/", {"slug": "load", "name": "Load"})
        condition = {"metric": "load", "operator": ">", "threshold": 5}
        rule = {"name": "Busy", "severity": "critical", "conditions": [condition], "tests": ["load"]}
        self.rule: int = house.post("/rules/", {**rule, "integrations": [self.ops]})["id"]
        self.browser = self._logged_in()
        self.link()

    def app(self, channel: str) -> dict[str, Any]:
        """The settings of an app of the workspace."""
        return {
            "bot_token": TOKEN,
            "signing_secret": SIGNING_SECRET,
            "channel": channel,
            "server": self.slack.base,
            "thread": True,
        }

    def integrate(self, kind: str, name: str, config: dict[str, Any]) -> int:
        place: int = self.house.post("/integrations/", {"kind": kind, "name": name, "config": config})["id"]
        return place

    def link(self) -> None:
        """Ann asks in Slack how to be known, and opens the link while she is logged in."""
        answer = self.say("link").text
        found = re.search(rf"{re.escape(self.house.url)}/t/[^|>\"\s]*/chat/link/[^|>\"\s]*", unescape(answer))
        assert found, answer
        self.submit(found[0], {})

    def measure(self, value: float) -> None:
        """A round later the test says so."""
        self._round += timedelta(minutes=1)
        point = {"test": "load", "metric": "load", "source": "a", "observed_at": self._round.isoformat()}
        self.house.post("/measurements/", {"notify": "always", "measurements": [{**point, "value": value}]})

    def alarm(self) -> int:
        """A new alert that is open and told; its number."""
        before = len(self.cards())
        self.measure(9)
        self.told(lambda: len(self.cards()) > before)
        number: int = self.house.get("/alerts/")["results"][0]["id"]
        return number

    def cards(self) -> list[Posted]:
        """The messages that are no replies in a thread, oldest first."""
        return [each for each in list(self.slack.messages) if "thread_ts" not in each.now]

    def shows(self, words: str, seconds: float = PATIENCE) -> Posted:
        """The newest card, once its text begins so."""

        def look() -> Posted | None:
            found = self.cards()[-1]
            return found if found.now["text"].startswith(words) else None

        found = wait_for(look, seconds, f"a card that begins with {words}")
        assert found
        return found

    def told(self, look: Any, seconds: float = PATIENCE) -> None:
        wait_for(look, seconds, "what is to be told")

    def mark(self, card: Posted) -> str:
        """What its buttons carry."""
        blocks = card.now["attachments"][0]["blocks"]
        values: list[str] = [
            each.get("value", "") for block in blocks for each in block.get("elements", []) if "action_id" in each
        ]
        return next(value for value in values if value)

    def press(self, action: str, card: Posted) -> calling.Call:
        """Ann presses that button, in a call to be made."""
        reply_to = f"{self.slack.url}{RESPONSE}1"
        now = datetime.now(UTC)
        return calling.slack_press(SIGNING_SECRET, action, self.mark(card), ANN_THERE, now, reply_to)

    def say(self, words: str) -> requests.Response:
        """Ann types `/bellhop <words>`."""
        answer: requests.Response = calling.slack_command(SIGNING_SECRET, words, ANN_THERE, datetime.now(UTC)).to(
            self.session, self.house.url
        )
        assert answer.status_code == 200, answer.text
        return answer

    def answers(self) -> list[str]:
        """What was told to Ann alone, after she had pressed something."""
        return [request.body.decode() for request in list(self.slack.received) if request.path.startswith(RESPONSE)]

    def events(self, number: int) -> list[tuple[str, str]]:
        """(type, who) of what happened to the alert since it was triggered."""
        found = self.house.get(f"/alerts/{number}/")["events"]
        return [(event["type"], event["actor"]) for event in found[1:]]

    def submit(self, url: str, fields: dict[str, str]) -> requests.Response:
        """Ann sends the form of a page."""
        page = self.browser.get(url, timeout=PATIENCE)
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        assert token, page.text[-2_000:]
        answer = self.browser.post(
            url, {**fields, "csrfmiddlewaretoken": token[1]}, headers={"Referer": url}, timeout=30
        )
        assert answer.ok, answer.text
        return answer

    def _logged_in(self) -> requests.Session:
        self.browser = requests.Session()
        self.browser.trust_env = False
        self.submit(f"{self.house.url}/login/", {"username": ANN, "password": PASSWORD})
        assert "sessionid" in self.browser.cookies
        return self.browser
