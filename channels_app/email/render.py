"""A message as a mail: its subject, both its parts, and the threads that it belongs to."""

import hashlib
import re
from typing import Any

from channels_app.cards import alert_link, links_of
from channels_app.contract import Link, Message, Payload
from channels_app.email.page import YOURS_ALONE, page
from channels_app.prose import NAMED_LINES, paragraphs
from channels_app.speech import mark
from channels_app.text import cut, line, safe_url
from channels_app.words import Story

SUBJECT_LIMIT = 200
TEXT_LIMIT = 100_000
SENDER_LIMIT = 64
NAME_LIMIT = 70
STATES = {
    Story.SEVERITY_CHANGED: mark("now {severity}"),
    Story.REMINDER: mark("still {severity}"),
}
_NO_HOST = re.compile(r"[^A-Za-z0-9.-]")


def render(message: Message, settings: Any) -> Payload:
    """What the mails to all recipients have in common.

    `threads` are the ids that mails of the same alerts answer to, `identity` is the same on every try. `picture` is
    the graph with the HTML that shows it.
    """
    links = links_of(message)
    return {
        "subject": _subject(message),
        "text": _text(message),
        "html": page(message, links),
        "sender": cut(line(message.sender), SENDER_LIMIT),
        "key": line(message.key)[:200],
        "identity": line(message.key if message.lines else f"{message.key} {message.at.isoformat()}")[:240],
        "threads": [_root(key) for key in _alerts(message)],
        "unsubscribe": safe_url(message.unsubscribe),
        "picture": _picture(message, links),
    }


def _subject(message: Message) -> str:
    """`[CRITICAL] #17 Slow checkout on Checkout`: what stands in brackets in front does not part a thread."""
    about = message.subject
    if about is None:
        return cut(line(message.headline), SUBJECT_LIMIT) or "Bellhop"
    rule, test = cut(line(about.rule), NAME_LIMIT), cut(line(about.test), NAME_LIMIT)
    named = message.speech.say("{rule} on {test}", rule=rule, test=test) if test else rule
    return f"[{_state(message)}] #{about.number} {named}".rstrip()


def _state(message: Message) -> str:
    speech = message.speech
    severity = speech.severity(message.severity) if message.severity else speech.story(message.story)
    if message.story is Story.TRIGGERED:
        return severity.upper()
    pattern = STATES.get(message.story)
    return (speech.say(pattern, severity=severity) if pattern else speech.story(message.story)).upper()


def _text(message: Message) -> str:
    pieces = [*paragraphs(message)]
    if alert := alert_link(message):
        pieces.insert(-1, f"{alert.text}: {safe_url(alert.url)}")
    pieces.insert(-1, _deeds(message))
    text = cut("\n\n".join(filter(None, pieces)), TEXT_LIMIT)
    stop = safe_url(message.unsubscribe)
    return f"{text}\n\n{message.speech.say('Stop these mails')}: {stop}\n" if stop else f"{text}\n"


def _deeds(message: Message) -> str:
    """What the reader may do, a line each, and that whoever has the links may."""
    shown = [f"{line(each.text)}: {safe_url(each.url)}" for each in message.actions if safe_url(each.url)]
    return "\n".join([*shown, message.speech.say(YOURS_ALONE)]) if shown else ""


def _alerts(message: Message) -> list[str]:
    """The keys of the alerts that are told by name, the most severe first."""
    if message.subject:
        return [message.subject.key]
    return list(dict.fromkeys(each.key for each in message.lines[:NAMED_LINES] if each.key))


def _root(key: str) -> str:
    """The id that all mails of an alert answer to; no mail has it, so that none of them has to come first."""
    host = _NO_HOST.sub("", key.partition("/")[0].partition(":")[0]) or "bellhop"
    return f"<alert.{hashlib.sha256(key.encode(errors='replace')).hexdigest()[:32]}@{host}>"


def _picture(message: Message, links: tuple[Link, ...]) -> dict[str, str] | None:
    if message.picture is None:
        return None
    token = message.picture.token
    cid = f"graph.{hashlib.sha256(token.encode(errors='replace')).hexdigest()[:32]}@bellhop"
    return {"cid": cid, "token": token, "html": page(message, links, cid)}
