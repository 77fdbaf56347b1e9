"""The statements of condensing: what is new is read once, as it came; of corrections the half hour is read anew."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.db import connection

from alerts.models import Extremes, Measurement
from alerts.models.extremes import HALF_HOUR
from teams.statements import execute_many, fetch, moment

HalfHour = tuple[int, int]  # (series id, epoch second at which it begins)

# How each engine says in which half hour a time is, as an epoch second, and a time as epoch seconds.
_BEGIN = {
    "sqlite": f"CAST(strftime('%%s', observed_at) AS INTEGER) / {HALF_HOUR} * {HALF_HOUR}",
    "postgresql": f"floor(extract(epoch FROM observed_at) / {HALF_HOUR})::bigint * {HALF_HOUR}",
}
_SECONDS = {
    "sqlite": "round((julianday({at}) - 2440587.5) * 86400.0, 3)",
    "postgresql": "extract(epoch FROM {at})::float8",
}
_MEASUREMENT, _EXTREMES = Measurement._meta.db_table, Extremes._meta.db_table
_COLUMNS = "(series_id, begin, lowest, lowest_at, highest, highest_at)"
_RECEIVED = "received_at > %s AND received_at <= %s"

NEW = """
WITH new AS MATERIALIZED (
    SELECT id, series_id, {begin} AS begin, value, observed_at FROM {measurement} WHERE {received} AND id > %s
), ends AS (
    SELECT series_id, begin, min(value) AS lowest, max(value) AS highest, max(id) AS newest
    FROM new GROUP BY series_id, begin
), found AS (
    SELECT ends.series_id, ends.begin, lowest, min(CASE WHEN value = lowest THEN observed_at END) AS lowest_at,
        highest, min(CASE WHEN value = highest THEN observed_at END) AS highest_at, max(newest) AS newest
    FROM ends JOIN new ON new.series_id = ends.series_id AND new.begin = ends.begin
    GROUP BY ends.series_id, ends.begin, lowest, highest
)
SELECT series_id, begin, lowest, {lowest_at}, highest, {highest_at}, newest FROM found ORDER BY series_id, begin
"""

CORRECTED = """
SELECT DISTINCT series_id, {begin} AS begin FROM {measurement} WHERE {received} AND id <= %s ORDER BY series_id, begin
"""

WIDEN = """
ON CONFLICT (series_id, begin) DO UPDATE SET
    lowest_at = CASE WHEN excluded.lowest < kept.lowest THEN excluded.lowest_at ELSE kept.lowest_at END,
    lowest = CASE WHEN excluded.lowest < kept.lowest THEN excluded.lowest ELSE kept.lowest END,
    highest_at = CASE WHEN excluded.highest > kept.highest THEN excluded.highest_at ELSE kept.highest_at END,
    highest = CASE WHEN excluded.highest > kept.highest THEN excluded.highest ELSE kept.highest END
"""

REPLACE = """
ON CONFLICT (series_id, begin) DO UPDATE SET lowest = excluded.lowest, lowest_at = excluded.lowest_at,
    highest = excluded.highest, highest_at = excluded.highest_at
"""

END_OF_ONE = """
SELECT value, observed_at FROM {measurement} WHERE series_id = %s AND observed_at >= %s AND observed_at < %s
ORDER BY value {order}, observed_at LIMIT 1
"""


class Row(NamedTuple):
    """The ends of one half hour, as in Extremes. `newest` is the highest id of the measurements that it is from."""

    series_id: int
    begin: int
    lowest: float
    lowest_at: float
    highest: float
    highest_at: float
    newest: int


def until_where(since: datetime, until: datetime, most: int) -> datetime:
    """When about `most` measurements after `since` were received, or `until` if there are fewer."""
    received = Measurement.objects.filter(received_at__gt=since, received_at__lte=until).order_by("received_at")
    return next(iter(received.values_list("received_at", flat=True)[most : most + 1]), until)


def new_ends(since: datetime, until: datetime, after: int) -> list[Row]:
    """The ends of the measurements with ids behind `after`, of each half hour that received some."""
    found = fetch(_filled(NEW), [moment(since), moment(until), after])
    return [Row(*row) for row in found]


def corrected(since: datetime, until: datetime, after: int) -> list[HalfHour]:
    """The half hours of measurements with ids up to `after` that were received again."""
    return [(series, begin) for series, begin in fetch(_filled(CORRECTED), [moment(since), moment(until), after])]


def widen(rows: Iterable[Row]) -> None:
    """Let the kept extremes reach as far as these."""
    values = "VALUES (%s, %s, %s, %s, %s, %s)"
    execute_many(f"INSERT INTO {_EXTREMES} AS kept {_COLUMNS} {values} {WIDEN}", [row[:6] for row in rows])


def find_anew(half_hours: Sequence[HalfHour], whole_from: int) -> None:
    """Find the extremes from what is stored; of half hours before the second `whole_from` some is stored no more."""
    _find([each for each in half_hours if each[1] >= whole_from], REPLACE)
    _find([each for each in half_hours if each[1] < whole_from], WIDEN)


def _find(half_hours: Sequence[HalfHour], conflict: str) -> None:
    low, high = (END_OF_ONE.format(measurement=_MEASUREMENT, order=order) for order in ("", "DESC"))
    statement = (
        f"INSERT INTO {_EXTREMES} AS kept {_COLUMNS} SELECT %s, %s, low.value, {_seconds('low.observed_at')}, "  # noqa: S608 - our own names
        f"high.value, {_seconds('high.observed_at')} FROM ({low}) AS low, ({high}) AS high WHERE true {conflict}"
    )
    execute_many(statement, [(*each, *2 * _stretch(*each)) for each in half_hours])


def _stretch(series: int, begin: int) -> tuple[int, object, object]:
    start = datetime.fromtimestamp(begin, UTC)
    return series, moment(start), moment(start + timedelta(seconds=HALF_HOUR))


def _filled(statement: str) -> str:
    return statement.format(
        measurement=_MEASUREMENT,
        received=_RECEIVED,
        begin=_BEGIN[connection.vendor],
        lowest_at=_seconds("lowest_at"),
        highest_at=_seconds("highest_at"),
    )


def _seconds(at: str) -> str:
    return _SECONDS[connection.vendor].format(at=at)
