"""A backup taken from a running Bellhop as docs/deployment.md says, with its keys, is a whole installation again."""

import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any, Protocol

import pytest

from tests.promises.conftest import ENGINES, POSTGRES
from tests.promises.rooms import Rooms
from tests.servers.databases import FILE, ROOT, postgres_database
from tests.servers.house import START_SECONDS, House
from tests.servers.http import Receiver

pytestmark = pytest.mark.promise
PAGE = (ROOT / "docs" / "deployment.md").read_text()


class Place(Protocol):
    """A database that is copied from one installation into another, each with its own environment."""

    env: dict[str, Any]
    copy_env: dict[str, Any]

    def back_up(self, data: Path) -> None: ...

    def restore(self, data: Path) -> None: ...


class File:
    def __init__(self, folder: Path) -> None:
        self.env: dict[str, Any] = {}
        self.copy_env: dict[str, Any] = {}
        self._backup = folder / "bellhop-backup.sqlite3"

    def back_up(self, data: Path) -> None:
        (statement,) = re.findall(r"^ +sqlite3 var/bellhop\.sqlite3 \"(.+)\"", PAGE, re.MULTILINE)
        with closing(sqlite3.connect(data / FILE, isolation_level=None)) as source:
            source.execute(statement.replace(self._backup.name, str(self._backup)))

    def restore(self, data: Path) -> None:
        shutil.copy(self._backup, data / FILE)


class Server:
    def __init__(self, folder: Path, address: str, copy: str) -> None:
        self.env: dict[str, Any] = {"DATABASE_URL": address}
        self.copy_env: dict[str, Any] = {"DATABASE_URL": copy}
        self._folder = folder

    def back_up(self, data: Path) -> None:
        self._run("pg_dump", self.env)

    def restore(self, data: Path) -> None:
        self._run("pg_restore", self.copy_env)

    def _run(self, program: str, env: dict[str, str]) -> None:
        (command,) = re.findall(rf"^ +({program} .+?)(?: +#.*)?$", PAGE, re.MULTILINE)
        subprocess.run(
            command, shell=True, cwd=self._folder, env={**os.environ, **env}, check=True, timeout=START_SECONDS
        )


@pytest.fixture(params=ENGINES)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    if request.param == "sqlite":
        yield File(tmp_path)
        return
    if not (shutil.which("pg_dump") and shutil.which("pg_restore")):
        pytest.skip("pg_dump and pg_restore are not installed here")
    with ExitStack() as stack:
        yield Server(tmp_path, *(stack.enter_context(postgres_database(POSTGRES)) for _ in range(2)))


def test_a_restored_backup_sends_on(tmp_path: Path, place: Place) -> None:
    data, copy = tmp_path / "data", tmp_path / "copy"
    copy.mkdir(mode=0o700)
    with Receiver() as receiver:
        with House(data, **place.env) as house:
            rooms = Rooms(house, receiver, ["room0"])
            rooms.measure(9)
            rooms.settled()
            place.back_up(data)
            shutil.copy(data / "secrets.json", copy)
        shutil.rmtree(data)
        place.restore(copy)

        with House(copy, **place.copy_env) as restored:
            rooms.move_to(restored)
            rooms.measure(1)

            assert {row["state"] for row in rooms.settled()} == {"delivered"}
            assert rooms.told()["room0"] == [(1, "CRITICAL"), (1, "CLEARED")]
