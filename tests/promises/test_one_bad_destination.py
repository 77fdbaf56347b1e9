"""Promise 4: one bad destination harms nobody else, and nothing about it is silent."""

import socket
import time
from collections.abc import Iterator

import pytest

from tests.promises.rooms import Rooms
from tests.servers.house import House, wait_for
from tests.servers.http import Answer, Receiver

pytestmark = pytest.mark.promise

NAMES = [f"room{n}" for n in range(10)]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


@pytest.fixture
def nobody() -> Iterator[str]:
    """An address where nothing listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


def test_bad_destinations_hold_up_nobody(house: House, receiver: Receiver, nobody: str) -> None:
    with Receiver(Answer(manner="hang")) as hanging, Receiver(Answer(500, b"rollup_error")) as failing:
        rooms = Rooms(house, receiver, NAMES)
        bad = {
            rooms.add_room("hanging", f"{hanging.url}/services/T0/B0/hanging"): "network",
            rooms.add_room("failing", f"{failing.url}/services/T0/B0/failing"): "remote_error",
            rooms.add_room("nobody", f"{nobody}/services/T0/B0/nobody"): "network",
        }

        began = time.monotonic()
        rooms.measure(9)
        receiver.wait_for(len(NAMES), 10)
        took = time.monotonic() - began
        hanging.wait_for(1, 5)

        assert took < 3
        rows = wait_for(
            lambda: [row for row in rooms.deliveries() if row["integration"] in bad and row["delayed_until"]][2:],
            30,
            "the delays of the bad ones",
        )
        assert rows
        for row in rooms.deliveries():
            if row["integration"] in bad:
                assert row["attempts"][0]["reason"] == bad[row["integration"]]
                assert row["state"] in ("pending", "sending")
            else:
                assert row["state"] == "delivered"


def test_one_gone_destination_says_so_and_the_others_go_on(house: House, receiver: Receiver) -> None:
    with Receiver(Answer(404, b"no_service")) as gone:
        rooms = Rooms(house, receiver, NAMES)
        place = rooms.add_room("gone", f"{gone.url}/services/T0/B0/gone")

        rooms.measure(9)

        rows = rooms.settled()
        (row,) = (each for each in rows if each["integration"] == place)
        assert (row["state"], row["reason"], row["attempts"][0]["status"]) == ("rejected", "destination_gone", 404)
        assert {each["state"] for each in rows if each["integration"] != place} == {"delivered"}
