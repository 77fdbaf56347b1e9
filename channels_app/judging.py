"""What every kind judges alike in a reply: no answer, busy, broken, moved. Pure."""

import re
from collections.abc import Callable, Generator, Mapping, Sequence
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any

import orjson

from channels_app.contract import Call, Delivered, DoorError, Outcome, Reason, Rejected, Reply, RetryLater, Sending
from channels_app.text import block, cut, line, scrub

LONGEST_WAIT = 3600.0
FALLBACK_WAIT = 5.0
WORDS_LIMIT = 200

_TAGS = re.compile(r"<[^<>]*>")
_UNANSWERED: dict[DoorError, Outcome] = {
    DoorError.ADDRESS_REFUSED: Rejected(Reason.ADDRESS_REFUSED),
    DoorError.BAD_ADDRESS: Rejected(Reason.ADDRESS_REFUSED),
    DoorError.TOO_LARGE: RetryLater(Reason.UNEXPECTED_ANSWER),
}


def common(reply: Reply, secrets: Sequence[str] = ()) -> Outcome | None:
    """The outcome where all kinds agree; None where the kind's own words decide (2xx and most of 4xx)."""
    if reply.status is None:
        return unanswered(reply)
    words = remote_words(reply, secrets)
    if 300 <= reply.status < 400:
        return Rejected(Reason.REDIRECTED, words or "the address redirects to another one")
    if reply.status == 429:
        return RetryLater(Reason.RATE_LIMITED, words, retry_after(reply.headers, reply.at))
    if reply.status >= 500 or reply.status in (408, 425) or reply.status < 200:
        return RetryLater(Reason.REMOTE_ERROR, words, retry_after(reply.headers, reply.at))
    return None


def by_status(reply: Reply, secrets: Sequence[str] = ()) -> Outcome:
    """What a reply means where nobody knows better than its status."""
    outcome = common(reply, secrets)
    if outcome is not None:
        return outcome
    words = remote_words(reply, secrets)
    return Delivered(words=words) if (reply.status or 0) < 300 else Rejected(Reason.UNEXPECTED_ANSWER, words)


def unanswered(reply: Reply) -> Outcome:
    """The outcome of a call that got no answer."""
    found = _UNANSWERED.get(reply.error or DoorError.OTHER, RetryLater(Reason.NETWORK))
    return type(found)(found.reason, reply.error_words) if isinstance(found, Rejected | RetryLater) else found


def retry_after(headers: Mapping[str, str], at: float) -> float | None:
    """Seconds to wait by `Retry-After`, as seconds or as a date; None without one. `at` is the time of the reply."""
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    try:
        return bounded(float(value))
    except ValueError:
        return until(_epoch(value), headers, at)


def until(moment: float | None, headers: Mapping[str, str], at: float) -> float:
    """Seconds from the reply to `moment` (epoch seconds), by the remote's own clock where it shows one."""
    now = _epoch(headers.get("date", "")) or at
    return FALLBACK_WAIT if moment is None or not now else bounded(moment - now)


def bounded(seconds: float) -> float:
    """At most an hour; 5 s for what is past or no number at all."""
    return min(seconds, LONGEST_WAIT) if seconds > 0 else FALLBACK_WAIT


def as_number(value: Any) -> float | None:
    """What a remote gave as a number or as its digits; None for anything else."""
    try:
        return None if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        return None


def remote_words(reply: Reply, secrets: Sequence[str] = ()) -> str:
    """The remote's own words, on one line, without tags and known secrets, at most 200 characters."""
    text = reply.error_words or reply.body.decode("utf-8", "replace")
    return clean_words(text, secrets)


def words_at(reply: Reply, secrets: Sequence[str], *path: str) -> str:
    """The text that stands at `path` of a JSON answer, as words that may be stored; else the whole body's."""
    found = json_of(reply)
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return clean_words(found, secrets) if isinstance(found, str) and found else remote_words(reply, secrets)


def in_two_forms(
    payload: Mapping[str, Any], call: Callable[[Mapping[str, Any]], Call], judge: Callable[[Reply], Outcome]
) -> Sending:
    """Send the `body`; where its content is refused, once more the `plain` form."""
    outcome, _ = yield from told_in_two_forms(payload, call, judge)
    return outcome


def told_in_two_forms(
    payload: Mapping[str, Any], call: Callable[[Mapping[str, Any]], Call], judge: Callable[[Reply], Outcome]
) -> Generator[Call, Reply, tuple[Outcome, Reply]]:
    """The same, with the reply that decided."""
    reply = yield call(payload["body"])
    outcome = judge(reply)
    if isinstance(outcome, Rejected) and outcome.reason is Reason.CONTENT_REFUSED:
        reply = yield call(payload["plain"])
        outcome = judge(reply)
    return outcome, reply


def clean_words(text: str, secrets: Sequence[str] = ()) -> str:
    """`text` as words that may be stored and shown."""
    return cut(line(_TAGS.sub(" ", scrub(block(text), secrets))), WORDS_LIMIT)


def json_of(reply: Reply) -> Any:
    """The body as JSON; None where it is none."""
    try:
        return orjson.loads(reply.body)
    except ValueError:
        return None


def _epoch(date: str) -> float | None:
    try:
        moment = parsedate_to_datetime(date)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (TypeError, ValueError, OverflowError, IndexError):
        return None
