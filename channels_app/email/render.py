"""A message as a mail: subject, text and simple HTML."""

import html
from collections.abc import Iterator
from functools import partial
from typing import Any

from channels_app.contract import DigestLine, Link, Message, Payload
from channels_app.prose import paragraphs, story
from channels_app.text import block, cut, line, safe_url, utc
from channels_app.tones import tone_of

SUBJECT_LIMIT = 200
TEXT_LIMIT = 100_000
SENDER_LIMIT = 64

escape = partial(html.escape, quote=True)


def render(message: Message, settings: Any) -> Payload:
    """What the mails to all recipients have in common."""
    text = "\n\n".join(filter(None, paragraphs(message)))
    return {
        "subject": cut(line(message.headline), SUBJECT_LIMIT) or "Bellhop",
        "text": cut(text, TEXT_LIMIT) + "\n",
        "html": _page(message),
        "sender": cut(line(message.sender), SENDER_LIMIT),
        "key": line(message.key)[:200],
    }


def _page(message: Message) -> str:
    body = "\n".join(filter(None, _elements(message)))
    return f'<!DOCTYPE html>\n<html><body style="font-family:sans-serif;color:#222">\n{body}\n</body></html>\n'


def _elements(message: Message) -> Iterator[str]:
    bar = f"border-left:6px solid {tone_of(message).hex};padding-left:12px"
    yield f'<h2 style="{bar}">{escape(line(message.headline))}</h2>'
    yield _paragraph(message.summary)
    yield _table(message)
    yield _list(message.lines)
    yield _paragraph(message.text)
    yield f"<p><em>Note:</em> {_text(message.note)}</p>" if message.note else ""
    links = " · ".join(filter(None, map(_linked, (message.link, message.runbook))))
    yield f"<p>{links}</p>" if links else ""
    yield f"<p><small>{utc(message.at)}</small></p>"


def _table(message: Message) -> str:
    rows = (
        f'<tr><th align="left" style="padding-right:12px">{escape(line(fact.label))}</th>'
        f"<td>{escape(line(fact.value))}</td></tr>"
        for fact in message.facts
    )
    return f"<table>{''.join(rows)}</table>" if message.facts else ""


def _list(lines: tuple[DigestLine, ...]) -> str:
    rows = (f"<li>{_number(each)} {story(each)}: {escape(line(each.text))}</li>" for each in lines)
    return f"<ul>{''.join(rows)}</ul>" if lines else ""


def _number(each: DigestLine) -> str:
    return _linked(each.link, f"#{each.number}") or f"#{each.number}"


def _linked(link: Link | None, label: str = "") -> str:
    url = escape(safe_url(link.url)) if link else ""
    return f'<a href="{url}">{escape(line(label or (link.text if link else "")) or "link")}</a>' if url else ""


def _paragraph(text: str) -> str:
    return f"<p>{_text(text)}</p>" if text else ""


def _text(text: str) -> str:
    return escape(block(text)).replace("\n", "<br>")
