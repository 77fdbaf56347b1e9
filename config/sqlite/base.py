"""SQLite has one writer at a time; whoever waits to write sleeps longer and longer, with its connection locked.

So a busy process shuts others out, and a thread that happens to collect a cursor of the one that waits stands still
too, perhaps while it holds what the other waits for. Here every wait is short and begins anew, `timeout` in all.
"""

import sqlite3
import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, TypeVar

from django.db.backends.sqlite3 import base
from django.db.backends.utils import debug_transaction

T = TypeVar("T")

WAIT = 0.003  # seconds at a time: SQLite sleeps for one millisecond, then for two, and gives up
# Who read before and is behind by now (SQLITE_BUSY_SNAPSHOT) would wait for ever.
PASSING = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_BUSY_RECOVERY, sqlite3.SQLITE_BUSY_TIMEOUT})


class DatabaseWrapper(base.DatabaseWrapper):
    """Made for `transaction_mode` IMMEDIATE: a transaction that begins with reading cannot wait for its turn."""

    @property
    def patience(self) -> float:
        """Seconds for which anything waits until the database is free."""
        return float(self.settings_dict["OPTIONS"].get("timeout", 5.0))

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        # Until here it waits in one piece: nobody else knows the connection yet.
        made = super().get_new_connection(conn_params)
        made.execute(f"PRAGMA busy_timeout = {round(WAIT * 1000)}")
        return made

    def create_cursor(self, name: Any = None) -> "Cursor":
        made: Cursor = self.connection.cursor(factory=Cursor)
        made.patience = self.patience
        return made

    def _commit(self) -> None:
        if self.connection is not None:
            with debug_transaction(self, "COMMIT"), self.wrap_database_errors:
                # With a log nobody is waited for; without one, for who reads. What was refused is still open.
                patiently(self.connection.commit, self.patience)


class Cursor(base.SQLiteCursorWrapper):
    """`patience`: seconds for which a statement waits until the database is free."""

    patience: float

    def execute(self, query: Any, params: Any = None) -> Any:
        try:
            return super().execute(query, params)
        except sqlite3.OperationalError as failure:
            # Within a transaction the lock is ours, and who reads before it writes would wait for itself.
            if not _passes(failure) or self.connection.in_transaction:
                raise
        return patiently(partial(super().execute, query, params), self.patience)

    def executemany(self, query: Any, param_list: Iterable[Any]) -> Any:
        if self.connection.in_transaction or self.connection.isolation_level is not None:
            return super().executemany(query, param_list)
        # Each row would be committed by itself, so that the list could end, or be repeated, half way.
        self.execute("BEGIN IMMEDIATE")
        try:
            done = super().executemany(query, param_list)
            patiently(self.connection.commit, self.patience)
        except BaseException:
            self.connection.rollback()
            raise
        return done


def patiently(attempt: Callable[[], T], patience: float) -> T:
    """What `attempt` returns, tried anew while the database is busy. What SQLite refuses so, it did no part of."""
    until = time.monotonic() + patience
    while True:
        began = time.monotonic()
        try:
            return attempt()
        except sqlite3.OperationalError as failure:
            ended = time.monotonic()
            if not _passes(failure) or ended > until:
                raise
        if ended - began < WAIT / 2:
            time.sleep(WAIT)  # SQLite does not wait where a cursor of this connection is half read


def _passes(failure: sqlite3.OperationalError) -> bool:
    return failure.sqlite_errorcode in PASSING
