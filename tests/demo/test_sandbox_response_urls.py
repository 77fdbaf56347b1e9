"""A response URL of the sandbox's Slack takes five answers within thirty minutes, as the real one does."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from demo.models import SandboxApp, SandboxMessage, SandboxReply, SandboxRoom
from demo.sandbox import rooms
from demo.sandbox.people import BOB

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.demo.urls")]


@pytest.fixture
def message(app: SandboxApp, ops: SandboxRoom) -> SandboxMessage:
    return rooms.post(ops, "Bellhop", {"text": "the alert"}, datetime.now(UTC), app=app)


@pytest.fixture
def reply(message: SandboxMessage, app: SandboxApp, ops: SandboxRoom) -> SandboxReply:
    return SandboxReply.objects.create(key="k" * 40, app=app, room=ops, message=message, person=BOB.id)


def answer(client: Client, payload: Any, key: str = "k" * 40) -> tuple[int, str]:
    body = payload if isinstance(payload, str) else json.dumps(payload)
    got = client.post(f"/sandbox/slack/answers/{key}", body, content_type="application/json")
    return got.status_code, got.content.decode() if got.status_code == 200 else got.json()["error"]


def newest() -> SandboxMessage:
    return SandboxMessage.objects.order_by("-id")[0]


def test_an_answer_is_for_the_one_who_acted_unless_it_says_otherwise(client: Client, reply: SandboxReply) -> None:
    assert answer(client, {"text": "first link yourself"}) == (200, "ok")
    assert (newest().seen_by, newest().sender) == (BOB.id, "Bellhop")
    assert answer(client, {"text": "done", "response_type": "in_channel"}) == (200, "ok")
    assert newest().seen_by == ""


def test_an_answer_can_stand_in_the_thread(client: Client, reply: SandboxReply, message: SandboxMessage) -> None:
    answer(client, {"text": "done", "response_type": "in_channel", "thread_ts": message.ts})
    assert newest().parent == message


def test_an_answer_can_replace_or_delete_the_message(
    client: Client, reply: SandboxReply, message: SandboxMessage
) -> None:
    answer(client, {"text": "the alert is over", "replace_original": True})
    message.refresh_from_db()
    assert message.payload["text"] == "the alert is over"
    answer(client, {"delete_original": True})
    assert not SandboxMessage.objects.exists()


def test_the_sixth_answer_is_refused(client: Client, reply: SandboxReply) -> None:
    answers = [answer(client, {"text": "x"}) for _ in range(6)]
    assert answers == [(200, "ok")] * 5 + [(404, "used_url")]


def test_after_thirty_minutes_no_answer_is_taken(client: Client, reply: SandboxReply) -> None:
    SandboxReply.objects.update(created_at=datetime.now(UTC) - timedelta(minutes=31))
    assert answer(client, {"text": "x"}) == (404, "expired_url")


def test_an_unknown_address_is_refused(client: Client, reply: SandboxReply) -> None:
    assert answer(client, {"text": "x"}, "other") == (404, "invalid_url")


@pytest.mark.parametrize(
    ("payload", "word"),
    [
        ("{", "invalid_payload"),
        ("[]", "invalid_payload"),
        ({}, "no_text"),
        ({"text": "x", "response_type": "loud"}, "invalid_payload"),
        ({"text": "x", "blocks": [{"type": "x"}]}, "invalid_blocks"),
        ({"replace_original": True}, "no_text"),
    ],
)
def test_an_answer_that_slack_would_not_show_is_refused(
    client: Client, reply: SandboxReply, payload: Any, word: str
) -> None:
    before = SandboxMessage.objects.count()
    assert answer(client, payload) == (400, word)
    assert SandboxMessage.objects.count() == before
