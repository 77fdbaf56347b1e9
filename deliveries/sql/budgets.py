"""Statements on budgets: what may be sent under a rate key, over all lanes that share it."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from deliveries.sql.base import among, fetch, insert_rows, locked, moment, postgresql, stored_time


def stored(rate_keys: Collection[str]) -> dict[str, Any]:
    """(next_at, paused_until) by rate key; the rows stay locked."""
    chosen, params = among("rate_key", rate_keys)
    rows = fetch(
        locked(
            f"SELECT rate_key, next_at, paused_until FROM deliveries_budget WHERE {chosen} ORDER BY rate_key"  # noqa: S608
        ),
        params,
    )
    return {key: (stored_time(at), stored_time(until) if until else None) for key, at, until in rows}


def new(rate_keys: Collection[str], now: datetime) -> dict[str, Any]:
    """The same for keys that had no row. Where one alone may write, nobody else can add it before `spend` does."""
    if not rate_keys or not postgresql():
        return {}
    at = moment(now)
    insert_rows(
        "deliveries_budget",
        {"rate_key": "text", "next_at": "timestamptz", "pause_reason": "text"},
        [(key, at, "") for key in sorted(rate_keys)],
        "ON CONFLICT (rate_key) DO NOTHING",
    )
    return stored(rate_keys)


def spend(spent: Sequence[tuple[str, datetime]]) -> None:
    """Store (rate key, next_at) each."""
    insert_rows(
        "deliveries_budget",
        {"rate_key": "text", "next_at": "timestamptz", "pause_reason": "text"},
        [(key, moment(at), "") for key, at in sorted(spent)],
        "ON CONFLICT (rate_key) DO UPDATE SET next_at = excluded.next_at",
    )


def pause(pauses: Sequence[tuple[str, datetime, str]], now: datetime) -> None:
    """Hold all lanes of rate keys: (rate key, until, reason) each."""
    at = moment(now)
    insert_rows(
        "deliveries_budget",
        {"rate_key": "text", "next_at": "timestamptz", "paused_until": "timestamptz", "pause_reason": "text"},
        [(key, at, moment(until), reason) for key, until, reason in sorted(pauses)],
        "ON CONFLICT (rate_key) DO UPDATE SET paused_until = excluded.paused_until,"
        " pause_reason = excluded.pause_reason",
    )
