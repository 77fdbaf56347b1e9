"""Calls to Mattermost's incoming webhook, and what its answers mean."""

from dataclasses import replace
from functools import partial

import orjson

from channels_app.contract import Delivered, HttpCall, Outcome, Payload, Reason, Rejected, Reply, RetryLater, Sending
from channels_app.judging import common, in_two_forms, json_of, words_at
from channels_app.mattermost.spec import MattermostSettings, secrets

_BY_STATUS = {
    400: Reason.CONTENT_REFUSED,
    401: Reason.BAD_CREDENTIALS,
    403: Reason.NOT_ALLOWED,
    404: Reason.DESTINATION_GONE,
    410: Reason.DESTINATION_GONE,
    413: Reason.CONTENT_REFUSED,
    501: Reason.NOT_ALLOWED,
}
# The ends of Mattermost's error ids, where its status says less than its words.
_BY_ID = {
    "web.incoming_webhook.invalid.app_error": Reason.DESTINATION_GONE,
    "web.incoming_webhook.channel.app_error": Reason.DESTINATION_GONE,
    "web.incoming_webhook.user.app_error": Reason.DESTINATION_GONE,
    "web.incoming_webhook.channel_locked.app_error": Reason.NOT_ALLOWED,
    "web.incoming_webhook.permissions.app_error": Reason.NOT_ALLOWED,
    "web.incoming_webhook.disabled.app_error": Reason.NOT_ALLOWED,
}


def send(payload: Payload, settings: MattermostSettings, recipient: str) -> Sending:
    """Post the attachment; where Mattermost refuses it, once more as plain text."""
    return in_two_forms(payload, partial(_call, settings), partial(judge, settings=settings))


def judge(reply: Reply, settings: MattermostSettings) -> Outcome:
    """What an answer means. Its yes is the word `ok`; errors are JSON with an id and a message."""
    if reply.status == 200 and reply.body.strip() == b"ok":
        return Delivered(words="ok")
    known = secrets(settings)
    words = words_at(reply, known, "message")
    if (reason := _named(reply)) is not None:
        return Rejected(reason, words)
    outcome = common(reply, known)
    if isinstance(outcome, RetryLater):
        return replace(outcome, words=words)
    if outcome is not None:
        return outcome
    if reply.status is not None and reply.status < 300:
        return RetryLater(Reason.UNEXPECTED_ANSWER, words)
    return Rejected(_BY_STATUS.get(reply.status or 0, Reason.UNEXPECTED_ANSWER), words)


def _named(reply: Reply) -> Reason | None:
    """The reason that the error's id gives; an incoming webhook that is switched off answers 501."""
    found = json_of(reply)
    name = found.get("id") if isinstance(found, dict) and reply.status and reply.status >= 400 else None
    return _BY_ID.get(name) if isinstance(name, str) else None


def _call(settings: MattermostSettings, body: Payload) -> HttpCall:
    return HttpCall("POST", settings.url, {"Content-Type": "application/json"}, orjson.dumps(body))
