"""A message as a title and plain text, which Apprise brings into each service's own form."""

import re

from channels_app.apprise.spec import TEXT_LIMIT, AppriseSettings
from channels_app.contract import Message, Payload
from channels_app.prose import paragraphs
from channels_app.text import block, cut, line, safe_url
from channels_app.tones import Tone, tone_of

TITLE_LIMIT = 250
_SORTS = {Tone.RED: "failure", Tone.YELLOW: "warning", Tone.GREEN: "success", Tone.PURPLE: "info", Tone.GRAY: "info"}
# What some service or other would take for a mention, a tag or a hidden link.
_MENTION = re.compile(r"(?<![\w.+-])@(?=[\w\u200b-\u200d*{(])")
_TAG = re.compile(r"<(?=\S)")
_LINK = re.compile(r"\](?=[(\[])")


def render(message: Message, settings: AppriseSettings) -> Payload:
    """Title, body and sort of the message."""
    _, *others = paragraphs(message)
    graph = safe_url(message.picture.url) if message.picture else ""
    others.append(f"{message.speech.say('Graph')}: {graph}" if graph else "")
    return {
        "title": cut(_tame(line(message.headline)), TITLE_LIMIT) or "Bellhop",
        "body": cut(_tame(block("\n".join(filter(None, others)))), TEXT_LIMIT),
        "sort": _SORTS[tone_of(message)],
    }


def _tame(text: str) -> str:
    """Full-width signs stand in where the plain ones could be read as markup."""
    return _LINK.sub("］", _TAG.sub("＜", _MENTION.sub("＠", text)))
