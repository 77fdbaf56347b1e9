"""What may go wrong between an app and Slack's Web API: its own words, and all that HTTP can do."""

from dataclasses import replace
from typing import Any

from channels_app.contract import Reason
from tests.channels_app.kinds.slack import APP
from tests.failings import http
from tests.failings.rows import Fate, Row, again, delivered, never
from tests.servers.http import Answer, Receiver
from tests.servers.slack import refused, told

KIND = "slack"


def _row(name: str, answer: Answer, fate: Fate) -> Row:
    return Row(f"(as the Web API) {name}", lambda authority: Receiver(answer), {KIND: fate})


def _no(word: str, reason: Reason, hint: str = "", **more: Any) -> Row:
    return _row(f"answers 200 {word}", refused(word, **more), never(reason, word + hint, 200))


def _later(word: str, reason: Reason, status: int = 200, pause: float | None = None) -> Row:
    headers = {"Retry-After": f"{pause:g}"} if pause else {}
    named = f"answers {status} {word}{f' with Retry-After {pause:g}' if pause else ''}"
    return _row(named, told({"ok": False, "error": word}, status, **headers), again(reason, word, status, pause))


def _twice(word: str) -> Row:
    fate = Fate("never", Reason.CONTENT_REFUSED, word, 200, calls=2)
    return _row(f"answers 200 {word} also to the plainer form", refused(word), fate)


WORDS = (
    _row("answers 200 and names the message", APP.good or Answer(), delivered("ok", 200)),
    _row("answers 200 and names no message", told({"ok": True}), delivered("ok", 200)),
    _no("channel_not_found", Reason.DESTINATION_GONE, ": in a private channel, invite the app"),
    _no("is_archived", Reason.DESTINATION_GONE),
    _no("not_in_channel", Reason.NOT_ALLOWED, ": invite the app to the channel"),
    _no("restricted_action", Reason.NOT_ALLOWED),
    _no("missing_scope", Reason.NOT_ALLOWED, ": it needs chat:write", needed="chat:write", provided="commands"),
    _no("invalid_auth", Reason.BAD_CREDENTIALS),
    _no("token_revoked", Reason.BAD_CREDENTIALS),
    _no("account_inactive", Reason.BAD_CREDENTIALS),
    _twice("invalid_blocks"),
    _twice("msg_too_long"),
    _twice("a_word_of_tomorrow"),
    _later("ratelimited", Reason.RATE_LIMITED, 429, 30.0),
    _later("ratelimited", Reason.RATE_LIMITED),
    _later("message_limit_exceeded", Reason.RATE_LIMITED),
    _later("internal_error", Reason.REMOTE_ERROR),
    _later("fatal_error", Reason.REMOTE_ERROR, 500),
    _row("answers 200 with no error", told({"ok": False}), again(Reason.UNEXPECTED_ANSWER, '{"ok": false}', 200)),
)


def _of_an_app(row: Row) -> Row:
    return replace(row, fates={KIND: APP.fates.get(row.name, row.fates[KIND])})


OVER_HTTP = tuple(map(_of_an_app, http.ROWS))
# On the page it is enough to say where an app meets another end than a webhook.
UNLIKE_A_WEBHOOK = tuple(
    each for each, row in zip(OVER_HTTP, http.ROWS, strict=True) if each.fates[KIND] != row.fates[KIND]
)
ROWS = (*WORDS, *OVER_HTTP)
