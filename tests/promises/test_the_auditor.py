"""Promise 1: what was lost or stuck all the same is found, made right, and counted where operators look."""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
import requests  # noqa: TID251 - asks our own server

from tests.promises.conftest import ENGINES, POSTGRES
from tests.promises.rooms import Rooms
from tests.servers.databases import postgres_database
from tests.servers.house import PATIENCE, House, wait_for
from tests.servers.http import Receiver
from tests.servers.ports import free_port

pytestmark = pytest.mark.promise

TOKEN = "metrics-token-4711"
HEADERS = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


@pytest.fixture(scope="module", params=ENGINES)
def house(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, receiver: Receiver
) -> Iterator[House]:
    env = {"BELLHOP_METRICS_TOKEN": TOKEN, "BELLHOP_DEADMAN_URL": f"{receiver.url}/ping/secret-check"}
    with ExitStack() as stack:
        if request.param == "postgresql":
            env["DATABASE_URL"] = stack.enter_context(postgres_database(POSTGRES))
        yield stack.enter_context(House(tmp_path_factory.mktemp("house") / "data", **env))


def by_hand(house: House, *statements: str) -> None:
    """What no code of ours would do."""
    if address := house.env.get("DATABASE_URL"):
        with psycopg.connect(address) as server:
            for statement in statements:
                server.execute(statement)
        return
    with closing(sqlite3.connect(house.data_dir / "bellhop.sqlite3", timeout=PATIENCE)) as file, file:
        for statement in statements:
            file.execute(statement)


def ahead(**delta: float) -> str:
    return f"'{datetime.now(UTC) + timedelta(**delta):%Y-%m-%d %H:%M:%S+00:00}'"


def metrics(house: House) -> str:
    answer = requests.get(f"{house.url}/metrics", headers=HEADERS, timeout=PATIENCE)
    assert answer.status_code == 200
    return answer.text


def test_what_was_broken_by_hand_is_found_delivered_and_counted(house: House, receiver: Receiver) -> None:
    rooms = Rooms(house, receiver, ["room0", "room1"])
    rooms.measure(9)
    rooms.settled()
    held, late = rooms.places.values()
    by_hand(
        house,
        f"UPDATE deliveries_lane SET lease_owner = 'elsewhere:1:2:3', lease_until = {ahead(days=1)}"
        f" WHERE integration_id = {held}",
        f"UPDATE deliveries_lane SET due_at = {ahead(days=9)}, paused_until = {ahead(days=9)}"
        f" WHERE integration_id = {late}",
    )

    rooms.measure(1)
    rooms.settled()  # the auditor's turn comes every half minute

    told = {name: [word for _, word in words] for name, words in rooms.told().items()}
    assert told == {name: ["CRITICAL", "CLEARED"] for name in ("room0", "room1")}
    # It writes down what a turn found when the turn ends, and by then the messages are on their way.
    seen = wait_for(lambda: found if "lease_ahead" in (found := metrics(house)) else "", what="the end of its turn")
    for kind in ("lease_ahead", "wait_ahead"):
        assert f'bellhop_findings_total{{kind="{kind}"}} 1.0' in seen
        assert f'bellhop_findings_repaired_total{{kind="{kind}"}} 1.0' in seen
    assert "bellhop_senders_alive 1.0" in seen
    assert rooms.team not in seen
    assert requests.get(f"{house.url}/metrics", timeout=PATIENCE).status_code == 401


def test_an_event_that_nobody_decided_about_is_told_after_all(house: House, receiver: Receiver) -> None:
    rooms = Rooms(house, receiver, ["room0"])
    rooms.measure(9)
    rooms.settled()
    columns = "severity, actor_text, via, detail, announce"
    by_hand(
        house,
        # The house's own next turn is as far away as may be, or it finds this first.
        f"UPDATE teams_timer SET next_at = {ahead(seconds=30)} WHERE name = 'deliveries.audit'",
        f"UPDATE alerts_ruleintegration SET since = {ahead(hours=-1)}",
        f"INSERT INTO alerts_alertevent (team_id, alert_id, type, at, recorded_at, {columns})"
        f" SELECT team_id, alert_id, 'reminded', at, {ahead(minutes=-5)}, {columns} FROM alerts_alertevent"
        f" WHERE type = 'triggered' AND team_id = (SELECT id FROM teams_team WHERE slug = '{rooms.team}')",
    )

    said = house.manage("audit", "--hours", "1")

    assert said.startswith("Alert events that were owed and that nobody decided about: 1, mended 1 (")
    wait_for(lambda: len(rooms.settled()) == 2, what="another delivery")
    assert {row["state"] for row in rooms.deliveries()} == {"delivered"}
    assert len([each for each in receiver.received if each.path.endswith(f"/{rooms.team}-room0")]) == 2


def test_somebody_else_is_told_that_all_is_well(house: House, receiver: Receiver) -> None:
    pinged = wait_for(lambda: [each.path for each in receiver.received if "ping" in each.path], what="a ping")

    assert pinged[0] == "/ping/secret-check"
    assert "secret-check" not in house.said()
    assert house.page("/readyz?sender").json() == {"ready": True, "missing": []}


def test_metrics_have_an_address_of_their_own(tmp_path: Path) -> None:
    port = free_port()
    with House(tmp_path / "data", BELLHOP_METRICS_BIND=f"127.0.0.1:{port}") as house:
        url = f"http://127.0.0.1:{port}"

        def answer() -> requests.Response | None:
            try:
                return requests.get(f"{url}/metrics", timeout=PATIENCE)
            except requests.ConnectionError:
                return None

        seen = wait_for(answer, what="the metrics' server")
        assert seen is not None
        assert "bellhop_build_info" in seen.text
        assert requests.get(f"{url}/", timeout=PATIENCE).status_code == 404
        assert house.page("/metrics").status_code == 401
