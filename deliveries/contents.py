"""What messages are made of: of each delivery its event, alert, test and team, read with one query."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from alerts.links import alert_address, view_address
from channels_app.words import AlertState
from deliveries.sql.base import stored_time
from deliveries.sql.telling import contents_rows

JsonDict = dict[str, Any]
Stored = tuple[Any, ...]


@dataclass(slots=True)  # frozen costs more than all the rest of making one
class Content:
    """A delivery with all that its message says. `told_before`: an opening event of the alert arrived there earlier.

    `again`: a user asked to send it again, so it tells the alert's present state. Event fields begin with `event_`.
    `stands_in_for` is the name of the integration in whose place it is told. `reader_zone` is the time zone that the
    recipient chose, `reader_role` their role, where that is a member of the team. `opened_by` is that of Alert.
    `taken_back`: who reads it knows of an acknowledgement that is over, and was not told of that.
    """

    delivery_id: int
    recipient: str
    again: bool
    told_before: bool
    event_type: str
    event_at: datetime
    event_severity: str
    event_actor: str
    detail: JsonDict
    number: int
    state: str
    severity: str
    started_at: datetime
    cleared_at: datetime | None
    cleared_reason: str
    cleared_text: str
    acknowledged_by: str
    acknowledged_at: datetime | None
    assigned_name: str
    assigned_email: str
    snapshot: JsonDict
    labels: JsonDict
    rule_id: int
    test_slug: str | None
    team_name: str
    team_slug: str
    stands_in_for: str | None = None
    reader_zone: str = ""
    reader_role: str = ""
    opened_by: str = "violated"
    taken_back: bool = False

    @property
    def is_cleared(self) -> bool:
        return self.state == AlertState.CLEARED

    def link(self, at: datetime) -> str:
        """The page that shows the alert at a moment; of a fire drill, which no graph shows, its own."""
        if self.test_slug is None or self.snapshot.get("drill"):
            return alert_address(self.team_slug, self.number)
        return view_address(self.team_slug, self.test_slug, at)


def stored_contents(ids: Collection[int]) -> dict[int, Stored]:
    """What is stored, by delivery id; each is read by `content_of`, so that one that cannot be read harms no other."""
    return {row[0]: row for row in contents_rows(ids)}


def content_of(row: Stored) -> Content:
    """The content that `row` holds."""
    pk, recipient, resend_of, told, kind, at, severity, actor, detail, *alert = row
    number, state, rank, started_at, cleared_at, *texts = alert
    reason, text, acknowledged_by, acknowledged_at, assignee, address, snapshot, labels, *names = texts
    return Content(
        pk,
        recipient,
        resend_of is not None,
        bool(told),
        kind,
        stored_time(at),
        severity,
        actor,
        orjson.loads(detail),
        number,
        state,
        rank,
        stored_time(started_at),
        stored_time(cleared_at) if cleared_at else None,
        reason,
        text,
        acknowledged_by,
        stored_time(acknowledged_at) if acknowledged_at else None,
        assignee or "",
        address or "",
        orjson.loads(snapshot),
        orjson.loads(labels),
        *names,
    )
