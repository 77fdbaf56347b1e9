"""The statement that finds what stands at a destination: of each alert told there, the delivery of its newest turn."""

from collections.abc import Collection
from datetime import datetime

from channels_app.words import SEVERITIES
from deliveries.sql.base import among, fetch, moment

_RANKS = " ".join(f"WHEN '{each}' THEN {each.rank}" for each in SEVERITIES)

# What is kept back or was never meant for it does not stand there; what could not be told does.
STANDING = f"""
SELECT place, delivery FROM (
    SELECT owed.integration_id AS place, MAX(owed.id) AS delivery, ROW_NUMBER() OVER (
        PARTITION BY owed.integration_id ORDER BY CASE alert.severity {_RANKS} ELSE 0 END DESC, alert.id
    ) AS turn
    FROM alerts_alert alert
    JOIN deliveries_delivery owed ON owed.alert_id = alert.id
    JOIN alerts_alertevent event ON event.id = owed.event_id
    WHERE {{places}} AND {{which}} AND owed.state NOT IN ('suppressed', 'held') AND event.type IN ({{events}})
    GROUP BY owed.integration_id, alert.id, alert.severity
) AS standing
WHERE turn <= %s ORDER BY place, turn
"""  # noqa: S608 - constants only

OPEN = """
alert.state IN ('triggered', 'acknowledged')
AND alert.team_id IN (SELECT team_id FROM integrations_integration place WHERE {teams})
"""
OPENING = "'triggered', 'severity_changed', 'no_data'"
CLEARED_SINCE = "alert.cleared_at IS NOT NULL AND owed.recorded_at > %s"


def open_at(integration_ids: Collection[int], most: int) -> list[tuple[int, int]]:
    """(integration, delivery) of the open alerts there, the most severe first, at most `most` at each."""
    # The sign keeps planners from the index of all that was ever owed there: few alerts are open, many were.
    places, ids = among("+owed.integration_id", integration_ids)
    teams, again = among("place.id", integration_ids)
    statement = STANDING.format(places=places, which=OPEN.format(teams=teams), events=OPENING)
    return [(place, delivery) for place, delivery in fetch(statement, [*ids, *again, most])]


def cleared_at(integration_ids: Collection[int], since: datetime, most: int) -> list[tuple[int, int]]:
    """The same of the alerts whose clear was owed there `since` then."""
    places, ids = among("owed.integration_id", integration_ids)
    statement = STANDING.format(places=places, which=CLEARED_SINCE, events="'cleared'")
    return [(place, delivery) for place, delivery in fetch(statement, [*ids, moment(since), most])]
