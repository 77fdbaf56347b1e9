"""Many rows in one statement with one parameter, a JSON list: the cheapest way into both engines."""

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import orjson
from django.db import connection, models

from teams.statements import Params, fetch, postgresql


class Bulk:
    """Writes the fields `names` of `model`; every row gives their stored values in that order, JSON fields as objects.

    Times go through `statements.moment`. No column may hold floats: SQLite reads those of JSON not to the last bit.
    """

    def __init__(self, model: type[models.Model], names: Sequence[str]) -> None:
        self._model = model
        self._names = tuple(names)

    def insert(self, rows: Sequence[Params]) -> list[int]:
        """Write new rows; their ids, in the order of `rows`."""
        if not rows:
            return []
        returned = fetch(_insert(self._model, self._names, connection.vendor), [as_json(rows)])
        return sorted(pk for (pk,) in returned)  # given out in the order of insertion, returned in any

    def update(self, rows: Sequence[Params]) -> None:
        """Write rows that are there; the first value of each is its id."""
        if rows:
            with connection.cursor() as cursor:
                cursor.execute(_update(self._model, self._names, connection.vendor), [as_json(rows)])


def as_json(rows: Any) -> str:
    try:
        return orjson.dumps(rows).decode()
    except TypeError:  # beyond 64 bits: PostgreSQL gives a huge float back as a whole number
        return json.dumps(rows, default=str)


def listed(alias: str) -> str:
    """A table of the elements of the one parameter, a JSON list: `<alias>.value`, and `<alias>.key` for their order."""
    if postgresql():
        return f"jsonb_array_elements(%s::jsonb) WITH ORDINALITY AS {alias} (value, key)"
    # Materialized: json_each would write an element anew for each of its parts that is read.
    once = "WITH listed AS MATERIALIZED (SELECT key, value FROM json_each(%s)) SELECT key, value FROM listed"
    return f"({once}) AS {alias}"


def part(alias: str, place: int, cast: str = "text") -> str:
    """The value at `place` of an element that is a list; `cast` is PostgreSQL's name of its type."""
    if not postgresql():
        return f"json_extract({alias}.value, '$[{place}]')"
    return f"({alias}.value -> {place})" if cast == "jsonb" else f"({alias}.value ->> {place})::{cast}"


@lru_cache(maxsize=64)
def _insert(model: type[models.Model], names: tuple[str, ...], vendor: str) -> str:
    columns, values = zip(*_columns(model, names, 0), strict=True)
    return (
        f"INSERT INTO {model._meta.db_table} ({', '.join(columns)}) SELECT {', '.join(values)} "  # noqa: S608 - our own names
        f"FROM {listed('given')} ORDER BY given.key RETURNING id"
    )


@lru_cache(maxsize=64)
def _update(model: type[models.Model], names: tuple[str, ...], vendor: str) -> str:
    changes = ", ".join(f"{column} = {value}" for column, value in _columns(model, names, 1))
    table = model._meta.db_table
    return f"UPDATE {table} SET {changes} FROM {listed('given')} WHERE {table}.id = {part('given', 0, 'bigint')}"  # noqa: S608 - as above


def _columns(model: type[models.Model], names: Sequence[str], first: int) -> list[tuple[str, str]]:
    """Each column and its value; the type without its length, for a cast to it would cut in silence."""
    found = []
    for place, name in enumerate(names, first):
        field: Any = model._meta.get_field(name)
        found.append((field.column, part("given", place, str(field.db_type(connection)).partition("(")[0])))
    return found
