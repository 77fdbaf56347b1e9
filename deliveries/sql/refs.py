"""Statements on the messages that are kept true in place: which each is, and the updates that are owed to them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from deliveries.sql.base import among, execute, fetch, insert_rows, moment

COLUMNS = {
    "team_id": "bigint",
    "alert_id": "bigint",
    "integration_id": "bigint",
    "recipient": "text",
    "ref": "text",
    "posted_at": "timestamptz",
}
# The last one that was posted counts; an update of it writes nothing.
POSTED = """
ON CONFLICT (alert_id, integration_id, recipient) DO UPDATE SET ref = excluded.ref, posted_at = excluded.posted_at
WHERE deliveries_messageref.ref <> excluded.ref
"""

MESSAGE = """
SELECT 1 FROM deliveries_messageref message JOIN integrations_integration place ON place.id = message.integration_id
WHERE message.alert_id = owed.alert_id AND message.integration_id = owed.integration_id
    AND message.recipient = owed.recipient AND place.living
"""
# The sign keeps planners from the index of all that was ever owed there: an alert has few deliveries.
OF_THREAD = """
other.alert_id = owed.alert_id AND +other.integration_id = owed.integration_id AND other.recipient = owed.recipient
"""
OPEN = "other.state IN ('pending', 'sending')"

# What waits before it may post the message yet.
NOTHING_THERE = f"""
UPDATE deliveries_delivery SET state = 'suppressed', reason = 'nothing_to_update', finished_at = %s WHERE id IN (
    SELECT owed.id FROM deliveries_delivery owed
    WHERE {{lanes}} AND owed.state IN ('pending', 'sending') AND owed.state = 'pending' AND owed.in_place
        AND NOT EXISTS ({MESSAGE}) AND NOT EXISTS (
            SELECT 1 FROM deliveries_delivery other
            WHERE {OF_THREAD} AND {OPEN} AND NOT other.in_place AND other.id < owed.id
        )
) RETURNING id
"""  # noqa: S608 - as above

# One that waits already does it as well.
OWE_UPDATES = f"""
INSERT INTO deliveries_delivery
    (team_id, alert_id, event_id, integration_id, lane_id, recipient, state, reason, words, rank, tries, in_place,
     recorded_at, expires_at)
SELECT owed.team_id, owed.alert_id, owed.event_id, owed.integration_id, owed.lane_id, owed.recipient, 'pending', '', '',
    owed.rank, 0, TRUE, owed.recorded_at, owed.expires_at
FROM deliveries_delivery owed
WHERE {{chosen}} AND EXISTS ({MESSAGE}) AND NOT EXISTS (
    SELECT 1 FROM deliveries_delivery other WHERE {OF_THREAD} AND {OPEN} AND other.in_place
)
ORDER BY owed.id
ON CONFLICT DO NOTHING
"""  # noqa: S608 - as above

# What happened while the place was being owed its first message by other ways than an event, such as standing in: who
# decided about it could not know of that. A reminder changes no message.
OWE_MISSED = f"""
INSERT INTO deliveries_delivery
    (team_id, alert_id, event_id, integration_id, lane_id, recipient, state, reason, words, rank, tries, in_place,
     recorded_at, expires_at)
SELECT owed.team_id, owed.alert_id, latest.id, owed.integration_id, owed.lane_id, owed.recipient, 'pending', '', '',
    owed.rank, 0, TRUE, latest.recorded_at, %s
FROM deliveries_delivery owed JOIN alerts_alertevent latest ON latest.id = (
    SELECT MAX(event.id) FROM alerts_alertevent event WHERE event.alert_id = owed.alert_id AND event.type <> 'reminded'
)
WHERE {{chosen}} AND latest.id > owed.event_id AND NOT EXISTS (
    SELECT 1 FROM deliveries_delivery other WHERE {OF_THREAD} AND other.event_id >= latest.id
)
ORDER BY owed.id
ON CONFLICT DO NOTHING
"""  # noqa: S608 - as above

Place = tuple[int, int, str]  # alert, integration, recipient


class Posted(NamedTuple):
    """The message of an alert at a place, as the remote named it."""

    team_id: int
    alert_id: int
    integration_id: int
    recipient: str
    ref: str


def known(alert_ids: Collection[int], integration_ids: Collection[int]) -> dict[Place, str]:
    """The refs of the messages of these alerts at these integrations."""
    (alerts, ids), (places, others) = among("alert_id", alert_ids), among("integration_id", integration_ids)
    found = fetch(
        f"SELECT alert_id, integration_id, recipient, ref FROM deliveries_messageref WHERE {alerts} AND {places}",  # noqa: S608
        [*ids, *others],
    )
    return {(alert, place, recipient): ref for alert, place, recipient, ref in found}


def keep(posted: Sequence[Posted], now: datetime) -> None:
    """From now on, these are the messages."""
    insert_rows("deliveries_messageref", COLUMNS, [(*each, moment(now)) for each in posted], POSTED)


def end_pointless(lane_ids: Collection[int], now: datetime) -> set[int]:
    """End the updates that wait in these lanes for messages that are not there; which."""
    lanes, params = among("owed.lane_id", lane_ids)
    return {row[0] for row in fetch(NOTHING_THERE.format(lanes=lanes), [moment(now), *params])}


def owe_updates(ids: Collection[int]) -> None:
    """Owe the messages an update of whose alerts a digest told; `ids` are the deliveries that it carried."""
    chosen, params = among("owed.id", ids)
    execute(OWE_UPDATES.format(chosen=chosen), params)


def owe_missed(ids: Collection[int], until: datetime) -> None:
    """Owe messages what happened to their alerts and nobody owed them; `ids` are the deliveries that were just told.

    What is owed expires at `until`.
    """
    chosen, params = among("owed.id", ids)
    execute(OWE_MISSED.format(chosen=chosen), [moment(until), *params])
