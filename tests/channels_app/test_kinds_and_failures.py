"""Every kind x every way in which a remote can answer or fail: one outcome each, and no secret in its words."""

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest
from django.test import override_settings

from channels_app import email, hipchat, slack
from channels_app.contract import Delivered, DoorError, Kind, MailCall, Outcome, Reason, Rejected, Reply, RetryLater
from channels_app.doors import Doors, Policy, run
from channels_app.doors.guard import networks
from channels_app.registry import kinds
from tests.channels_app.kinds import SAMPLES, SECRETS
from tests.channels_app.kinds.hipchat import TOKEN as HIPCHAT_TOKEN
from tests.channels_app.samples import MESSAGES, TRIGGERED, config_for
from tests.servers.http import Answer, Receiver, Request

HTTP_KINDS = tuple(each for each in kinds() if SAMPLES[each.spec.kind].good)
WITH_PLAINER = tuple(each for each in HTTP_KINDS if SAMPLES[each.spec.kind].plainer)


@pytest.fixture
def doors() -> Iterator[Doors]:
    opened = Doors(Policy(networks(["127.0.0.0/8"]), total_seconds=0.5, max_reply_bytes=8192))
    yield opened
    opened.close()


def good(kind: Kind) -> Answer:
    found = SAMPLES[kind.spec.kind].good
    assert found
    return found


def sent(kind: Kind, doors: Doors, server: str, message: str = "triggered") -> tuple[Outcome, list[object]]:
    settings = kind.spec.settings(config_for(kind.spec.kind, server))
    payload = kind.render(MESSAGES[message], settings)
    outcome, exchanges = run(kind.send(payload, settings, ""), doors)
    return outcome, [*exchanges]


def json_error(status: int, words: str) -> Answer:
    return Answer(status, json.dumps({"error": {"code": status, "type": "X", "message": words}}).encode())


COMMON: list[tuple[str, Answer, type, Reason]] = [
    ("hang", Answer(manner="hang"), RetryLater, Reason.NETWORK),
    ("drip", Answer(200, b"ok" * 50, manner="drip"), RetryLater, Reason.NETWORK),
    ("reset", Answer(manner="reset"), RetryLater, Reason.NETWORK),
    ("closed", Answer(manner="close"), RetryLater, Reason.NETWORK),
    ("truncated", Answer(200, b"ok, I think", manner="truncate"), RetryLater, Reason.NETWORK),
    ("no http", Answer(manner="garbage"), RetryLater, Reason.NETWORK),
    ("too large", Answer(200, b"x" * 100_000), RetryLater, Reason.UNEXPECTED_ANSWER),
    ("moved", Answer(302, b"", {"Location": "http://127.0.0.1/"}), Rejected, Reason.REDIRECTED),
    ("moved for good", Answer(308, b"", {"Location": "http://127.0.0.1/"}), Rejected, Reason.REDIRECTED),
    ("500", Answer(500, b"rollup_error"), RetryLater, Reason.REMOTE_ERROR),
    ("502", Answer(502, b"<html>bad gateway</html>"), RetryLater, Reason.REMOTE_ERROR),
    ("503", Answer(503, b""), RetryLater, Reason.REMOTE_ERROR),
    ("599", Answer(599, b""), RetryLater, Reason.REMOTE_ERROR),
    ("408", Answer(408, b""), RetryLater, Reason.REMOTE_ERROR),
    ("429", Answer(429, b""), RetryLater, Reason.RATE_LIMITED),
    ("401", json_error(401, "Invalid OAuth session"), Rejected, Reason.BAD_CREDENTIALS),
    ("403", json_error(403, "no scope"), Rejected, Reason.NOT_ALLOWED),
    ("404", json_error(404, "Room not found"), Rejected, Reason.DESTINATION_GONE),
    ("410", Answer(410, b"channel_is_archived"), Rejected, Reason.DESTINATION_GONE),
    ("418", Answer(418, b"teapot"), Rejected, Reason.UNEXPECTED_ANSWER),
    ("202", Answer(202, b"<p>log in to the wireless network</p>"), RetryLater, Reason.UNEXPECTED_ANSWER),
]


def failures() -> Iterator[Any]:
    """Each kind with each row that is a failure to it."""
    for kind in HTTP_KINDS:
        for name, *row in COMMON:
            fate = SAMPLES[kind.spec.kind].fates.get(f"answers {name}")
            if fate is None or fate.end != "delivered":
                yield pytest.param(kind, *row, id=f"{name}-{kind.spec.kind}")


@pytest.mark.parametrize(("kind", "answer", "what", "reason"), list(failures()))
def test_every_failure_has_its_outcome(
    kind: Kind, answer: Answer, what: type, reason: Reason, doors: Doors, receiver: Receiver
) -> None:
    receiver.default = answer
    outcome, exchanges = sent(kind, doors, receiver.url)
    assert isinstance(outcome, what)
    assert not isinstance(outcome, Delivered)
    assert outcome.reason is reason
    assert len(receiver.received) == len(exchanges) == 1
    assert not any(secret in repr((outcome, exchanges)) for secret in SECRETS)


@pytest.mark.parametrize("kind", HTTP_KINDS, ids=lambda kind: kind.spec.kind)
@pytest.mark.parametrize("message", MESSAGES)
def test_every_message_is_delivered_to_a_remote_that_takes_it(
    kind: Kind, message: str, doors: Doors, receiver: Receiver
) -> None:
    receiver.default = good(kind)
    outcome, _ = sent(kind, doors, receiver.url, message)
    assert isinstance(outcome, Delivered)
    assert len(receiver.received) == SAMPLES[kind.spec.kind].calls.get(message, 1)


@pytest.mark.parametrize("kind", WITH_PLAINER, ids=lambda kind: kind.spec.kind)
def test_refused_content_is_sent_once_more_in_its_plain_form(kind: Kind, doors: Doors, receiver: Receiver) -> None:
    receiver.script(Answer(400, b"invalid_blocks"), good(kind))
    outcome, exchanges = sent(kind, doors, receiver.url)
    assert isinstance(outcome, Delivered)
    first, second = (json.loads(request.body) for request in receiver.received)
    assert len(exchanges) == 2
    rich = {"attachments", "card", "embeds", "parse_mode"}
    assert rich & first.keys()
    assert not (rich | {"blocks", "reply_markup"}) & second.keys()
    assert "#17" in json.dumps(second)


@pytest.mark.parametrize("kind", WITH_PLAINER, ids=lambda kind: kind.spec.kind)
def test_content_refused_twice_is_refused_for_good(kind: Kind, doors: Doors, receiver: Receiver) -> None:
    receiver.default = Answer(400, b"invalid_payload")
    outcome, _ = sent(kind, doors, receiver.url)
    assert outcome == Rejected(Reason.CONTENT_REFUSED, "invalid_payload")
    assert len(receiver.received) == 2


@pytest.mark.parametrize("kind", HTTP_KINDS, ids=lambda kind: kind.spec.kind)
@pytest.mark.parametrize("status", [200, 400, 403, 500])
def test_a_remote_that_echoes_our_secrets_cannot_have_them_shown(
    kind: Kind, status: int, doors: Doors, receiver: Receiver
) -> None:
    def echo(request: Request) -> Answer:
        said = f"{request.path} {request.headers.get('authorization', '')} {request.body[:60].decode(errors='replace')}"
        coded = base64.b64encode(said.encode()).decode()
        return Answer(status, f"{said} {quote(said, safe='')} {coded}"[:400].encode())

    receiver.decide = echo
    outcome, exchanges = sent(kind, doors, receiver.url)
    shown = repr((outcome, exchanges))
    for secret in SECRETS:
        assert secret not in shown
        assert base64.b64encode(secret.encode()).decode()[4:20] not in shown
    if kind is not slack.KIND or status != 200:
        assert "[secret]" in outcome.words


@pytest.mark.parametrize("kind", HTTP_KINDS, ids=lambda kind: kind.spec.kind)
def test_an_inner_address_is_refused_for_good_with_the_one_text(kind: Kind, receiver: Receiver) -> None:
    doors = Doors(Policy())
    outcome, _ = sent(kind, doors, receiver.url)
    assert outcome == Rejected(Reason.ADDRESS_REFUSED, "this address is not allowed as a destination")
    assert receiver.connections == 0
    doors.close()


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


@pytest.mark.parametrize("kind", HTTP_KINDS, ids=lambda kind: kind.spec.kind)
@pytest.mark.parametrize(
    ("value", "after"),
    [
        ("30", 30.0),
        ("1.5", 1.5),
        ("86400", 3600.0),
        ("0", 5.0),
        ("-3", 5.0),
        ("soon", 5.0),
        ("nan", 5.0),
        ("inf", 3600.0),
        ("Mon, 02 Mar 2026 12:01:00 GMT", 60.0),
        ("Mon, 02 Mar 2026 11:00:00 GMT", 5.0),
        ("Tue, 03 Mar 2026 12:00:00 GMT", 3600.0),
    ],
)
def test_retry_after_is_honoured_within_reason(
    kind: Kind, value: str, after: float, doors: Doors, receiver: Receiver
) -> None:
    receiver.default = Answer(429, b"slow down", {"Retry-After": value, "Date": DATE})
    outcome, _ = sent(kind, doors, receiver.url)
    assert isinstance(outcome, RetryLater)
    assert (outcome.reason, outcome.after) == (Reason.RATE_LIMITED, after)


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


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.spec.kind)
def test_settings_show_no_secret(kind: Kind) -> None:
    settings = kind.spec.settings(config_for(kind.spec.kind, "https://remote.example"))
    shown = repr(settings) + kind.spec.target(settings) + repr(kind)
    assert not any(secret in shown for secret in SECRETS)


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


@override_settings(BELLHOP_ALLOWED_NETWORKS=["127.0.0.0/8"])
def test_one_call_can_be_waited_for_without_a_loop(receiver: Receiver) -> None:
    settings = slack.KIND.spec.settings(config_for("slack", receiver.url))
    outcome, exchanges = run(slack.KIND.send(slack.KIND.render(TRIGGERED, settings), settings, ""))
    assert isinstance(outcome, Delivered)
    assert replace(exchanges[0][1], seconds=0, at=0, headers={}) == Reply(200, {}, b"ok")
