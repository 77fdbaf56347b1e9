"""Statements on the state of the whole house. Each costs about the same however much was ever delivered."""

from datetime import datetime
from typing import NamedTuple

from django.db import connection

from deliveries.sql.base import fetch, moment, postgresql, stored_time

COUNTED = 100_000  # no count of open deliveries looks further

FREE = "(lease_until IS NULL OR lease_until < %s)"
LANES = f"""
SELECT SUM(CASE WHEN due_at <= %s AND {FREE} THEN 1 ELSE 0 END),
    MIN(CASE WHEN {FREE} THEN due_at END),
    SUM(CASE WHEN lease_until >= %s THEN 1 ELSE 0 END),
    SUM(CASE WHEN paused_until > %s AND due_at IS NOT NULL THEN 1 ELSE 0 END)
FROM deliveries_lane WHERE due_at IS NOT NULL OR lease_until IS NOT NULL
"""  # noqa: S608 - constants only

OPEN = """
SELECT state, COUNT(*) FROM (
    SELECT state FROM deliveries_delivery WHERE state IN ('pending', 'sending') LIMIT %s
) AS counted GROUP BY state
"""


class LaneCounts(NamedTuple):
    """Lanes that nobody holds and that are due, the oldest due time of one, lanes held, lanes that wait for later."""

    due: int
    oldest_due_at: datetime | None
    held: int
    paused: int


def lane_counts(now: datetime) -> LaneCounts:
    due, oldest, held, paused = fetch(LANES, [moment(now)] * 5)[0]
    return LaneCounts(int(due or 0), stored_time(oldest) if oldest else None, int(held or 0), int(paused or 0))


def open_counts() -> dict[str, int]:
    """Open deliveries by state, COUNTED at most in all."""
    return {"pending": 0, "sending": 0, **dict(fetch(OPEN, [COUNTED]))}


def database_bytes() -> int:
    """How much room the database takes."""
    if postgresql():
        return int(fetch("SELECT pg_database_size(current_database())")[0][0])
    return int(fetch("PRAGMA page_count")[0][0]) * int(fetch("PRAGMA page_size")[0][0])


def database_version() -> str:
    """The engine and its version, such as "PostgreSQL 15.6"."""
    if postgresql():
        return f"PostgreSQL {fetch('SHOW server_version')[0][0].split()[0]}"
    return f"{connection.display_name} {fetch('SELECT sqlite_version()')[0][0]}"
