"""Promise 1: what was answered 202 is never lost though web workers are killed; what was not may be sent again."""

import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests  # noqa: TID251 - asks our own server

from tests.promises.rooms import OPEN, Rooms, kill
from tests.servers.house import House, family, wait_for
from tests.servers.http import Receiver

pytestmark = pytest.mark.promise

CLIENTS, FEWEST_POSTS, KILLS, SEED = 4, 10, 12, 4


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
                answer = requests.post(self._url, json=body, headers=self._headers, timeout=30)
            except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
                self.repeated += 1
                continue
            assert (answer.status_code, answer.json()["accepted"]) == (202, 1), answer.text
            return


def workers(house: House) -> list[int]:
    """The web server's workers; its first process only keeps them."""
    assert house.up is not None
    below = [pid for pid in family(house.up.pid) if b"gunicorn" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    return below[1:]


def test_killed_web_workers_lose_nothing_that_they_answered(house: House, receiver: Receiver) -> None:
    dice, ended = random.Random(SEED), threading.Event()
    rooms = Rooms(house, receiver, ["room0", "room1"], tests=CLIENTS)
    clients = [Client(house, rooms.key, slug) for slug in rooms.slugs]

    with ThreadPoolExecutor(CLIENTS) as pool:
        running = [pool.submit(client.run, ended) for client in clients]
        for _ in range(KILLS):
            ended.wait(dice.uniform(0, 0.5))
            kill(dice.choice(wait_for(lambda: workers(house), 20, "a web worker")))
        ended.set()
        for each in running:
            each.result(60)

    assert sum(client.repeated for client in clients), "no kill hit a call"
    alerts = rooms.get("/alerts/?page_size=1000")["results"]
    opened = {client.slug: client.posts // 2 for client in clients}
    assert {slug: sum(alert["test"] == slug for alert in alerts) for slug in opened} == opened
    assert {alert["state"] for alert in alerts} == {"cleared"}
    wait_for(lambda: not OPEN & {row["state"] for row in rooms.deliveries("&state=pending,sending")}, 60)
    assert {row["state"] for row in rooms.deliveries()} <= {"delivered", "superseded"}
