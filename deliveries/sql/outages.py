"""Statements on outages: when they begin and end. Telling of them is no matter of speed (deliveries.trouble)."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from deliveries.sql.base import among, execute, execute_many, fetch, lanes_in_order, moment, stored_time

BEGIN = """
INSERT INTO deliveries_outage
    (team_id, integration_id, began_at, held_at, reason, words, due_at, tries, problem, told_through)
SELECT place.team_id, place.id, %s, %s, %s, %s, %s, 0, '', '' FROM integrations_integration place WHERE place.id = %s
ON CONFLICT DO NOTHING
"""

END = """
UPDATE deliveries_outage SET ended_at = %s, due_at = COALESCE(due_at, %s) WHERE {chosen} AND ended_at IS NULL
RETURNING integration_id, began_at
"""

# Nobody has to be told of the end: a person switched it off or removed it.
DROP = """
UPDATE deliveries_outage SET ended_at = %s, end_told_at = %s, due_at = NULL
WHERE ended_at IS NULL AND integration_id IN (
    SELECT id FROM integrations_integration WHERE archived_at IS NOT NULL OR NOT enabled
)
"""

TESTED_WELL = """on_hold AND integration_id IN (
    SELECT integration_id FROM integrations_health WHERE last_test_ok AND last_test_at > last_failure_at
)
"""


class NewOutage(NamedTuple):
    """A lane that is on hold from now on; `began_at` is its first failure."""

    integration_id: int
    began_at: datetime
    reason: str
    words: str


def begin(outages: Sequence[NewOutage], now: datetime) -> None:
    """Write them down, to be told; one that goes on already is left alone."""
    at = moment(now)
    execute_many(
        BEGIN, [(moment(each.began_at), at, each.reason, each.words, at, each.integration_id) for each in outages]
    )


def end(integration_ids: Collection[int], now: datetime) -> dict[int, datetime]:
    """They work again, which is to be told; since when those of them did not that were on hold."""
    chosen, params = among("integration_id", integration_ids)
    ended = fetch(END.format(chosen=chosen), [moment(now), moment(now), *params])
    return {pk: stored_time(began_at) for pk, began_at in ended}


def drop_unusable(now: datetime) -> None:
    execute(DROP, [moment(now), moment(now)])


def end_tested_well(now: datetime) -> None:
    """A Test that went well since the last failure is as good as a message."""
    rows = fetch(
        "UPDATE deliveries_lane SET on_hold = FALSE, failures = 0, failing_since = NULL, refusals = 0,"  # noqa: S608
        f" refused_since = NULL WHERE {lanes_in_order(TESTED_WELL)} RETURNING integration_id"
    )
    if rows:
        end([row[0] for row in rows], now)
