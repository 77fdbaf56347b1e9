"""The statement that reads what messages are made of."""

from collections.abc import Collection
from typing import Any

from deliveries.sql.base import among, fetch

# An acknowledgement that is known there was taken back, and nothing that was told there since has said so.
_TAKEN_BACK = """
SELECT 1 FROM deliveries_delivery untold JOIN alerts_alertevent back ON back.id = untold.event_id
WHERE untold.alert_id = owed.alert_id AND untold.integration_id = owed.integration_id
    AND untold.recipient = owed.recipient AND untold.state = 'superseded' AND untold.event_id < owed.event_id
    AND back.type = 'unacknowledged' AND NOT EXISTS (
        SELECT 1 FROM deliveries_delivery later
        WHERE later.alert_id = owed.alert_id AND later.integration_id = owed.integration_id
            AND later.recipient = owed.recipient AND later.state = 'delivered' AND NOT later.in_place
            AND later.event_id > untold.event_id AND later.event_id < owed.event_id
    ) AND EXISTS (
        SELECT 1 FROM deliveries_delivery known JOIN alerts_alertevent taken ON taken.id = known.event_id
        WHERE known.alert_id = owed.alert_id AND known.integration_id = owed.integration_id
            AND known.recipient = owed.recipient AND known.event_id < untold.event_id AND taken.type = 'acknowledged'
            AND (known.state = 'delivered' AND NOT known.in_place OR known.reason IN ('said_there', 'own_action'))
    )
"""

CONTENTS = f"""
SELECT owed.id, owed.recipient, owed.resend_of_id,
    (event.type = 'cleared' OR owed.resend_of_id IS NOT NULL) AND EXISTS (
        SELECT 1 FROM deliveries_delivery earlier JOIN alerts_alertevent opening ON opening.id = earlier.event_id
        WHERE earlier.alert_id = owed.alert_id AND earlier.integration_id = owed.integration_id
            AND earlier.recipient = owed.recipient AND earlier.state = 'delivered' AND NOT earlier.in_place
            AND opening.type IN ('triggered', 'severity_changed', 'reminded', 'escalated', 'no_data')
    ),
    event.type, event.at, event.severity, event.actor_text, event.detail,
    alert.number, alert.state, alert.severity, alert.started_at, alert.cleared_at, alert.cleared_reason,
    alert.cleared_text, alert.acknowledged_by_text, alert.acknowledged_at, assignee.name, assignee.email,
    alert.snapshot, alert.labels, alert.rule_id, test.slug, team.name, team.slug,
    (SELECT absent.name FROM integrations_integration absent WHERE absent.id = owed.stands_in_for_id),
    CASE WHEN owed.recipient = '' THEN '' ELSE COALESCE((
        SELECT reader.time_zone FROM teams_user reader
        JOIN teams_membership member ON member.user_id = reader.id AND member.team_id = owed.team_id
        WHERE LOWER(reader.email) = LOWER(owed.recipient)
    ), '') END,
    CASE WHEN owed.recipient = '' THEN '' ELSE COALESCE((
        SELECT member.role FROM teams_user reader
        JOIN teams_membership member ON member.user_id = reader.id AND member.team_id = owed.team_id
        WHERE LOWER(reader.email) = LOWER(owed.recipient) AND reader.is_active
    ), '') END,
    alert.opened_by,
    alert.state = 'triggered' AND event.type NOT IN ('triggered', 'acknowledged', 'unacknowledged')
        AND owed.resend_of_id IS NULL AND EXISTS ({_TAKEN_BACK})
FROM deliveries_delivery owed
JOIN alerts_alertevent event ON event.id = owed.event_id
JOIN alerts_alert alert ON alert.id = owed.alert_id
JOIN teams_team team ON team.id = owed.team_id
LEFT JOIN alerts_test test ON test.id = alert.test_id
LEFT JOIN teams_user assignee ON assignee.id = alert.assigned_to_id
WHERE {{chosen}}
"""  # noqa: S608 - constants only


def contents_rows(ids: Collection[int]) -> list[tuple[Any, ...]]:
    """One row for each delivery, in the order of deliveries.contents.Content; times and JSON as stored."""
    chosen, params = among("owed.id", ids)
    return fetch(CONTENTS.format(chosen=chosen), params)
