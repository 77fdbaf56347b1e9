"""Statements that SQLite refuses for now are repeated as long as that helps, and none leaves half of itself behind."""

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, ProgrammingError, connection

from config.sqlite import base

pytestmark = pytest.mark.django_db

# Locks of SQLite's own in the file beside the log (its "WAL-index"): writing, checkpointing, recovering.
HOLD_RECOVERY = """
import fcntl, sys
file = open(sys.argv[1], "r+b")
fcntl.lockf(file, fcntl.LOCK_EX, 3, 120)
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def on_sqlite() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL has many writers at a time")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database with one table, of which nobody has a connection."""
    path = tmp_path / "house.sqlite3"
    with closing(raw(path)) as made:
        made.execute("PRAGMA journal_mode = WAL")
        made.execute("CREATE TABLE things (number)")
    return path


@pytest.fixture
def own(path: Path) -> Iterator[base.DatabaseWrapper]:
    """A connection of Bellhop's engine, not opened yet."""
    wrapper = base.DatabaseWrapper({**connection.settings_dict, "NAME": str(path)}, "own")
    yield wrapper
    wrapper.close()


def raw(path: Path) -> sqlite3.Connection:
    """A connection of somebody else, who commits each statement by itself."""
    return sqlite3.connect(path, isolation_level=None, check_same_thread=False)


def numbers(path: Path) -> list[int]:
    with closing(raw(path)) as reader:
        return [number for (number,) in reader.execute("SELECT number FROM things ORDER BY number")]


def let_go_later(holder: sqlite3.Connection) -> threading.Timer:
    timer = threading.Timer(0.2, holder.close)
    timer.start()
    return timer


def test_who_connects_while_another_has_the_file_to_itself_waits(path: Path, own: base.DatabaseWrapper) -> None:
    """As for a moment the last one does who closes it."""
    holder = raw(path)
    holder.execute("PRAGMA locking_mode = EXCLUSIVE")
    holder.execute("INSERT INTO things VALUES (1)")
    timer = let_go_later(holder)

    with own.cursor() as cursor:
        cursor.execute("INSERT INTO things VALUES (2)")

    timer.join()
    assert numbers(path) == [1, 2]


def test_once_connected_every_wait_is_short(own: base.DatabaseWrapper) -> None:
    with own.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout")

        assert cursor.fetchone() == (round(base.WAIT * 1000),)


def test_who_reads_while_another_recovers_the_log_waits(path: Path, own: base.DatabaseWrapper) -> None:
    """Of a killed process the log stays behind, and the first one after it reads all of it while others wait."""
    left = path.with_name("left.sqlite3")
    with closing(raw(path)) as writer:
        writer.execute("INSERT INTO things VALUES (1)")
        for end in ("", "-wal"):
            Path(f"{left}{end}").write_bytes(Path(f"{path}{end}").read_bytes())
    own.settings_dict["NAME"] = str(left)
    index = Path(f"{left}-shm")
    with own.cursor() as cursor:
        cursor.execute("PRAGMA user_version")
    index.write_bytes(bytes(index.stat().st_size))
    command = [sys.executable, "-c", HOLD_RECOVERY, str(index)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        timer = threading.Timer(0.2, holder.stdin.close)
        timer.start()
        with own.cursor() as cursor:
            cursor.execute("SELECT number FROM things")
            assert cursor.fetchall() == [(1,)]
        timer.join()


def test_who_commits_while_another_reads_waits_where_there_is_no_log(path: Path, own: base.DatabaseWrapper) -> None:
    """File systems that cannot share memory get none, whatever was asked for."""
    own.settings_dict["OPTIONS"] = {**own.settings_dict["OPTIONS"], "init_command": "PRAGMA journal_mode = DELETE"}
    own.ensure_connection()
    reader = raw(path)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM things").fetchall()
    own.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
    with own.cursor() as cursor:
        cursor.execute("INSERT INTO things VALUES (1)")
    timer = let_go_later(reader)

    own.commit()

    timer.join()
    assert numbers(path) == [1]


def test_a_list_of_rows_goes_in_whole_or_not_at_all(path: Path, own: base.DatabaseWrapper) -> None:
    """Outside of a transaction, too, where SQLite would commit each row by itself."""
    with own.cursor() as cursor:
        with pytest.raises(ProgrammingError):
            cursor.executemany("INSERT INTO things VALUES (%s)", [(1,), (2, "one too many")])
        cursor.executemany("INSERT INTO things VALUES (%s)", [(3,), (4,)])

    assert numbers(path) == [3, 4]


def test_a_list_of_rows_waits_for_its_turn_as_one_row_does(path: Path, own: base.DatabaseWrapper) -> None:
    holder = raw(path)
    holder.execute("BEGIN IMMEDIATE")
    timer = let_go_later(holder)

    with own.cursor() as cursor:
        cursor.executemany("INSERT INTO things VALUES (%s)", [(1,), (2,)])

    timer.join()
    assert numbers(path) == [1, 2]


def test_who_would_wait_for_what_it_reads_itself_does_not_spin(
    path: Path, own: base.DatabaseWrapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries, patiently = [0], base.patiently

    def counted(attempt: Callable[[], Any], patience: float) -> Any:
        def again() -> Any:
            tries[0] += 1
            return attempt()

        return patiently(again, patience)

    monkeypatch.setattr(base, "patiently", counted)
    with closing(raw(path)) as other, own.cursor() as half_read, own.cursor() as cursor:
        other.execute("INSERT INTO things VALUES (1), (2)")
        half_read.execute("SELECT * FROM things")
        half_read.fetchone()
        other.execute("BEGIN IMMEDIATE")
        cursor.cursor.patience = 0.5

        with pytest.raises(OperationalError):
            cursor.execute("INSERT INTO things VALUES (3)")

        assert 1 <= tries[0] <= 1 + 0.5 / (base.WAIT / 2)  # each waits for so long at least, or sleeps for longer
        half_read.fetchall()


@pytest.mark.parametrize(
    "statement", ["INSERT INTO things VALUES (2)", "UPDATE things SET number = number + 1 RETURNING 1"]
)
def test_what_had_to_wait_is_done_once(path: Path, own: base.DatabaseWrapper, statement: str) -> None:
    with closing(raw(path)) as setter:
        setter.execute("INSERT INTO things VALUES (1)")
    holder = raw(path)
    holder.execute("BEGIN IMMEDIATE")
    timer = let_go_later(holder)

    with own.cursor() as cursor:
        cursor.execute(statement)
        cursor.fetchall()

    timer.join()
    assert numbers(path) in ([1, 2], [2])
