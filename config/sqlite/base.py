"""SQLite has one writer at a time; whoever waits to write sleeps longer and longer, with its connection locked.

So a busy process shuts others out, and a thread that happens to collect a cursor of the one that waits stands still
too, perhaps while it holds what the other waits for. Here every wait is short and begins anew, `timeout` in all.
"""

import sqlite3
import time
from typing import Any

from django.db.backends.sqlite3 import base

WAIT = 0.003  # seconds at a time: SQLite sleeps for one millisecond, then for two, and gives up


class DatabaseWrapper(base.DatabaseWrapper):
    """Made for `transaction_mode` IMMEDIATE: a transaction that begins with reading cannot wait for its turn."""

    def get_connection_params(self) -> dict[str, Any]:
        return {**super().get_connection_params(), "timeout": WAIT}

    def create_cursor(self, name: Any = None) -> "Cursor":
        made: Cursor = self.connection.cursor(factory=Cursor)
        made.patience = self.settings_dict["OPTIONS"].get("timeout", 5.0)
        return made


class Cursor(base.SQLiteCursorWrapper):
    """`patience`: seconds for which a statement waits until the database is free."""

    patience: float

    def execute(self, query: Any, params: Any = None) -> Any:
        until = 0.0
        while True:
            try:
                return super().execute(query, params)
            except sqlite3.OperationalError as failure:
                # Within a transaction the lock is ours, and who reads before it writes would wait for itself.
                if failure.sqlite_errorcode != sqlite3.SQLITE_BUSY or self.connection.in_transaction:
                    raise
                until = until or time.monotonic() + self.patience
                if time.monotonic() > until:
                    raise
