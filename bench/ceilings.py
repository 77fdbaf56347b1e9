"""What this machine does at best for the same work: libcurl without a product, SQLite without a product."""

import sqlite3
import time
from pathlib import Path

import pycurl  # noqa: TID251 - measures libcurl itself

from bench.receiver import Receiver

BODY = b'{"text": "' + b"x" * 1500 + b'"}'
IN_FLIGHT = 100


def posts_a_second(receiver: Receiver, count: int) -> float:
    """POSTs a second through libcurl's multi interface, `IN_FLIGHT` at once."""
    multi = pycurl.CurlMulti()
    idle = [_handle(receiver.url) for _ in range(IN_FLIGHT)]
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


def inserts_a_second(folder: Path, rows: int, batches: int) -> float:
    """Rows a second into an indexed SQLite table, a transaction a batch, as durable as Bellhop's own."""
    with sqlite3.connect(folder / "ceiling.sqlite3", isolation_level=None) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=FULL")
        database.execute("CREATE TABLE m (series INTEGER, at REAL, value REAL, PRIMARY KEY (series, at))")
        began = time.monotonic()
        for batch in range(batches):
            database.execute("BEGIN IMMEDIATE")
            database.executemany("INSERT INTO m VALUES (?, ?, ?)", [(n, batch, 1.0) for n in range(rows)])
            database.execute("COMMIT")
        seconds = time.monotonic() - began
    database.close()
    return rows * batches / seconds


def _handle(url: str) -> pycurl.Curl:
    handle = pycurl.Curl()
    handle.setopt(pycurl.URL, url)
    handle.setopt(pycurl.POSTFIELDS, BODY.decode())
    handle.setopt(pycurl.HTTPHEADER, ["Content-Type: application/json", "Expect:"])
    handle.setopt(pycurl.WRITEFUNCTION, len)
    handle.setopt(pycurl.PROXY, "")
    return handle
