"""Statements of the sweep. Lanes are locked before their deliveries, as everywhere, so that no two wait in a circle."""

from collections import Counter
from datetime import datetime

from channels_app.addresses import normal
from deliveries.sql.base import among, execute, execute_many, fetch, lanes_in_order, locked, moment

OPEN = "state IN ('pending', 'sending') AND state = 'pending'"

UNUSABLE = """
SELECT DISTINCT delivery.lane_id FROM deliveries_delivery delivery
JOIN integrations_integration place ON place.id = delivery.integration_id
WHERE delivery.{open} AND {why}
"""

SUPPRESS = """
UPDATE deliveries_delivery SET state = 'suppressed', reason = %s, finished_at = %s WHERE {lanes} AND {open}
"""

# Along the index of what is open.
EXPIRING = f"""
SELECT id, lane_id FROM deliveries_delivery WHERE {OPEN} AND expires_at <= %s ORDER BY lane_id, id LIMIT %s
"""  # noqa: S608 - constants only

EXPIRE = """
UPDATE deliveries_delivery SET state = 'expired', reason = 'too_late', finished_at = %s
WHERE {chosen} AND {open} RETURNING id, lane_id, in_place
"""

# Somebody changed the integration, or its test went well, since it last failed: no reason to go on waiting.
MENDED = """paused_until > %s AND due_at > %s AND pause_reason <> 'rate_limited' AND integration_id IN (
    SELECT place.id FROM integrations_integration place
    JOIN integrations_health health ON health.integration_id = place.id
    WHERE place.updated_at > health.last_failure_at
        OR (health.last_test_ok AND health.last_test_at > health.last_failure_at)
)
"""

FORGOTTEN = """due_at IS NULL AND integration_id IN (
    SELECT lane_id FROM deliveries_delivery WHERE state IN ('pending', 'sending')
)
"""


def suppress_unusable(reason: str, why: str, now: datetime) -> None:
    """End what waits for integrations of which `why` (a condition on `place`) holds."""
    found = [row[0] for row in fetch(UNUSABLE.format(open=OPEN, why=why))]
    if found:
        _lock(found)
        lanes, params = among("lane_id", found)
        execute(SUPPRESS.format(lanes=lanes, open=OPEN), [reason, moment(now), *params])


def suppress_stopped(team_id: int, address: str, reason: str, now: datetime) -> None:
    """End what waits to be mailed to an address, given in its normal form, that wants no more of it."""
    waiting = f"SELECT DISTINCT lane_id, recipient FROM deliveries_delivery WHERE {OPEN}"  # noqa: S608 - a constant
    written = fetch(f"{waiting} AND team_id = %s AND recipient <> ''", [team_id])
    found = [(lane_id, recipient) for lane_id, recipient in written if normal(recipient) == address]
    if found:
        lane_ids, spellings = ({row[place] for row in found} for place in (0, 1))
        _lock(sorted(lane_ids))
        lanes, params = among("lane_id", lane_ids)
        theirs, names = among("recipient", spellings)
        ended = f"{SUPPRESS.format(lanes=lanes, open=OPEN)} AND {theirs}"
        execute(ended, [reason, moment(now), *params, *names])


def expire(now: datetime, most: int) -> list[int]:
    """End up to `most` that waited too long and count those on their lanes that were to be told; which."""
    found = fetch(EXPIRING, [moment(now), most])
    if not found:
        return []
    _lock(sorted({lane_id for _, lane_id in found}))
    chosen, params = among("id", [pk for pk, _ in found])
    expired = fetch(EXPIRE.format(chosen=chosen, open=OPEN), [moment(now), *params])
    untold = Counter(lane_id for _, lane_id, in_place in expired if not in_place)
    execute_many(
        "UPDATE deliveries_lane SET untold = untold + %s WHERE integration_id = %s",
        [(count, lane_id) for lane_id, count in sorted(untold.items())],
    )
    return [pk for pk, *_ in expired]


def wake_mended(now: datetime) -> int:
    """Let lanes try again whose integration was changed, or tested well, since they failed."""
    return execute(
        "UPDATE deliveries_lane SET due_at = %s, paused_until = NULL, pause_reason = '', failures = 0,"  # noqa: S608
        " failing_since = NULL, refusals = 0, refused_since = NULL"
        f" WHERE {lanes_in_order(MENDED)}",
        [moment(now)] * 3,
    )


def wake_forgotten(now: datetime) -> int:
    """Give a due time to lanes that have none although something in them is open."""
    return execute(f"UPDATE deliveries_lane SET due_at = %s WHERE {lanes_in_order(FORGOTTEN)}", [moment(now)])  # noqa: S608


def _lock(lane_ids: list[int]) -> None:
    chosen, params = among("integration_id", lane_ids)
    fetch(
        locked(f"SELECT integration_id FROM deliveries_lane WHERE {chosen} ORDER BY integration_id"),  # noqa: S608
        params,
    )
