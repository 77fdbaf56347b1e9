"""Calls to Telegram's Bot API, and what its answers mean."""

from dataclasses import replace
from functools import partial
from typing import Any

import orjson

from channels_app.contract import Delivered, HttpCall, Outcome, Payload, Reason, Rejected, Reply, RetryLater, Sending
from channels_app.judging import as_number, bounded, common, json_of, words_at
from channels_app.living import Ways, keep_true
from channels_app.telegram.spec import TelegramSettings, chat_id, secrets

_BY_STATUS = {
    400: Reason.CONTENT_REFUSED,
    401: Reason.BAD_CREDENTIALS,
    403: Reason.NOT_ALLOWED,
    404: Reason.DESTINATION_GONE,
    410: Reason.DESTINATION_GONE,
    413: Reason.CONTENT_REFUSED,
}
# A message that its bot can edit no more, in Telegram's words: another one may be sent.
_LOST = ("message to edit not found", "message can't be edited", "message_id_invalid", "no text in the message to edit")
# Telegram's codes say little: parts of its descriptions, in lower case, say more.
_BY_WORDS = {
    "chat not found": Reason.DESTINATION_GONE,
    "upgraded to a supergroup": Reason.DESTINATION_GONE,
    "thread not found": Reason.DESTINATION_GONE,
    "kicked": Reason.DESTINATION_GONE,
    "deactivated": Reason.DESTINATION_GONE,
    "rights to send": Reason.NOT_ALLOWED,
    "topic_closed": Reason.NOT_ALLOWED,
    **dict.fromkeys(_LOST, Reason.UNEXPECTED_ANSWER),
}
_AS_IT_WAS = "message is not modified"


def send(payload: Payload, settings: TelegramSettings, recipient: str) -> Sending:
    """Send the text with its markup; where Telegram cannot read that, once more without. A living one is edited."""
    return keep_true(payload, _ways(settings))


def _ways(settings: TelegramSettings) -> Ways:
    return Ways(
        post=partial(_call, settings),
        edit=partial(_edit, settings),
        beside=partial(_reply, settings),
        judge=partial(judge, settings=settings),
        lost=lambda reply: any(words in _description(reply) for words in _LOST),
        ref=lambda number: f"{_place(settings)}{number}",
        # In another chat the same number is another message.
        moved=lambda ref: not ref.startswith(_place(settings)),
    )


def judge(reply: Reply, settings: TelegramSettings) -> Outcome:
    """What an answer means: its yes is `ok`, with the message's id; an error's description says more than its code."""
    known = secrets(settings)
    found = json_of(reply)
    told: dict[str, Any] = found if isinstance(found, dict) else {}
    ref = _at(told, "result", "message_id")
    if reply.status == 200 and told.get("ok") is True and isinstance(ref, int):
        return Delivered(ref=str(ref))
    if reply.status == 400 and _AS_IT_WAS in _description(reply):
        return Delivered()
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


def _description(reply: Reply) -> str:
    return str(_at(json_of(reply), "description") or "").casefold()


def _place(settings: TelegramSettings) -> str:
    return f"{settings.chat}:{settings.thread_id}:"


def _number(ref: str) -> int:
    return int(ref.rpartition(":")[2])


def _edit(settings: TelegramSettings, ref: str, body: Payload) -> HttpCall:
    place = {"chat_id": chat_id(settings), "message_id": _number(ref)}
    return _call(settings, {**body, **place}, "editMessageText")


def _reply(settings: TelegramSettings, ref: str, body: Payload) -> HttpCall:
    parameters = {"message_id": _number(ref), "allow_sending_without_reply": True}
    return _call(settings, {**body, "reply_parameters": parameters})


def _call(settings: TelegramSettings, body: Payload, method: str = "sendMessage") -> HttpCall:
    url = f"{settings.server}/bot{settings.token}/{method}"
    return HttpCall("POST", url, {"Content-Type": "application/json"}, orjson.dumps(body))
