"""The one message of an alert, at integrations that keep it true in place: which it is, and what it still lacks.

A lane has one dispatch at a time, so what is known of its messages when the next one leaves is all that there is.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from deliveries.claiming import Departure
from deliveries.models import AttemptOutcome
from deliveries.outbox import KEPT_FOR
from deliveries.sql import refs
from deliveries.sql.refs import Place, Posted

if TYPE_CHECKING:  # which records through here
    from deliveries.recording import Landing

Refs = dict[Place, str]


def messages_of(departures: Sequence[Departure]) -> Refs:
    """The messages that `departures` are to keep true; nothing is read where none is."""
    living = [each for each in departures if each.held.lane.living and len(each.items) == 1]
    if not living:
        return {}
    return refs.known({each.items[0].alert_id for each in living}, {each.held.lane.id for each in living})


def record(landings: Sequence["Landing"], now: datetime) -> None:
    """Remember what was posted, and owe it what it lacks: what a digest told of, or nobody knew that it must be told.

    Within the transaction that records the landings: a message that is not remembered was not delivered, for us.
    """
    delivered = [each for each in landings if each.verdict.outcome is AttemptOutcome.DELIVERED]
    living = [each for each in delivered if each.departure.held.lane.living]
    single = [each for each in living if len(each.departure.items) == 1 and each.verdict.ref]
    if single:
        refs.keep([_posted(each) for each in single], now)
        refs.owe_missed([each.departure.items[0].id for each in single], now + KEPT_FOR)
    if told := [item.id for each in living if len(each.departure.items) > 1 for item in each.departure.items]:
        refs.owe_updates(told)


def _posted(landing: "Landing") -> Posted:
    lane, (item,) = landing.departure.held.lane, landing.departure.items
    return Posted(lane.team_id, item.alert_id, lane.id, item.recipient, landing.verdict.ref)
