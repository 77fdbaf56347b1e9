"""How many alerts a team may have open, kept by what opens them: a batch that would open more is refused whole.

Refused, and not opened in silence or left out: what evaluation knows rolls back with the batch, so the same batch opens
the alerts once there is room, and its sender is told so. What only clears always passes, and clears within a batch make
room for what it opens. Time and people are not refused: they open at most one alert for each test of a rule. Batches
that are judged at the same moment do not see each other, so there may be one batch's alerts more for each of them.
"""

from collections.abc import Iterable

from alerts.models import Alert, AlertEvent, EventType
from teams import quotas
from teams.errors import TooMuch
from teams.models import Team
from teams.statements import fetch

# The severity holds for each: by it SQLite finds the index of open alerts, else it reads the team's whole history.
OPEN = f"SELECT count(*) FROM {Alert._meta.db_table} WHERE team_id = %s AND cleared_at IS NULL AND severity > ''"  # noqa: S608 - our own table name


def refuse_too_many(team: Team, events: Iterable[AlertEvent]) -> None:
    """TooMuch where these events leave the team with more open alerts than it may have; rolls the batch back."""
    opened = sum(event.type == EventType.TRIGGERED for event in events)
    if not opened:
        return
    most, found = quotas.of(team).open_alerts, int(fetch(OPEN, [team.pk])[0][0])
    if found > most:
        raise TooMuch(
            f"This team may have {most:,} open alerts (BELLHOP_MAX_OPEN_ALERTS); with the {opened:,} that this batch "
            f"opens it would have {found:,}. Nothing of it was taken. Close alerts, or mend what they tell of."
        )
