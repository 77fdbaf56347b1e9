"""What one kind alone makes of an answer: Slack of its words, HipChat of its headers, mail of codes."""

import pytest

from channels_app import email, hipchat, slack
from channels_app.contract import Delivered, DoorError, MailCall, Outcome, Reason, Rejected, Reply, RetryLater
from channels_app.doors import Doors
from tests.channels_app.calls import json_error, sent
from tests.channels_app.kinds.hipchat import TOKEN as HIPCHAT_TOKEN
from tests.channels_app.samples import TRIGGERED
from tests.servers.http import Answer, Receiver


@pytest.mark.parametrize(
    ("status", "word", "reason"),
    [
        (403, b"invalid_token", Reason.BAD_CREDENTIALS),
        (403, b"action_prohibited", Reason.NOT_ALLOWED),
        (403, b"team_disabled", Reason.DESTINATION_GONE),
        (404, b"channel_not_found", Reason.DESTINATION_GONE),
        (404, b"no_service", Reason.DESTINATION_GONE),
        (410, b"channel_is_archived", Reason.DESTINATION_GONE),
        (400, b"user_not_found", Reason.DESTINATION_GONE),
        (403, b"a_word_of_tomorrow", Reason.NOT_ALLOWED),
        (404, b'{"ok": false, "error": "invalid_token"}', Reason.BAD_CREDENTIALS),
        (404, b"[" * 4000, Reason.DESTINATION_GONE),
    ],
)
def test_slacks_words_are_judged_after_its_status(
    status: int, word: bytes, reason: Reason, doors: Doors, receiver: Receiver
) -> None:
    receiver.default = Answer(status, word)
    outcome, _ = sent(slack.KIND, doors, receiver.url)
    assert isinstance(outcome, Rejected)
    assert outcome.reason is reason


@pytest.mark.parametrize("body", [b"", b"OK!", b"<html>ok</html>", b'{"ok": false}', b"no_text", b"\xff\xfe"])
def test_slack_is_believed_only_when_it_says_ok(body: bytes, doors: Doors, receiver: Receiver) -> None:
    receiver.default = Answer(200, body)
    outcome, _ = sent(slack.KIND, doors, receiver.url)
    assert isinstance(outcome, RetryLater)
    assert outcome.reason is Reason.UNEXPECTED_ANSWER


@pytest.mark.parametrize("answer", [Answer(200, b"ok"), Answer(200, b'{"ok": true}'), Answer(200, b"ok\n")])
def test_slack_says_ok_in_two_ways(answer: Answer, doors: Doors, receiver: Receiver) -> None:
    receiver.default = answer
    assert isinstance(sent(slack.KIND, doors, receiver.url)[0], Delivered)


DATE = "Mon, 02 Mar 2026 12:00:00 GMT"

NOW = 1772452800


@pytest.mark.parametrize(
    ("headers", "after"),
    [
        ({}, None),
        ({"X-FloodControl-Reset": str(NOW + 20)}, 20.0),
        ({"X-Ratelimit-Reset": str(NOW + 200), "X-Ratelimit-Remaining": "0"}, 200.0),
        (
            {"X-Ratelimit-Reset": str(NOW + 200), "X-Ratelimit-Remaining": "7", "X-FloodControl-Reset": str(NOW + 9)},
            9.0,
        ),
        ({"X-FloodControl-Reset": str(NOW - 20)}, 5.0),
        ({"X-FloodControl-Reset": str(NOW * 1000)}, 3600.0),
        ({"X-FloodControl-Reset": "later"}, 5.0),
        ({"X-FloodControl-Reset": "nan"}, 5.0),
    ],
)
def test_hipchats_flood_headers_tell_the_wait(
    headers: dict[str, str], after: float | None, doors: Doors, receiver: Receiver
) -> None:
    receiver.default = Answer(429, b"", {"Date": DATE, **headers})
    outcome, _ = sent(hipchat.KIND, doors, receiver.url)
    assert isinstance(outcome, RetryLater)
    assert outcome.after == after


@pytest.mark.parametrize("answer", [Answer(204), Answer(200, b'{"status": "sent"}'), Answer(200, b"")])
def test_hipchat_says_yes_with_204_or_200(answer: Answer, doors: Doors, receiver: Receiver) -> None:
    receiver.default = answer
    assert isinstance(sent(hipchat.KIND, doors, receiver.url)[0], Delivered)


def test_hipchats_own_words_are_taken_out_of_its_error(doors: Doors, receiver: Receiver) -> None:
    receiver.default = json_error(401, "Invalid OAuth session")
    assert sent(hipchat.KIND, doors, receiver.url)[0] == Rejected(Reason.BAD_CREDENTIALS, "Invalid OAuth session")


def test_hipchat_is_called_with_the_token_in_the_header_and_the_room_encoded(doors: Doors, receiver: Receiver) -> None:
    receiver.default = Answer(204)
    sent(hipchat.KIND, doors, receiver.url)
    request = receiver.received[0]
    assert request.path == "/v2/room/Ops%20%26%20Co/notification"
    assert request.headers["authorization"] == f"Bearer {HIPCHAT_TOKEN}"


MAIL: list[tuple[Reply, Outcome]] = [
    (Reply(250), Delivered()),
    (Reply(550, error=DoorError.REFUSED_RECIPIENT, error_words="no such user"),
     Rejected(Reason.RECIPIENT_REFUSED, "no such user")),
    (Reply(450, error=DoorError.REFUSED_RECIPIENT, error_words="greylisted"),
     RetryLater(Reason.REMOTE_ERROR, "greylisted")),
    (Reply(535, error=DoorError.REFUSED_LOGIN, error_words="no"), RetryLater(Reason.BAD_CREDENTIALS, "no")),
    (Reply(554, error_words="spam"), Rejected(Reason.CONTENT_REFUSED, "spam")),
    (Reply(421, error=DoorError.OTHER, error_words="busy"), RetryLater(Reason.REMOTE_ERROR, "busy")),
    (Reply(None, error=DoorError.CONNECT, error_words="down"), RetryLater(Reason.NETWORK, "down")),
    (Reply(None, error=DoorError.BAD_ADDRESS, error_words="?"), Rejected(Reason.RECIPIENT_REFUSED, "?")),
]  # fmt: skip


@pytest.mark.parametrize(("reply", "outcome"), MAIL)
def test_mail_servers_answers_have_their_outcome(reply: Reply, outcome: Outcome) -> None:
    kind = email.KIND
    settings = kind.spec.settings({"to": ["ann@example.com"]})
    sending = kind.send(kind.render(TRIGGERED, settings), settings, "bob@example.com")
    call = next(sending)
    assert isinstance(call, MailCall)
    assert call.to == "bob@example.com"
    with pytest.raises(StopIteration) as ended:
        sending.send(reply)
    assert ended.value.value == outcome


@pytest.mark.parametrize(
    ("replies", "what"),
    [
        ([Reply(250), Reply(250)], Delivered),
        ([Reply(250), Reply(550, error=DoorError.REFUSED_RECIPIENT)], Rejected),
        ([Reply(None, error=DoorError.TIMEOUT), Reply(550, error=DoorError.REFUSED_RECIPIENT)], RetryLater),
    ],
)
def test_a_mail_to_several_is_delivered_when_all_took_it(replies: list[Reply], what: type) -> None:
    kind = email.KIND
    settings = kind.spec.settings({"to": ["ann@example.com", "bob@example.com"]})
    sending = kind.send(kind.render(TRIGGERED, settings), settings, "")
    calls = [next(sending)]
    with pytest.raises(StopIteration) as ended:
        calls += [sending.send(reply) for reply in replies]
    assert isinstance(ended.value.value, what)
    assert len(replies) == 2
    assert {call.to for call in calls if isinstance(call, MailCall)} <= {"ann@example.com", "bob@example.com"}
