"""A team with tests, rules and Slack rooms of a local receiver, driven over HTTP, and what arrived in the rooms."""

import json
import os
import re
import signal
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from tests.servers.house import PATIENCE, House, family, wait_for, words_of
from tests.servers.http import Receiver

OPEN = {"pending", "sending"}
WORDS = re.compile(r"#(\d+) (CRITICAL|MAJOR|MINOR|INFO|CLEARED)")
ROWS = re.compile(r"#(\d+)>? (critical|major|minor|info) (triggered|cleared): ")


class Rooms:
    """`tests` tests, each with a rule of its own that tells all `names` rooms; one team for each instance."""

    def __init__(
        self, house: House, receiver: Receiver, names: Sequence[str], tests: int = 1, severities: Sequence[str] = ()
    ) -> None:
        self._house = house
        self._receiver = receiver
        self._round = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(hours=6)
        self.team = house.found_team(f"Team {uuid4().hex[:8]}")
        self.key = house.key
        self.places = {name: self._room(name, f"{receiver.url}/services/T0/B0/{self.team}-{name}") for name in names}
        self.slugs = [f"t{n}" for n in range(tests)]
        for n, slug in enumerate(self.slugs):
            self.post("/tests/", {"slug": slug, "name": slug})
            severity = severities[n] if severities else "critical"
            self._rule(f"rule {slug}", slug, severity)

    def add_room(self, name: str, url: str) -> int:
        """A room elsewhere, that every rule tells too."""
        place = self._room(name, url)
        for rule in self.get("/rules/")["results"]:
            self.patch(f"/rules/{rule['id']}/", {"integrations": [*rule["integrations"], place]})
        return place

    def retire(self, *places: int) -> None:
        """Have nothing more sent there: another test may listen at that port soon."""
        for place in places:
            self.patch(f"/integrations/{place}/", {"enabled": False})

    def move_to(self, house: House) -> None:
        """Go on with another house on the same data."""
        self._house = house

    def listeners(self, slug: str) -> list[int]:
        """The integrations that the rule of this test tells."""
        return list(self.places.values())

    def measure(self, value: float, slugs: Sequence[str] = ()) -> None:
        """Every test, or each of `slugs`, says `value` in a new round: above 5 its rule is violated."""
        at = self.next_round()
        points = [
            {"test": slug, "metric": "load", "source": "a", "observed_at": at, "value": value}
            for slug in slugs or self.slugs
        ]
        self.post("/measurements/", {"notify": "always", "measurements": points})

    def next_round(self) -> str:
        """When the next measurements are observed."""
        self._round += timedelta(minutes=1)
        return self._round.isoformat()

    def deliveries(self, query: str = "") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.get(f"/deliveries/?page_size=1000{query}")["results"]
        return found

    def each(self, path: str) -> Iterator[dict[str, Any]]:
        """What the list at `path` holds, through all its pages."""
        while path:
            page = self.get(path)
            yield from page["results"]
            path = (page["next"] or "").partition("/api/v1")[2]

    def settled(self, seconds: float = PATIENCE) -> list[dict[str, Any]]:
        """All deliveries once none is open any more."""

        def look() -> list[dict[str, Any]]:
            rows = self.deliveries()
            return [] if {row["state"] for row in rows} & OPEN else rows

        return wait_for(look, seconds, "the end of every delivery")

    def told(self) -> dict[str, list[tuple[int, str]]]:
        """(alert, its severity or CLEARED) in the order of arrival, by room; each row of a digest counts."""
        found: dict[str, list[tuple[int, str]]] = defaultdict(list)
        for request in list(self._receiver.received):
            team, _, room = request.path.rpartition("/")[2].partition("-room")
            if team == self.team:
                found[f"room{room}"] += told_by(request.body)
        return found

    def get(self, path: str) -> Any:
        answer = self._house.call("GET", path, key=self.key)
        assert answer.ok, answer.text
        return answer.json()

    def post(self, path: str, body: Any) -> Any:
        answer = self._house.call("POST", path, body, key=self.key)
        assert answer.ok, answer.text
        return answer.json()

    def patch(self, path: str, body: Any) -> None:
        answer = self._house.call("PATCH", path, body, key=self.key)
        assert answer.ok, answer.text

    def _room(self, name: str, url: str) -> int:
        place: int = self.post("/integrations/", {"kind": "slack", "name": name, "config": {"url": url}})["id"]
        return place

    def _rule(self, name: str, slug: str, severity: str) -> None:
        self.post(
            "/rules/",
            {
                "name": name,
                "severity": severity,
                "conditions": [{"metric": "load", "operator": ">", "threshold": 5}],
                "tests": [slug],
                "integrations": self.listeners(slug),
            },
        )


def told_by(body: bytes) -> list[tuple[int, str]]:
    """(alert, its severity or CLEARED) for each alert that a message to Slack names."""
    said = json.loads(body)
    if match := WORDS.match(said["text"]):
        return [(int(match[1]), match[2])]
    sections = [block["text"]["text"] for block in said["attachments"][0]["blocks"] if "text" in block]
    return [
        (int(number), "CLEARED" if story == "cleared" else severity.upper())
        for number, severity, story in ROWS.findall("\n".join(sections))
    ]


def sender_of(house: House) -> int:
    """The process id of the house's sender, once it runs."""

    def look() -> int:
        assert house.up is not None
        return next((pid for pid in family(house.up.pid) if b"sender" in words_of(pid)), 0)

    return wait_for(look, what="the sender")


def kill(pid: int) -> None:
    """As the kernel would when memory runs out."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
