"""When rules that leave a gap between their messages last told a place."""

from collections.abc import Sequence
from datetime import datetime

from deliveries.sql.base import insert_rows, moment

COLUMNS = {
    "team_id": "bigint",
    "rule_id": "bigint",
    "integration_id": "bigint",
    "recipient": "text",
    "at": "timestamptz",
}
NEWER = "ON CONFLICT (rule_id, integration_id, recipient) DO UPDATE SET at = excluded.at"


def remember_told(told: Sequence[tuple[int, int, tuple[int, str]]], now: datetime) -> None:
    """Each of `told` (team, rule, place) was told something at `now`."""
    rows = [(team, rule, integration, recipient, moment(now)) for team, rule, (integration, recipient) in told]
    insert_rows("deliveries_lasttold", COLUMNS, rows, NEWER)
