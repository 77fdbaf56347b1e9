"""A message as Telegram's JSON: a text in HTML, and buttons that open pages."""

from collections.abc import Iterator
from typing import Any

from channels_app.cards import Card, Room, WithPlain, card_of, links_of, tail_of
from channels_app.contract import Link, Message, Payload
from channels_app.living import forms, fresh_of
from channels_app.prose import paragraphs
from channels_app.speech import Speech
from channels_app.telegram.markup import DIALECT, many_lines, one_line
from channels_app.telegram.spec import TelegramSettings, chat_id
from channels_app.text import cut, fill, line, safe_url
from channels_app.words import Severity

TEXT_LIMIT = 4_096
ROOM = Room(whole=3_600, headline=300, summary=700, text=700, note=400, link=400, frame=12)
BUTTON_LIMIT = 60
URL_LIMIT = 2_000


def render(message: Message, settings: TelegramSettings) -> Payload:
    """The body of the call, and under `plain` the simple form that is sent where Telegram cannot read the markup.

    Of a living message also how it stands, for an edit, and what is said in reply to it.
    """
    living = message.living
    if living is None:
        return _whole(message, _shared(message, settings))
    told = fresh_of(message, living)
    shared, calm = _shared(message, settings), {"link_preview_options": {"is_disabled": True}}
    shared |= {"disable_notification": True} if living.silent else {}
    return forms(
        _whole(told, shared),
        living,
        lambda: _whole(living.standing, calm),
        lambda: None if living.silent else _brief(message, shared),
        loud=not living.silent,
    )


def _whole(message: Message, shared: dict[str, Any]) -> WithPlain:
    speech = message.speech
    graph = Link(speech.say("Graph"), message.picture.url) if message.picture else None
    card = card_of(message, DIALECT, ROOM, tail_of(DIALECT, ROOM, (graph,), message))
    buttons = [[button] for link in links_of(message) if (button := _button(link, speech))]
    rich: dict[str, Any] = {"text": fill(_pieces(card, speech), TEXT_LIMIT, "\n"), "parse_mode": "HTML", **shared}
    if buttons:
        rich["reply_markup"] = {"inline_keyboard": buttons}
    return WithPlain({"body": rich}, lambda: {"text": _plain(message), **shared})


def _brief(message: Message, shared: dict[str, Any]) -> WithPlain:
    """What happened, for those who have the card above."""
    lines = [f"<b>{one_line(message.headline, ROOM.headline) or 'Bellhop'}</b>"]
    lines += [many_lines(text, room) for text, room in ((message.summary, ROOM.summary), (message.note, ROOM.note))]
    rich = {"text": fill(lines, TEXT_LIMIT, "\n"), "parse_mode": "HTML", **shared}
    return WithPlain({"body": rich}, lambda: {"text": _plain(message), **shared})


def _shared(message: Message, settings: TelegramSettings) -> dict[str, Any]:
    shared: dict[str, Any] = {
        "chat_id": chat_id(settings),
        "link_preview_options": {"is_disabled": True},
        "disable_notification": _is_silent(message, settings.sound_from),
    }
    return shared | ({"message_thread_id": settings.thread_id} if settings.thread_id else {})


def _is_silent(message: Message, sound_from: Severity) -> bool:
    told = message.lines or (message,)
    return all(each.severity is not None and each.severity.rank < sound_from.rank for each in told)


def _pieces(card: Card, speech: Speech) -> Iterator[str]:
    yield f"<b>{card.headline or 'Bellhop'}</b>"
    yield card.summary
    yield from (f"<b>{label}:</b> {value}" for label, value in card.facts)
    yield from card.rows
    yield card.rest
    yield card.text
    yield f"<i>{speech.say('Note')}:</i> {card.note}" if card.note else ""
    yield card.tail


def _button(link: Link, speech: Speech) -> dict[str, str] | None:
    url = safe_url(link.url)
    if not 0 < len(url) <= URL_LIMIT:
        return None
    return {"text": cut(line(link.text), BUTTON_LIMIT) or speech.say("Open"), "url": url}


def _plain(message: Message) -> str:
    """All of it without markup. Names get a full-width sign, since Telegram would ping whoever has them."""
    return cut("\n".join(filter(None, paragraphs(message))), TEXT_LIMIT).replace("@", "＠")
