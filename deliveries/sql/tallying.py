"""Statements that count how deliveries and attempts ended, in pieces of tables that grow at their end."""

from typing import NamedTuple

from deliveries.sql.base import fetch


class Family(NamedTuple):
    """A table whose rows are counted by how they ended and by kind. `open` finds the first row that has no end yet."""

    name: str
    top: str
    open: str
    counts: str


DELIVERIES = Family(
    "delivery",
    "SELECT MAX(id) FROM deliveries_delivery",
    # Each along its own index.
    """
    SELECT MIN(id) FROM (
        SELECT MIN(id) AS id FROM deliveries_delivery WHERE state IN ('pending', 'sending') AND id > %s
        UNION ALL SELECT MIN(id) FROM deliveries_delivery WHERE state = 'held' AND id > %s
    ) AS waiting
    """,
    """
    SELECT delivery.state, place.kind, SUM(CASE WHEN delivery.id <= %s THEN 1 ELSE 0 END), COUNT(*)
    FROM deliveries_delivery delivery JOIN integrations_integration place ON place.id = delivery.integration_id
    WHERE delivery.id > %s AND delivery.state NOT IN ('held', 'pending', 'sending')
    GROUP BY delivery.state, place.kind
    """,
)
ATTEMPTS = Family(
    "attempt",
    "SELECT MAX(id) FROM deliveries_attempt",
    "SELECT NULL WHERE %s < 0",
    """
    SELECT attempt.outcome, place.kind, SUM(CASE WHEN attempt.id <= %s THEN 1 ELSE 0 END), COUNT(*)
    FROM deliveries_attempt attempt JOIN deliveries_dispatch dispatch ON dispatch.id = attempt.dispatch_id
    JOIN integrations_integration place ON place.id = dispatch.lane_id
    WHERE attempt.id > %s
    GROUP BY attempt.outcome, place.kind
    """,
)


def top(family: Family) -> int:
    """The newest row there is; 0 where there is none."""
    return int(fetch(family.top)[0][0] or 0)


def first_open(family: Family, after: int) -> int | None:
    """The oldest row after `after` that has no end yet."""
    found = fetch(family.open, [after] * family.open.count("%s"))
    return None if not found or found[0][0] is None else int(found[0][0])


def counts(family: Family, settled: int, after: int) -> list[tuple[str, str, int, int]]:
    """(name, kind, how many up to `settled`, how many in all) of the rows after `after` that have an end."""
    return [(name, kind, int(old), int(every)) for name, kind, old, every in fetch(family.counts, [settled, after])]
