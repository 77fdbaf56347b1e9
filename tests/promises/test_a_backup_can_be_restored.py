"""A backup taken while Bellhop runs, with the keys beside it, is a whole installation again."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from tests.promises.rooms import Rooms
from tests.servers.house import House
from tests.servers.http import Receiver

pytestmark = pytest.mark.promise


def test_a_restored_backup_sends_on(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy.mkdir(mode=0o700)
    with Receiver() as receiver:
        with House(tmp_path / "data") as house:
            rooms = Rooms(house, receiver, ["room0"])
            rooms.measure(9)
            rooms.settled()
            with (
                sqlite3.connect(tmp_path / "data" / "bellhop.sqlite3") as source,
                sqlite3.connect(copy / "bellhop.sqlite3") as target,
            ):
                source.backup(target)  # what sqlite3's .backup does
            shutil.copy(tmp_path / "data" / "secrets.json", copy)
        shutil.rmtree(tmp_path / "data")

        with House(copy) as restored:
            rooms.move_to(restored)
            rooms.measure(1)

            assert {row["state"] for row in rooms.settled()} == {"delivered"}
            assert rooms.told()["room0"] == [(1, "CRITICAL"), (1, "CLEARED")]
