"""Statements on dispatches, attempts and the states of the deliveries that they carry."""

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from deliveries.planning import NAMED
from deliveries.sql.base import among, execute, fetch, insert_rows, moment, postgresql, update_rows

# So written, they do not tempt PostgreSQL to go through all that is open instead of looking up the ids.
WAITS = "(state = 'pending') IS TRUE"
CARRIED = "(state = 'sending') IS TRUE"

NEW_ATTEMPT = {
    "dispatch_id": "bigint",
    "at": "timestamptz",
    "seconds": "float8",
    "status": "int",
    "outcome": "text",
    "reason": "text",
    "words": "text",
}

INTERRUPTED = """
INSERT INTO deliveries_attempt (dispatch_id, at, seconds, status, outcome, reason, words)
SELECT id, %s, 0, NULL, 'interrupted', '', 'the sender ended before the answer was recorded; it may have arrived'
FROM deliveries_dispatch WHERE {lanes} AND finished_at IS NULL
"""

# What a digest only counted is not why its sender died. The items of a dispatch are written in the order of its plan.
TAKEN_BACK = """
UPDATE deliveries_delivery SET state = 'pending', tries = tries + CASE WHEN id IN (
    SELECT delivery_id FROM (
        SELECT item.delivery_id, ROW_NUMBER() OVER (PARTITION BY item.dispatch_id ORDER BY item.id) AS place
        FROM deliveries_dispatch dispatch JOIN deliveries_dispatchitem item ON item.dispatch_id = dispatch.id
        WHERE dispatch.{lanes} AND dispatch.finished_at IS NULL
    ) AS carried WHERE place > {named}
) THEN 0 ELSE 1 END
WHERE {lanes} AND state IN ('pending', 'sending') AND state = 'sending'
"""

UNUSABLE = """
UPDATE deliveries_delivery SET state = 'suppressed', reason = %s, finished_at = %s WHERE {lanes} AND state = 'pending'
"""


FORGIVE = """
UPDATE deliveries_delivery SET tries = 0 WHERE state IN ('pending', 'sending') AND tries > 0 AND lane_id IN (
    SELECT lane_id FROM deliveries_delivery WHERE {lanes} AND state IN ('pending', 'sending') AND tries > 0
    GROUP BY lane_id HAVING COUNT(DISTINCT alert_id) > 1
)
"""


class AttemptRow(NamedTuple):
    """One call as it is recorded; `seconds` is how long it took."""

    dispatch_id: int
    at: datetime
    seconds: float
    status: int | None
    outcome: str
    reason: str
    words: str


def mark_sending(ids: Collection[int]) -> set[int]:
    """Take deliveries into a dispatch; those that somebody decided about meanwhile are not among the answer."""
    chosen, params = among("id", ids)
    rows = fetch(
        f"UPDATE deliveries_delivery SET state = 'sending' WHERE {chosen} AND {WAITS} RETURNING id",  # noqa: S608
        params,
    )
    return {row[0] for row in rows}


def supersede(pairs: Iterable[tuple[int, int]], now: datetime) -> None:
    """(older, newer) each."""
    at = moment(now)
    update_rows(
        "deliveries_delivery",
        {"replaced_by_id": "bigint", "finished_at": "timestamptz", "id": "bigint"},
        [(newer, at, older) for older, newer in pairs],
        besides="state = 'superseded', reason = 'newer_event'",
        only=WAITS,
    )


def add_dispatches(fences: Sequence[tuple[int, int]], now: datetime) -> dict[int, int]:
    """One new dispatch for each (lane, fence): its id by lane."""
    if postgresql():
        source = "unnest(%s::bigint[], %s::bigint[]) AS fresh (lane_id, fence)"
        params: list[Any] = [[each[place] for each in fences] for place in (0, 1)]
    else:
        source = "(SELECT value ->> 0 AS lane_id, value ->> 1 AS fence FROM json_each(%s))"
        params = [json.dumps(fences)]
    rows = fetch(
        "INSERT INTO deliveries_dispatch (lane_id, fence, created_at, ref)"  # noqa: S608 - constants only
        f" SELECT lane_id, fence, %s, '' FROM {source} RETURNING lane_id, id",
        [moment(now), *params],
    )
    return dict(rows)


def add_items(pairs: Sequence[tuple[int, int]]) -> None:
    """(dispatch, delivery) each."""
    insert_rows("deliveries_dispatchitem", {"dispatch_id": "bigint", "delivery_id": "bigint"}, pairs)


def finish_dispatches(finished: Sequence[tuple[str, int]], now: datetime) -> None:
    """(ref, dispatch) each."""
    at = moment(now)
    columns = {"finished_at": "timestamptz", "ref": "text", "id": "bigint"}
    update_rows("deliveries_dispatch", columns, [(at, *each) for each in finished])


def add_attempts(attempts: Iterable[AttemptRow]) -> None:
    rows = [(row[0], moment(row[1]), *row[2:]) for row in attempts]
    insert_rows("deliveries_attempt", NEW_ATTEMPT, rows)


def mark_delivered(ids: Collection[int], now: datetime) -> None:
    if ids:
        chosen, params = among("id", ids)
        execute(
            "UPDATE deliveries_delivery SET state = 'delivered', finished_at = %s"  # noqa: S608 - constants only
            f" WHERE {chosen} AND {CARRIED}",
            [moment(now), *params],
        )


def mark_waiting(ids: Collection[int], tries: int = 1) -> None:
    """Back into the queue, with so many more failed tries."""
    if ids:
        chosen, params = among("id", ids)
        execute(
            "UPDATE deliveries_delivery SET state = 'pending', tries = tries + %s"  # noqa: S608 - constants only
            f" WHERE {chosen} AND {CARRIED}",
            [tries, *params],
        )


def forgive(lane_ids: Collection[int]) -> None:
    """Where several alerts of a lane failed, their failures are the lane's: none of them goes behind."""
    if lane_ids:
        lanes, params = among("lane_id", lane_ids)
        execute(FORGIVE.format(lanes=lanes), params)


def mark_rejected(rejected: Iterable[tuple[str, str, int]], now: datetime) -> None:
    """(reason, words, delivery) each."""
    at = moment(now)
    update_rows(
        "deliveries_delivery",
        {"reason": "text", "words": "text", "finished_at": "timestamptz", "id": "bigint"},
        [(reason, words, at, pk) for reason, words, pk in rejected],
        besides="state = 'rejected', tries = tries + 1",
        only=CARRIED,
    )


def interrupt(lane_ids: Collection[int], now: datetime) -> None:
    """Take back what dead senders had under way in `lane_ids`: it waits again.

    As with every failure, no try is counted for what was not told by name (deliveries.planning.named).
    """
    lanes, params = among("lane_id", lane_ids)
    execute(TAKEN_BACK.format(lanes=lanes, named=NAMED), [*params, *params])
    execute(INTERRUPTED.format(lanes=lanes), [moment(now), *params])
    execute(
        f"UPDATE deliveries_dispatch SET finished_at = %s WHERE {lanes} AND finished_at IS NULL",  # noqa: S608
        [moment(now), *params],
    )


def suppress_in(lane_ids: Collection[int], reason: str, now: datetime) -> None:
    """Nothing of these lanes will be sent."""
    lanes, params = among("lane_id", lane_ids)
    execute(UNUSABLE.format(lanes=lanes), [reason, moment(now), *params])
