"""Plain SQL where the ORM's cost a call is the limit. Everything here works on SQLite and PostgreSQL alike."""

from datetime import date
from typing import NamedTuple

from django.db import connection

from teams.models import ApiKey, Membership, Team, User
from teams.rows import Rows
from teams.statements import fetch

COUNT = """
INSERT INTO teams_counter (key, "window", count) VALUES (%s, %s, %s)
ON CONFLICT (key, "window") DO UPDATE SET count = teams_counter.count + excluded.count RETURNING count
"""

USE = """
INSERT INTO teams_dayusage (team_id, day, measurements, refused) VALUES (%s, %s, %s, %s)
ON CONFLICT (team_id, day) DO UPDATE SET measurements = teams_dayusage.measurements + excluded.measurements,
    refused = teams_dayusage.refused + excluded.refused
RETURNING measurements
"""

_KEY, _TEAM = Rows(ApiKey, "api_key"), Rows(Team, "team")
FIND_KEY = f"""
SELECT {_KEY.columns}, {_TEAM.columns}, maker.is_active, maker.is_superuser, membership.role
FROM {_KEY.table} AS api_key
JOIN {_TEAM.table} AS team ON team.id = api_key.team_id
LEFT JOIN {User._meta.db_table} AS maker ON maker.id = api_key.maker_id
LEFT JOIN {Membership._meta.db_table} AS membership
    ON membership.team_id = api_key.team_id AND membership.user_id = api_key.maker_id
WHERE api_key.digest = %s
"""  # noqa: S608 - our own names


class FoundKey(NamedTuple):
    """A key with its team at hand, and what its maker is now: None, False where there is none."""

    key: ApiKey
    maker_is_active: bool
    maker_is_superuser: bool
    maker_role: str | None


def add_to_count(key: str, window: int, amount: int) -> int:
    """Count in one atomic statement; the count so far."""
    return int(fetch(COUNT, [key, window, amount])[0][0])


def add_usage(team_id: int, day: date, measurements: int, refused: int) -> int:
    """Add to what a team sent on a day, in one atomic statement; the measurements so far."""
    return int(fetch(USE, [team_id, connection.ops.adapt_datefield_value(day), measurements, refused])[0][0])


def find_key(digest: str) -> FoundKey | None:
    """The key with that digest, in one statement."""
    rows = fetch(FIND_KEY, [digest])
    if not rows:
        return None
    key = _KEY.read(rows[0])
    key.team = _TEAM.read(rows[0][_KEY.width :])
    active, superuser, role = rows[0][_KEY.width + _TEAM.width :]
    return FoundKey(key, bool(active), bool(superuser), role)
