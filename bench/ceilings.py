"""What this machine does at best for the same work: libcurl without a product, SQLite without a product."""

import sqlite3
import time
from collections.abc import Callable
from itertools import cycle
from pathlib import Path

import psycopg
import pycurl  # noqa: TID251 - measures libcurl itself

from bench.receiver import Receiver

BODY = b'{"text": "' + b"x" * 1500 + b'"}'
IN_FLIGHT = 1_000
TABLE = "ceiling (series INTEGER, at DOUBLE PRECISION, value DOUBLE PRECISION, PRIMARY KEY (series, at))"
Rows = list[tuple[int, int, float]]


def posts_a_second(receiver: Receiver, count: int) -> float:
    """POSTs a second through libcurl's multi interface, `IN_FLIGHT` at once."""
    multi = pycurl.CurlMulti()
    urls = cycle(receiver.urls)
    idle = [_handle(next(urls)) for _ in range(min(IN_FLIGHT, count))]
    began, before, started = time.monotonic(), receiver.count, 0
    while receiver.count < before + count:
        while idle and started < count:
            multi.add_handle(idle.pop())
            started += 1
        multi.perform()
        _, done, _ = multi.info_read()
        for handle in done:
            multi.remove_handle(handle)
            idle.append(handle)
        multi.poll(100) if hasattr(multi, "poll") else multi.select(0.1)
    return count / (receiver.last - began)


def post_seconds(receiver: Receiver, count: int) -> list[float]:
    """How long each of single POSTs takes from its start to its arrival."""
    handle, found = _handle(receiver.url), []
    for _ in range(count):
        began, before = time.monotonic(), receiver.count
        handle.perform()
        found.append(receiver.wait_for(before + 1) - began)
    return found


def inserts_a_second(folder: Path, database: str, rows: int, batches: int) -> float:
    """Rows a second into an indexed table, a transaction a batch, as durable as Bellhop's own."""
    insert = _into_postgresql(database) if database else _into_sqlite(folder)
    began = time.monotonic()
    for batch in range(batches):
        insert([(n, batch, 1.0) for n in range(rows)])
    return rows * batches / (time.monotonic() - began)


def _into_sqlite(folder: Path) -> Callable[[Rows], None]:
    database = sqlite3.connect(folder / "ceiling.sqlite3", isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute(f"CREATE TABLE {TABLE}")

    def insert(rows: Rows) -> None:
        database.execute("BEGIN IMMEDIATE")
        database.executemany("INSERT INTO ceiling VALUES (?, ?, ?)", rows)
        database.execute("COMMIT")

    return insert


def _into_postgresql(address: str) -> Callable[[Rows], None]:
    connection = psycopg.connect(address)
    connection.execute(f"CREATE TABLE {TABLE}")
    connection.commit()

    def insert(rows: Rows) -> None:
        connection.cursor().executemany("INSERT INTO ceiling VALUES (%s, %s, %s)", rows)
        connection.commit()

    return insert


def _handle(url: str) -> pycurl.Curl:
    handle = pycurl.Curl()
    handle.setopt(pycurl.URL, url)
    handle.setopt(pycurl.POSTFIELDS, BODY.decode())
    handle.setopt(pycurl.HTTPHEADER, ["Content-Type: application/json", "Expect:"])
    handle.setopt(pycurl.WRITEFUNCTION, len)
    handle.setopt(pycurl.PROXY, "")
    return handle
