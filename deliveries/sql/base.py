"""What both engines need said differently."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from teams.statements import Params, among, execute, execute_many, fetch, moment, postgresql, stored_time

__all__ = [
    "Params",
    "among",
    "database_now",
    "execute",
    "execute_many",
    "fetch",
    "insert_rows",
    "lanes_in_order",
    "locked",
    "moment",
    "postgresql",
    "stored_time",
    "update_rows",
]


def locked(selection: str) -> str:
    """`selection` with its rows locked until the transaction ends, where the engine locks rows."""
    return f"{selection} FOR NO KEY UPDATE" if postgresql() else selection


def lanes_in_order(condition: str) -> str:
    """The lanes of `condition`, locked in the order of their ids where the engine locks rows.

    Everybody who locks several lanes does so in this order, so that no two wait for each other.
    """
    if not postgresql():
        return condition
    lanes = f"SELECT integration_id FROM deliveries_lane WHERE {condition} ORDER BY integration_id"  # noqa: S608
    return f"integration_id IN ({lanes} FOR NO KEY UPDATE)"


def insert_rows(table: str, columns: Mapping[str, str], rows: Sequence[Params], end: str = "") -> None:
    """Insert `rows` in their order; `columns` are the names with the types that PostgreSQL gives them."""
    names, end = ", ".join(columns), f" {end}" if end else ""
    if not postgresql():
        marks = ", ".join(["%s"] * len(columns))
        execute_many(f"INSERT INTO {table} ({names}) VALUES ({marks}){end}", rows)  # noqa: S608 - constants only
    elif rows:
        execute(f"INSERT INTO {table} ({names}) SELECT * FROM {_unnested(columns)}{end}", _turned(rows))  # noqa: S608


def update_rows(
    table: str, columns: Mapping[str, str], rows: Sequence[Params], *, besides: str = "", only: str = "", **how: str
) -> None:
    """Update one row of `table` for each of `rows`, which hold `columns`; the last column is the key.

    `how` says what a column becomes, with {} for the value, where that is not the value itself. `besides` are further
    assignments, `only` a further condition.
    """
    *changed, key = columns
    given = {name: f"fresh.{name}" if postgresql() else "%s" for name in columns}
    sets = ", ".join(
        [f"{name} = {how.get(name, '{}').format(given[name])}" for name in changed] + [besides] * bool(besides)
    )
    end = f" AND {only}" if only else ""
    if not postgresql():
        execute_many(f"UPDATE {table} SET {sets} WHERE {key} = %s{end}", rows)  # noqa: S608 - constants only
    elif rows:
        fresh = f"{_unnested(columns)} AS fresh ({', '.join(columns)})"
        execute(f"UPDATE {table} SET {sets} FROM {fresh} WHERE {table}.{key} = fresh.{key}{end}", _turned(rows))  # noqa: S608


def _unnested(columns: Mapping[str, str]) -> str:
    return f"unnest({', '.join(f'%s::{kind}[]' for kind in columns.values())})"


def _turned(rows: Sequence[Params]) -> list[list[Any]]:
    """Rows as columns."""
    return [list(column) for column in zip(*rows, strict=True)]


def database_now() -> datetime:
    """Now, by the clock that all senders share: the server's, where there is one."""
    if postgresql():
        return stored_time(fetch("SELECT clock_timestamp()")[0][0])
    return datetime.now(UTC)
