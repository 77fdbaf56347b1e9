"""What stands at a destination besides what is told, for kinds that show one state for several alerts."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from channels_app.contract import Message
from channels_app.speech import ENGLISH, Speech
from channels_app.words import AlertState, Story
from deliveries.claiming import Departure
from deliveries.contents import Content, Stored, content_of, stored_contents
from deliveries.messages import message_of
from deliveries.sql import standing as sql
from deliveries.subjects import subject_of

LATELY = timedelta(days=1)
COMPANY = 100  # read for each message, so that a storm stays cheap; a refresh corrects what lies beyond
ALL = 5_000

Standing = dict[int, list[Stored]]


def beside(departures: Sequence[Departure]) -> Standing:
    """All that is open where `departures` go, by lane; nothing is read for kinds that do not ask for it."""
    asking = [each.held.lane.id for each in departures if each.held.kind and each.held.kind.spec.reads_company]
    return _read(sql.open_at(asking, COMPANY)) if asking else {}


def all_of(integration_ids: Sequence[int], now: datetime) -> Standing:
    """What is open and what cleared within a day, by integration."""
    return _read([*sql.open_at(integration_ids, ALL), *sql.cleared_at(integration_ids, now - LATELY, ALL)])


def messages_of(rows: Iterable[Stored], now: datetime, speech: Speech = ENGLISH) -> list[Message]:
    """Each alert as it stands now."""
    return [_as_it_stands(content_of(row), now, speech) for row in rows]


def with_company(message: Message, rows: Sequence[Stored], now: datetime) -> Message:
    """`message` beside the other alerts of `rows`; it knows then, too, whether its own is open for lack of data."""
    if message.subject is None or not rows:
        return message
    standing = {each.subject.number: each for each in messages_of(rows, now, message.speech) if each.subject}
    own = standing.pop(message.subject.number, None)
    silent = own is not None and own.story is Story.NO_DATA and message.state is not AlertState.CLEARED
    return replace(message, subject=replace(message.subject, silent=silent), company=tuple(standing.values()))


def _read(found: Sequence[tuple[int, int]]) -> Standing:
    contents = stored_contents([delivery for _, delivery in found])
    standing: Standing = {}
    for place, delivery in found:
        standing.setdefault(place, []).append(contents[delivery])
    return standing


def _as_it_stands(content: Content, now: datetime, speech: Speech) -> Message:
    """A loss of data is a state of its own, which only the event tells."""
    content.again = True
    message = replace(message_of(content, "", now, speech), subject=subject_of(content))
    lost = content.event_type == Story.NO_DATA and not content.is_cleared
    return replace(message, story=Story.NO_DATA) if lost else message
