"""Calls to a Discord webhook, and what its answers mean."""

from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import urlencode

import orjson

from channels_app.contract import Delivered, HttpCall, Outcome, Payload, Reason, Rejected, Reply, RetryLater, Sending
from channels_app.discord.spec import DiscordSettings, secrets
from channels_app.judging import as_number, bounded, common, json_of, until, words_at
from channels_app.living import Ways, keep_true

_BY_STATUS = {
    400: Reason.CONTENT_REFUSED,
    401: Reason.BAD_CREDENTIALS,
    403: Reason.NOT_ALLOWED,
    404: Reason.DESTINATION_GONE,
    410: Reason.DESTINATION_GONE,
    413: Reason.CONTENT_REFUSED,
}
# Discord numbers what went wrong: what no other form of the message could mend.
_BY_CODE = {
    10003: Reason.DESTINATION_GONE,  # unknown channel
    10015: Reason.DESTINATION_GONE,  # unknown webhook
    50027: Reason.BAD_CREDENTIALS,  # invalid webhook token
    160005: Reason.DESTINATION_GONE,  # the thread is locked
    220001: Reason.DESTINATION_GONE,  # a forum channel, and no thread is named
    10008: Reason.UNEXPECTED_ANSWER,  # unknown message
    50005: Reason.UNEXPECTED_ANSWER,  # a message of somebody else
    50083: Reason.UNEXPECTED_ANSWER,  # the thread was archived, which a new message undoes
}
# A message that can be edited no more: another one may be posted.
_LOST = (10008, 50005, 50083)


def send(payload: Payload, settings: DiscordSettings, recipient: str) -> Sending:
    """Post the embeds; where Discord refuses them, once more as plain text. A living message is edited."""
    return keep_true(payload, _ways(settings))


def _ways(settings: DiscordSettings) -> Ways:
    return Ways(
        post=partial(_call, settings),
        edit=partial(_edit, settings),
        beside=lambda ref, body: _call(settings, body),  # a webhook cannot reply
        judge=partial(judge, settings=settings),
        lost=lambda reply: _code(json_of(reply)) in _LOST,
    )


def judge(reply: Reply, settings: DiscordSettings) -> Outcome:
    """What an answer means. With `wait` the yes is the message itself, whose id is kept; 204 is a yes without it."""
    known = secrets(settings)
    found = json_of(reply)
    told = found if isinstance(found, dict) else {}
    ref = told.get("id")
    if reply.status == 204 or (reply.status == 200 and isinstance(ref, str) and ref.isdigit()):
        return Delivered(ref=str(ref or ""))
    words = words_at(reply, known, "message")
    outcome = common(reply, known)
    if isinstance(outcome, RetryLater):
        return replace(outcome, words=words, after=_wait(reply, told, outcome.after))
    if outcome is not None:
        return outcome
    if reply.status is not None and reply.status < 300:
        return RetryLater(Reason.UNEXPECTED_ANSWER, words)
    by_code = _BY_CODE.get(_code(told))
    return Rejected(by_code or _BY_STATUS.get(reply.status or 0, Reason.UNEXPECTED_ANSWER), words)


def _wait(reply: Reply, told: dict[str, Any], by_header: float | None) -> float | None:
    """Seconds until Discord takes more: by its JSON, which may tell a fraction, or else by its headers."""
    headers = reply.headers
    seconds = as_number(told.get("retry_after"))
    if seconds is None and by_header is not None:
        return by_header
    if seconds is None:
        seconds = as_number(headers.get("x-ratelimit-reset-after"))
    if seconds is not None:
        return bounded(seconds)
    reset = as_number(headers.get("x-ratelimit-reset"))
    return None if reset is None else until(reset, headers, reply.at)


def _code(told: Any) -> int:
    """Discord's number for what is wrong; 0 where it gave none."""
    code = told.get("code") if isinstance(told, dict) else None
    return code if type(code) is int else 0


def _edit(settings: DiscordSettings, ref: str, body: Payload) -> HttpCall:
    query = f"?{urlencode({'thread_id': settings.thread_id})}" if settings.thread_id else ""
    url = f"{settings.url}/messages/{ref}{query}"
    return HttpCall("PATCH", url, {"Content-Type": "application/json"}, orjson.dumps(body))


def _call(settings: DiscordSettings, body: Payload) -> HttpCall:
    query = urlencode({"wait": "true"} | ({"thread_id": settings.thread_id} if settings.thread_id else {}))
    return HttpCall("POST", f"{settings.url}?{query}", {"Content-Type": "application/json"}, orjson.dumps(body))
