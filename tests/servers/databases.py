"""Databases for houses, with all migrations applied: that takes seconds, so each process does it once and copies."""

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from uuid import uuid4

import psycopg
from psycopg import sql

ROOT = Path(__file__).resolve().parents[2]
FILE = "bellhop.sqlite3"


def put_sqlite(data_dir: Path) -> None:
    """Put a migrated file where an installation on SQLite looks for it, unless there is one."""
    place = data_dir / FILE
    if not place.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        place.touch(0o600)
        shutil.copyfile(_sqlite(), place)


@contextmanager
def postgres_database(server: str) -> Iterator[str]:
    """The address of a migrated database on `server` (a URL whose user may create databases), dropped afterwards."""
    name = _make(server, like=_postgres(server))
    try:
        yield _address(server, name)
    finally:
        _drop(server, name)


@cache
def _sqlite() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="bellhop-"))
    atexit.register(shutil.rmtree, folder)
    _migrate(BELLHOP_DATA_DIR=str(folder))
    return folder / FILE


@cache
def _postgres(server: str) -> str:
    name = _make(server)
    atexit.register(_drop, server, name)
    with tempfile.TemporaryDirectory() as folder:
        _migrate(BELLHOP_DATA_DIR=folder, DATABASE_URL=_address(server, name))
    return name


def _migrate(**env: str) -> None:
    command = [sys.executable, str(ROOT / "manage.py"), "migrate", "-v0"]
    done = subprocess.run(command, env={"PATH": os.environ["PATH"], **env}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def _make(server: str, like: str = "template0") -> str:
    """A copy: of what nobody may be connected to, since a template with visitors is refused."""
    name = f"bellhop_{uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        make = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        connection.execute(make.format(sql.Identifier(name), sql.Identifier(like)))
    return name


def _drop(server: str, name: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _address(server: str, name: str) -> str:
    base, _, query = server.partition("?")
    return base.rpartition("/")[0] + f"/{name}" + (f"?{query}" if query else "")
