"""Calls to a web hook, and what its answers mean."""

import base64
import time

from channels_app.contract import Delivered, HttpCall, Outcome, Payload, Reason, Rejected, Reply, Sending
from channels_app.judging import common, remote_words
from channels_app.webhook import signing
from channels_app.webhook.spec import WebhookSettings, secrets

_BY_STATUS = {
    400: Reason.CONTENT_REFUSED,
    401: Reason.BAD_CREDENTIALS,
    403: Reason.NOT_ALLOWED,
    404: Reason.DESTINATION_GONE,
    405: Reason.NOT_ALLOWED,
    410: Reason.DESTINATION_GONE,
    413: Reason.CONTENT_REFUSED,
    415: Reason.CONTENT_REFUSED,
    422: Reason.CONTENT_REFUSED,
}


def send(payload: Payload, settings: WebhookSettings, recipient: str) -> Sending:
    """Post the body; where its template could not be filled in there is none, and nothing is sent."""
    if payload["problem"]:
        return Rejected(Reason.CONTENT_REFUSED, payload["problem"])
    body = str(payload["body"]).encode()
    # Receivers hold it against their own clocks, so it is the time of this very try.
    sealed = signing.signed(payload["id"], int(time.time()), body, settings.signing_secrets)
    headers = {**settings.headers, "Content-Type": payload["content_type"], **_authorization(settings), **sealed}
    return judge((yield HttpCall(settings.method, settings.url, headers, body)), settings)


def judge(reply: Reply, settings: WebhookSettings) -> Outcome:
    """What an answer means: any 2xx is a yes, whatever it says."""
    known = secrets(settings)
    outcome = common(reply, known)
    if outcome is not None:
        return outcome
    words = remote_words(reply, known)
    if reply.status is not None and reply.status < 300:
        return Delivered(words=words)
    return Rejected(_BY_STATUS.get(reply.status or 0, Reason.UNEXPECTED_ANSWER), words)


def _authorization(settings: WebhookSettings) -> dict[str, str]:
    if settings.token:
        return {"Authorization": f"Bearer {settings.token}"}
    if settings.password:
        pair = f"{settings.user}:{settings.password}".encode()
        return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}
    return {}
