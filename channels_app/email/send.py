"""One mail to each recipient, and what the mail server's answers mean."""

from collections.abc import Iterator, Sequence

from channels_app.contract import (
    Delivered,
    DoorError,
    InlinePicture,
    MailCall,
    Outcome,
    Payload,
    Reason,
    Rejected,
    Reply,
    RetryLater,
    Sending,
)
from channels_app.email.spec import EmailSettings
from channels_app.judging import remote_words, unanswered


def send(payload: Payload, settings: EmailSettings, recipient: str) -> Sending:
    """To `recipient`; without one, to every address of the integration, delivered when all were accepted."""
    outcomes: list[Outcome] = []
    for address in (recipient,) if recipient else settings.to:
        outcomes.append(judge((yield _call(payload, address))))
    return combined(outcomes)


def combined(outcomes: Sequence[Outcome]) -> Outcome:
    """What becomes of the whole: whatever can still succeed is tried again, a refusal of any is told."""
    if not outcomes:
        return Rejected(Reason.RECIPIENT_REFUSED, "there is no address to write to")
    worst = max(reversed(outcomes), key=_badness)  # of equals the last one, whose call tells of the whole in the log
    if len(outcomes) == 1 or isinstance(worst, Delivered):
        return worst
    accepted = sum(isinstance(each, Delivered) for each in outcomes)
    words = f"{accepted} of {len(outcomes)} were accepted: {worst.words}"
    return type(worst)(worst.reason, words[:200])


def judge(reply: Reply) -> Outcome:
    """What the mail server's answer means. What the operator must mend is tried again, not given up."""
    if reply.status is None:
        if reply.error is DoorError.BAD_ADDRESS:
            return Rejected(Reason.RECIPIENT_REFUSED, reply.error_words)
        return unanswered(reply)
    words = remote_words(reply)
    if reply.error is DoorError.REFUSED_LOGIN:
        return RetryLater(Reason.BAD_CREDENTIALS, words)
    if reply.error is DoorError.REFUSED_RECIPIENT and reply.status >= 500:
        return Rejected(Reason.RECIPIENT_REFUSED, words)
    if reply.error is None and reply.status < 300:
        return Delivered(words=words)
    if reply.error is None and reply.status >= 500:
        return Rejected(Reason.CONTENT_REFUSED, words)
    return RetryLater(Reason.REMOTE_ERROR, words)


def _badness(outcome: Outcome) -> int:
    return {Delivered: 0, Rejected: 1, RetryLater: 2}[type(outcome)]


def _call(payload: Payload, address: str) -> MailCall:
    picture = payload["picture"]
    return MailCall(
        to=address,
        subject=payload["subject"],
        text=payload["text"],
        html=payload["html"],
        headers=dict(_headers(payload)),
        sender_name=payload["sender"],
        identity=payload["identity"],
        picture=InlinePicture(**picture) if picture else None,
    )


def _headers(payload: Payload) -> Iterator[tuple[str, str]]:
    yield "X-Bellhop-Key", payload["key"]
    yield "Auto-Submitted", "auto-generated"
    yield "X-Auto-Response-Suppress", "All"  # what Exchange reads instead
    if threads := payload["threads"]:
        yield "In-Reply-To", threads[0]
        yield "References", " ".join(reversed(threads))  # the last one is read as the nearest
    if stop := payload["unsubscribe"]:
        yield "List-Unsubscribe", f"<{stop}>"
        yield "List-Unsubscribe-Post", "List-Unsubscribe=One-Click"
