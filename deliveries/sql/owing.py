"""Statements of the outbox: lanes and deliveries, in bulk."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from deliveries.sql.base import among, execute, execute_many, lanes_in_order, moment, postgresql

NEW_LANES = """
INSERT INTO deliveries_lane (integration_id, lease_owner, fence, failures, pause_reason, untold)
SELECT id, '', 0, 0, '', 0 FROM integrations_integration WHERE {chosen}
ON CONFLICT (integration_id) DO NOTHING
"""

# A lane that is at work keeps its due time: who works it looks again, with the lane locked, before letting it go.
WAKE = """
UPDATE deliveries_lane
SET due_at = COALESCE(due_at, CASE WHEN paused_until > {now} THEN paused_until ELSE {now} END)
WHERE {lanes}
"""

NEW_DELIVERIES = """
INSERT INTO deliveries_delivery
    (team_id, alert_id, event_id, integration_id, lane_id, recipient, state, reason, words, rank, tries,
     recorded_at, expires_at, finished_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, '', %s, 0, %s, %s, %s)
"""


class NewDelivery(NamedTuple):
    """A delivery to be written. `finished_at` is set where it ends as it begins."""

    team_id: int
    alert_id: int
    event_id: int
    integration_id: int
    recipient: str
    state: str
    reason: str
    rank: int
    recorded_at: datetime
    expires_at: datetime
    finished_at: datetime | None


def ensure_lanes(integration_ids: Iterable[int]) -> None:
    chosen, params = among("id", integration_ids)
    execute(NEW_LANES.format(chosen=chosen), params)


def add_deliveries(rows: Sequence[NewDelivery]) -> None:
    """Write them all with one statement."""
    execute_many(
        NEW_DELIVERIES,
        [
            (*row[:4], row.integration_id, *row[4:8], moment(row.recorded_at), moment(row.expires_at), _ended(row))
            for row in rows
        ],
    )


def wake_lanes(integration_ids: Iterable[int], now: datetime) -> None:
    """Give lanes a due time. The database's clock counts where many machines share it."""
    chosen, params = among("integration_id", integration_ids)
    clock = "LEAST(%s, clock_timestamp())" if postgresql() else "%s"
    execute(WAKE.format(now=clock, lanes=lanes_in_order(chosen)), [moment(now), moment(now), *params])


def _ended(row: NewDelivery) -> object:
    return moment(row.finished_at)
