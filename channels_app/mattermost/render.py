"""A message as Mattermost's JSON: a line of text that notifications show, and one coloured attachment."""

from typing import Any

from channels_app.cards import Card, Room, WithPlain, card_of, joined, links_of, picture_of, tail_of
from channels_app.contract import Message, Payload
from channels_app.markdown import markdown
from channels_app.mattermost.mentions import mentions
from channels_app.mattermost.spec import MattermostSettings
from channels_app.pinging import alarming, called
from channels_app.prose import paragraphs
from channels_app.tones import tone_of
from channels_app.words import Severity

# Mattermost reads Slack's <...> before it reads Markdown, so a backslash would not keep it from pinging.
DIALECT = markdown("&lt;")
ROOM = Room(whole=12_000, headline=600)
PLAIN_LIMIT = 15_000
IMAGE_LIMIT = 2_000


def render(message: Message, settings: MattermostSettings) -> Payload:
    """The body of the call, and under `plain` the simple form that is sent where Mattermost refuses the attachment."""
    ping = mentions(called(message, settings.mentions))
    card = card_of(message, DIALECT, ROOM, tail_of(DIALECT, ROOM, links_of(message), message))
    headline = f"**{card.headline or 'Bellhop'}**"
    shared = _overrides(settings) | _priority(message, settings)
    return WithPlain(
        {"body": {"text": joined(ping, headline), "attachments": [_attachment(message, card)], **shared}},
        lambda: {"text": _plain(message, ping), **shared},
    )


def _plain(message: Message, ping: str) -> str:
    return joined(ping, DIALECT.many_lines("\n".join(filter(None, paragraphs(message))), PLAIN_LIMIT))


def _attachment(message: Message, card: Card) -> dict[str, Any]:
    note = f"**{message.speech.say('Note')}** {card.note}" if card.note else ""
    rows = "\n".join(f"- {row}" for row in card.rows)
    texts = (card.summary, rows, card.rest, card.text, note, card.tail)
    picture, _ = picture_of(message, IMAGE_LIMIT)
    return {
        "color": tone_of(message).hex,
        "fallback": card.headline,
        "text": "\n\n".join(filter(None, texts)),
        "fields": [{"title": label, "value": value, "short": True} for label, value in card.facts],
        **({"image_url": picture} if picture else {}),
    }


def _overrides(settings: MattermostSettings) -> dict[str, Any]:
    by_address = settings.icon.startswith("https://")
    found = {
        "channel": settings.channel,
        "username": settings.username,
        "icon_url": settings.icon if by_address else "",
        "icon_emoji": "" if by_address else settings.icon.strip(":"),
    }
    return {name: value for name, value in found.items() if value}


def _priority(message: Message, settings: MattermostSettings) -> dict[str, Any]:
    """Only what says that an alert is bad may be urgent: a clear is not."""
    if settings.urgent and Severity.CRITICAL in alarming(message):
        return {"priority": {"priority": "urgent"}}
    return {}
