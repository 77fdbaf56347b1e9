"""The statement by which a fallback is owed what an integration could not be told."""

from datetime import datetime

from deliveries.sql.base import Params, fetch, moment

# Once for each event, and not where the fallback is owed it anyway; what stands in is handed on to nobody else, and
# what only updates a message has nothing to tell elsewhere.
STAND_IN = """
INSERT INTO deliveries_delivery
    (team_id, alert_id, event_id, integration_id, lane_id, recipient, state, reason, words, rank, tries,
     recorded_at, expires_at, stands_in_for_id)
SELECT owed.team_id, owed.alert_id, owed.event_id, other.id, other.id, '', 'pending', '', '', owed.rank, 0,
    %s, %s, place.id
FROM deliveries_delivery owed
JOIN integrations_integration place ON place.id = owed.integration_id
JOIN integrations_integration other ON other.id = place.fallback_id AND other.enabled AND other.archived_at IS NULL
WHERE {chosen} AND owed.stands_in_for_id IS NULL AND NOT owed.in_place AND NOT EXISTS (
    SELECT 1 FROM deliveries_delivery known
    WHERE known.event_id = owed.event_id AND known.integration_id = other.id AND NOT known.in_place
)
ORDER BY owed.id
ON CONFLICT DO NOTHING
RETURNING integration_id
"""

# Along the index of what is open, behind (lane, id).
ON_HOLD = """
SELECT owed.lane_id, owed.id FROM deliveries_delivery owed
WHERE owed.state IN ('pending', 'sending') AND (owed.lane_id, owed.id) > (%s, %s) AND owed.stands_in_for_id IS NULL
    AND NOT owed.in_place
    AND owed.lane_id IN (
        SELECT lane.integration_id FROM deliveries_lane lane
        JOIN integrations_integration place ON place.id = lane.integration_id
        WHERE lane.on_hold AND place.fallback_id IS NOT NULL
    )
ORDER BY owed.lane_id, owed.id LIMIT %s
"""


def on_hold(lane_id: int, after: int, most: int) -> list[tuple[int, int]]:
    """(lane, delivery) of up to `most` that wait in lanes on hold, in their order, behind that place."""
    return [(lane, pk) for lane, pk in fetch(ON_HOLD, [lane_id, after, most])]


def stand_in(chosen: str, params: Params, now: datetime, until: datetime) -> set[int]:
    """Owe the fallbacks what `chosen` (a condition on `owed`) holds of; which fallbacks have something new."""
    rows = fetch(STAND_IN.format(chosen=chosen), [moment(now), moment(until), *params])
    return {row[0] for row in rows}


def fallbacks_of(chosen: str, params: Params) -> list[int]:
    """The fallbacks that `chosen` could concern."""
    rows = fetch(
        "SELECT DISTINCT place.fallback_id FROM deliveries_delivery owed"  # noqa: S608 - constants only
        " JOIN integrations_integration place ON place.id = owed.integration_id"
        f" WHERE place.fallback_id IS NOT NULL AND {chosen}",
        params,
    )
    return [row[0] for row in rows]
