"""What both engines need said differently."""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import connection

Params = Sequence[Any]


def postgresql() -> bool:
    return connection.vendor == "postgresql"


def among(column: str, ids: Iterable[Any]) -> tuple[str, list[Any]]:
    """A condition that holds where `column` is one of `ids`, however many there are: one parameter."""
    if postgresql():
        return f"{column} = ANY(%s)", [list(ids)]
    return f"{column} IN (SELECT value FROM json_each(%s))", [json.dumps(list(ids))]  # noqa: S608 - a constant


def moment(at: datetime | None) -> Any:
    """A time as the database stores it."""
    return connection.ops.adapt_datetimefield_value(at) if at else None


def execute(statement: str, params: Params = ()) -> int:
    """Run it; the number of rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return int(cursor.rowcount)


def execute_many(statement: str, rows: Sequence[Params]) -> None:
    """Run it once for each of `rows`; nothing where there are none."""
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(statement, rows)


def fetch(statement: str, params: Params = ()) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return list(cursor.fetchall())


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


def stored_time(value: Any) -> datetime:
    """A time as read without the ORM."""
    at = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def database_now() -> datetime:
    """Now, by the clock that all senders share: the server's, where there is one."""
    if postgresql():
        return stored_time(fetch("SELECT clock_timestamp()")[0][0])
    return datetime.now(UTC)
