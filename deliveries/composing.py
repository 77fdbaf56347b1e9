"""The message of a departure: what is read of its deliveries, in the words of messages and digests.

It is read after the departure was committed, and every later event makes a later delivery (deliveries.decisions,
deliveries.living): so the last message that goes to a place always tells the alert as it is.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from alerts.links import alerts_address
from alerts.pictures import drawable, picture_address, token_for
from channels_app.contract import Kind, Living, Message
from channels_app.speech import ENGLISH, Speech, speech_of
from channels_app.subject import Picture
from deliveries.claiming import Departure
from deliveries.contents import Content, Stored, content_of
from deliveries.decisions import ACTING
from deliveries.digests import digest_of
from deliveries.living import Refs
from deliveries.mail_actions import offered
from deliveries.messages import message_of, subject, time_of, untold_note
from deliveries.planning import named
from deliveries.subjects import subject_of
from integrations import consent


def compose(departure: Departure, kind: Kind, stored: Mapping[int, Stored], refs: Refs, now: datetime) -> Message:
    """What `departure` says; `stored` are the contents of the deliveries that it names, by id, `refs` the messages that
    are kept true."""
    items, untold, lane = departure.items, departure.held.untold, departure.held.lane
    told = [content_of(stored[item.id]) for item in named(items)]
    # Nobody sets the built-in e-mail: each reads it in their own zone, if they are of the team and chose one.
    own = speech_of(lane.language, told[0].reader_zone) if lane.builtin and told[0].reader_zone else None
    speech = own or lane.speech
    note = untold_note(untold, alerts_address(told[0].team_slug, show="all"), speech) if untold else ""
    if len(items) == 1:
        message = tell_one(told[0], kind, lane.picture, note, now, speech)
        if lane.living:
            message = replace(message, living=_living(departure, told[0], kind, refs, now, speech))
    else:
        message = digest_of(items, told, note, now, merged=kind.spec.abilities.merge_from > 0, speech=speech)
    if not items[0].recipient:
        return message
    deeds = offered(told[0], now, speech) if len(items) == 1 else ()
    stop = consent.link("unsubscribe", told[0].team_slug, items[0].recipient)
    return replace(message, unsubscribe=stop, actions=deeds)


def tell_one(
    content: Content, kind: Kind, picture: bool, note: str, now: datetime, speech: Speech = ENGLISH
) -> Message:
    """The message of one event, with what the kind asks for and, where it has one, its `picture`."""
    message = message_of(content, note, now, speech, subject_of(content) if kind.spec.reads_subject else None)
    if picture and drawable(content.test_slug, content.snapshot):
        message = replace(message, picture=_picture(content, now, speech))
    return message


def _living(departure: Departure, content: Content, kind: Kind, refs: Refs, now: datetime, speech: Speech) -> Living:
    """The alert's one message there; who asked to have it sent again wants a new one."""
    lane, item = departure.held.lane, departure.items[0]
    ref = "" if content.again and not item.in_place else refs.get((item.alert_id, lane.id, item.recipient), "")
    told_before = content.told_before or bool(ref) or content.event_type in ACTING
    as_it_is = replace(content, again=True, told_before=told_before)
    can_act = lane.two_way and not content.is_cleared
    mark = f"{UUID(str(lane.uid)).hex}:{content.number}" if can_act else ""
    return Living(tell_one(as_it_is, kind, lane.picture, "", now, speech), ref, item.in_place, mark)


def _picture(content: Content, now: datetime, speech: Speech) -> Picture:
    token = token_for(content.team_slug, content.number, time_of(content), now)
    metric, about = content.snapshot["conditions"][0]["metric"], f"#{content.number} {subject(content, speech)}"
    return Picture(picture_address(token), token, speech.say("Graph of {metric}: {about}", metric=metric, about=about))
