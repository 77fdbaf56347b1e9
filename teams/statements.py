"""Plain statements for the few places where the ORM's cost is the limit; what both engines need said differently."""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any

from django.db import connection

Params = Sequence[Any]


@cache  # asked for each value that is written
def postgresql() -> bool:
    return connection.vendor == "postgresql"


def among(column: str, ids: Iterable[Any]) -> tuple[str, list[Any]]:
    """A condition that holds where `column` is one of `ids`, however many there are: one parameter."""
    found = list(ids)
    if postgresql():  # the type is said, since an array of small numbers would be compared one by one
        return f"{column} = ANY(%s::{'text' if found and isinstance(found[0], str) else 'bigint'}[])", [found]
    return f"{column} IN (SELECT value FROM json_each(%s))", [json.dumps(found)]  # noqa: S608 - a constant


def moment(at: datetime | None) -> Any:
    """A time as the database stores it."""
    if at is None:
        return None
    if at.tzinfo is not UTC:
        return connection.ops.adapt_datetimefield_value(at)
    return at if postgresql() else _as_text(at)


@lru_cache(maxsize=1024)  # a batch has few different times
def _as_text(at: datetime) -> str:
    return str(at.replace(tzinfo=None))


def stored_time(value: Any) -> datetime:
    """A time as read without the ORM."""
    at = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return at if at.tzinfo else _in_utc(at)


@lru_cache(maxsize=1024)  # a batch has few different times
def _in_utc(at: datetime) -> datetime:
    return at.replace(tzinfo=UTC)


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


def forget_plans() -> None:
    """Have PostgreSQL plan its own checks of references anew, which cost no more than a few rows do.

    A connection keeps what it planned while the tables were empty: to read all rows of the team for each new one.
    """
    if postgresql():
        execute("DISCARD PLANS")
