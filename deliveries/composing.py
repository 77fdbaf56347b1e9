"""The message of a departure: what is read of its deliveries, in the words of messages and digests."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from alerts.links import alerts_address
from channels_app.contract import Kind, Message
from deliveries.claiming import Departure
from deliveries.contents import Content, Stored, content_of
from deliveries.digests import digest_of
from deliveries.messages import message_of, untold_note
from deliveries.planning import named
from deliveries.subjects import subject_of


def compose(departure: Departure, kind: Kind, stored: Mapping[int, Stored], now: datetime) -> Message:
    """What `departure` says; `stored` are the contents of the deliveries that it names, by id."""
    items, untold = departure.items, departure.held.untold
    told = [content_of(stored[item.id]) for item in named(items)]
    note = untold_note(untold, alerts_address(told[0].team_slug, show="all")) if untold else ""
    if len(items) == 1:
        return _of_one(told[0], kind, note, now)
    return digest_of(f"dispatch-{departure.dispatch_id}", items, told, note, now)


def _of_one(content: Content, kind: Kind, note: str, now: datetime) -> Message:
    message = message_of(content, note, now)
    return replace(message, subject=subject_of(content)) if kind.spec.reads_subject else message
