"""Every kind x every way in which a remote can answer or fail: one outcome each, and no secret in its words."""

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest
from django.test import override_settings

from channels_app import slack
from channels_app.contract import Delivered, DoorError, Kind, Reason, Rejected, Reply, RetryLater
from channels_app.doors import Doors, Policy, run
from channels_app.registry import kinds
from tests.channels_app.calls import json_error, sent
from tests.channels_app.kinds import SAMPLES, SECRETS
from tests.channels_app.samples import MESSAGES, TRIGGERED, config_for
from tests.patience import tries
from tests.servers.http import Answer, Receiver, Request

HTTP_KINDS = tuple(each for each in kinds() if SAMPLES[each.spec.kind].good)
WITH_PLAINER = tuple(each for each in HTTP_KINDS if SAMPLES[each.spec.kind].plainer)


def good(kind: Kind) -> Answer:
    found = SAMPLES[kind.spec.kind].good
    assert found
    return found


ENDLESS: list[tuple[str, Answer]] = [
    ("hang", Answer(manner="hang")),
    ("drip", Answer(200, b"ok" * 1000, manner="drip")),
]
COMMON: list[tuple[str, Answer, type, Reason]] = [
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


@pytest.mark.parametrize("kind", HTTP_KINDS, ids=lambda kind: kind.spec.kind)
@pytest.mark.parametrize("answer", [answer for _, answer in ENDLESS], ids=[name for name, _ in ENDLESS])
def test_a_remote_that_comes_to_no_end_is_given_up(kind: Kind, answer: Answer, policy: Policy) -> None:
    for seconds in tries():
        doors = Doors(replace(policy, total_seconds=seconds))
        with Receiver(answer) as receiver:
            outcome, exchanges = sent(kind, doors, receiver.url)
        doors.close()
        if receiver.received:
            break
    assert isinstance(outcome, RetryLater)
    assert outcome.reason is Reason.NETWORK
    assert [reply.error for _, reply in exchanges] == [DoorError.TIMEOUT]
    assert len(receiver.received) == 1
    assert not any(secret in repr((outcome, exchanges)) for secret in SECRETS)


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


DATE = "Mon, 02 Mar 2026 12:00:00 GMT"


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


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.spec.kind)
def test_settings_show_no_secret(kind: Kind) -> None:
    settings = kind.spec.settings(config_for(kind.spec.kind, "https://remote.example"))
    shown = repr(settings) + kind.spec.target(settings) + repr(kind)
    assert not any(secret in shown for secret in SECRETS)


@override_settings(BELLHOP_ALLOWED_NETWORKS=["127.0.0.0/8"])
def test_one_call_can_be_waited_for_without_a_loop(receiver: Receiver) -> None:
    settings = slack.KIND.spec.settings(config_for("slack", receiver.url))
    outcome, exchanges = run(slack.KIND.send(slack.KIND.render(TRIGGERED, settings), settings, ""))
    assert isinstance(outcome, Delivered)
    assert replace(exchanges[0][1], seconds=0, at=0, headers={}) == Reply(200, {}, b"ok")
