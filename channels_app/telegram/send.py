"""Calls to Telegram's Bot API, and what its answers mean."""

from dataclasses import replace
from functools import partial
from typing import Any

import orjson

from channels_app.contract import Delivered, HttpCall, Outcome, Payload, Reason, Rejected, Reply, RetryLater, Sending
from channels_app.judging import as_number, bounded, common, in_two_forms, json_of, words_at
from channels_app.telegram.spec import TelegramSettings, secrets

_BY_STATUS = {
    400: Reason.CONTENT_REFUSED,
    401: Reason.BAD_CREDENTIALS,
    403: Reason.NOT_ALLOWED,
    404: Reason.DESTINATION_GONE,
    410: Reason.DESTINATION_GONE,
    413: Reason.CONTENT_REFUSED,
}
# Telegram's codes say little: parts of its descriptions, in lower case, say more.
_BY_WORDS = {
    "chat not found": Reason.DESTINATION_GONE,
    "upgraded to a supergroup": Reason.DESTINATION_GONE,
    "thread not found": Reason.DESTINATION_GONE,
    "kicked": Reason.DESTINATION_GONE,
    "deactivated": Reason.DESTINATION_GONE,
    "rights to send": Reason.NOT_ALLOWED,
    "topic_closed": Reason.NOT_ALLOWED,
}


def send(payload: Payload, settings: TelegramSettings, recipient: str) -> Sending:
    """Send the text with its markup; where Telegram cannot read that, once more without."""
    return in_two_forms(payload, partial(_call, settings), partial(judge, settings=settings))


def judge(reply: Reply, settings: TelegramSettings) -> Outcome:
    """What an answer means: its yes is `ok`, with the message's id; an error's description says more than its code."""
    known = secrets(settings)
    found = json_of(reply)
    told: dict[str, Any] = found if isinstance(found, dict) else {}
    ref = _at(told, "result", "message_id")
    if reply.status == 200 and told.get("ok") is True and isinstance(ref, int):
        return Delivered(ref=str(ref))
    words = words_at(reply, known, "description")
    outcome = common(reply, known)
    if isinstance(outcome, RetryLater):
        seconds = as_number(_at(told, "parameters", "retry_after"))
        return replace(outcome, words=words, after=outcome.after if seconds is None else bounded(seconds))
    if outcome is not None:
        return outcome
    if reply.status is not None and reply.status < 300:
        return RetryLater(Reason.UNEXPECTED_ANSWER, words)
    return Rejected(_reason(reply.status or 0, told), _with_new_chat(words, told))


def _reason(status: int, told: dict[str, Any]) -> Reason:
    words = str(told.get("description", "")).casefold()
    if status == 404 and words == "not found":  # no such bot: of a chat it says 400
        return Reason.BAD_CREDENTIALS
    named = next((reason for part, reason in _BY_WORDS.items() if part in words), None)
    return named or _BY_STATUS.get(status, Reason.UNEXPECTED_ANSWER)


def _with_new_chat(words: str, told: dict[str, Any]) -> str:
    chat = _at(told, "parameters", "migrate_to_chat_id")
    return f"{words[:160]}; the chat's id is now {chat}" if isinstance(chat, int) else words


def _at(told: Any, *path: str) -> Any:
    for name in path:
        told = told.get(name) if isinstance(told, dict) else None
    return told


def _call(settings: TelegramSettings, body: Payload) -> HttpCall:
    url = f"{settings.server}/bot{settings.token}/sendMessage"
    return HttpCall("POST", url, {"Content-Type": "application/json"}, orjson.dumps(body))
