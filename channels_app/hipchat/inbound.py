"""What people say to Bellhop in a HipChat room, and what is answered there."""

import re
from datetime import datetime
from typing import Any

import orjson

from channels_app.contract import HttpCall
from channels_app.hearing import Answer, Forged, Garbled, Heard, Hearing, Person, Request, Response, Trust
from channels_app.hipchat import tokens
from channels_app.hipchat.render import LINK_LIMIT, MESSAGE_LIMIT, escaped_line, escaped_lines, linked, linked_number
from channels_app.hipchat.send import notification
from channels_app.hipchat.spec import Actions, HipChatSettings
from channels_app.hipchat.webhooks import enlist
from channels_app.incoming import moment, object_of, within, word
from channels_app.prose import NAMED_LINES, digest_rows
from channels_app.text import block, cut, fill, line

TEXT_LIMIT = 3_000
NAME_LIMIT = 100
ONCE_LIMIT = 200
NOTHING = Response(204)
_COMMAND = re.compile(r"/bellhop\b")
_WITHOUT_PROOF = {
    Actions.REFUSE: Trust.READING,
    Actions.ACKNOWLEDGE: Trust.ACKNOWLEDGING,
    Actions.ALLOW: Trust.ANYONE,
}
_ASK_ONLY = (
    "People in the room can ask Bellhop, but not act: choose in Commands from the room what they may do, "
    "or enter the JWT secret of an add-on."
)


def trust(settings: HipChatSettings) -> Trust:
    """With a secret, people are known; else the integration says what anybody in the room may do."""
    return Trust.PEOPLE if settings.oauth_secret else _WITHOUT_PROOF[settings.actions]


def key(settings: HipChatSettings) -> str:
    """What its calls are signed with."""
    return settings.oauth_secret


def lacks(settings: HipChatSettings) -> str:
    """Why nobody can act from the room."""
    return _ASK_ONLY if trust(settings) is Trust.READING else ""


def verify(request: Request, settings: HipChatSettings, now: datetime) -> None:
    """That the call is of the integration's room; where calls are signed, also that its token is of room and speaker.

    A token does not cover the body: what counts of the body must stand in the token too.
    """
    said = object_of(request.body)
    if settings.oauth_secret:
        claims = tokens.claims_of(request, settings.oauth_secret)
        tokens.check_times(claims, now)
        _check_body(claims, said)
    room = within(said, "item", "room")
    if room and not _is_here(room, settings):
        # No 204: the one who wonders why nothing happens finds it in the log.
        raise Forged("the call is of another room")


def read(request: Request, settings: HipChatSettings) -> Heard | Response:
    """The command; nothing for whatever else happens in a room, above all for what Bellhop posted itself."""
    said = object_of(request.body)
    if not said:
        raise Garbled("no JSON object")
    message = within(said, "item", "message")
    speaker = within(message, "from")
    if said.get("event") != "room_message" or message.get("type") != "message" or not speaker:
        return NOTHING
    text = message.get("message")
    if not isinstance(text, str):
        raise Garbled("a message without a text")
    found = _COMMAND.match(text)
    return _heard(request, settings, said, text[found.end() :]) if found else NOTHING


def answer(answer: Answer, heard: Heard) -> Response:
    """JSON that HipChat posts into the room. It notifies nobody."""
    return Response(200, orjson.dumps(_body(answer, heard)), "application/json")


def later(answer: Answer, heard: Heard, settings: HipChatSettings) -> HttpCall | None:
    """The same as a notification of the room."""
    return notification(settings, {"from": settings.sender or "Bellhop", **_body(answer, heard)})


def _heard(request: Request, settings: HipChatSettings, said: dict[str, Any], words: str) -> Heard:
    message, room = within(said, "item", "message"), within(said, "item", "room")
    speaker = within(message, "from")
    claims = tokens.claims_of(request, settings.oauth_secret) if settings.oauth_secret else {}
    once, person, place = word(claims.get("jti", message.get("id"))), word(speaker.get("id")), word(room.get("id"))
    if not (0 < len(once) <= ONCE_LIMIT and 0 < len(person) <= NAME_LIMIT and 0 < len(place) <= NAME_LIMIT):
        raise Garbled("a message without an id, a speaker or a room")
    return Heard(
        words=block(words),
        person=Person(_workspace(settings), person, _name(speaker)),
        once=once,
        at=moment(message.get("date")),
        place=place,
        place_name=cut(word(room.get("name")), NAME_LIMIT),
        reply_to=notification(settings, {}).url,
    )


def _check_body(claims: dict[str, Any], said: dict[str, Any]) -> None:
    """`Forged` unless room and speaker are those of the token."""
    context = claims.get("context")
    room = word(context.get("room_id")) if isinstance(context, dict) else ""
    if not room or room != word(within(said, "item", "room").get("id")):
        raise Forged("the token is of another room")
    speaker = within(said, "item", "message", "from")
    if speaker and word(speaker.get("id")) != word(claims["sub"]):
        raise Forged("the token is of another person")


def _is_here(room: dict[str, Any], settings: HipChatSettings) -> bool:
    """Whether it is the integration's room. A number is an id only: anybody can give a room a number as its name."""
    by = "id" if settings.room.isdecimal() else "name"
    return word(room.get(by)) == line(settings.room)


def _body(answer: Answer, heard: Heard) -> dict[str, Any]:
    rows = answer.lines[:NAMED_LINES]
    ending = [escaped_lines(answer.more, TEXT_LIMIT)]
    if answer.link:
        ending.append(linked(answer.link, LINK_LIMIT, line(answer.link.text) or "link"))
    # All of the room reads it. In HTML the name is no mention.
    asker = f"@{heard.person.name}: " if heard.person.name and not answer.for_all else ""
    head = escaped_lines(f"{asker}{answer.text}", TEXT_LIMIT)
    budget = MESSAGE_LIMIT - len(head) - sum(map(len, ending)) - 4 * (len(rows) + 3)
    pieces = [head, *digest_rows(rows, budget, linked_number, escaped_line), *ending]
    return {
        "message": fill(pieces, MESSAGE_LIMIT, "<br>") or "Bellhop",
        "message_format": "html",
        "color": "green" if answer.done else "gray",
        "notify": False,
    }


def _name(speaker: dict[str, Any]) -> str:
    """What a mention would call them."""
    return cut(word(speaker.get("mention_name")) or word(speaker.get("name")), NAME_LIMIT)


def _workspace(settings: HipChatSettings) -> str:
    return cut(settings.server.partition("://")[2], NAME_LIMIT)


HEAR = Hearing(
    trust=trust,
    verify=verify,
    read=read,
    answer=answer,
    waiting=lambda heard: NOTHING,
    later=later,
    key=key,
    lacks=lacks,
    setup=(
        "Register makes the webhook in HipChat, where the token above has the scope Administer Room.",
        "By hand: POST to /v2/room/<room>/webhook of the server, with a token of that scope, the URL that stands here "
        "as url, room_message as event and ^/bellhop\\b as pattern.",
        "With a JWT secret, add jwt as authentication.",
        "Say “/bellhop help” in the room: Bellhop answers there.",
        "The URL holds a secret. Whoever knows it can speak as anybody in the room, unless a JWT secret is given.",
    ),
    enlist=enlist,
    overheard=True,
)
