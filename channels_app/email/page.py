"""A message as the HTML of a mail: tables and inline styles, since mail programs know little else."""

import html
from collections.abc import Iterator
from functools import partial

from channels_app.contract import DigestLine, Link, Message
from channels_app.prose import NAMED_LINES, rest, story
from channels_app.speech import Speech, mark
from channels_app.text import block, cut, line, safe_url
from channels_app.tones import Tone, severity_tone, tone_of
from channels_app.words import Story

PREHEADER_LIMIT = 150
WIDTH = 600
INNER = WIDTH - 2 * 24

INK, QUIET, RULE, GROUND = "#1d2126", "#575f69", "#dcdcd7", "#f4f4f1"
FONT = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
UNSEEN = "display:none;max-height:0;overflow:hidden;font-size:1px;line-height:1px;color:#ffffff"
BARE = 'role="presentation" cellpadding="0" cellspacing="0" border="0"'

YOURS_ALONE = mark("Whoever has these links acts in your name: take them out of what you forward.")

escape = partial(html.escape, quote=True)


def page(message: Message, links: tuple[Link, ...], picture: str = "") -> str:
    """The whole mail; `picture` is the Content-ID of the graph, where the mail brings it."""
    headline = escape(line(message.headline))
    body = "\n".join(filter(None, _elements(message, links, picture)))
    bar = f"height:6px;font-size:0;line-height:0;background:{tone_of(message).hex}"
    card = f"width:100%;max-width:{WIDTH}px;background:#ffffff;border:1px solid {RULE}"
    return (
        f'<!DOCTYPE html>\n<html lang="{escape(message.speech.language)}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="color-scheme" content="light"><title>{headline}</title></head>\n'
        f'<body style="margin:0;padding:0;background:{GROUND};color:{INK};{FONT}">\n'
        f'<div style="{UNSEEN}">{_preheader(message)}</div>\n'
        f'<table {BARE} width="100%" style="background:{GROUND}"><tr><td align="center" style="padding:16px 8px">\n'
        f'<table {BARE} width="{WIDTH}" style="{card}">\n'
        f'<tr><td style="{bar}">&nbsp;</td></tr>\n'
        f'<tr><td style="padding:20px 24px;font-size:15px;line-height:22px;color:{INK};{FONT}">\n{body}\n</td></tr>\n'
        f"</table>\n{_foot(message)}\n</td></tr></table>\n</body></html>\n"
    )


def _preheader(message: Message) -> str:
    """What lists of mails show behind the subject."""
    first = f"{story(message.lines[0], message.speech)}: {message.lines[0].text}" if message.lines else message.summary
    return cut(line(first or message.text), PREHEADER_LIMIT, escape)


def _elements(message: Message, links: tuple[Link, ...], picture: str) -> Iterator[str]:
    heading = f"margin:0 0 12px;font-size:20px;line-height:26px;font-weight:600;color:{INK}"
    yield f'<h1 style="{heading}">{escape(line(message.headline))}</h1>'
    yield _paragraph(message.summary)
    yield _graph(message, picture)
    yield _facts(message)
    yield _alerts(message)
    yield _paragraph(message.text)
    yield _note(message)
    yield _deeds(message)
    yield _buttons(links, leading=not message.actions)


def _graph(message: Message, picture: str) -> str:
    if not picture or not message.picture:
        return ""
    shown = f"display:block;width:100%;max-width:{INNER}px;height:auto"
    alt = cut(line(message.picture.text), PREHEADER_LIMIT, escape)
    return (
        f'<p style="margin:0 0 16px"><img src="cid:{escape(picture)}" alt="{alt}" width="{INNER}" style="{shown}"></p>'
    )


def _facts(message: Message) -> str:
    if not message.facts:
        return ""
    left = f"padding:5px 16px 5px 0;border-top:1px solid {RULE};font-weight:400;color:{QUIET};vertical-align:top"
    right = f"padding:5px 0;border-top:1px solid {RULE};word-break:break-word;vertical-align:top"
    rows = (
        f'<tr><th align="left" width="30%" style="{left}">{escape(line(fact.label))}</th>'
        f'<td style="{right}">{escape(line(fact.value))}</td></tr>'
        for fact in message.facts
    )
    return f'<table {BARE} width="100%" style="margin:0 0 16px;font-size:14px;line-height:20px">{"".join(rows)}</table>'


def _alerts(message: Message) -> str:
    """The alerts of a digest, each with its own colour and link, and how many more there are."""
    if not message.lines:
        return ""
    rows = "".join(_alert(each, message.speech) for each in message.lines[:NAMED_LINES])
    more = rest(message)
    return f'<table {BARE} width="100%" style="margin:0 0 16px;font-size:14px;line-height:20px">{rows}</table>' + (
        _paragraph(more) if more else ""
    )


def _alert(each: DigestLine, speech: Speech) -> str:
    tone = Tone.GREEN if each.story is Story.CLEARED else severity_tone(each.severity)
    cell = (
        f"padding:7px 0 7px 10px;border-left:4px solid {tone.hex};border-bottom:1px solid {RULE};word-break:break-word"
    )
    number = _linked(each.link, f"#{each.number}") or f"#{each.number}"
    return f'<tr><td style="{cell}"><b>{number} {story(each, speech)}</b><br>{escape(line(each.text))}</td></tr>'


def _note(message: Message) -> str:
    if not message.note:
        return ""
    shown = f"margin:0 0 16px;padding:8px 12px;background:{GROUND};font-size:14px;line-height:20px"
    return f'<p style="{shown}"><b>{escape(message.speech.say("Note"))}:</b> {_text(message.note)}</p>'


def _deeds(message: Message) -> str:
    """What the reader may do, as buttons, and that whoever has them may."""
    shape = "display:inline-block;margin:0 8px 8px 0;padding:8px 15px;font-weight:600;text-decoration:none"
    first = f"{shape};border:1px solid {INK};background:{INK};color:#ffffff"
    other = f"{shape};border:1px solid {INK};color:{INK}"
    shown = [_linked(link, style=other if place else first) for place, link in enumerate(message.actions)]
    together = "".join(filter(None, shown))
    if not together:
        return ""
    warning = f"margin:0 0 8px;font-size:12px;line-height:18px;color:{QUIET}"
    said = escape(message.speech.say(YOURS_ALONE))
    return f'<p style="margin:0;font-size:14px">{together}</p><p style="{warning}">{said}</p>'


def _buttons(links: tuple[Link, ...], leading: bool = True) -> str:
    """The links beside each other, where they are `leading` the first one as a button."""
    colours = f"background:{INK};color:#ffffff;text-decoration:none"
    first = f"display:inline-block;margin-right:12px;padding:9px 16px;font-weight:600;{colours}"
    other = f"display:inline-block;padding:9px 12px 9px 0;color:{INK}"
    shown = [_linked(link, style=first if leading and not place else other) for place, link in enumerate(links)]
    together = " ".join(filter(None, shown))
    return f'<p style="margin:0;font-size:14px">{together}</p>' if together else ""


def _foot(message: Message) -> str:
    words = [escape(line(message.sender)), message.speech.time(message.at)]
    if safe_url(message.unsubscribe):
        words.append(_linked(Link(message.speech.say("Stop these mails"), message.unsubscribe), style=f"color:{QUIET}"))
    shown = f"margin:12px 0 0;font-size:12px;line-height:18px;color:{QUIET};{FONT}"
    return f'<p style="{shown}">{" &middot; ".join(filter(None, words))}</p>'


def _linked(link: Link, label: str = "", style: str = "") -> str:
    url = escape(safe_url(link.url))
    looks = f' style="{style or f"color:{INK}"}"'
    return f'<a href="{url}"{looks}>{escape(line(label or link.text) or "link")}</a>' if url else ""


def _paragraph(text: str) -> str:
    return f'<p style="margin:0 0 16px">{_text(text)}</p>' if text else ""


def _text(text: str) -> str:
    return escape(block(text)).replace("\n", "<br>")
