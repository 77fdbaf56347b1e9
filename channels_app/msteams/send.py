"""Calls to a workflow of Teams, and what its answers mean."""

import re
from dataclasses import replace

import orjson

from channels_app.contract import Delivered, HttpCall, Outcome, Payload, Reason, Rejected, Reply, RetryLater, Sending
from channels_app.judging import common, json_of, words_at
from channels_app.msteams.spec import TeamsSettings, secrets

_BY_STATUS = {
    400: Reason.CONTENT_REFUSED,
    401: Reason.BAD_CREDENTIALS,
    403: Reason.NOT_ALLOWED,
    404: Reason.DESTINATION_GONE,
    410: Reason.DESTINATION_GONE,
    413: Reason.CONTENT_REFUSED,
}
_BY_CODE = {
    "WorkflowTriggerIsNotEnabled": Reason.DESTINATION_GONE,
    "WorkflowNotFound": Reason.DESTINATION_GONE,
    "AuthorizationFailed": Reason.BAD_CREDENTIALS,
}
# What a yes may hide: the channel behind the workflow refused the message, and the body alone says so.
_BUSY = re.compile(rb"\b429\b|too many requests|throttl|rate limit", re.IGNORECASE)
_TOO_LARGE = re.compile(rb"\b413\b|too large", re.IGNORECASE)
_FAILED = re.compile(rb"\berror|fail(?:ed|ure)|denied|forbidden|unauthori[sz]ed|bad request|not found", re.IGNORECASE)


def send(payload: Payload, settings: TeamsSettings, recipient: str) -> Sending:
    """Post the card."""
    headers = {"Content-Type": "application/json"}
    return judge((yield HttpCall("POST", settings.url, headers, orjson.dumps(payload["body"]))), settings)


def judge(reply: Reply, settings: TeamsSettings) -> Outcome:
    """What an answer means. 202 and 200 are a yes, unless the body is a page or says that it went wrong."""
    known = secrets(settings)
    words = words_at(reply, known, "error", "message")
    if reply.status in (200, 202):
        return _accepted(reply, words)
    outcome = common(reply, known)
    if isinstance(outcome, RetryLater):
        return replace(outcome, words=words)
    if outcome is not None:
        return outcome
    if reply.status is not None and reply.status < 300:
        return RetryLater(Reason.UNEXPECTED_ANSWER, words)
    reason = _BY_CODE.get(_code(reply)) or _BY_STATUS.get(reply.status or 0, Reason.UNEXPECTED_ANSWER)
    return Rejected(reason, words)


def _accepted(reply: Reply, words: str) -> Outcome:
    if reply.body.lstrip().startswith(b"<"):
        return RetryLater(Reason.UNEXPECTED_ANSWER, words)
    if _BUSY.search(reply.body):
        return RetryLater(Reason.RATE_LIMITED, words)
    if _TOO_LARGE.search(reply.body):
        return Rejected(Reason.CONTENT_REFUSED, words)
    if _FAILED.search(reply.body):
        return RetryLater(Reason.REMOTE_ERROR, words)
    return Delivered(words=words)


def _code(reply: Reply) -> str:
    found = json_of(reply)
    error = found.get("error") if isinstance(found, dict) else None
    code = error.get("code") if isinstance(error, dict) else None
    return code if isinstance(code, str) else ""
