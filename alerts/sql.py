"""Plain SQL where the ORM's cost per row is the limit. Everything here works on SQLite and PostgreSQL alike."""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, models

from alerts.models import Alert, Extremes, Measurement, RuleState, Series
from teams.models import Team

ALERT_CHANGES = (
    "state",
    "severity",
    "acknowledged_at",
    "acknowledged_by",
    "acknowledged_by_text",
    "assigned_to",
    "cleared_at",
    "cleared_reason",
    "cleared_text",
    "still_violated",
    "snapshot",
)
STATE_CHANGES = ("state", "last_received_at", "next_check_at")
_LOCK_SPACE = 0xBE11  # so that our advisory locks meet nobody else's

# How each engine gives a time that costs little to read: SQLite's text, PostgreSQL's number.
_EPOCH: dict[str, tuple[str, Callable[[Any], float]]] = {
    "sqlite": ("observed_at || '+00:00'", lambda text: datetime.fromisoformat(text).timestamp()),
    "postgresql": ("extract(epoch FROM observed_at)::float8", float),
}

SeriesKey = tuple[int, str, str]
MeasurementRow = tuple[int, datetime, float]


def hold_rules(team: Team) -> None:
    """Keep intake and other editors of the team's tests and rules out until commit."""
    _advisory_lock("pg_advisory_xact_lock", team)


def hold_intake(team: Team) -> None:
    """Keep editors of the team's tests and rules out until commit, but not other intakes."""
    _advisory_lock("pg_advisory_xact_lock_shared", team)


def add_series(rows: Sequence[tuple[int, int, str, str]]) -> None:
    """Insert (team id, test id, metric, source) where it is not there yet."""
    statement = (
        f"INSERT INTO {Series._meta.db_table} (team_id, test_id, metric, source) VALUES (%s, %s, %s, %s) "  # noqa: S608 - our own table name
        "ON CONFLICT (test_id, metric, source) DO NOTHING"
    )
    with connection.cursor() as cursor:
        cursor.executemany(statement, rows)


def series_ids(keys: Sequence[SeriesKey]) -> dict[SeriesKey, int]:
    """The ids of those (test id, metric, source) that are there; one probe of the index each."""
    wanted = (
        "unnest(%s::bigint[], %s::text[], %s::text[]) AS wanted (test_id, metric, source)"
        if connection.vendor == "postgresql"
        else "(SELECT json_extract(value, '$[0]') AS test_id, json_extract(value, '$[1]') AS metric, "
        "json_extract(value, '$[2]') AS source FROM json_each(%s)) AS wanted"
    )
    columns = list(map(list, zip(*keys, strict=True))) or [[], [], []]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT series.id, series.test_id, series.metric, series.source FROM {wanted} "  # noqa: S608 - our own table name
            f"CROSS JOIN {Series._meta.db_table} AS series WHERE series.test_id = wanted.test_id "
            "AND series.metric = wanted.metric AND series.source = wanted.source",
            columns if connection.vendor == "postgresql" else [json.dumps(keys)],
        )
        return {(test, metric, source): pk for pk, test, metric, source in cursor.fetchall()}


def put_measurements(rows: Sequence[MeasurementRow], received_at: datetime) -> None:
    """Insert (series id, observed_at, value) or replace the value; no two rows may share series and time."""
    table = Measurement._meta.db_table
    replace = (
        "ON CONFLICT (series_id, observed_at) DO UPDATE SET value = excluded.value, received_at = excluded.received_at"
    )
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                f"INSERT INTO {table} (series_id, observed_at, value, received_at) "  # noqa: S608 - our own table name
                f"SELECT *, %s FROM unnest(%s::bigint[], %s::timestamptz[], %s::float8[]) {replace}",
                [received_at, *(list(column) for column in zip(*rows, strict=True))],
            )
            return
        received = str(connection.ops.adapt_datetimefield_value(received_at))
        cursor.executemany(
            f"INSERT INTO {table} (series_id, observed_at, value, received_at) VALUES (%s, %s, %s, %s) {replace}",  # noqa: S608 - as above
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


def update_alerts(alerts: Iterable[Alert]) -> None:
    """Write what may change in an alert's life."""
    _update(Alert, ALERT_CHANGES, alerts)


def update_states(states: Iterable[RuleState]) -> None:
    """Write what evaluation remembers."""
    _update(RuleState, STATE_CHANGES, states)


def _update(model: type[models.Model], names: Sequence[str], rows: Iterable[models.Model]) -> None:
    fields: list[Any] = [model._meta.get_field(name) for name in names]
    values = [[*(_prepared(field, row) for field in fields), row.pk] for row in rows]
    if not values:
        return
    columns = ", ".join(f"{field.column} = %s" for field in fields)
    with connection.cursor() as cursor:
        cursor.executemany(f"UPDATE {model._meta.db_table} SET {columns} WHERE id = %s", values)  # noqa: S608 - names from models only


def _prepared(field: Any, row: models.Model) -> Any:
    return field.get_db_prep_save(getattr(row, field.attname), connection)


def _bounds(start: datetime, end: datetime) -> tuple[Any, Any]:
    if connection.vendor == "postgresql":
        return start, end
    return _sqlite_time(start), _sqlite_time(end)


def _sqlite_time(at: datetime) -> str:
    """A UTC time as Django stores it in SQLite; an order of magnitude faster than asking the backend each time."""
    return at.replace(tzinfo=None).isoformat(" ")


def _advisory_lock(function: str, team: Team) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {function}(%s, %s)", [_LOCK_SPACE, team.pk])
