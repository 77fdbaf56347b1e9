"""Series and their values: found, written and read."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from alerts.models import Measurement, Series, Test
from teams.bulk import as_json, listed, part
from teams.models import Team
from teams.statements import among, execute, execute_many, fetch, moment, postgresql

# How each engine gives a time that costs little to read: SQLite's text, PostgreSQL's number.
_EPOCH: dict[str, tuple[str, Callable[[Any], float]]] = {
    "sqlite": ("observed_at || '+00:00'", lambda text: datetime.fromisoformat(text).timestamp()),
    "postgresql": ("extract(epoch FROM observed_at)::float8", float),
}

SpotKey = tuple[str, str, str]
MeasurementRow = tuple[int, datetime, float]


class Spot(NamedTuple):
    """Where a measurement belongs: its test, with rounds of `interval` seconds, and its series, 0 while new."""

    test_id: int
    enabled: bool
    interval: int
    series_id: int


def add_series(rows: Sequence[tuple[int, int, str, str]]) -> None:
    """Insert (team id, test id, metric, source) where it is not there yet."""
    statement = (
        f"INSERT INTO {Series._meta.db_table} (team_id, test_id, metric, source) VALUES (%s, %s, %s, %s) "  # noqa: S608 - our own table name
        "ON CONFLICT (test_id, metric, source) DO NOTHING"
    )
    with connection.cursor() as cursor:
        cursor.executemany(statement, rows)


def find_spots(team: Team, keys: Collection[SpotKey]) -> dict[SpotKey, Spot]:
    """The spots of (test's slug, metric, source); without those whose test the team does not have."""
    # CROSS JOIN: SQLite keeps to the order in which tables are joined so. PostgreSQL expects a hundred keys in a list,
    # and would read all tests of the team for one.
    near, slugs = among("test.slug", {slug for slug, *_ in keys}) if postgresql() else ("TRUE", [])
    rows = fetch(
        f"SELECT {part('wanted', 0)}, {part('wanted', 1)}, {part('wanted', 2)}, "  # noqa: S608 - our own table names
        f"test.id, test.enabled, test.interval, COALESCE(series.id, 0) FROM {listed('wanted')} "
        f"CROSS JOIN {Test._meta.db_table} AS test LEFT JOIN {_series_of('wanted')} "
        f"WHERE test.team_id = %s AND test.slug = {part('wanted', 0)} AND test.archived_at IS NULL "
        f"AND {near}",
        [as_json(list(keys)), team.pk, *slugs],
    )
    return {(slug, metric, source): Spot(*spot) for slug, metric, source, *spot in rows}


def _series_of(alias: str) -> str:
    """What joins the series that an element of (slug, metric, source) names, of the test beside it."""
    table, named = Series._meta.db_table, f"metric = {part(alias, 1)} AND source = {part(alias, 2)}"
    if not postgresql():
        return f"{table} AS series ON series.test_id = test.id AND {named}"
    # One at a time, by the index: else it may compare all series of a test with all that is wanted.
    one = f"SELECT id FROM {table} WHERE test_id = test.id AND {named} LIMIT 1"  # noqa: S608 - our own table name
    return f"LATERAL ({one}) AS series ON TRUE"


def put_measurements(rows: Sequence[MeasurementRow], received_at: datetime) -> None:
    """Insert (series id, observed_at, value) or replace the value; no two rows may share series and time."""
    into = f"INSERT INTO {Measurement._meta.db_table} (series_id, observed_at, value, received_at)"
    replace = (
        "ON CONFLICT (series_id, observed_at) DO UPDATE SET value = excluded.value, received_at = excluded.received_at"
    )
    if postgresql():
        values = ", ".join(part("given", place, kind) for place, kind in enumerate(("bigint", "timestamptz", "float8")))
        execute(f"{into} SELECT {values}, %s FROM {listed('given')} {replace}", [received_at, as_json(rows)])  # noqa: S608 - our own table name
        return
    received = str(moment(received_at))
    execute_many(
        f"{into} VALUES (%s, %s, %s, %s) {replace}",
        [(series, _sqlite_time(at), value, received) for series, at, value in rows],
    )


def values_between(series: Sequence[int], start: datetime, end: datetime, most: int) -> list[tuple[int, float, float]]:
    """(series id, observed_at in epoch seconds, value) of at most `most` measurements, by series and time.

    Ten times as fast as the ORM, which makes a datetime of each row with its zone.
    """
    if not series:
        return []
    epoch, read = _EPOCH[connection.vendor]
    places = ", ".join(["%s"] * len(series))
    between = [connection.ops.adapt_datetimefield_value(at) for at in (start, end)]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT series_id, {epoch}, value FROM {Measurement._meta.db_table} WHERE series_id IN ({places}) "  # noqa: S608 - our own table name
            "AND observed_at >= %s AND observed_at <= %s ORDER BY series_id, observed_at LIMIT %s",
            [*series, *between, most],
        )
        return [(pk, read(at), value) for pk, at, value in cursor.fetchall()]


def _sqlite_time(at: datetime) -> str:
    """A UTC time as Django stores it in SQLite; an order of magnitude faster than asking the backend each time."""
    return at.isoformat(" ")[:-6]
