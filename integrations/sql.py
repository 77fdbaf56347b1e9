"""Plain statements of integrations."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from teams.statements import among, fetch, stored_time

COUNTED = 100_000  # no count of what waits looks further

# Along the index of what is open: with literal states only is it known to hold all of them.
WAITING = """
SELECT place.id, lane.due_at, (
    SELECT COUNT(*) FROM (
        SELECT 1 FROM deliveries_delivery owed
        WHERE owed.lane_id = place.id AND owed.state IN ('pending', 'sending') LIMIT %s
    ) AS counted
)
FROM integrations_integration place LEFT JOIN deliveries_lane lane ON lane.integration_id = place.id
WHERE {chosen}
"""


class Queue(NamedTuple):
    """How many messages wait, COUNTED at most, and when the next of them is due."""

    waiting: int
    due_at: datetime | None


def queues_of(ids: Collection[int]) -> dict[int, Queue]:
    """What waits for these integrations, by id."""
    chosen, params = among("place.id", ids)
    rows = fetch(WAITING.format(chosen=chosen), [COUNTED, *params])
    return {pk: Queue(waiting, stored_time(due_at) if due_at else None) for pk, due_at, waiting in rows}
