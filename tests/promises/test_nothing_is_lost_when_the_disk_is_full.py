"""Promise 1: a full disk loses nothing. Callers are told so and asked to come again, and sending goes on with room."""

import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.promises.mortals import LIBRARY
from tests.promises.rooms import Rooms
from tests.servers.house import House, wait_for
from tests.servers.http import Receiver

pytestmark = pytest.mark.promise

NAMES = ["room0", "room1", "room2"]
FULL, ROOM = "1", ""  # pages; what has more already may not grow
STORED = ("alerts_measurement", "alerts_alert", "alerts_alertevent", "deliveries_delivery")


def stored(data_dir: Path) -> list[int]:
    """How many rows the tables hold that a call with measurements fills."""
    with sqlite3.connect(f"file:{data_dir / 'bellhop.sqlite3'}?mode=ro", uri=True) as connection:
        return [connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in STORED]


def points(rooms: Rooms, value: int) -> dict[str, Any]:
    at = rooms.next_round()
    each = {"metric": "load", "source": "a", "observed_at": at, "value": value}
    return {"notify": "always", "measurements": [{"test": slug, **each} for slug in rooms.slugs]}


def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    pages = tmp_path / "pages"
    pages.write_text(ROOM)
    env = {"PYTHONPATH": str(LIBRARY), "MORTAL_PAGES": str(pages)}
    with Receiver() as receiver, House(tmp_path / "data", **env) as house:
        rooms = Rooms(house, receiver, NAMES, tests=20)
        rooms.measure(9)
        rooms.settled()

        pages.write_text(FULL)
        value, refused = 9, None
        while refused is None:
            value = 10 - value
            body, before = points(rooms, value), stored(house.data_dir)
            answer = house.call("POST", "/measurements/", body, key=rooms.key)
            refused = None if answer.status_code == 202 else answer
        after = stored(house.data_dir)
        pages.write_text(ROOM)
        accepted = wait_for(lambda: house.call("POST", "/measurements/", body, key=rooms.key).status_code == 202)

        assert (refused.status_code, refused.headers["Retry-After"]) == (507, "5"), refused.text
        assert refused.json()["detail"].startswith("There is no room left to store anything.")
        assert after == before
        assert accepted
        assert {row["state"] for row in rooms.settled()} <= {"delivered", "superseded"}
        assert_told_once(rooms)


def assert_told_once(rooms: Rooms) -> None:
    """Each room heard of each alert, last what it is now, and nothing twice."""
    last = {"triggered": "CRITICAL", "cleared": "CLEARED"}
    now = {alert["id"]: last[alert["state"]] for alert in rooms.get("/alerts/?page_size=1000")["results"]}
    for name in NAMES:
        told = rooms.told()[name]
        assert dict(told) == now
        assert max(Counter(told).values()) == 1
