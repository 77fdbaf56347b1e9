"""The sandbox's Slack Web API takes what Slack takes and refuses in Slack's words, as Slack's own client sees it."""

import json
import logging
from typing import Any

import pytest
from django.test import Client
from pytest_django.live_server_helper import LiveServer
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from demo.models import SandboxApp, SandboxMessage, SandboxRoom
from demo.sandbox import apps, rates, rooms

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.demo.urls")]
CARD = {"color": "#d00000", "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "*down*"}}]}


@pytest.fixture(autouse=True)
def no_hurry(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Most tests here are not about the pace."""
    if "slowed" not in request.node.name:
        monkeypatch.setattr(rates, "slack_wait", lambda room, now: 0)


def call(client: Client, app: SandboxApp | None, method: str, **arguments: Any) -> Any:
    headers = {"Authorization": f"Bearer {app.bot_token}"} if app else {}
    path = f"/sandbox/slack/api/{method}"
    answer = client.post(path, json.dumps(arguments), content_type="application/json", headers=headers)
    assert answer.status_code == 200
    return answer.json()


def posted(client: Client, app: SandboxApp, ops: SandboxRoom, **arguments: Any) -> str:
    answer = call(client, app, "chat.postMessage", **{"channel": "#ops", "text": "hi", **arguments})
    assert answer["ok"], answer
    assert answer["channel"] == ops.channel_id
    return str(answer["ts"])


def refusal(client: Client, app: SandboxApp | None, method: str, **arguments: Any) -> str:
    answer = call(client, app, method, **arguments)
    assert answer["ok"] is False
    return str(answer["error"])


@pytest.mark.django_db(transaction=True)
def test_slacks_own_client_posts_updates_replies_and_deletes(
    live_server: LiveServer, ops: SandboxRoom, app: SandboxApp
) -> None:
    logging.getLogger("slack_sdk").setLevel(logging.ERROR)
    slack = WebClient(token=app.bot_token, base_url=f"{live_server.url}/sandbox/slack/api/")

    assert slack.auth_test()["user_id"] == app.bot_user
    first = slack.chat_postMessage(channel="#ops", text="#1 MAJOR", attachments=[CARD])
    channel, ts = first["channel"], first["ts"]
    assert first["message"]["bot_id"] == app.bot_id
    slack.chat_update(channel=channel, ts=ts, text="#1 CLEARED", attachments=[{**CARD, "color": "good"}])
    reply = slack.chat_postMessage(channel=channel, thread_ts=ts, text="over", reply_broadcast=True)
    assert reply["message"]["thread_ts"] == ts
    slack.chat_delete(channel=channel, ts=reply["ts"])
    with pytest.raises(SlackApiError) as refused:
        slack.chat_update(channel=channel, ts="1.000001", text="x")
    assert refused.value.response["error"] == "message_not_found"

    only = SandboxMessage.objects.get()
    assert only.payload["text"] == "#1 CLEARED"
    assert [was["text"] for was in only.history] == ["#1 MAJOR"]


def test_a_form_is_taken_as_well_as_json(client: Client, ops: SandboxRoom, app: SandboxApp) -> None:
    form = {"token": app.bot_token, "channel": ops.channel_id, "text": "hi", "attachments": json.dumps([CARD])}
    assert client.post("/sandbox/slack/api/chat.postMessage", form).json()["ok"]
    assert client.post("/sandbox/slack/api/chat.postMessage", {**form, "attachments": "{"}).json()["ok"] is False


def test_who_has_no_good_token_is_told_so(client: Client, app: SandboxApp, ops: SandboxRoom) -> None:
    assert refusal(client, None, "auth.test") == "not_authed"
    assert refusal(client, SandboxApp(bot_token="xoxb-wrong"), "auth.test") == "invalid_auth"
    assert refusal(client, None, "auth.test", token=app.bot_token) == "not_authed"
    SandboxApp.objects.update(revoked=True)
    assert refusal(client, app, "auth.test") == "token_revoked"


def test_a_lacking_scope_is_named(client: Client, ops: SandboxRoom) -> None:
    answer = call(client, apps.make(apps.Design("x", ("commands",))), "chat.postMessage", channel="#ops", text="x")
    assert (answer["error"], answer["needed"], answer["provided"]) == ("missing_scope", "chat:write", "commands")


def test_without_the_public_scope_a_bot_must_be_in_the_channel(client: Client, ops: SandboxRoom) -> None:
    guest = apps.make(apps.Design("x", ("chat:write",)))
    assert refusal(client, guest, "chat.postMessage", channel="#ops", text="x") == "not_in_channel"
    guest.rooms.add(ops)
    posted(client, guest, ops)


@pytest.mark.parametrize(
    ("change", "posting", "updating"),
    [
        ({"archived": True}, "is_archived", "is_inactive"),
        ({"restricted": True}, "restricted_action", "restricted_action"),
    ],
)
def test_closed_channels_are_refused(
    client: Client, ops: SandboxRoom, app: SandboxApp, change: dict[str, bool], posting: str, updating: str
) -> None:
    ts = posted(client, app, ops)
    SandboxRoom.objects.update(**change)
    assert refusal(client, app, "chat.postMessage", channel="#ops", text="x") == posting
    assert refusal(client, app, "chat.update", channel=ops.channel_id, ts=ts, text="x") == updating


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({}, "invalid_arguments"),
        ({"channel": 7, "text": "x"}, "invalid_arguments"),
        ({"channel": "#nowhere", "text": "x"}, "channel_not_found"),
        ({"channel": "C0SBX99999", "text": "x"}, "channel_not_found"),
        ({"channel": "#ops"}, "no_text"),
        ({"channel": "#ops", "text": 7}, "invalid_arguments"),
        ({"channel": "#ops", "attachments": [{"color": "good"}]}, "no_text"),
        ({"channel": "#ops", "attachments": [{"text": "x"}] * 101}, "too_many_attachments"),
        ({"channel": "#ops", "text": "x", "blocks": [{"type": "table"}]}, "invalid_blocks"),
        ({"channel": "#ops", "text": "x", "thread_ts": "1.000001"}, "thread_not_found"),
    ],
)
def test_bad_messages_are_refused(
    client: Client, ops: SandboxRoom, app: SandboxApp, arguments: dict[str, Any], word: str
) -> None:
    assert refusal(client, app, "chat.postMessage", **arguments) == word
    assert not SandboxMessage.objects.exists()


def test_too_much_text_in_blocks_is_refused(client: Client, ops: SandboxRoom, app: SandboxApp) -> None:
    section = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2_500}}
    longest = {"channel": "#ops", "attachments": [{"blocks": [section] * 4}]}
    assert refusal(client, app, "chat.postMessage", **longest) == "msg_blocks_too_long"


def test_a_reply_takes_no_reply(client: Client, ops: SandboxRoom, app: SandboxApp) -> None:
    reply = posted(client, app, ops, thread_ts=posted(client, app, ops))
    assert refusal(client, app, "chat.postMessage", channel="#ops", text="x", thread_ts=reply) == (
        "cannot_reply_to_message"
    )


def test_an_app_changes_and_deletes_its_own_messages_only(client: Client, ops: SandboxRoom, app: SandboxApp) -> None:
    ts, other = posted(client, app, ops), apps.make(apps.Design("Other"))
    assert refusal(client, other, "chat.update", channel=ops.channel_id, ts=ts, text="x") == "cant_update_message"
    assert refusal(client, other, "chat.delete", channel=ops.channel_id, ts=ts) == "cant_delete_message"
    assert refusal(client, app, "chat.update", channel="#ops", ts=ts, text="x") == "channel_not_found"
    assert refusal(client, app, "chat.update", channel=ops.channel_id, ts=ts, text="x" * 4_001) == "msg_too_long"


def test_an_update_keeps_attachments_that_it_does_not_speak_of(
    client: Client, ops: SandboxRoom, app: SandboxApp
) -> None:
    blocks = [{"type": "divider"}]
    where = {"channel": ops.channel_id, "ts": posted(client, app, ops, attachments=[CARD], blocks=blocks)}

    call(client, app, "chat.update", **where, text="new")
    assert "blocks" not in SandboxMessage.objects.get().payload
    assert SandboxMessage.objects.get().payload["attachments"][0]["color"] == "#d00000"

    call(client, app, "chat.update", **where, text="new", attachments=[])
    assert not SandboxMessage.objects.get().payload["attachments"]


@pytest.mark.parametrize(
    ("body", "kind", "word"),
    [
        ("{", "application/json", "invalid_json"),
        ("[]", "application/json", "json_not_object"),
        ("{}", "text/plain", "invalid_post_type"),
    ],
)
def test_bodies_that_are_no_arguments_are_refused(client: Client, body: str, kind: str, word: str) -> None:
    assert client.post("/sandbox/slack/api/auth.test", body, content_type=kind).json()["error"] == word


def test_other_methods_are_unknown(client: Client, app: SandboxApp) -> None:
    assert refusal(client, app, "files.upload") == "unknown_method"


def test_too_fast_is_slowed_down_with_429(client: Client, ops: SandboxRoom, app: SandboxApp) -> None:
    headers = {"Authorization": f"Bearer {app.bot_token}"}
    path, body = "/sandbox/slack/api/chat.postMessage", json.dumps({"channel": "#ops", "text": "x"})
    answers = [client.post(path, body, content_type="application/json", headers=headers) for _ in range(8)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert answers[0].json()["ok"]
    assert refused
    assert all(int(answer["Retry-After"]) >= 1 for answer in refused)
    assert refused[0].json() == {"ok": False, "error": "ratelimited"}


def test_two_messages_never_bear_the_same_time(ops: SandboxRoom) -> None:
    now = SandboxMessage._meta.get_field("at").get_default()
    assert len({rooms.post(ops, "x", {"text": "x"}, now).ts for _ in range(5)}) == 5
