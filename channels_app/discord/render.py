"""A message as Discord's JSON: a line of text that notifications show, and coloured embeds."""

from datetime import UTC
from typing import Any

from channels_app.cards import Card, Room, WithPlain, card_of, joined, links_of, packed, picture_of, tail_of
from channels_app.contract import Message, Payload
from channels_app.discord.mentions import mentions
from channels_app.discord.spec import DiscordSettings
from channels_app.living import forms, fresh_of
from channels_app.markdown import markdown
from channels_app.pinging import called
from channels_app.prose import paragraphs
from channels_app.text import fill
from channels_app.tones import tone_of

DIALECT = markdown("\\<")
# All embeds of a message together hold 6,000 characters, the description of one 4,096; a digest may need two.
ROOM = Room(whole=5_500, headline=600, facts=25, summary=1_000, link=400)
DESCRIPTION_LIMIT = 4_000
PLAIN_LIMIT = 1_900
CONTENT_LIMIT = 2_000
IMAGE_LIMIT = 2_000
BLANK = "–"


def render(message: Message, settings: DiscordSettings) -> Payload:
    """The body of the call, and under `plain` the simple form that is sent where Discord refuses the embeds.

    Of a living message also how it stands, for an edit, and the short one that says aloud what happened.
    """
    ping, allowed = mentions(called(message, settings.mentions))
    nobody = mentions(())[1]
    named = {"username": settings.username} if settings.username else {}
    living = message.living
    if living is None:
        return _whole(message, ping, {"allowed_mentions": allowed, **named})
    if living.silent:
        ping, allowed = "", nobody
    shared = {"allowed_mentions": allowed, **named}
    return forms(
        _whole(fresh_of(message, living), ping, shared),
        living,
        lambda: _edited(_whole(living.standing, "", {"allowed_mentions": nobody})),
        lambda: None if living.silent else _brief(message, ping, shared),
        loud=not living.silent,
    )


def _edited(whole: WithPlain) -> WithPlain:
    """Embeds that are left out of an edit would stay as they were."""
    return WithPlain({"body": whole["body"]}, lambda: {**whole["plain"], "embeds": []})


def _brief(message: Message, ping: str, shared: dict[str, Any]) -> WithPlain:
    """What happened, for those who have the card above."""
    headline = f"**{DIALECT.one_line(message.headline, ROOM.headline) or 'Bellhop'}**"
    texts = ((message.summary, 500), (message.note, 300))
    lines = [joined(ping, headline), *(DIALECT.many_lines(text, room) for text, room in texts)]
    link = DIALECT.linked(message.link, ROOM.link)
    rich = {"content": fill([*lines, link], CONTENT_LIMIT, "\n"), **shared}
    return WithPlain({"body": rich}, lambda: {"content": _plain(message, ping), **shared})


def _whole(message: Message, ping: str, shared: dict[str, Any]) -> WithPlain:
    card = card_of(message, DIALECT, ROOM, tail_of(DIALECT, ROOM, links_of(message), message))
    content = joined(ping, f"**{card.headline or 'Bellhop'}**")
    return WithPlain(
        {"body": {"content": content, "embeds": _embeds(message, card), **shared}},
        lambda: {"content": _plain(message, ping), **shared},
    )


def _plain(message: Message, ping: str) -> str:
    text = "\n".join(filter(None, paragraphs(message)))
    return joined(ping, DIALECT.many_lines(text, PLAIN_LIMIT - len(ping)))


def _embeds(message: Message, card: Card) -> list[dict[str, Any]]:
    color = int(tone_of(message).hex.removeprefix("#"), 16)
    note = f"**{message.speech.say('Note')}** {card.note}" if card.note else ""
    pieces = (card.summary, *card.rows, card.rest, card.text, note, card.tail)
    embeds: list[dict[str, Any]] = [{"color": color, "description": text} for text in packed(pieces, DESCRIPTION_LIMIT)]
    if card.facts:
        embeds[0]["fields"] = [_field(label, value) for label, value in card.facts]
    embeds[-1]["timestamp"] = message.at.astimezone(UTC).isoformat(timespec="seconds")
    if url := picture_of(message, IMAGE_LIMIT)[0]:
        embeds[-1]["image"] = {"url": url}
    return embeds


def _field(label: str, value: str) -> dict[str, Any]:
    return {"name": label or BLANK, "value": value or BLANK, "inline": True}
