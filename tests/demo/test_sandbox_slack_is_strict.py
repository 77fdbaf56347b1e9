"""The sandbox's Slack refuses what the real one refuses, with its status and its word."""

import json
from typing import Any

import pytest
from django.test import Client

from demo.models import SandboxMessage, SandboxRoom, SandboxToken
from demo.sandbox import rooms
from demo.sandbox.blocks import check_blocks
from demo.sandbox.shapes import Malformed

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.demo.urls")]


@pytest.fixture
def hook() -> SandboxToken:
    return rooms.webhook(rooms.slack_channel("#ops"), "bellhop")


@pytest.fixture
def legacy() -> SandboxToken:
    return rooms.webhook(rooms.slack_channel("#ops"), "old", legacy=True)


def post(client: Client, hook: SandboxToken, payload: Any, path: str = "") -> tuple[int, str]:
    body = payload if isinstance(payload, str) else json.dumps(payload)
    url = "/sandbox/slack/" + (path or rooms.webhook_path(hook))
    answer = client.post(url, body, content_type="application/json")
    return answer.status_code, answer.content.decode()


def section(text: str = "hello", **more: Any) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def button(**more: Any) -> dict[str, Any]:
    return {"type": "button", "action_id": "a", "text": {"type": "plain_text", "text": "Go"}, **more}


def test_a_good_message_is_answered_ok_and_shown(client: Client, hook: SandboxToken) -> None:
    payload = {"text": "hi", "attachments": [{"color": "#d00000", "blocks": [section("*<https://bell.example|web>*")]}]}

    assert post(client, hook, payload) == (200, "ok")

    page = client.get("/sandbox/").content.decode()
    assert '<strong><a href="https://bell.example" rel="noreferrer">web</a></strong>' in page
    assert 'fill="#d00000"' in page


def test_the_old_form_field_works_too(client: Client, hook: SandboxToken) -> None:
    answer = client.post("/sandbox/slack/" + rooms.webhook_path(hook), {"payload": '{"text": "hi"}'})
    # Django's client sends multipart unless told otherwise, and Slack takes the urlencoded form only.
    assert answer.status_code == 400

    answer = client.post(
        "/sandbox/slack/" + rooms.webhook_path(hook),
        "payload=%7B%22text%22%3A%22hi%22%7D",
        content_type="application/x-www-form-urlencoded",
    )
    assert (answer.status_code, answer.content) == (200, b"ok")


@pytest.mark.parametrize(
    ("payload", "status", "word"),
    [
        ("{", 400, "invalid_payload"),
        ("[]", 400, "invalid_payload"),
        ('{"text": NaN}', 400, "invalid_payload"),
        ({"text": 7}, 400, "invalid_payload"),
        ({}, 400, "no_text"),
        ({"text": ""}, 400, "no_text"),
        ({"attachments": []}, 400, "no_text"),
        ({"attachments": [{"color": "good"}]}, 400, "missing_text_or_fallback_or_attachments"),
        ({"attachments": [{"text": "x"}] * 101}, 400, "too_many_attachments"),
        ({"attachments": [{"text": "x", "color": "reddish"}]}, 400, "invalid_blocks"),
        ({"text": "x", "blocks": [section()] * 51}, 400, "invalid_blocks"),
        ({"text": "x", "blocks": {"type": "section"}}, 400, "invalid_blocks"),
        ({"attachments": [{"blocks": [section("x" * 3001)]}]}, 400, "invalid_blocks"),
        ({"text": "x", "channel": "#ops"}, 404, "channel_not_found"),
    ],
)
def test_bad_messages_are_refused(client: Client, hook: SandboxToken, payload: Any, status: int, word: str) -> None:
    assert post(client, hook, payload) == (status, word)
    assert not SandboxMessage.objects.exists()


@pytest.mark.parametrize(
    ("path", "status", "word"),
    [
        ("services/TOTHER/{hook}/{token}", 404, "no_team"),
        ("services/T0SANDBOX/x/{token}", 404, "no_service_id"),
        ("services/T0SANDBOX/BNOBODY/{token}", 404, "no_service"),
        ("services/T0SANDBOX/{hook}/wrong", 403, "invalid_token"),
    ],
)
def test_bad_addresses_are_refused(client: Client, hook: SandboxToken, path: str, status: int, word: str) -> None:
    assert post(client, hook, {"text": "x"}, path.format(hook=hook.hook, token=hook.token)) == (status, word)


def test_a_switched_off_webhook_is_refused(client: Client, hook: SandboxToken) -> None:
    SandboxToken.objects.update(active=False)
    assert post(client, hook, {"text": "x"}) == (404, "no_active_hooks")


@pytest.mark.parametrize(
    ("change", "status", "word"),
    [({"archived": True}, 410, "channel_is_archived"), ({"restricted": True}, 403, "action_prohibited")],
)
def test_closed_channels_are_refused(
    client: Client, hook: SandboxToken, change: dict[str, bool], status: int, word: str
) -> None:
    SandboxRoom.objects.update(**change)
    assert post(client, hook, {"text": "x"}) == (status, word)


@pytest.mark.parametrize(
    ("payload", "status", "word"),
    [
        ({"text": "x", "channel": "#ops"}, 200, "ok"),
        ({"text": "x", "channel": "#nowhere"}, 404, "channel_not_found"),
        ({"text": "x", "channel": "@nobody"}, 400, "user_not_found"),
        ({"text": "x", "channel": "@ann"}, 200, "ok"),
        ({"text": "x", "blocks": [{"type": "actions", "elements": [button()]}]}, 400, "invalid_blocks"),
    ],
)
def test_a_legacy_webhook_may_choose_its_channel(
    client: Client, legacy: SandboxToken, payload: Any, status: int, word: str
) -> None:
    assert post(client, legacy, payload) == (status, word)


def test_more_than_a_message_a_second_is_told_to_wait(client: Client, hook: SandboxToken) -> None:
    answers = [
        client.post("/sandbox/slack/" + rooms.webhook_path(hook), '{"text": "x"}', content_type="application/json")
        for _ in range(8)
    ]

    refused = [answer for answer in answers if answer.status_code == 429]
    assert answers[0].status_code == 200
    assert refused
    assert all(int(answer["Retry-After"]) >= 1 for answer in refused)
    assert SandboxMessage.objects.count() == len(answers) - len(refused)


@pytest.mark.parametrize(
    "block",
    [
        {"type": "header", "text": {"type": "plain_text", "text": "x", "emoji": True}},
        section(fields=[{"type": "plain_text", "text": "x"}] * 10),
        section(accessory=button(style="danger", value="17", url="https://bell.example/")),
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "x"}]},
        {"type": "divider", "block_id": "d"},
        {"type": "actions", "elements": [button(), button(action_id="b")]},
        {"type": "image", "image_url": "https://bell.example/a.png", "alt_text": "x"},
        {"type": "markdown", "text": "**x**"},
    ],
)
def test_good_blocks_pass(block: dict[str, Any]) -> None:
    check_blocks([block])


@pytest.mark.parametrize(
    "block",
    [
        {"type": "table"},
        {"type": "header", "text": {"type": "mrkdwn", "text": "x"}},
        {"type": "header", "text": {"type": "plain_text", "text": "x" * 151}},
        {"type": "section"},
        section(""),
        section("x", surprise=1),
        section(fields=[]),
        section(fields=[{"type": "plain_text", "text": "x"}] * 11),
        section(fields=[{"type": "plain_text", "text": "x" * 2001}]),
        section(block_id="x" * 256),
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "x"}] * 11},
        {"type": "divider", "text": "x"},
        {"type": "actions", "elements": [button(), button()]},
        {"type": "actions", "elements": [button(action_id=str(n)) for n in range(26)]},
        {"type": "actions", "elements": [button(style="loud")]},
        {"type": "actions", "elements": [button(value="x" * 2001)]},
        {"type": "actions", "elements": [button(text={"type": "plain_text", "text": "x" * 76})]},
        {"type": "image", "image_url": "javascript:x", "alt_text": "x"},
        {"type": "image", "image_url": "https://bell.example/a.png"},
        {"type": "markdown", "text": "x" * 12_001},
    ],
)
def test_bad_blocks_do_not(block: dict[str, Any]) -> None:
    with pytest.raises(Malformed, match=r"blocks\[0\]"):
        check_blocks([block])


def test_two_blocks_may_not_share_an_id() -> None:
    with pytest.raises(Malformed, match="used twice"):
        check_blocks([section(block_id="a"), section(block_id="a")])


def test_hostile_text_stays_text(client: Client, hook: SandboxToken) -> None:
    post(client, hook, {"text": "<script>alert(1)</script> <https://x.example|<b>> \ue0000\ue001 <javascript:x|y>"})

    page = client.get("/sandbox/").content.decode()

    assert "alert(1)" in page
    assert "<script>alert" not in page
    assert 'href="javascript' not in page
