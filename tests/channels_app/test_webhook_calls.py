"""What a web hook's receiver gets around the body: a name for each message, a date and signatures, and who calls."""

import base64
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests  # noqa: TID251 - plays again what was sent
import time_machine

from channels_app.contract import Delivered, HttpCall, Message, Outcome, Reason, Rejected, Reply, RetryLater
from channels_app.doors import Doors, run
from channels_app.registry import kind
from channels_app.webhook.send import judge
from channels_app.webhook.spec import WebhookSettings
from tests.channels_app.kinds.webhook import PATH, PREVIOUS, SAMPLE, SIGNING, TOKEN
from tests.channels_app.samples import CLEARED, TRIGGERED
from tests.patience import PATIENT
from tests.servers.http import Answer
from tests.servers.webhooks import Verifier

WEBHOOK = kind("webhook")
SECRET = "a-secret-of-both-sides"
OTHER = "another-secret-of-both"


@pytest.fixture
def verifier() -> Iterator[Verifier]:
    with Verifier(SECRET) as running:
        yield running


def told(doors: Doors, server: str, **config: Any) -> Outcome:
    settings = WEBHOOK.spec.settings({"url": f"{server}/hooks", **config})
    return run(WEBHOOK.send(WEBHOOK.render(TRIGGERED, settings), settings, ""), doors)[0]


def call_with(message: Message = TRIGGERED, **config: Any) -> HttpCall:
    settings = WEBHOOK.spec.settings({"url": "https://hooks.example.org/x?key=1", **config})
    call = next(WEBHOOK.send(WEBHOOK.render(message, settings), settings, ""))
    assert isinstance(call, HttpCall)
    return call


def posted(call: HttpCall, server: str, body: bytes | None = None) -> int:
    """The status that `server` answers to the very same call, or to one of another body."""
    return requests.post(
        f"{server}/x", call.body if body is None else body, headers=call.headers, timeout=PATIENT
    ).status_code


def test_a_signed_call_convinces_a_receiver_that_shares_the_secret(doors: Doors, verifier: Verifier) -> None:
    assert isinstance(told(doors, verifier.url, secret=SECRET), Delivered)
    assert list(verifier.taken) == ["event-1"]


@pytest.mark.parametrize("config", [{}, {"secret": OTHER}, {"secret": SECRET.upper()}])
def test_an_unsigned_call_or_one_of_another_secret_convinces_nobody(
    config: dict[str, str], doors: Doors, verifier: Verifier
) -> None:
    outcome = told(doors, verifier.url, **config)
    assert isinstance(outcome, Rejected)
    assert outcome.reason is Reason.BAD_CREDENTIALS


def test_a_changed_body_convinces_nobody(verifier: Verifier) -> None:
    call = call_with(secret=SECRET)

    assert posted(call, verifier.url, call.body + b" ") == 401
    assert posted(call, verifier.url) == 204


def test_while_the_secret_is_changed_both_sides_may_change_it_when_they_like(doors: Doors, verifier: Verifier) -> None:
    def change(**config: str) -> bool:
        return isinstance(told(doors, verifier.url, **config), Delivered)

    assert change(secret=SECRET)
    assert change(secret=OTHER, previous_secret=SECRET)
    verifier.secrets = (OTHER,)
    assert change(secret=OTHER, previous_secret=SECRET)
    assert change(secret=OTHER)
    assert not change(secret=SECRET)
    signatures = [request.headers["bellhop-signature"].count("v1=") for request in verifier.received]
    assert signatures == [1, 2, 2, 1, 1]


def test_every_try_of_a_message_has_its_id_and_a_date_of_its_own(verifier: Verifier) -> None:
    now = time.time()
    calls = []
    for at in (now - 200, now):
        with time_machine.travel(at, tick=False):
            calls.append(call_with(secret=SECRET))

    assert [posted(call, verifier.url) for call in calls] == [204, 200]
    assert verifier.again == ["event-1"]
    assert [int(call.headers["Bellhop-Timestamp"]) for call in calls] == [int(now - 200), int(now)]
    assert calls[0].body == calls[1].body
    assert call_with(CLEARED, secret=SECRET).headers["Bellhop-Id"] == "event-2"


@pytest.mark.parametrize(("age", "status"), [(290, 204), (310, 401), (-290, 204), (-310, 401)])
def test_an_old_call_that_is_played_again_convinces_nobody(age: float, status: int, verifier: Verifier) -> None:
    with time_machine.travel(time.time() - age, tick=False):
        call = call_with(secret=SECRET)
    assert posted(call, verifier.url) == status


def test_who_calls_is_told_as_it_was_chosen() -> None:
    basic = base64.b64encode("ann:pä:ss".encode()).decode()
    assert "Authorization" not in call_with().headers
    assert call_with(user="ann", password="pä:ss").headers["Authorization"] == f"Basic {basic}"
    assert call_with(token=TOKEN).headers["Authorization"] == f"Bearer {TOKEN}"


def test_extra_headers_and_the_method_are_sent_and_ours_come_first() -> None:
    call = call_with(method="PUT", headers="X-Team: ops\nUser-Agent: bell", secret=SECRET)
    assert (call.method, call.url) == ("PUT", "https://hooks.example.org/x?key=1")
    assert (call.headers["X-Team"], call.headers["User-Agent"]) == ("ops", "bell")
    assert call.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_is_a_yes_whatever_it_says(status: int) -> None:
    settings = WebhookSettings.of(SAMPLE.config("https://remote.example"))
    assert judge(Reply(status, body=b"<html>log in</html>"), settings) == Delivered(words="log in")


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (400, Reason.CONTENT_REFUSED),
        (401, Reason.BAD_CREDENTIALS),
        (403, Reason.NOT_ALLOWED),
        (404, Reason.DESTINATION_GONE),
        (405, Reason.NOT_ALLOWED),
        (410, Reason.DESTINATION_GONE),
        (413, Reason.CONTENT_REFUSED),
        (415, Reason.CONTENT_REFUSED),
        (422, Reason.CONTENT_REFUSED),
        (307, Reason.REDIRECTED),
        (418, Reason.UNEXPECTED_ANSWER),
    ],
)
def test_a_refusal_has_its_reason(status: int, reason: Reason) -> None:
    outcome = judge(Reply(status), WebhookSettings.of(SAMPLE.config("https://remote.example")))
    assert isinstance(outcome, Rejected)
    assert outcome.reason is reason


def test_what_it_sends_to_prove_itself_is_blotted_out_of_the_answer(doors: Doors, verifier: Verifier) -> None:
    verifier.decide = lambda request: Answer(403, f"{request.path} {request.headers}".encode())
    settings = WEBHOOK.spec.settings(SAMPLE.config(verifier.url))
    outcome, _ = run(WEBHOOK.send(WEBHOOK.render(TRIGGERED, settings), settings, ""), doors)
    assert isinstance(outcome, Rejected)
    assert not [secret for secret in (TOKEN, PATH, SIGNING, PREVIOUS, *SAMPLE.secrets) if secret in outcome.words]


def test_a_busy_receiver_is_asked_again(verifier: Verifier, doors: Doors) -> None:
    verifier.decide = lambda request: Answer(503, b"", {"Retry-After": "7"})
    assert told(doors, verifier.url) == RetryLater(Reason.REMOTE_ERROR, "", 7.0)


def test_those_who_share_host_and_path_share_a_pace() -> None:
    def key(url: str) -> str:
        return WEBHOOK.spec.rate_key(WEBHOOK.spec.settings({"url": url}))

    assert key("https://a.example/x?k=1") == key("https://a.example/x?k=2")
    assert len({key("https://a.example/x"), key("https://a.example/y"), key("https://b.example/x")}) == 3
