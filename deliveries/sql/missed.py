"""Statements by which a place is owed anew what it missed: messages that lag behind their alerts, and kept states.

Both make deliveries that point to what was lost, where there is such a one, since nothing final is written anew.
"""

from collections.abc import Collection
from datetime import datetime

from deliveries.sql.base import Params, among, fetch, moment
from deliveries.sql.refs import OF_THREAD

# Nothing is told then, but the end of what was really told before.
SHADOW = "(rule.shadow OR team.shadow) AND NOT alert.drill"
OF_ALERT = """
JOIN alerts_alertrule rule ON rule.id = alert.rule_id
JOIN teams_team team ON team.id = alert.team_id
"""

# What waits tells the alert as it is then, and so does what left since its last event. A digest changes no message.
TRUE_BY_THEN = f"""
SELECT 1 FROM deliveries_delivery other WHERE {OF_THREAD} AND (
    other.state = 'pending' OR other.event_id >= latest.id AND (
        other.state = 'sending' OR other.state = 'delivered' AND (other.in_place OR NOT EXISTS (
            SELECT 1 FROM deliveries_dispatchitem item JOIN deliveries_dispatchitem beside
                ON beside.dispatch_id = item.dispatch_id AND beside.delivery_id <> item.delivery_id
            WHERE item.delivery_id = other.id
        ))
    )
)
"""  # noqa: S608 - constants only

# A reminder changes no message.
OWE_MESSAGES = f"""
INSERT INTO deliveries_delivery
    (team_id, alert_id, event_id, integration_id, lane_id, recipient, state, reason, words, rank, tries, in_place,
     recorded_at, expires_at, resend_of_id)
SELECT owed.team_id, owed.alert_id, latest.id, owed.integration_id, owed.integration_id, owed.recipient, 'pending',
    '', '', COALESCE((SELECT MAX(other.rank) FROM deliveries_delivery other WHERE {OF_THREAD}), 0), 0, TRUE, %s, %s, (
        SELECT MAX(other.id) FROM deliveries_delivery other
        WHERE {OF_THREAD} AND other.event_id = latest.id AND other.in_place
    )
FROM deliveries_messageref owed
JOIN integrations_integration place ON place.id = owed.integration_id
    AND place.living AND place.enabled AND place.archived_at IS NULL
JOIN alerts_alert alert ON alert.id = owed.alert_id
{OF_ALERT}
JOIN alerts_alertevent latest ON latest.id = (
    SELECT MAX(event.id) FROM alerts_alertevent event
    WHERE event.alert_id = owed.alert_id AND event.type <> 'reminded'
)
WHERE {{chosen}} AND NOT ({SHADOW}) AND NOT EXISTS ({TRUE_BY_THEN})
ORDER BY owed.alert_id DESC LIMIT %s
ON CONFLICT DO NOTHING
RETURNING lane_id
"""  # noqa: S608 - constants only

# The names of these states are those of the events that make them.
OWE_STATES = f"""
INSERT INTO deliveries_delivery
    (team_id, alert_id, event_id, integration_id, lane_id, recipient, state, reason, words, rank, tries, in_place,
     recorded_at, expires_at, resend_of_id)
SELECT owed.team_id, owed.alert_id, owed.event_id, owed.integration_id, owed.lane_id, owed.recipient, 'pending', '', '',
    owed.rank, 0, FALSE, %s, %s, owed.id
FROM deliveries_delivery owed
JOIN integrations_integration place ON place.id = owed.integration_id
    AND place.enabled AND place.archived_at IS NULL
JOIN alerts_alert alert ON alert.id = owed.alert_id
{OF_ALERT}
JOIN alerts_alertevent event ON event.id = owed.event_id AND event.type = alert.state
WHERE {{chosen}} AND {{reasons}} AND (alert.state = 'cleared' OR alert.state = 'acknowledged' AND NOT ({SHADOW}))
    AND owed.state IN ('suppressed', 'rejected', 'expired') AND NOT owed.in_place AND NOT EXISTS (
        SELECT 1 FROM alerts_alertevent later
        WHERE later.alert_id = owed.alert_id AND later.type = event.type AND later.id > event.id
    ) AND NOT EXISTS (
        SELECT 1 FROM deliveries_delivery other
        WHERE {OF_THREAD} AND other.event_id = owed.event_id AND other.id > owed.id
    ) AND EXISTS (
        SELECT 1 FROM deliveries_delivery other
        WHERE {OF_THREAD} AND other.event_id < owed.event_id AND other.state = 'delivered'
    )
ORDER BY owed.id DESC LIMIT %s
ON CONFLICT DO NOTHING
RETURNING lane_id
"""  # noqa: S608 - constants only

LOST_SINCE = """
lost.recorded_at >= %s AND lost.state IN ('rejected', 'expired')
"""
# Only these may lag, so that nobody waits until all that ever stood there was looked at. What is open may have changed
# without a word; whoever was told of an alert has a row of its end, whatever became of that.
MAY_LAG = """
SELECT unended.id FROM alerts_alert unended JOIN integrations_integration home ON home.team_id = unended.team_id
WHERE {homes} AND unended.cleared_at IS NULL
UNION SELECT lost.alert_id FROM deliveries_delivery lost
WHERE {lost} AND lost.state IN ('rejected', 'expired', 'suppressed') AND (
    lost.state <> 'suppressed' OR lost.reason IN ('integration_disabled', 'too_old', 'not_wanted', 'shadow')
)
"""


def owe_messages(integration_ids: Collection[int], now: datetime, until: datetime, most: int) -> set[int]:
    """Owe an update to the newest `most` messages that lag behind their alerts there; which lanes have new ones."""
    (there, ids), (homes, _), (lost, _) = (
        among(column, integration_ids) for column in ("owed.integration_id", "home.id", "lost.integration_id")
    )
    chosen = f"{there} AND owed.alert_id IN ({MAY_LAG.format(homes=homes, lost=lost)})"
    return _owe(OWE_MESSAGES.format(chosen=chosen), [*ids, *ids, *ids], now, until, most)


def owe_lost_messages(
    integration_ids: Collection[int],
    reasons: Collection[str],
    since: datetime,
    now: datetime,
    until: datetime,
    most: int,
) -> set[int]:
    """The same, of the alerts of which something was lost there since then."""
    (there, ids), (lost, others), (why, named) = (
        among("owed.integration_id", integration_ids),
        among("lost.integration_id", integration_ids),
        among("lost.reason", reasons),
    )
    of_lost = f"SELECT lost.alert_id FROM deliveries_delivery lost WHERE {lost} AND {LOST_SINCE} AND {why}"  # noqa: S608
    chosen = f"{there} AND owed.alert_id IN ({of_lost})"
    params = [*ids, *others, moment(since), *named]
    return _owe(OWE_MESSAGES.format(chosen=chosen), params, now, until, most)


def owe_states(
    integration_ids: Collection[int],
    reasons: Collection[str],
    since: datetime | None,
    now: datetime,
    until: datetime,
    most: int,
) -> set[int]:
    """Owe places that keep states the one that an open incident there has by now, where it was lost for `reasons`."""
    (there, ids), (why, named) = among("owed.integration_id", integration_ids), among("owed.reason", reasons)
    chosen = there if since is None else f"{there} AND owed.recorded_at >= %s"
    params = [*ids, *([] if since is None else [moment(since)]), *named]
    return _owe(OWE_STATES.format(chosen=chosen, reasons=why), params, now, until, most)


def _owe(statement: str, params: Params, now: datetime, until: datetime, most: int) -> set[int]:
    return {row[0] for row in fetch(statement, [moment(now), moment(until), *params, most])}
