"""What answers of Teams, Mattermost, Discord and Telegram mean: each has its own yes, and its own way to say no."""

import json
from typing import Any

import pytest

from channels_app.contract import Call, Delivered, HttpCall, Outcome, Reason, Rejected, Reply, RetryLater
from channels_app.registry import kind
from tests.channels_app.samples import TRIGGERED, config_for

NOW = 1772452800


def told(name: str, *replies: Reply) -> tuple[Outcome, list[Call]]:
    """What becomes of a message, and the calls that were made; every one has its reply."""
    found = kind(name)
    settings = found.spec.settings(config_for(name, "https://remote.example"))
    sending = found.send(found.render(TRIGGERED, settings), settings, "")
    calls = [next(sending)]
    try:
        for reply in replies:
            calls.append(sending.send(reply))
    except StopIteration as ended:
        return ended.value, calls
    raise AssertionError(f"{len(calls)} calls want a reply")


def said(status: int, body: Any, **headers: str) -> Reply:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Reply(status, {name.replace("_", "-"): value for name, value in headers.items()}, raw, at=NOW)


WENT_WRONG = (
    b"Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error %d with ContextId x"
)
NO_BOT = {"ok": False, "error_code": 401, "description": "Unauthorized"}


def refusal(code: int, words: str, **parameters: Any) -> Reply:
    return said(code, {"ok": False, "error_code": code, "description": words, "parameters": parameters})


@pytest.mark.parametrize(
    ("name", "reply", "outcome"),
    [
        ("msteams", said(202, b""), Delivered()),
        ("msteams", said(200, b"1"), Delivered(words="1")),
        ("msteams", said(200, b""), Delivered()),
        ("msteams", said(200, {"id": "a1"}), Delivered(words='{"id": "a1"}')),
        ("mattermost", said(200, b"ok"), Delivered(words="ok")),
        ("mattermost", said(200, b"ok\n"), Delivered(words="ok")),
        ("discord", said(200, {"id": "130", "embeds": []}), Delivered(ref="130")),
        ("discord", said(204, b""), Delivered()),
        ("telegram", said(200, {"ok": True, "result": {"message_id": 42}}), Delivered(ref="42")),
    ],
)
def test_each_has_its_own_yes(name: str, reply: Reply, outcome: Outcome) -> None:
    assert told(name, reply) == (outcome, told(name, reply)[1])


@pytest.mark.parametrize(
    ("name", "reply", "reason"),
    [
        ("msteams", said(200, WENT_WRONG % 429), Reason.RATE_LIMITED),
        ("msteams", said(202, b"Rate limit exceeded"), Reason.RATE_LIMITED),
        ("msteams", said(200, WENT_WRONG % 502), Reason.REMOTE_ERROR),
        ("msteams", said(202, {"error": {"code": "X", "message": "the action failed"}}), Reason.REMOTE_ERROR),
        ("msteams", said(202, b"<html>log in</html>"), Reason.UNEXPECTED_ANSWER),
        ("msteams", said(204, b""), Reason.UNEXPECTED_ANSWER),
        ("mattermost", said(200, b"<html>ok</html>"), Reason.UNEXPECTED_ANSWER),
        ("mattermost", said(200, {"status": "ok"}), Reason.UNEXPECTED_ANSWER),
        ("mattermost", said(500, {"id": "app.post.save.app_error", "message": "no"}), Reason.REMOTE_ERROR),
        ("discord", said(200, {"id": None}), Reason.UNEXPECTED_ANSWER),
        ("discord", said(200, ["130"]), Reason.UNEXPECTED_ANSWER),
        ("telegram", said(200, {"ok": False, "description": "odd"}), Reason.UNEXPECTED_ANSWER),
        ("telegram", said(200, {"ok": True, "result": True}), Reason.UNEXPECTED_ANSWER),
        ("telegram", said(502, {"ok": False, "error_code": 502, "description": "Bad Gateway"}), Reason.REMOTE_ERROR),
    ],
)
def test_what_is_no_yes_is_tried_again(name: str, reply: Reply, reason: Reason) -> None:
    outcome, calls = told(name, reply)
    assert isinstance(outcome, RetryLater)
    assert (outcome.reason, len(calls)) == (reason, 1)


@pytest.mark.parametrize(
    ("name", "reply", "after"),
    [
        ("discord", said(429, {"message": "You are being rate limited.", "retry_after": 0.65, "global": False}), 0.65),
        ("discord", said(429, {"retry_after": 64.5, "global": True}, retry_after="65"), 64.5),
        ("discord", said(429, b"", retry_after="7"), 7.0),
        ("discord", said(429, b"", x_ratelimit_reset_after="1.25"), 1.25),
        ("discord", said(429, b"", x_ratelimit_reset=str(NOW + 9)), 9.0),
        ("discord", said(429, {"retry_after": "soon"}), None),
        ("discord", said(429, {"retry_after": 1e9}), 3600.0),
        ("discord", said(429, {"retry_after": -1}), 5.0),
        ("telegram", refusal(429, "Too Many Requests: retry after 35", retry_after=35), 35.0),
        ("telegram", said(429, NO_BOT, retry_after="8"), 8.0),
        ("telegram", refusal(429, "Too Many Requests", retry_after=10**400), None),
        ("mattermost", said(429, b"limit exceeded", retry_after="4"), 4.0),
        ("msteams", said(429, b"", retry_after="30"), 30.0),
    ],
)
def test_a_limit_says_how_long_to_wait(name: str, reply: Reply, after: float | None) -> None:
    outcome, _ = told(name, reply)
    assert isinstance(outcome, RetryLater)
    assert (outcome.reason, outcome.after) == (Reason.RATE_LIMITED, after)


GONE, DENIED, UNKNOWN = Reason.DESTINATION_GONE, Reason.NOT_ALLOWED, Reason.BAD_CREDENTIALS
LOCKED = "This webhook is not permitted to post to the requested channel."


@pytest.mark.parametrize(
    ("name", "reply", "reason", "words"),
    [
        ("msteams", said(200, WENT_WRONG % 413), Reason.CONTENT_REFUSED, "HTTP error 413"),
        ("msteams", said(400, {"error": {"code": "WorkflowTriggerIsNotEnabled", "message": "It is off."}}),
         GONE, "It is off."),
        ("msteams", said(400, {"error": {"code": "TriggerInputSchemaMismatch", "message": "no"}}),
         Reason.CONTENT_REFUSED, "no"),
        ("msteams", said(401, {"error": {"code": "AuthorizationFailed", "message": "sig"}}), UNKNOWN, "sig"),
        ("msteams", said(404, {"error": "gone"}), GONE, "gone"),
        ("mattermost", said(403, {"id": "web.incoming_webhook.channel_locked.app_error", "message": LOCKED}),
         DENIED, LOCKED),
        ("mattermost", said(400, {"id": "web.incoming_webhook.invalid.app_error", "message": "Invalid webhook."}),
         GONE, "Invalid webhook."),
        ("mattermost", said(501, {"id": "web.incoming_webhook.disabled.app_error", "message": "Disabled."}),
         DENIED, "Disabled."),
        ("discord", said(404, {"message": "Unknown Webhook", "code": 10015}), GONE, "Unknown Webhook"),
        ("discord", said(401, {"message": "Invalid Webhook Token", "code": 50027}),
         UNKNOWN, "Invalid Webhook Token"),
        ("discord", said(400, {"message": "Unknown Channel", "code": 10003}), GONE, "Unknown Channel"),
        ("telegram", refusal(400, "Bad Request: chat not found"), GONE, "Bad Request: chat not found"),
        ("telegram", refusal(400, "Bad Request: message thread not found"), GONE, "thread"),
        ("telegram", refusal(400, "Bad Request: not enough rights to send text messages to the chat"),
         DENIED, "not enough rights"),
        ("telegram", refusal(403, "Forbidden: bot was blocked by the user"), DENIED, "blocked"),
        ("telegram", refusal(403, "Forbidden: bot was kicked from the supergroup chat"), GONE, "kicked"),
        ("telegram", refusal(403, "Forbidden: user is deactivated"), GONE, "deactivated"),
        ("telegram", said(401, NO_BOT), UNKNOWN, "Unauthorized"),
        ("telegram", refusal(404, "Not Found"), UNKNOWN, "Not Found"),
        ("telegram", refusal(400, "group chat was upgraded to a supergroup chat", migrate_to_chat_id=-100777),
         GONE, "upgraded to a supergroup chat; the chat's id is now -100777"),
    ],
)  # fmt: skip
def test_what_can_never_go_is_given_up_in_the_services_words(
    name: str, reply: Reply, reason: Reason, words: str
) -> None:
    outcome, calls = told(name, reply)
    assert isinstance(outcome, Rejected)
    assert (outcome.reason, len(calls)) == (reason, 1)
    assert words in outcome.words


@pytest.mark.parametrize(
    ("name", "no", "yes"),
    [
        ("mattermost", said(400, {"id": "web.incoming_webhook.parse.app_error", "message": "no"}), said(200, b"ok")),
        ("discord", said(400, {"message": "Invalid Form Body", "code": 50035}), said(200, {"id": "1"})),
        ("telegram", refusal(400, "Bad Request: can't parse entities: Unexpected end tag at byte offset 5"),
         said(200, {"ok": True, "result": {"message_id": 1}})),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_sent_once_more_as_plain_text(name: str, no: Reply, yes: Reply) -> None:
    outcome, calls = told(name, no, yes)
    assert isinstance(outcome, Delivered)
    bodies = [json.loads(call.body) for call in calls if isinstance(call, HttpCall)]
    assert len(bodies) == 2
    assert not {"attachments", "embeds", "parse_mode", "reply_markup"} & bodies[1].keys()
    assert "#17 critical" in str(bodies[1])
    assert "Open in Bellhop" in str(bodies[1])
