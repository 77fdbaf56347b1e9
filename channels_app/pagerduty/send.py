"""Events to PagerDuty, and what its answers mean."""

import re
from dataclasses import replace
from typing import Any

import orjson

from channels_app.contract import Delivered, HttpCall, Outcome, Payload, Reason, Rejected, Reply, RetryLater, Sending
from channels_app.judging import clean_words, common, json_of, remote_words
from channels_app.pagerduty.spec import PagerDutySettings, secrets

EVENT_LIMIT = 512_000
BUSY_SECONDS = 60.0  # a limit counts the last minute, and PagerDuty names no time
LEFT_OUT = {"note": "The details were left out, since the event would have been too large: see the links."}
STAYS_OPEN = "the incident was opened, but not resolved: "
_ABOUT_THE_KEY = re.compile(r"routing[ _]key|integration[ _]key|service[ _]key", re.IGNORECASE)
_BY_STATUS = {
    401: Reason.BAD_CREDENTIALS,
    403: Reason.NOT_ALLOWED,
    404: Reason.DESTINATION_GONE,
    410: Reason.DESTINATION_GONE,
    413: Reason.CONTENT_REFUSED,
}


def send(payload: Payload, settings: PagerDutySettings, recipient: str) -> Sending:
    """Hand the event over; after that of a Test, one that resolves it."""
    outcome = judge((yield _call(settings, payload["event"])), settings)
    if isinstance(outcome, Delivered) and payload["afterwards"]:
        outcome = judge((yield _call(settings, payload["afterwards"])), settings)
        if not isinstance(outcome, Delivered):
            outcome = replace(outcome, words=f"{STAYS_OPEN}{outcome.words}"[:200])
    return outcome


def judge(reply: Reply, settings: PagerDutySettings) -> Outcome:
    """What an answer means. A yes is 202 with the word `success`: PagerDuty has the event, and will look at it."""
    found = json_of(reply)
    said: dict[str, Any] = found if isinstance(found, dict) else {}
    words = _words(reply, said, secrets(settings))
    if reply.status == 202 and said.get("status") == "success":
        return Delivered(str(said.get("dedup_key") or "")[:255], words)
    outcome = common(reply, secrets(settings))
    if isinstance(outcome, RetryLater):
        after = BUSY_SECONDS if outcome.reason is Reason.RATE_LIMITED else None
        return replace(outcome, words=words or outcome.words, after=outcome.after or after)
    if outcome is not None:
        return outcome
    if reply.status is not None and reply.status < 300:
        return RetryLater(Reason.UNEXPECTED_ANSWER, words)
    if reply.status == 400:
        return Rejected(Reason.BAD_CREDENTIALS if _ABOUT_THE_KEY.search(words) else Reason.CONTENT_REFUSED, words)
    return Rejected(_BY_STATUS.get(reply.status or 0, Reason.UNEXPECTED_ANSWER), words)


def _words(reply: Reply, said: dict[str, Any], known: tuple[str, ...]) -> str:
    """The message and the errors that PagerDuty names, or whatever the body says."""
    errors = said.get("errors")
    texts = [each for each in (errors if isinstance(errors, list) else [errors]) if isinstance(each, str) and each]
    message = said.get("message")
    parts = [*([message] if isinstance(message, str) and message else []), *([", ".join(texts)] if texts else [])]
    return clean_words(": ".join(parts), known) if parts else remote_words(reply, known)


def _call(settings: PagerDutySettings, event: dict[str, Any]) -> HttpCall:
    headers = {"Content-Type": "application/json"}
    return HttpCall(
        "POST", f"{settings.base}/v2/enqueue", headers, _body({"routing_key": settings.routing_key, **event})
    )


def _body(event: dict[str, Any]) -> bytes:
    """The event in at most 512,000 bytes: where it has more, its details are left out."""
    whole = orjson.dumps(event)
    if len(whole) <= EVENT_LIMIT:
        return whole
    return orjson.dumps({**event, "payload": {**event["payload"], "custom_details": LEFT_OUT}})
