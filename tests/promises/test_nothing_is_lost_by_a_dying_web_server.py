"""Promise 1: what was answered 202 is never lost though web workers are killed; what was not may be sent again."""

import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests  # noqa: TID251 - asks our own server

from tests.promises.rooms import OPEN, Rooms, kill
from tests.servers.house import PATIENCE, START_SECONDS, House, family, wait_for, words_of
from tests.servers.http import Receiver

pytestmark = pytest.mark.promise

CLIENTS, FEWEST_POSTS, KILLS, SEED = 4, 10, 12, 4
MOST_KILLS = 10 * KILLS  # until one has hit a call


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


class Client:
    """Opens and clears the alert of one test by turns, and repeats each call until it is answered."""

    def __init__(self, house: House, key: str, slug: str) -> None:
        self._url, self._headers, self.slug = (
            f"{house.url}/api/v1/measurements/",
            {"Authorization": f"Bearer {key}"},
            slug,
        )
        self.posts = self.repeated = 0

    def run(self, ended: threading.Event) -> None:
        first = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(hours=60)
        while not ended.is_set() or self.posts < FEWEST_POSTS or self.posts % 2:
            at = first + self.posts * timedelta(minutes=1)
            point = {"test": self.slug, "metric": "load", "source": "a", "observed_at": at.isoformat()}
            self._post({"notify": "always", "measurements": [{**point, "value": 1 if self.posts % 2 else 9}]})
            self.posts += 1

    def _post(self, body: Any) -> None:
        while True:
            try:
                answer = requests.post(self._url, json=body, headers=self._headers, timeout=PATIENCE)
            except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
                self.repeated += 1
                continue
            assert (answer.status_code, answer.json()["accepted"]) == (202, 1), answer.text
            return


def workers(house: House) -> list[int]:
    """The web server's workers; its first process only keeps them."""
    assert house.up is not None
    below = [pid for pid in family(house.up.pid) if b"gunicorn" in words_of(pid)]
    return below[1:]


class Killer:
    """Kills a web worker at a random moment, but not before calls were answered since the last time."""

    def __init__(self, house: House, clients: list[Client]) -> None:
        self._house, self._clients, self._dice = house, clients, random.Random(SEED)
        self.kills = self._answered = 0

    @property
    def has_hit(self) -> bool:
        return any(client.repeated for client in self._clients)

    def strike(self) -> None:
        wait_for(lambda: self._answers() >= self._answered + CLIENTS, START_SECONDS, "answers")
        time.sleep(self._dice.uniform(0, 0.5))  # so that no kill has its place within a call
        kill(self._dice.choice(wait_for(lambda: workers(self._house), what="a web worker")))
        self.kills, self._answered = self.kills + 1, self._answers()

    def _answers(self) -> int:
        return sum(client.posts for client in self._clients)


def test_killed_web_workers_lose_nothing_that_they_answered(house: House, receiver: Receiver) -> None:
    ended = threading.Event()
    rooms = Rooms(house, receiver, ["room0", "room1"], tests=CLIENTS)
    clients = [Client(house, rooms.key, slug) for slug in rooms.slugs]
    killer = Killer(house, clients)

    with ThreadPoolExecutor(CLIENTS) as pool:
        running = [pool.submit(client.run, ended) for client in clients]
        try:
            while killer.kills < KILLS or (killer.kills < MOST_KILLS and not killer.has_hit):
                killer.strike()
        finally:
            ended.set()
        for each in running:
            each.result(START_SECONDS)

    assert killer.has_hit, "no kill hit a call"
    alerts = list(rooms.each("/alerts/?page_size=1000"))
    opened = {client.slug: client.posts // 2 for client in clients}
    assert {slug: sum(alert["test"] == slug for alert in alerts) for slug in opened} == opened
    assert {alert["state"] for alert in alerts} == {"cleared"}
    wait_for(lambda: not OPEN & {row["state"] for row in rooms.deliveries("&state=pending,sending")})
    assert {row["state"] for row in rooms.each("/deliveries/?page_size=1000")} <= {"delivered", "superseded"}
