"""Promise 4: one bad destination harms nobody else, and nothing about it is silent."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.promises.conftest import ENGINES, POSTGRES
from tests.promises.rooms import OPEN, Rooms
from tests.servers.databases import postgres_database
from tests.servers.house import House, wait_for
from tests.servers.http import Answer, Receiver, Request
from tests.servers.smtp import MailServer

pytestmark = pytest.mark.promise

NAMES = [f"room{n}" for n in range(10)]
TURNS = 3


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
        rooms = Rooms(house, receiver, NAMES, tests=2 * TURNS)
        usual = min(told_in(rooms, receiver, slug) for slug in rooms.slugs[TURNS:])
        hangs = rooms.add_room("hanging", f"{hanging.url}/services/T0/B0/hanging")
        bad = {
            hangs: "network",
            rooms.add_room("failing", f"{failing.url}/services/T0/B0/failing"): "remote_error",
            rooms.add_room("nobody", f"{nobody}/services/T0/B0/nobody"): "network",
        }

        took = [told_in(rooms, receiver, slug) for slug in rooms.slugs[:TURNS]]
        hanging.wait_for(1)
        for place in bad:
            wait_for(partial(waits, rooms, place), what="the delay of a bad one")

        assert min(took) < max(3, 3 * usual)  # seconds; a machine that stalls makes some turns slow, and not all
        first = {row["integration"]: row for row in rooms.deliveries() if row["alert"] == TURNS + 1}
        for place, row in first.items():
            if place in bad:
                assert row["attempts"][0]["reason"] == bad[place]
                assert row["state"] in ("pending", "sending")
            else:
                assert row["state"] == "delivered"
                assert end_of(row) < end_of(first[hangs]), "it waited for the one that hangs"
        rooms.retire(*bad)


def told_in(rooms: Rooms, receiver: Receiver, slug: str) -> float:
    """How long it takes until all good rooms have heard of an alert, in seconds."""
    began, before = time.monotonic(), len(receiver.received)
    rooms.measure(9, [slug])
    receiver.wait_for(before + len(NAMES))
    return time.monotonic() - began


def waits(rooms: Rooms, place: int) -> bool:
    """Whether a message waits there now; it is tried again in between."""
    return any(row["delayed_until"] for row in rooms.deliveries(f"&integration={place}"))


def end_of(row: dict[str, Any]) -> datetime:
    """When the first try ended."""
    return datetime.fromisoformat(row["attempts"][0]["at"])


def test_one_gone_destination_says_so_and_the_others_go_on(house: House, receiver: Receiver) -> None:
    with Receiver(Answer(404, b"no_service")) as gone:
        rooms = Rooms(house, receiver, NAMES)
        place = rooms.add_room("gone", f"{gone.url}/services/T0/B0/gone")

        rooms.measure(9)

        rows = rooms.settled()
        (row,) = (each for each in rows if each["integration"] == place)
        assert (row["state"], row["reason"], row["attempts"][0]["status"]) == ("rejected", "destination_gone", 404)
        assert {each["state"] for each in rows if each["integration"] != place} == {"delivered"}


@pytest.fixture(scope="module")
def post() -> Iterator[MailServer]:
    """The mail server of the installation."""
    with MailServer() as running:
        yield running


@pytest.fixture(scope="module", params=ENGINES)
def impatient(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, post: MailServer
) -> Iterator[House]:
    """A Bellhop that puts on hold after two seconds of refusals, and that can send mails."""
    with ExitStack() as stack:
        env = {"BELLHOP_HOLD_AFTER": "2", "EMAIL_URL": f"smtp://127.0.0.1:{post.port}"}
        if request.param == "postgresql":
            env["DATABASE_URL"] = stack.enter_context(postgres_database(POSTGRES))
        data_dir: Path = tmp_path_factory.mktemp("impatient") / "data"
        yield stack.enter_context(House(data_dir, **env))


def health_of(rooms: Rooms, place: int) -> dict[str, Any]:
    found: dict[str, Any] = rooms.get(f"/integrations/{place}/")["health"]
    return found


def alarm_until_held(rooms: Rooms, place: int) -> None:
    """One alert after the other, each once the one before was refused, and one more for those that wait."""

    def heard() -> bool:
        return not OPEN & {row["state"] for row in rooms.deliveries(f"&integration={place}")}

    slugs = iter(rooms.slugs)
    while not health_of(rooms, place)["parked_at"]:
        rooms.measure(9, [next(slugs)])
        wait_for(lambda: heard() or health_of(rooms, place)["parked_at"], what="a refusal")
    rooms.measure(9, [next(slugs)])


def heard(rooms: list[Request], words: bytes) -> int:
    return sum(words in each.body for each in rooms)


def test_the_owner_is_mailed_once_when_it_breaks_and_once_when_it_works(
    impatient: House, receiver: Receiver, post: MailServer
) -> None:
    post.mails.clear()
    with Receiver(Answer(404, b"no_service")) as gone:
        rooms = Rooms(impatient, receiver, ["room0"], tests=10)
        place = rooms.add_room("gone", f"{gone.url}/services/T0/B0/gone")

        alarm_until_held(rooms, place)
        wait_for(lambda: post.mails, what="the mail about the trouble")
        gone.default = Answer()
        assert impatient.call("POST", f"/integrations/{place}/test/", key=rooms.key).json()["ok"]
        wait_for(lambda: post.mails[1:], what="the mail about its end")
        rows = rooms.settled()

    trouble, mended = post.mails[:2]
    assert b"no_service" in trouble
    assert b"works again" in mended
    assert len(post.mails) == 2
    mine = [row["state"] for row in reversed(rows) if row["integration"] == place]
    assert mine.count("rejected") >= 3
    assert {row["state"] for row in rows if row["integration"] != place} == {"delivered"}


def test_another_room_stands_in_and_hears_of_it(impatient: House, receiver: Receiver, post: MailServer) -> None:
    post.mails.clear()
    with Receiver(Answer(404, b"no_service")) as gone, Receiver() as reserve:
        rooms = Rooms(impatient, receiver, ["room0"], tests=10)
        place = rooms.add_room("gone", f"{gone.url}/services/T0/B0/gone")
        body = {"kind": "slack", "name": "reserve", "config": {"url": f"{reserve.url}/services/T0/B0/reserve"}}
        other = rooms.post("/integrations/", {**body, "hears_trouble": True})["id"]
        assert impatient.call("PATCH", f"/integrations/{place}/", {"fallback": other}, key=rooms.key).ok

        alarm_until_held(rooms, place)
        wait_for(lambda: heard(reserve.received, b"is on hold"), what="the news of it")
        owed = {row["alert"] for row in rooms.deliveries(f"&integration={place}")}
        wait_for(lambda: {row["alert"] for row in told(rooms, other)} == owed, what="every alert in the other room")
        rooms.retire(place, other)

    assert heard(reserve.received, b"Told here in place of gone") >= 1
    assert heard(reserve.received, b"is on hold") == 1
    assert post.mails == []


def told(rooms: Rooms, place: int) -> list[dict[str, Any]]:
    return [row for row in rooms.deliveries(f"&integration={place}") if row["state"] == "delivered"]
