"""How long whoever presses a button in Slack waits: for the answer, and for the message that then tells the truth.

A house of its own with a strict Slack beside it; quiet, and while measurements stream in.
"""

import json
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests  # noqa: TID251 - drives the house over HTTP

from bench.systems import send, session
from bench.table import Row
from tests.promises.chats import Chats
from tests.servers.house import House
from tests.servers.slack import Posted, Slack

PRESSES, POINTS = 7, 2_000
PACE = 1.2  # seconds after which a channel takes its next message at once
PATIENCE = 30.0
Say = Callable[[str], None]
Deed = Callable[[int, Posted], None]


def rows(folder: Path, database: str, say: Say) -> Iterator[Row]:
    """The lines of the table. `database` is a PostgreSQL's address, or empty for SQLite."""
    with ExitStack() as stack:
        slack = stack.enter_context(Slack())
        env = {"BELLHOP_API_RATE": "1000000/min", **({"DATABASE_URL": database} if database else {})}
        chats = Chats(stack.enter_context(House(folder / "acting", **env)), slack)
        say("pressing buttons ...")
        yield from pressed(chats, "")
        say("pressing buttons while measurements stream in ...")
        with streaming(chats) as streamed:
            yield from pressed(chats, f", while {POINTS:,} measurements a post stream in")
        say(f"{streamed[0]:,} posts of measurements were answered meanwhile")


def pressed(chats: Chats, when: str) -> Iterator[Row]:
    """Medians, in ms. The limit is what the same house takes to tell one alert by API."""

    def press(number: int, card: Posted) -> None:
        answer = chats.press("ack", card).to(chats.session, chats.house.url)
        answer.raise_for_status()

    def call(number: int, card: Posted) -> None:
        chats.house.post(f"/alerts/{number}/acknowledge/")

    answered, shown = _medians(chats, press)
    limit, limit_is = _looking(chats), "GET of one alert, the same house"
    yield Row(f"button pressed in Slack -> answered{when}", answered, "ms", "< 3,000 ms", 0.0, limit, limit_is)
    yield Row(f"button pressed in Slack -> message updated{when}", shown, "ms", "< 1,000 ms", 0.0, limit, limit_is)
    _, shown = _medians(chats, call)
    yield Row(f"acknowledged by API -> message in Slack updated{when}", shown, "ms", "< 1,000 ms", 0.0, limit, limit_is)


def _looking(chats: Chats) -> float:
    number, found = chats.house.get("/alerts/")["results"][0]["id"], []
    for _ in range(5 * PRESSES):
        began = time.monotonic()
        chats.house.get(f"/alerts/{number}/")
        found.append(time.monotonic() - began)
    return statistics.median(found) * 1000


def _medians(chats: Chats, deed: Deed) -> tuple[float, float]:
    """How long the deed takes, and until its message shows it."""
    found = [_once(chats, deed) for _ in range(PRESSES)]
    answered, shown = zip(*found, strict=True)
    return statistics.median(answered), statistics.median(shown)


def _once(chats: Chats, deed: Deed) -> tuple[float, float]:
    """Both, in ms, of an alert of its own, which is cleared afterwards."""
    number = chats.alarm()
    card = chats.cards()[-1]
    time.sleep(PACE)
    began = time.monotonic()
    deed(number, card)
    answered = time.monotonic() - began
    _until(lambda: card.now["text"].startswith(f"#{number} ACKNOWLEDGED"))
    shown = time.monotonic() - began
    chats.measure(1)
    _until(lambda: card.now["text"].startswith(f"#{number} CLEARED"))
    time.sleep(PACE)
    return answered * 1000, shown * 1000


def _until(look: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not look():
        if time.monotonic() > deadline:
            raise TimeoutError(f"the message does not show it after {PATIENCE:g} s")
        time.sleep(0.001)


@contextmanager
def streaming(chats: Chats) -> Iterator[list[int]]:
    """Measurements come in without a pause, of a test that no rule watches; how many posts were answered."""
    chats.house.post("/tests/", {"slug": "stream", "name": "Stream"})
    through = session({"Authorization": f"Bearer {chats.house.key}"})
    over, count = threading.Event(), [0]
    stream = threading.Thread(target=_stream, args=(through, f"{chats.house.url}/api/v1/measurements/", over, count))
    stream.start()
    try:
        yield count
    finally:
        over.set()
        stream.join()


def _stream(through: requests.Session, url: str, over: threading.Event, count: list[int]) -> None:
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=50)
    while not over.is_set():
        at += timedelta(seconds=1)
        send(through, url, json.dumps({"measurements": [_point(at, n) for n in range(POINTS)]}).encode())
        count[0] += 1


def _point(at: datetime, source: int) -> dict[str, Any]:
    return {"test": "stream", "metric": "load", "source": f"s{source}", "observed_at": at.isoformat(), "value": 1.0}
