"""How a message goes to Slack: as an app's bot, or to an incoming webhook, whose answers are judged here."""

import re
from functools import partial

import orjson

from channels_app.contract import Delivered, HttpCall, Outcome, Payload, Reason, Rejected, Reply, RetryLater, Sending
from channels_app.judging import common, in_two_forms, json_of, remote_words, retry_after
from channels_app.slack import webapi
from channels_app.slack.bot import send_as_bot
from channels_app.slack.spec import SlackSettings, secrets

_WORD = re.compile(r"[a-z][a-z_]{1,59}")
_BY_WORD = {
    "user_not_found": Reason.DESTINATION_GONE,
    "channel_not_found": Reason.DESTINATION_GONE,
    "channel_is_archived": Reason.DESTINATION_GONE,
    "no_service": Reason.DESTINATION_GONE,
    "no_service_id": Reason.DESTINATION_GONE,
    "no_active_hooks": Reason.DESTINATION_GONE,
    "no_team": Reason.DESTINATION_GONE,
    "team_disabled": Reason.DESTINATION_GONE,
    "invalid_token": Reason.BAD_CREDENTIALS,
    "action_prohibited": Reason.NOT_ALLOWED,
    "posting_to_general_channel_denied": Reason.NOT_ALLOWED,
}
_BY_STATUS = {
    400: Reason.CONTENT_REFUSED,
    401: Reason.BAD_CREDENTIALS,
    403: Reason.NOT_ALLOWED,
    404: Reason.DESTINATION_GONE,
    410: Reason.DESTINATION_GONE,
    413: Reason.CONTENT_REFUSED,
}


def send(payload: Payload, settings: SlackSettings, recipient: str) -> Sending:
    """Post the card; where Slack refuses its content, once more as plain text."""
    if settings.is_app:
        return send_as_bot(payload, settings)
    return in_two_forms(payload, partial(_call, settings), partial(judge, settings=settings))


def judge(reply: Reply, settings: SlackSettings) -> Outcome:
    """What an answer means: of the Web API, or of a webhook, by its status first and its word second."""
    if settings.is_app:
        return webapi.judge(reply, settings)
    if reply.status == 200 and reply.body == b"ok":
        return Delivered(words="ok")
    known = secrets(settings)
    word = answered_word(reply)
    if word in ("ratelimited", "rate_limited") and reply.status is not None and reply.status >= 400:
        return RetryLater(Reason.RATE_LIMITED, word, retry_after(reply.headers, reply.at))
    outcome = common(reply, known)
    if outcome is not None:
        return outcome
    words = remote_words(reply, known)
    if reply.status is not None and reply.status < 300:
        return _success(reply, words)
    status = reply.status or 0
    return Rejected(_BY_WORD.get(word) or _BY_STATUS.get(status, Reason.UNEXPECTED_ANSWER), words)


def answered_word(reply: Reply) -> str:
    """Slack's error word, from a plain body or from JSON; empty where the body holds none."""
    found = json_of(reply)
    word = found.get("error") if isinstance(found, dict) else reply.body[:100].decode("utf-8", "replace").strip()
    return word if isinstance(word, str) and _WORD.fullmatch(word) else ""


def _success(reply: Reply, words: str) -> Outcome:
    found = json_of(reply)
    said_yes = found.get("ok") is True if isinstance(found, dict) else reply.body.strip() == b"ok"
    if reply.status == 200 and said_yes:
        return Delivered(words="ok")
    return RetryLater(Reason.UNEXPECTED_ANSWER, words)


def _call(settings: SlackSettings, body: Payload) -> HttpCall:
    headers = {"Content-Type": "application/json; charset=utf-8"}
    return HttpCall("POST", settings.url, headers, orjson.dumps(body))
