"""Statements of the outbox: lanes and deliveries, in bulk."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from deliveries.models import Delivery
from deliveries.sql.base import among, execute, fetch, moment, postgresql
from teams.bulk import Bulk

TICKED = """
SELECT ticked.rule_id, place.id, place.kind, place.enabled, place.archived_at IS NOT NULL
FROM alerts_ruleintegration AS ticked JOIN integrations_integration AS place ON place.id = ticked.integration_id
WHERE {rules} AND NOT place.builtin ORDER BY ticked.id
"""

NEW_LANES = """
INSERT INTO deliveries_lane (integration_id, lease_owner, fence, failures, pause_reason, untold)
SELECT id, '', 0, 0, '', 0 FROM integrations_integration WHERE {chosen} ORDER BY id
ON CONFLICT (integration_id) DO NOTHING
"""

# A lane that is at work keeps its due time: who works it looks again, with the lane locked, before letting it go.
# PostgreSQL locks those too, in the order of their ids, as everybody does who locks several.
WAKE = """
INSERT INTO deliveries_lane (integration_id, lease_owner, fence, failures, pause_reason, untold, due_at)
SELECT id, '', 0, 0, '', 0, {now} FROM integrations_integration WHERE {chosen} ORDER BY id
ON CONFLICT (integration_id) DO UPDATE SET due_at = CASE
    WHEN deliveries_lane.paused_until > excluded.due_at THEN deliveries_lane.paused_until ELSE excluded.due_at END
WHERE deliveries_lane.due_at IS NULL
"""

_NEW_DELIVERIES = Bulk(
    Delivery,
    [
        *("team", "alert", "event", "integration", "lane", "recipient", "state", "reason", "words", "rank", "tries"),
        *("recorded_at", "expires_at", "finished_at", "stands_in_for"),
    ],
)


class Ticked(NamedTuple):
    """An integration that a rule names."""

    rule_id: int
    integration_id: int
    kind: str
    enabled: bool
    removed: bool


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
    stands_in_for_id: int | None = None


def ticked(rule_ids: Collection[int]) -> list[Ticked]:
    """What the rules name, but for the built-in e-mail, in the order in which it was ticked."""
    rules, ids = among("ticked.rule_id", rule_ids)
    rows = fetch(TICKED.format(rules=rules), ids)
    return [Ticked(rule, pk, kind, bool(enabled), bool(removed)) for rule, pk, kind, enabled, removed in rows]


def ensure_lanes(integration_ids: Iterable[int]) -> None:
    chosen, params = among("id", integration_ids)
    execute(NEW_LANES.format(chosen=chosen), params)


def add_deliveries(rows: Sequence[NewDelivery]) -> None:
    """Write them all with one statement."""
    _NEW_DELIVERIES.insert(
        [
            (*row[:4], row.integration_id, *row[4:7], "", row.rank, 0, *map(moment, row[8:11]), row.stands_in_for_id)
            for row in rows
        ]
    )


def wake_lanes(integration_ids: Iterable[int], now: datetime) -> None:
    """Give lanes a due time, and those that are not there begin. The database's clock counts where many machines share
    it."""
    chosen, params = among("id", integration_ids)
    clock = "LEAST(%s, clock_timestamp())" if postgresql() else "%s"
    execute(WAKE.format(now=clock, chosen=chosen), [moment(now), *params])
