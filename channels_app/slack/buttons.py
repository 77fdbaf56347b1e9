"""What people can press below a card. A button says what it does and of which alert, and nothing else. Pure."""

from typing import Any

from channels_app.contract import Message
from channels_app.speech import Speech
from channels_app.text import cut, safe_url
from channels_app.words import AlertState

LABEL_LIMIT, TITLE_LIMIT, WORDS_LIMIT, CHOICE_LIMIT, URL_LIMIT = 75, 100, 300, 30, 3_000
BLOCK_ID = "alert"

Element = dict[str, Any]


def buttons(message: Message, mark: str) -> list[dict[str, Any]]:
    """The block of them for an open alert; `mark` is what they carry: the integration's uid, a colon, its number."""
    speech = message.speech
    elements = [
        _button(speech.say("Assign to me"), "assign", value=mark),
        _button(speech.say("Close"), "close", value=mark, style="danger", confirm=_sure(speech, mark)),
    ]
    if message.state is AlertState.ACKNOWLEDGED:
        elements.insert(1, _button(speech.say("Take acknowledgement back"), "unack", value=mark))
    else:
        elements.insert(0, _button(speech.say("Acknowledge"), "ack", value=mark, style="primary"))
    url = safe_url(message.link.url) if message.link else ""
    if 0 < len(url) <= URL_LIMIT:
        elements.append(_button(speech.say("Open"), "open", url=url))
    return [{"type": "actions", "block_id": BLOCK_ID, "elements": elements}]


def _button(label: str, deed: str, **more: Any) -> Element:
    return {"type": "button", "action_id": deed, "text": _plain(label, LABEL_LIMIT), **more}


def _sure(speech: Speech, mark: str) -> Element:
    return {
        "title": _plain(speech.say("Close #{number}?", number=mark.rpartition(":")[2]), TITLE_LIMIT),
        "text": _plain(speech.say("It is then over for everybody, even if it is still violated."), WORDS_LIMIT),
        "confirm": _plain(speech.say("Close"), CHOICE_LIMIT),
        "deny": _plain(speech.say("Cancel"), CHOICE_LIMIT),
        "style": "danger",
    }


def _plain(text: str, limit: int) -> Element:
    return {"type": "plain_text", "text": cut(text, limit), "emoji": False}
