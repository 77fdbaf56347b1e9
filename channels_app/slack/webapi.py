"""Calls to Slack's Web API, and what its answers mean: most of its errors come with status 200."""

import re
from typing import Any

import orjson

from channels_app.contract import Delivered, HttpCall, Outcome, Payload, Reason, Rejected, Reply, RetryLater
from channels_app.judging import clean_words, common, json_of, remote_words, retry_after
from channels_app.slack.spec import SlackSettings, secrets

POST, UPDATE = "chat.postMessage", "chat.update"

_WORD = re.compile(r"[a-z][a-z_]{1,79}")
_PART = re.compile(r"[A-Za-z0-9._-]{1,60}")
_GONE = ("channel_not_found", "is_archived", "team_not_found", "is_inactive")
_KEYS = (
    *("invalid_auth", "not_authed", "account_inactive", "token_expired", "token_revoked"),
    *("not_allowed_token_type",),
)
_DENIED = (
    *("not_in_channel", "no_permission", "restricted_action", "restricted_action_read_only_channel"),
    *("restricted_action_thread_only_channel", "restricted_action_non_threadable_channel"),
    *("restricted_action_thread_locked", "missing_scope", "access_denied", "team_access_not_granted"),
    *("ekm_access_denied", "messages_tab_disabled", "two_factor_setup_required"),
)
_CONTENT = (
    *("no_text", "msg_too_long", "msg_blocks_too_long", "invalid_blocks", "invalid_blocks_format"),
    *("too_many_attachments", "attachment_payload_limit_exceeded", "too_many_contact_cards"),
    *("invalid_metadata_format", "invalid_metadata_schema", "metadata_too_large", "invalid_arguments"),
    *("invalid_json", "block_mismatch"),
)
_LATER = (
    *("request_timeout", "service_unavailable", "internal_error", "fatal_error", "team_added_to_org"),
    *("update_failed", "streaming_state_conflict", "external_channel_migrating"),
)
_LIMITS = ("ratelimited", "rate_limited", "message_limit_exceeded")
# It is the message to be changed or answered that is wrong, and not what is said.
_STALE = (
    *("message_not_found", "cant_update_message", "edit_window_closed"),
    *("thread_not_found", "cannot_reply_to_message"),
)
# After these another message may yet be posted in the place of the one that could not be updated.
LOST = frozenset((*_STALE, "is_inactive", "channel_not_found", "is_archived", "not_in_channel"))
REASONS: dict[str, Reason] = {
    **dict.fromkeys(_GONE, Reason.DESTINATION_GONE),
    **dict.fromkeys(_KEYS, Reason.BAD_CREDENTIALS),
    **dict.fromkeys(_DENIED, Reason.NOT_ALLOWED),
    **dict.fromkeys(_CONTENT, Reason.CONTENT_REFUSED),
    **dict.fromkeys(_STALE, Reason.UNEXPECTED_ANSWER),
    **dict.fromkeys(_LATER, Reason.REMOTE_ERROR),
    **dict.fromkeys(_LIMITS, Reason.RATE_LIMITED),
}
_PASSES = (Reason.REMOTE_ERROR, Reason.RATE_LIMITED)
_BY_STATUS = {
    400: Reason.CONTENT_REFUSED,
    401: Reason.BAD_CREDENTIALS,
    403: Reason.NOT_ALLOWED,
    404: Reason.DESTINATION_GONE,
    410: Reason.DESTINATION_GONE,
    413: Reason.CONTENT_REFUSED,
}
_HINTS = {
    "not_in_channel": "invite the app to the channel",
    "channel_not_found": "in a private channel, invite the app",
}


def call(settings: SlackSettings, method: str, body: Payload) -> HttpCall:
    """The call of a method, as the app's bot."""
    headers = {"Content-Type": "application/json; charset=utf-8", "Authorization": f"Bearer {settings.bot_token}"}
    return HttpCall("POST", f"{settings.server}/{method}", headers, orjson.dumps(body))


def judge(reply: Reply, settings: SlackSettings) -> Outcome:
    """What an answer means. Its yes is `ok`, with the channel's id and the message's `ts`, which become the `ref`."""
    known = secrets(settings)
    told = _told(reply)
    if reply.status == 200 and told.get("ok") is True:
        return Delivered(_ref(told), "ok")
    word = word_of(reply)
    reason, words = REASONS.get(word), _words(told, word, known) or remote_words(reply, known)
    if reason in _PASSES:
        return RetryLater(reason, words, retry_after(reply.headers, reply.at))
    outcome = common(reply, known)
    if outcome is not None:
        return outcome
    status = reply.status or 0
    if status < 300 and not (word and told.get("ok") is False):
        return RetryLater(Reason.UNEXPECTED_ANSWER, words)
    # A word of tomorrow is this message's end, and none of the integration's.
    return Rejected(reason or _BY_STATUS.get(status, _unknown(status)), words)


def word_of(reply: Reply) -> str:
    """Slack's error word, also one that comes with a status of its own; empty where the answer holds none."""
    word = _told(reply).get("error")
    return word if isinstance(word, str) and _WORD.fullmatch(word) else ""


def _unknown(status: int) -> Reason:
    return Reason.CONTENT_REFUSED if status == 200 else Reason.UNEXPECTED_ANSWER


def _told(reply: Reply) -> dict[str, Any]:
    found = json_of(reply)
    return found if isinstance(found, dict) else {}


def _ref(told: dict[str, Any]) -> str:
    """The time is text to Slack, and stays text: as a number it would lose its last digits."""
    channel, ts = told.get("channel"), told.get("ts")
    known = all(isinstance(part, str) and _PART.fullmatch(part) for part in (channel, ts))
    return f"{channel}:{ts}" if known else ""


def _words(told: dict[str, Any], word: str, known: tuple[str, ...]) -> str:
    """The word, and what Slack says besides: the scope that is needed, the block that is wrong."""
    meta = told.get("response_metadata")
    messages = meta.get("messages") if isinstance(meta, dict) else None
    said = [str(each) for each in messages[:3]] if isinstance(messages, list) else []
    needed = told.get("needed")
    said += [f"it needs {needed}"] if word == "missing_scope" and isinstance(needed, str) else []
    said += [_HINTS[word]] if word in _HINTS else []
    return clean_words(": ".join([word, "; ".join(said)] if said else [word]), known) if word else ""
