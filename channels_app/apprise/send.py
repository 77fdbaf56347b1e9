"""One message through Apprise, and what its words mean."""

from dataclasses import replace

from channels_app.apprise.spec import AppriseSettings, secrets
from channels_app.contract import (
    AppriseCall,
    Delivered,
    DoorError,
    Outcome,
    Payload,
    Reason,
    Rejected,
    Reply,
    RetryLater,
    Sending,
)
from channels_app.doors.apprise import objection
from channels_app.judging import clean_words, common, remote_words

_BY_STATUS = {
    400: Reason.CONTENT_REFUSED,
    401: Reason.BAD_CREDENTIALS,
    403: Reason.NOT_ALLOWED,
    404: Reason.DESTINATION_GONE,
    410: Reason.DESTINATION_GONE,
    413: Reason.CONTENT_REFUSED,
}


_LONGEST = 200


def send(payload: Payload, settings: AppriseSettings, recipient: str) -> Sending:
    """Hand the message to the library. What the operator must allow first is tried again, not given up."""
    if refused := objection(settings.url):
        return RetryLater(Reason.NOT_ALLOWED, refused[:_LONGEST])
    reply = yield AppriseCall(settings.url, payload["title"], payload["body"], payload["sort"])
    return judge(reply, settings)


def judge(reply: Reply, settings: AppriseSettings) -> Outcome:
    """What came of it. Where the library names the status of a refusal, that decides; else it is tried again."""
    known = secrets(settings)
    if reply.status is None and reply.error is None:
        return Delivered()
    if reply.error is DoorError.BAD_ADDRESS:
        return Rejected(Reason.DESTINATION_GONE, clean_words(reply.error_words, known))
    outcome = common(reply, known)
    if outcome is not None:
        return replace(outcome, words=clean_words(outcome.words, known))
    words = remote_words(reply, known)
    if reply.status is not None and reply.status < 300:
        return RetryLater(Reason.UNEXPECTED_ANSWER, words)
    return Rejected(_BY_STATUS.get(reply.status or 0, Reason.UNEXPECTED_ANSWER), words)
