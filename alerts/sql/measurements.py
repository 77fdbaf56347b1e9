"""Series and their values: found, written, read and condensed."""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from alerts.models import Extremes, Measurement, Series, Test
from teams.bulk import as_json, listed, part
from teams.models import Team
from teams.statements import execute, execute_many, fetch, moment, postgresql

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
    # CROSS JOIN: SQLite keeps to the order in which tables are joined so.
    rows = fetch(
        f"SELECT {part('wanted', 0)}, {part('wanted', 1)}, {part('wanted', 2)}, "  # noqa: S608 - our own table names
        f"test.id, test.enabled, test.interval, COALESCE(series.id, 0) FROM {listed('wanted')} "
        f"CROSS JOIN {Test._meta.db_table} AS test LEFT JOIN {Series._meta.db_table} AS series "
        f"ON series.test_id = test.id AND series.metric = {part('wanted', 1)} AND series.source = {part('wanted', 2)} "
        f"WHERE test.team_id = %s AND test.slug = {part('wanted', 0)} AND test.archived_at IS NULL",
        [as_json(list(keys)), team.pk],
    )
    return {(slug, metric, source): Spot(*spot) for slug, metric, source, *spot in rows}


def put_measurements(rows: Sequence[MeasurementRow], received_at: datetime) -> None:
    """Insert (series id, observed_at, value) or replace the value; no two rows may share series and time."""
    into = f"INSERT INTO {Measurement._meta.db_table} (series_id, observed_at, value, received_at)"
    replace = (
        "ON CONFLICT (series_id, observed_at) DO UPDATE SET value = excluded.value, received_at = excluded.received_at"
    )
    if postgresql():
        values = ", ".join(part("row", place, kind) for place, kind in enumerate(("bigint", "timestamptz", "float8")))
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


def condense(stretches: Iterable[tuple[int, datetime, datetime]]) -> None:
    """Find the extremes of each (series id, begin, end) anew; the end is outside."""
    table = Measurement._meta.db_table
    postgres = connection.vendor == "postgresql"
    seconds = "extract(epoch FROM observed_at)::float8"
    if not postgres:
        seconds = "round((julianday(observed_at) - 2440587.5) * 86400.0, 3)"
    one = f"SELECT value, {seconds} AS at FROM {table} WHERE series_id = %s AND observed_at >= %s AND observed_at < %s"  # noqa: S608 - our own names
    statement = (
        f"INSERT INTO {Extremes._meta.db_table} (series_id, begin, lowest, lowest_at, highest, highest_at) "  # noqa: S608 - as above
        f"SELECT %s, %s, low.value, low.at, high.value, high.at "
        f"FROM ({one} ORDER BY value, observed_at LIMIT 1) AS low, "
        f"({one} ORDER BY value DESC, observed_at LIMIT 1) AS high WHERE true "
        "ON CONFLICT (series_id, begin) DO UPDATE SET lowest = excluded.lowest, lowest_at = excluded.lowest_at, "
        "highest = excluded.highest, highest_at = excluded.highest_at"
    )
    with connection.cursor() as cursor:
        cursor.executemany(
            statement,
            [(pk, int(begin.timestamp()), *2 * (pk, *_bounds(begin, end))) for pk, begin, end in stretches],
        )


def _bounds(start: datetime, end: datetime) -> tuple[Any, Any]:
    if connection.vendor == "postgresql":
        return start, end
    return _sqlite_time(start), _sqlite_time(end)


def _sqlite_time(at: datetime) -> str:
    """A UTC time as Django stores it in SQLite; an order of magnitude faster than asking the backend each time."""
    return at.replace(tzinfo=None).isoformat(" ")
