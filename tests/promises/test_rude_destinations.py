"""Promises 4 and 8: all misbehaviours at once cost the good rooms nothing, say their reason, and show no secret."""

import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from deliveries.sentences import WHY
from tests.channels_app.samples import config_for
from tests.failings import http, mail
from tests.failings.rows import Fate
from tests.failings.staging import leaks, servers
from tests.promises.conftest import ENGINES, POSTGRES
from tests.promises.rooms import Rooms, sender_of
from tests.servers.databases import postgres_database
from tests.servers.house import House, wait_for
from tests.servers.http import Receiver
from tests.servers.tls import Authority

pytestmark = pytest.mark.promise

NAMES = [f"room{n}" for n in range(5)]
ROWS = [row for row in http.ROWS if not row.settings]
MAIL = next(row for row in mail.ROWS if "repeats the password" in row.name)
OUTCOMES = {"delivered": "delivered", "again": "retry_later", "never": "rejected"}
ROOM_TO_GROW = 96_000  # kB; read to their end, the floods would be 10 GB

Place = tuple[str, str]


class Met(NamedTuple):
    outcome: str
    reason: str
    status: int | None
    detail: str


@pytest.fixture(params=ENGINES)
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[House, Mapping[str, Any]]]:
    """A Bellhop that trusts the authority of the misbehaving servers, and these servers by name."""
    authority = Authority(tmp_path)
    with ExitStack() as stack:
        running = stack.enter_context(servers([*ROWS, MAIL], authority))
        env = {
            "BELLHOP_CA_FILE": str(authority.file),
            "BELLHOP_CALL_SECONDS": "15",  # a machine that stalls makes no good room, and no other fault, too slow
            "EMAIL_URL": f"smtp://bell:{mail.PASSWORD}@127.0.0.1:{running[MAIL.name].port}",
        }
        if request.param == "postgresql":
            env["DATABASE_URL"] = stack.enter_context(postgres_database(POSTGRES))
        yield stack.enter_context(House(tmp_path / "data", **env)), running


def test_all_misbehaviours_at_once_harm_nobody(house: tuple[House, Mapping[str, Any]]) -> None:
    bellhop, running = house
    with Receiver() as receiver:
        rooms = Rooms(bellhop, receiver, NAMES)
        fates = furnish(rooms, bellhop, running)
        sender = sender_of(bellhop)
        before = most_memory(sender)

        rooms.measure(9)

        receiver.wait_for(len(NAMES))
        rows = wait_for(lambda: tried(rooms), what="a try at every destination")
        assert {row["state"] for row in rows if row["integration"] in rooms.places.values()} == {"delivered"}
        found = {row["integration"]: met(row) for row in rows if row["integration"] in fates}
        assert found == {place: expected(fate) for place, fate in fates.items()}
        assert most_memory(sender) - before < ROOM_TO_GROW
        assert sender_of(bellhop) == sender
        assert leaks(str(rows) + bellhop.said() + stored(bellhop.data_dir)) == []


def furnish(rooms: Rooms, bellhop: House, running: Mapping[str, Any]) -> dict[int, Fate]:
    """Each misbehaving destination as an integration of every kind that can meet it, all ticked; their fates."""
    fates: dict[int, Fate] = {}
    for row in [*ROWS, MAIL]:
        for kind, fate in row.fates.items():
            config = config_for(kind, getattr(running[row.name], "url", ""))
            body = {"kind": kind, "name": f"{kind} {row.name}"[:80], "config": config}
            answer = bellhop.call("POST", "/integrations/", body, key=rooms.key)
            if fate is http.REFUSED:
                assert answer.status_code == 400, answer.text
            else:
                assert answer.status_code == 201, answer.text
                fates[answer.json()["id"]] = fate
    (rule,) = rooms.get("/rules/")["results"]
    ticked = {"integrations": [*rule["integrations"], *fates]}
    assert bellhop.call("PATCH", f"/rules/{rule['id']}/", ticked, key=rooms.key).ok
    return fates


def tried(rooms: Rooms) -> list[dict[str, Any]]:
    """All deliveries, once each was tried; some of them are being tried again by then."""
    rows = rooms.deliveries()
    return rows if all(row["attempts"] for row in rows) else []


def met(row: Mapping[str, Any]) -> Met:
    """The end of the first message there; those that wait are tried again meanwhile, to the same end."""
    last = row["attempts"][-1]
    return Met(last["outcome"], last["reason"], last["status"], last["detail"])


def expected(fate: Fate) -> Met:
    reason = fate.reason or ""
    return Met(OUTCOMES[fate.end], reason, fate.status, fate.words or WHY.get(reason, ""))


def most_memory(pid: int) -> int:
    """The most that the process ever held, in kB."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found
    return int(found[1])


def stored(data_dir: Path) -> str:
    """Whatever lies in the data directory, the database's own file included."""
    return "\n".join(file.read_bytes().decode("latin-1") for file in data_dir.rglob("*") if file.is_file())
