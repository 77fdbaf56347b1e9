"""A message as Slack's JSON: a line of text that notifications show, and one coloured card of blocks."""

from collections.abc import Sequence
from typing import Any

from channels_app.cards import Card, Dialect, Room, WithPlain, card_of, joined, packed, picture_of, tail_of
from channels_app.contract import Link, Message, Payload
from channels_app.living import forms, fresh_of
from channels_app.pinging import called
from channels_app.prose import paragraphs
from channels_app.slack.buttons import buttons
from channels_app.slack.markup import label_line, linked, many_lines, mentions, moment, one_line
from channels_app.slack.spec import SlackSettings
from channels_app.slack.threads import CALM, is_loud, story_of
from channels_app.tones import tone_of

DIALECT = Dialect(one_line, label_line, many_lines, linked, moment)
ROOM = Room(whole=6_500, headline=600)
PLAIN_LIMIT = 3_900
SECTION_LIMIT = 2_900
FACTS_IN_BLOCK = 10
IMAGE_LIMIT = 3_000

Block = dict[str, Any]


def render(message: Message, settings: SlackSettings) -> Payload:
    """The body of the call, and under `plain` the simple form that is sent where Slack refuses the card.

    Of a living message also how it stands, for an update, and its story, for the thread.
    """
    ping = mentions(called(message, settings.mentions))
    chosen = settings.channel if settings.legacy or settings.is_app else ""
    place = CALM | ({"channel": chosen} if chosen else {})
    living = message.living if settings.is_app else None
    if living is None:
        return _both(message, ping, "", place)
    ping = "" if living.silent else ping
    return forms(
        _both(fresh_of(message, living), ping, living.mark, place),
        living,
        lambda: _edited(_both(living.standing, "", living.mark, {})),
        lambda: story_of(message, settings, ping),
        is_loud(message, settings),
    )


def _edited(card: WithPlain) -> WithPlain:
    """Attachments that are left out of an update would stay as they were."""
    return WithPlain({"body": card["body"]}, lambda: {**card["plain"], "attachments": []})


def _both(message: Message, ping: str, mark: str, place: dict[str, Any]) -> WithPlain:
    """The card, with buttons where they carry a `mark`, and the plain form."""
    acts = buttons(message, mark) if mark else []
    links: tuple[Link | None, ...] = (None if acts else message.link, message.runbook)
    card = card_of(message, DIALECT, ROOM, tail_of(DIALECT, ROOM, links, message))
    attachment = {
        "color": tone_of(message).hex,
        "fallback": card.headline,
        "blocks": [*_blocks(card, picture_of(message, IMAGE_LIMIT), message.speech.say("Note")), *acts],
    }
    return WithPlain(
        {"body": {"text": joined(ping, card.headline), "attachments": [attachment], **place}},
        lambda: {"text": joined(ping, many_lines("\n".join(filter(None, paragraphs(message))), PLAIN_LIMIT)), **place},
    )


def _blocks(card: Card, picture: tuple[str, str], note: str) -> list[Block]:
    fields = [f"*{label}*\n{value}" for label, value in card.facts]
    rows = packed((f"• {row}" for row in card.rows), SECTION_LIMIT) if card.rows else ()
    blocks = [_section(card.summary)] if card.summary else []
    blocks += [_section_of(fields[start : start + FACTS_IN_BLOCK]) for start in range(0, len(fields), FACTS_IN_BLOCK)]
    blocks += [_section(text) for text in (*rows, card.text, f"*{note}*\n{card.note}" if card.note else "") if text]
    if picture[0]:
        blocks.append({"type": "image", "image_url": picture[0], "alt_text": picture[1]})
    blocks.append({"type": "context", "elements": [_mrkdwn(joined(card.rest, card.tail, " · "))]})
    return blocks


def _section(text: str) -> Block:
    return {"type": "section", "text": _mrkdwn(text)}


def _section_of(fields: Sequence[str]) -> Block:
    return {"type": "section", "fields": [_mrkdwn(text) for text in fields]}


def _mrkdwn(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text, "verbatim": True}
