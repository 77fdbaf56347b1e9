"""A message as an Adaptive Card: a coloured heading, paragraphs, facts, and buttons that open pages."""

from collections.abc import Iterator
from typing import Any

import orjson

from channels_app.cards import Card, Room, card_of, links_of, picture_of
from channels_app.contract import Message, Payload
from channels_app.markdown import markdown
from channels_app.msteams.mentions import mentions
from channels_app.msteams.spec import TeamsSettings
from channels_app.pinging import called
from channels_app.speech import STATE_WORDS
from channels_app.text import cut, line, safe_url
from channels_app.tones import Tone, tone_of

DIALECT = markdown("&lt;")
# Teams takes 28 KB. Most messages fit at once; where facts and rows are too many bytes, they get less room.
BODY_LIMIT = 27_000
ROOMS = tuple(Room(whole, headline=500) for whole in (12_000, 6_000, 3_000))
TITLE_LIMIT = 60
URL_LIMIT = 900
SCHEMA = "http://adaptivecards.io/schemas/adaptive-card.json"
STYLES = {
    Tone.RED: "attention",
    Tone.YELLOW: "warning",
    Tone.GREEN: "good",
    Tone.PURPLE: "accent",
    Tone.GRAY: "emphasis",
}

Element = dict[str, Any]


def render(message: Message, settings: TeamsSettings) -> Payload:
    """The body of the call: a message with one card."""
    for room in ROOMS:
        body = _body(message, settings, room)
        if len(orjson.dumps(body)) <= BODY_LIMIT:
            break
    return {"body": body}


def _body(message: Message, settings: TeamsSettings, room: Room) -> Payload:
    ping, entities = mentions(called(message, settings.mentions))
    card = card_of(message, DIALECT, room, message.speech.time(message.at))
    content = {
        "$schema": SCHEMA,
        "type": "AdaptiveCard",
        "version": "1.4",
        "fallbackText": cut(line(message.headline), room.headline) or "Bellhop",
        "body": [_heading(message, card), *_elements(message, card, ping)],
        "actions": list(_actions(message)),
        "msteams": {"width": "full"} | ({"entities": entities} if entities else {}),
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": content}
    return {"type": "message", "attachments": [attachment]}


def _heading(message: Message, card: Card) -> Element:
    """The headline and, beside it, the state, in the colour of what is told."""
    columns = [_column(_text(card.headline or "Bellhop", weight="bolder", size="medium"), "stretch")]
    if message.severity and message.state:
        severity, state = message.speech.severity(message.severity), message.speech.say(STATE_WORDS[message.state])
        columns.append(_column(_text(f"{severity} · {state}", isSubtle=True), "auto"))
    style = STYLES[tone_of(message)]
    return {"type": "Container", "style": style, "bleed": True, "items": [{"type": "ColumnSet", "columns": columns}]}


def _elements(message: Message, card: Card, ping: str) -> Iterator[Element]:
    speech = message.speech
    yield from (_text(text) for text in (ping, card.summary) if text)
    yield from (_text(row, spacing="small") for row in card.rows)
    if card.facts:
        yield {"type": "FactSet", "facts": [{"title": label, "value": value} for label, value in card.facts]}
    texts = (card.rest, card.text, f"**{speech.say('Note')}** {card.note}" if card.note else "")
    yield from (_text(text) for text in texts if text)
    url, words = picture_of(message, URL_LIMIT)
    if url:
        yield {"type": "Image", "url": url, "altText": words}
    yield _text(card.tail, isSubtle=True, size="small")


def _actions(message: Message) -> Iterator[Element]:
    for link in links_of(message):
        url = safe_url(link.url)
        if 0 < len(url) <= URL_LIMIT:
            title = cut(line(link.text), TITLE_LIMIT) or message.speech.say("Open")
            yield {"type": "Action.OpenUrl", "title": title, "url": url}


def _column(item: Element, width: str) -> Element:
    return {"type": "Column", "width": width, "items": [item]}


def _text(text: str, **more: Any) -> Element:
    return {"type": "TextBlock", "text": text, "wrap": True, **more}
