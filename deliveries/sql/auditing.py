"""Statements of the auditor: each finds one fault of lanes, budgets or dispatches, and mends what it finds.

Looking takes no lock; only what was found is written, under the same condition again.
"""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from deliveries.sql.base import Params, among, execute, fetch, lanes_in_order, locked, moment

MOST = 10_000  # rows that one turn looks at; the rest waits for the next

OPEN = "state IN ('pending', 'sending')"
IN_LANE = "SELECT 1 FROM deliveries_delivery owed WHERE owed.lane_id = deliveries_lane.integration_id"
UNHELD = "(lease_until IS NULL OR lease_until < %s)"

OVERDUE = f"due_at < %s AND {UNHELD}"
LEASE_LEFT = "lease_until < %s AND (due_at IS NULL OR due_at > %s)"
FORGOTTEN = f"due_at IS NULL AND {UNHELD} AND EXISTS ({IN_LANE} AND owed.{OPEN} AND owed.recorded_at < %s)"
# A claim takes these back by itself, so lanes that are due will do it.
STRANDED = (
    f"due_at > %s AND {UNHELD}"
    f" AND EXISTS ({IN_LANE} AND owed.{OPEN} AND owed.state = 'sending' AND owed.recorded_at < %s)"
)

LEFT = """
SELECT dispatch.id FROM deliveries_dispatch dispatch
JOIN deliveries_lane lane ON lane.integration_id = dispatch.lane_id
WHERE dispatch.finished_at IS NULL AND dispatch.created_at < %s
    AND (lane.lease_until IS NULL OR lane.lease_until < %s OR dispatch.fence < lane.fence)
    AND NOT EXISTS (
        SELECT 1 FROM deliveries_dispatchitem item JOIN deliveries_delivery owed ON owed.id = item.delivery_id
        WHERE item.dispatch_id = dispatch.id AND owed.state = 'sending'
    )
ORDER BY dispatch.id LIMIT %s
"""

INTERRUPT = """
INSERT INTO deliveries_attempt (dispatch_id, at, seconds, status, outcome, reason, words)
SELECT id, %s, 0, NULL, 'interrupted', '', 'its sender left no record of the answer; it may have arrived'
FROM deliveries_dispatch WHERE {chosen} AND finished_at IS NULL
"""

BUDGET_AHEAD = "next_at > %s OR paused_until > %s"


class LaneFault(NamedTuple):
    """What is wrong (`where`, with its parameters) and what is set instead (`mend`, with its own)."""

    where: str
    params: Params
    mend: str
    values: Params


def lanes_where(where: str, params: Params) -> list[int]:
    """The lanes of which the condition holds, MOST of them."""
    rows = fetch(
        f"SELECT integration_id FROM deliveries_lane WHERE {where} ORDER BY integration_id LIMIT %s",  # noqa: S608
        [*params, MOST],
    )
    return [row[0] for row in rows]


def mend_lanes(fault: LaneFault) -> tuple[list[int], list[int]]:
    """(found, mended): the lanes with the fault."""
    found = lanes_where(fault.where, fault.params)
    if not found:
        return [], []
    chosen, ids = among("integration_id", found)
    mended = fetch(
        f"UPDATE deliveries_lane SET {fault.mend} WHERE {lanes_in_order(f'{chosen} AND ({fault.where})')}"  # noqa: S608
        " RETURNING integration_id",
        [*fault.values, *ids, *fault.params],
    )
    return found, [row[0] for row in mended]


def overdue(before: datetime, now: datetime) -> list[int]:
    return lanes_where(OVERDUE, [moment(before), moment(now)])


def lease_left(before: datetime, now: datetime) -> LaneFault:
    """Ran out long ago, and the lane is not due, so that no claim will ever look at it."""
    mend = "due_at = %s, lease_until = NULL"
    return LaneFault(LEASE_LEFT, [moment(before), moment(now)], mend, [moment(now)])


def forgotten(before: datetime, now: datetime) -> LaneFault:
    return LaneFault(FORGOTTEN, [moment(now), moment(before)], "due_at = %s", [moment(now)])


def stranded(before: datetime, now: datetime) -> LaneFault:
    return LaneFault(STRANDED, [moment(now), moment(now), moment(before)], "due_at = %s", [moment(now)])


def lease_ahead(furthest: datetime, instead: datetime) -> LaneFault:
    """Whoever holds it really renews it within seconds."""
    return LaneFault("lease_until > %s", [moment(furthest)], "lease_until = %s", [moment(instead)])


def wait_ahead(due: datetime, pause: datetime, now: datetime) -> LaneFault:
    mend = "due_at = CASE WHEN due_at IS NULL THEN NULL ELSE %s END, paused_until = NULL, pause_reason = ''"
    return LaneFault("due_at > %s OR paused_until > %s", [moment(due), moment(pause)], mend, [moment(now)])


def budgets_ahead(next_at: datetime, pause: datetime, now: datetime) -> list[str]:
    """Let those that wait longer start anew; their rate keys."""
    params = [moment(next_at), moment(pause)]
    found = fetch(f"SELECT rate_key FROM deliveries_budget WHERE {BUDGET_AHEAD} LIMIT %s", [*params, MOST])  # noqa: S608
    keys = sorted(row[0] for row in found)
    if keys:
        chosen, values = among("rate_key", keys)
        execute(
            "UPDATE deliveries_budget SET next_at = %s, paused_until = NULL, pause_reason = ''"  # noqa: S608
            f" WHERE {chosen} AND ({BUDGET_AHEAD})",
            [moment(now), *values, *params],
        )
    return keys


def dispatches_left(before: datetime, now: datetime) -> list[int]:
    """Open ones that nobody will record any more and no claim will take back."""
    return [row[0] for row in fetch(LEFT, [moment(before), moment(now), MOST])]


def end_dispatches(ids: Collection[int], now: datetime) -> None:
    """Close what may have arrived. One transaction around it."""
    chosen, params = among("id", ids)
    fetch(locked(f"SELECT id FROM deliveries_dispatch WHERE {chosen} ORDER BY id"), params)  # noqa: S608
    execute(INTERRUPT.format(chosen=chosen), [moment(now), *params])
    execute(
        f"UPDATE deliveries_dispatch SET finished_at = %s WHERE {chosen} AND finished_at IS NULL",  # noqa: S608
        [moment(now), *params],
    )


def overstayed(before: datetime) -> list[int]:
    """Deliveries that wait although they should have expired by then."""
    rows = fetch(
        f"SELECT id FROM deliveries_delivery WHERE {OPEN} AND state = 'pending' AND expires_at < %s LIMIT %s",  # noqa: S608
        [moment(before), MOST],
    )
    return sorted(row[0] for row in rows)


def held_too_long(before: datetime) -> list[int]:
    """Deliveries that are held although their hold should have been over by then."""
    rows = fetch(
        "SELECT id FROM deliveries_delivery WHERE state = 'held' AND held_until < %s LIMIT %s", [moment(before), MOST]
    )
    return sorted(row[0] for row in rows)
