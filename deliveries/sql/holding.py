"""Statements about deliveries that are held back."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from deliveries.sql.base import among, execute, execute_many, fetch, moment, postgresql

TO_PENDING = "state = 'pending', reason = '', held_until = NULL, expires_at = %s"

DUE = """
SELECT alert_id, integration_id, recipient FROM deliveries_delivery
WHERE state = 'held' AND held_until <= %s GROUP BY alert_id, integration_id, recipient ORDER BY MIN(id) LIMIT %s
"""

Thread = tuple[int, tuple[int, str]]  # an alert, and the place that is to hear of it


def free(threads: Iterable[Thread], expires_at: datetime) -> None:
    """Let what is held of these threads go out now."""
    execute_many(
        f"UPDATE deliveries_delivery SET {TO_PENDING}"  # noqa: S608 - a constant
        " WHERE state = 'held' AND alert_id = %s AND integration_id = %s AND recipient = %s",
        [(moment(expires_at), alert_id, *place) for alert_id, place in threads],
    )


def due(now: datetime, most: int) -> list[Thread]:
    """The threads of which something has been held long enough, oldest first."""
    return [(alert_id, (pk, recipient)) for alert_id, pk, recipient in fetch(DUE, [moment(now), most])]


def release(ids: Sequence[int], expires_at: datetime) -> None:
    chosen, params = among("id", ids)
    statement = f"UPDATE deliveries_delivery SET {TO_PENDING} WHERE {_held_in_order(chosen)}"  # noqa: S608 - constants
    execute(statement, [moment(expires_at), *params])


def suppress(ids: Sequence[int], now: datetime) -> None:
    """End them for the reason for which they were held."""
    chosen, params = among("id", ids)
    execute(
        "UPDATE deliveries_delivery SET state = 'suppressed', finished_at = %s, held_until = NULL"  # noqa: S608
        f" WHERE {_held_in_order(chosen)}",
        [moment(now), *params],
    )


def refuse(rows: Sequence[tuple[str, int]], now: datetime) -> None:
    """End them for another reason: (reason, id)."""
    execute_many(
        "UPDATE deliveries_delivery SET state = 'suppressed', reason = %s, finished_at = %s, held_until = NULL"
        " WHERE state = 'held' AND id = %s",
        [(reason, moment(now), pk) for reason, pk in rows],
    )


def hold_on(rows: Sequence[tuple[str, datetime, int]]) -> None:
    """Hold them longer: (reason, until, id)."""
    execute_many(
        "UPDATE deliveries_delivery SET reason = %s, held_until = %s WHERE state = 'held' AND id = %s",
        [(reason, moment(until), pk) for reason, until, pk in rows],
    )


def judge_anew(team_id: int | None, now: datetime) -> None:
    """Have what the team holds back, or all teams without one, looked at again, since its reasons changed."""
    whose, params = ("1 = 1", []) if team_id is None else ("team_id = %s", [team_id])
    execute(
        f"UPDATE deliveries_delivery SET held_until = %s WHERE {_held_in_order(f'held_until > %s AND {whose}')}",  # noqa: S608
        [moment(now), moment(now), *params],
    )


def _held_in_order(condition: str) -> str:
    """What is held and meets the condition, locked in the order of the ids where the engine locks rows: whoever ends a
    mute and whoever lets out must not wait for each other."""
    held = f"state = 'held' AND {condition}"
    if not postgresql():
        return held
    return f"id IN (SELECT id FROM deliveries_delivery WHERE {held} ORDER BY id FOR NO KEY UPDATE)"  # noqa: S608
