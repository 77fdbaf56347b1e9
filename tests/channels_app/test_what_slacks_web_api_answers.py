"""What every answer of the Web API means: its errors come as words with status 200, and each has its outcome."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels_app.contract import Call, Delivered, HttpCall, Living, Outcome, Reason, Rejected, Reply, RetryLater
from channels_app.registry import kind
from channels_app.slack.spec import SlackSettings
from channels_app.words import Story
from tests.channels_app.samples import TRIGGERED
from tests.servers.slack import SIGNING_SECRET, TOKEN

NOW = 1772452800
SETTINGS = SlackSettings(bot_token=TOKEN, signing_secret=SIGNING_SECRET, channel="C0000000OPS")
REF = "C0000000OPS:1700000000.000100"
YES = {"ok": True, "channel": "C0000000OPS", "ts": "1700000000.000100"}
GONE, KEY, DENIED = Reason.DESTINATION_GONE, Reason.BAD_CREDENTIALS, Reason.NOT_ALLOWED
# The tables of errors of chat.postMessage and chat.update, each word with what is made of it.
CONFIGURATION = {
    **dict.fromkeys(("channel_not_found", "is_archived", "team_not_found"), GONE),
    **dict.fromkeys(
        (
            *("not_in_channel", "no_permission", "restricted_action", "restricted_action_read_only_channel"),
            *("restricted_action_thread_only_channel", "restricted_action_non_threadable_channel"),
            *("restricted_action_thread_locked", "missing_scope", "access_denied", "team_access_not_granted"),
            *("ekm_access_denied", "messages_tab_disabled", "two_factor_setup_required"),
        ),
        DENIED,
    ),
    **dict.fromkeys(
        (
            *("invalid_auth", "not_authed", "account_inactive", "token_expired", "token_revoked"),
            *("not_allowed_token_type",),
        ),
        KEY,
    ),
}
CONTENT = (
    *("no_text", "msg_too_long", "msg_blocks_too_long", "invalid_blocks", "invalid_blocks_format"),
    *("too_many_attachments", "attachment_payload_limit_exceeded", "too_many_contact_cards"),
    *("invalid_metadata_format", "invalid_metadata_schema", "metadata_too_large", "invalid_arguments", "invalid_json"),
)
LATER = {
    **dict.fromkeys(("ratelimited", "rate_limited", "message_limit_exceeded"), Reason.RATE_LIMITED),
    **dict.fromkeys(
        ("request_timeout", "service_unavailable", "internal_error", "fatal_error", "team_added_to_org"),
        Reason.REMOTE_ERROR,
    ),
}
UPDATE_LOST = ("message_not_found", "cant_update_message", "edit_window_closed", "is_inactive")
UPDATE_LATER = ("update_failed", "streaming_state_conflict", "external_channel_migrating")


def told(*replies: Reply, ref: str = "", story: Story = Story.ACKNOWLEDGED) -> tuple[Outcome, list[HttpCall]]:
    """What becomes of a message with these replies, and the calls that were made; every one has its reply."""
    found = kind("slack")
    message = replace(TRIGGERED, story=story, living=Living(TRIGGERED, ref, False, ""))
    sending = found.send(found.render(message, SETTINGS), SETTINGS, "")
    calls: list[Call] = [next(sending)]
    try:
        for reply in replies:
            calls.append(sending.send(reply))
    except StopIteration as ended:
        assert len(calls) == len(replies)
        return ended.value, [call for call in calls if isinstance(call, HttpCall)]
    raise AssertionError(f"{len(calls)} calls want a reply")


def said(body: Any, status: int = 200, **headers: str) -> Reply:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Reply(status, {name.replace("_", "-"): value for name, value in headers.items()}, raw, at=NOW)


def no(word: str, status: int = 200, **more: Any) -> Reply:
    return said({"ok": False, "error": word, **more}, status)


@pytest.mark.parametrize(("word", "reason"), CONFIGURATION.items())
def test_what_the_owner_must_mend_is_refused_in_slacks_word(word: str, reason: Reason) -> None:
    outcome, calls = told(no(word))
    assert isinstance(outcome, Rejected)
    assert outcome.reason is reason
    assert outcome.words.partition(":")[0] == word
    assert len(calls) == 1


@pytest.mark.parametrize("word", [*CONTENT, "a_word_of_tomorrow"])
def test_refused_content_goes_once_more_as_plain_text_and_harms_nothing_else(word: str) -> None:
    outcome, calls = told(no(word), no(word))
    assert outcome == Rejected(Reason.CONTENT_REFUSED, word)
    assert "attachments" not in json.loads(calls[1].body)
    assert told(no(word), said(YES))[0] == Delivered(REF, "ok")

    outcome, calls = told(no(word), no(word), ref=REF)
    assert outcome == Rejected(Reason.CONTENT_REFUSED, word)
    assert json.loads(calls[1].body)["attachments"] == []


@pytest.mark.parametrize(("word", "reason"), LATER.items())
@pytest.mark.parametrize("ref", ["", REF])
def test_what_passes_is_waited_for(word: str, reason: Reason, ref: str) -> None:
    outcome, calls = told(no(word), ref=ref)
    assert outcome == RetryLater(reason, word)
    assert len(calls) == 1


@pytest.mark.parametrize("word", UPDATE_LATER)
def test_an_update_that_clashed_is_tried_again(word: str) -> None:
    assert told(no(word), ref=REF)[0] == RetryLater(Reason.REMOTE_ERROR, word)


@pytest.mark.parametrize("word", [*UPDATE_LOST, "channel_not_found", "is_archived", "not_in_channel"])
def test_a_message_that_can_be_updated_no_more_gets_a_successor(word: str) -> None:
    yes = {**YES, "ts": "1700000000.000200"}
    outcome, calls = told(no(word), said(yes), ref=REF)
    assert outcome == Delivered("C0000000OPS:1700000000.000200", f"posted anew, the earlier message is lost: {word}")
    assert [call.url.rpartition("/")[2] for call in calls] == ["chat.update", "chat.postMessage"]
    assert json.loads(calls[1].body)["channel"] == "C0000000OPS"

    refused, _ = told(no(word), no("is_archived"), ref=REF)
    assert refused == Rejected(GONE, "is_archived")


def test_an_update_that_slack_cannot_fit_goes_as_plain_text() -> None:
    assert told(no("block_mismatch"), said(YES), said(YES), ref=REF)[0] == Delivered(REF, "ok")


@pytest.mark.parametrize("word", ["invalid_auth", "token_revoked", "missing_scope"])
def test_an_update_with_a_bad_token_posts_nothing_anew(word: str) -> None:
    outcome, calls = told(no(word), ref=REF)
    assert isinstance(outcome, Rejected)
    assert len(calls) == 1


@pytest.mark.parametrize(
    ("word", "outcome"),
    [
        *(
            (word, Delivered(REF, f"updated, but its thread could not be told: {word}"))
            for word in ("thread_not_found", "cannot_reply_to_message", "restricted_action_thread_locked")
        ),
        *((word, RetryLater(reason, word)) for word, reason in LATER.items()),
    ],
)
def test_the_story_is_told_now_later_or_never_but_the_update_counts(word: str, outcome: Outcome) -> None:
    assert told(said(YES), no(word), ref=REF)[0] == outcome


def test_a_story_that_is_refused_goes_once_more_as_plain_text() -> None:
    outcome, calls = told(said(YES), no("invalid_blocks"), said(YES), ref=REF)
    assert outcome == Delivered(REF, "ok")
    plain = json.loads(calls[2].body)
    assert "blocks" not in plain
    assert plain["thread_ts"] == "1700000000.000100"
    assert plain["text"] == json.loads(calls[1].body)["blocks"][0]["text"]["text"]

    outcome, _ = told(said(YES), no("msg_too_long"), no("msg_too_long"), ref=REF)
    assert outcome == Delivered(REF, "updated, but its thread could not be told: msg_too_long")


def test_an_alarm_that_the_thread_does_not_take_is_posted_for_itself() -> None:
    yes = said({**YES, "ts": "1.2"})
    outcome, calls = told(said(YES), no("thread_not_found"), yes, ref=REF, story=Story.REMINDER)
    assert outcome == Delivered("C0000000OPS:1.2", "posted anew, the earlier message is lost: thread_not_found")
    assert "thread_ts" not in json.loads(calls[2].body)
    revoked, _ = told(said(YES), no("token_revoked"), no("token_revoked"), ref=REF, story=Story.REMINDER)
    assert revoked == Rejected(KEY, "token_revoked")


@pytest.mark.parametrize(
    ("reply", "after"),
    [
        (no("ratelimited", 429), None),
        (said({"ok": False, "error": "ratelimited"}, 429, retry_after="30"), 30.0),
        (said({"ok": False, "error": "ratelimited"}, 200, retry_after="7"), 7.0),
        (said(b"", 429, retry_after="86400"), 3600.0),
        (said(b"", 429, retry_after="-1"), 5.0),
    ],
)
@pytest.mark.parametrize("ref", ["", REF])
def test_a_limit_says_how_long_to_wait(reply: Reply, after: float | None, ref: str) -> None:
    outcome, _ = told(reply, ref=ref)
    assert isinstance(outcome, RetryLater)
    assert (outcome.reason, outcome.after) == (Reason.RATE_LIMITED, after)


@pytest.mark.parametrize(
    "reply",
    [
        *(said(b"ok"), said(b""), said(b"<html>log in</html>"), said([]), said({"ok": "true"}), said({"ok": 1})),
        *(said({}), said({"ok": False}), said({"ok": False, "error": 5}), said({"ok": False, "error": "NO"})),
        *(said({"error": "is_archived"}), said(YES, 202), said(b"[" * 60_000)),
    ],
)
def test_what_is_no_answer_of_slack_is_tried_again(reply: Reply) -> None:
    outcome, calls = told(reply)
    assert isinstance(outcome, RetryLater)
    assert (outcome.reason, len(calls)) == (Reason.UNEXPECTED_ANSWER, 1)


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (no("invalid_auth", 401), Rejected(KEY, "invalid_auth")),
        (said(b"", 401), Rejected(KEY, "")),
        (said(b"", 403), Rejected(DENIED, "")),
        (said(b"<h1>Not Found</h1>", 404), Rejected(GONE, "Not Found")),
        (no("internal_error", 500), RetryLater(Reason.REMOTE_ERROR, "internal_error")),
        (said(b"oops", 503), RetryLater(Reason.REMOTE_ERROR, "oops")),
    ],
)
def test_a_status_of_its_own_is_judged_as_everywhere(reply: Reply, outcome: Outcome) -> None:
    assert told(reply)[0] == outcome


def test_what_slack_says_besides_its_word_is_told() -> None:
    scope = no("missing_scope", needed="chat:write.public", provided="chat:write")
    assert told(scope)[0].words == "missing_scope: it needs chat:write.public"
    blocks = no("invalid_blocks", response_metadata={"messages": ["[ERROR] no more than 50 items", 5, None]})
    assert told(blocks, blocks)[0].words == "invalid_blocks: [ERROR] no more than 50 items; 5; None"
    assert told(no("not_in_channel"))[0].words == "not_in_channel: invite the app to the channel"


@pytest.mark.parametrize(
    ("told_by", "ref"),
    [
        ({"channel": "C1", "ts": 1700000000.0001}, ""),
        ({"channel": "C1", "ts": ""}, ""),
        ({"channel": "C1"}, ""),
        ({"channel": None, "ts": "1.2"}, ""),
        ({"channel": "C1:2", "ts": "1.2"}, ""),
        ({"channel": "C1", "ts": "1503435956.000247"}, "C1:1503435956.000247"),
        ({"channel": "C1", "ts": "1503435956.000000"}, "C1:1503435956.000000"),
    ],
)
def test_a_message_is_known_by_its_channel_and_its_time_as_text(told_by: dict[str, Any], ref: str) -> None:
    assert told(said({"ok": True, **told_by}))[0] == Delivered(ref, "ok")


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), lambda x: st.dictionaries(st.text(), x)))
def test_whatever_is_answered_it_has_an_outcome_and_shows_no_secret(body: Any) -> None:
    for whole in (body, {"ok": False, "error": body, "needed": body, "response_metadata": {"messages": [body, TOKEN]}}):
        replies = [said(json.dumps(whole).encode())] * 2
        try:
            outcome, _ = told(*replies)
        except AssertionError:  # one call was enough
            outcome, _ = told(replies[0])
        assert isinstance(outcome, Delivered | Rejected | RetryLater)
        assert TOKEN not in repr(outcome)
        assert len(outcome.words) <= 200


def test_an_echo_of_the_token_is_not_shown() -> None:
    for word in ("missing_scope", "invalid_auth"):
        outcome, _ = told(no(word, needed=TOKEN, response_metadata={"messages": [SIGNING_SECRET]}))
        assert "[secret]" in outcome.words
        assert TOKEN not in outcome.words
        assert SIGNING_SECRET not in outcome.words
