"""Promise 1: a sender killed before its claim, after it, with its bytes out, or before its commit, loses nothing.

Nothing is told twice but from the first byte on, and what was interrupted stands in the log.
"""

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.promises.conftest import POSTGRES
from tests.promises.mortals import Mortal, mortal
from tests.promises.rooms import OPEN, Rooms, kill
from tests.promises.scaled import own_queue
from tests.servers.databases import postgres_database
from tests.servers.house import wait_for
from tests.servers.http import Answer, Receiver, Request

pytestmark = pytest.mark.promise

RABBITMQ = os.environ.get("BELLHOP_TEST_RABBITMQ", "")
NO_POSTGRES = pytest.mark.skipif(not POSTGRES, reason="BELLHOP_TEST_POSTGRES names no server")
NO_BROKER = pytest.mark.skipif(not (POSTGRES and RABBITMQ), reason="no BELLHOP_TEST_POSTGRES and _RABBITMQ")
SET_UPS = ["sqlite", pytest.param("postgresql", marks=NO_POSTGRES), pytest.param("celery", marks=NO_BROKER)]
NAMES = ["room0", "room1", "room2"]
BYTES_OUT = "bytes_out"
SOUND = ("before_claim", "after_claim")  # before the first byte: not even a duplicate
Told = tuple[str, int, str]  # room, alert, severity or CLEARED
PLACES = [*SOUND, BYTES_OUT, "before_commit"]


class Stage:
    """One house whose sender is killed again and again: `t0` is told by itself, the other tests by a digest."""

    def __init__(self, house: Mortal, receiver: Receiver) -> None:
        self.mortal = house
        self.receiver = receiver
        self.rooms = Rooms(house.house, receiver, NAMES, tests=13)
        self.seen: set[int] = set()
        self.heard: Counter[Told] = Counter()
        self.value = 1

    def other(self) -> int:
        """A value that opens what the last such value cleared, or clears what it opened."""
        self.value = 10 - self.value
        return self.value

    def killed(self, place: str) -> None:
        """Have the sender die at `place`, once from now on."""
        if place != BYTES_OUT:
            self.mortal.die(place)
            return
        pid = self.mortal.sender()

        def deadly(request: Request) -> Answer:
            self.receiver.decide = None
            kill(pid)
            return Answer(manner="close")

        self.receiver.decide = deadly

    def news(self) -> tuple[list[dict[str, Any]], Counter[Told]]:
        """The deliveries since the last news, once they have ended, and what was told meanwhile."""

        def look() -> list[dict[str, Any]]:
            rows = [row for row in self.rooms.deliveries() if row["id"] not in self.seen]
            return [] if {row["state"] for row in rows} & OPEN else rows

        rows = wait_for(look, what="the end of every delivery")
        self.seen |= {row["id"] for row in rows}
        told = Counter((room, *each) for room, all_told in self.rooms.told().items() for each in all_told)
        news, self.heard = told - self.heard, told
        return rows, news

    def told_by(self, row: dict[str, Any]) -> Told:
        """What the room hears when this delivery arrives."""
        rooms = {place: name for name, place in self.rooms.places.items()}
        return rooms[row["integration"]], row["alert"], {"triggered": "CRITICAL", "cleared": "CLEARED"}[row["event"]]


@pytest.fixture(scope="module", params=SET_UPS)
def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with ExitStack() as stack:
        env = {}
        if request.param != "sqlite":
            env["DATABASE_URL"] = stack.enter_context(postgres_database(POSTGRES))
        if request.param == "celery":
            env["CELERY_BROKER_URL"] = RABBITMQ
            env["BELLHOP_QUEUE"] = stack.enter_context(own_queue(RABBITMQ))
        house = stack.enter_context(mortal(tmp_path_factory.mktemp("house") / "data", **env))
        yield Stage(house, stack.enter_context(Receiver()))


@pytest.mark.parametrize("place", PLACES)
def test_a_sender_that_dies_loses_nothing(stage: Stage, place: str) -> None:
    alone, many = stage.rooms.slugs[:1], stage.rooms.slugs[1:]
    for value, slugs in ((9, alone), (1, alone), (stage.other(), many)):
        stage.killed(place)
        stage.rooms.measure(value, slugs)
        rows, told = stage.news()

        assert place == BYTES_OUT or stage.mortal.died()
        assert {row["state"] for row in rows} == {"delivered"}
        assert len(rows) == len(slugs) * len(NAMES)
        assert set(told) == set(map(stage.told_by, rows))
        assert max(told.values()) <= (1 if place in SOUND else 2)
        outcomes = set().union(*map(outcomes_of, rows))
        assert outcomes == ({"delivered"} if place == "before_claim" else {"interrupted", "delivered"})
        assert all("interrupted" in outcomes_of(row) for row in rows if told[stage.told_by(row)] > 1)
    assert_order(stage.rooms)


def outcomes_of(row: dict[str, Any]) -> set[str]:
    return {attempt["outcome"] for attempt in row["attempts"]}


def assert_order(rooms: Rooms) -> None:
    """No alert is said to be open after its end."""
    for all_told in rooms.told().values():
        for alert in {number for number, _ in all_told}:
            words = [word for number, word in all_told if number == alert]
            assert words == sorted(words, key=["CRITICAL", "CLEARED"].index)
