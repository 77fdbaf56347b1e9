"""A team at its quota is refused by all web processes together, and another team is served as before."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests  # noqa: TID251 - asks our own server

from tests.promises.conftest import ENGINES, POSTGRES
from tests.promises.mortals import LIBRARY
from tests.servers.databases import postgres_database
from tests.servers.house import PATIENCE, House

pytestmark = pytest.mark.promise

LIMIT, BATCH, SENDERS = 4000, 20, 8


def until_noon(now: datetime) -> timedelta:
    return now.replace(hour=12, minute=0, second=0, microsecond=0) - now


AHEAD = until_noon(datetime.now(UTC))  # how far the houses' clock is


@pytest.fixture(params=ENGINES)
def busy_house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    """Four web processes. The quota is a day's, and the clock begins at noon, so that no window ends meanwhile."""
    clock = tmp_path / "clock"
    clock.write_text(str(AHEAD.total_seconds()))
    env = {"WEB_CONCURRENCY": "4", "BELLHOP_TEAM_MEASUREMENTS_PER_DAY": str(LIMIT), "BELLHOP_API_RATE": "1000000/min"}
    env |= {"PYTHONPATH": str(LIBRARY), "MORTAL_CLOCK": str(clock)}
    with ExitStack() as stack:
        if request.param == "postgresql":
            env["DATABASE_URL"] = stack.enter_context(postgres_database(POSTGRES))
        yield stack.enter_context(House(tmp_path / "data", **env))


def found(house: House, name: str) -> str:
    """A team with a test; its key."""
    house.found_team(name, owner=f"{name}@example.com")
    house.post("/tests/", {"slug": "checkout", "name": "Checkout"})
    return house.key


def send(house: House, key: str, source: str, count: int) -> requests.Response:
    now = (datetime.now(UTC) + AHEAD).isoformat()
    points: list[dict[str, Any]] = [
        {"test": "checkout", "metric": f"m{n}", "source": source, "observed_at": now, "value": 1.0}
        for n in range(count)
    ]
    # No session: each call is a connection of its own, so that all processes get some.
    return requests.post(
        f"{house.url}/api/v1/measurements/",
        json={"measurements": points},
        headers={"Authorization": f"Bearer {key}"},
        timeout=PATIENCE,
    )


def test_four_processes_give_one_limit_and_leave_the_other_team_alone(busy_house: House) -> None:
    noisy, quiet = found(busy_house, "noisy"), found(busy_house, "quiet")
    taken: list[int] = []
    refused: list[requests.Response] = []

    def make_noise(n: int) -> None:
        for _ in range(2 * LIMIT // BATCH // SENDERS):
            answer = send(busy_house, noisy, f"s{n}", BATCH)
            taken.append(answer.json()["accepted"]) if answer.status_code == 202 else refused.append(answer)

    threads = [threading.Thread(target=make_noise, args=(n,)) for n in range(SENDERS)]
    for thread in threads:
        thread.start()
    meanwhile = [send(busy_house, quiet, "calm", 3).status_code for _ in range(20)]
    for thread in threads:
        thread.join()

    assert LIMIT * 0.9 <= sum(taken) <= LIMIT
    assert {answer.status_code for answer in refused} == {429}
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in refused)
    assert "BELLHOP_TEAM_MEASUREMENTS_PER_DAY" in refused[0].json()["detail"]
    assert meanwhile == [202] * 20
