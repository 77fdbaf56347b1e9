"""Calls to HipChat's room notification, and what its answers mean."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from urllib.parse import quote

import orjson

from channels_app.contract import Delivered, HttpCall, Outcome, Payload, Reason, Rejected, Reply, RetryLater, Sending
from channels_app.hipchat.spec import HipChatSettings, secrets
from channels_app.judging import as_number, common, in_two_forms, until, words_at

_BY_STATUS = {
    400: Reason.CONTENT_REFUSED,
    401: Reason.BAD_CREDENTIALS,
    403: Reason.NOT_ALLOWED,
    404: Reason.DESTINATION_GONE,
    405: Reason.NOT_ALLOWED,
    410: Reason.DESTINATION_GONE,
    413: Reason.CONTENT_REFUSED,
}
_LIMITS = ("x-floodcontrol", "x-ratelimit")


def send(payload: Payload, settings: HipChatSettings, recipient: str) -> Sending:
    """Post message and card; where HipChat refuses the content, once more without the card."""
    forms = {"body": {**payload["body"], "card": payload["card"]}, "plain": payload["body"]}
    return in_two_forms(forms, partial(notification, settings), partial(judge, settings=settings))


def judge(reply: Reply, settings: HipChatSettings) -> Outcome:
    """What an answer means. Success is 204, or 200 as older servers say it; but HipChat never answers with a page."""
    words = words_at(reply, secrets(settings), "error", "message")
    if reply.status == 204 or (reply.status == 200 and not reply.body.lstrip().startswith(b"<")):
        return Delivered(words=words)
    outcome = common(reply, secrets(settings))
    if isinstance(outcome, RetryLater):
        after = flood_wait(reply.headers, reply.at) if outcome.reason is Reason.RATE_LIMITED else None
        return replace(outcome, words=words, after=outcome.after or after)
    if outcome is not None:
        return outcome
    if reply.status is not None and reply.status < 300:
        return RetryLater(Reason.UNEXPECTED_ANSWER, words)
    return Rejected(_BY_STATUS.get(reply.status or 0, Reason.UNEXPECTED_ANSWER), words)


def flood_wait(headers: Mapping[str, str], at: float) -> float | None:
    """Seconds until the limit that is used up is reset; None where no header tells."""
    resets = [f"{name}-reset" for name in _LIMITS if headers.get(f"{name}-remaining", "0").strip() in ("", "0")]
    told = [headers[name] for name in resets if name in headers]
    return max((until(as_number(value), headers, at) for value in told), default=None)


def notification(settings: HipChatSettings, body: Payload) -> HttpCall:
    """The call that posts a message into the room."""
    return room_call(settings, "POST", "notification", body)


def room_call(settings: HipChatSettings, method: str, what: str, body: Payload | None = None) -> HttpCall:
    """A call about the room; `what` is the end of its path, encoded."""
    url = f"{settings.server}/v2/room/{quote(settings.room, safe='')}/{what}"
    headers = {"Authorization": f"Bearer {settings.token}"}
    if body is None:
        return HttpCall(method, url, headers)
    return HttpCall(method, url, {"Content-Type": "application/json", **headers}, orjson.dumps(body))
