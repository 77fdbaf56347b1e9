"""The sandbox's HipChat refuses what the real one refused, with its status, error body and headers."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from demo.models import SandboxMessage, SandboxRoom, SandboxToken
from demo.sandbox import rooms

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.demo.urls")]
MINUTE = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
CARD = {"style": "application", "id": "1", "title": "t", "url": "https://bell.example/", "format": "medium"}


@pytest.fixture
def room() -> SandboxRoom:
    return rooms.hipchat_room("Ops room")


@pytest.fixture
def token(room: SandboxRoom) -> SandboxToken:
    return rooms.room_token(room, "Bellhop")


def notify(client: Client, room: str | int | None, token: str, payload: Any, query: str = "") -> Any:
    body = payload if isinstance(payload, str) else json.dumps(payload)
    path = f"/sandbox/hipchat/v2/room/{room}/notification{query}"
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return client.post(path, body, content_type="application/json", headers=headers)


def refusal(answer: Any) -> tuple[int, str]:
    error = json.loads(answer.content)["error"]
    assert error["code"] == answer.status_code
    assert error["message"]
    return answer.status_code, error["type"]


def test_a_notification_is_answered_204_and_shown(client: Client, room: SandboxRoom, token: SandboxToken) -> None:
    attributes = [{"label": "State", "value": {"label": "critical", "style": "lozenge-error"}}]
    payload = {"message": "<b>down</b>", "color": "red", "card": {**CARD, "attributes": attributes}, "from": "Ops"}

    answer = notify(client, room.api_id, token.token, payload)

    assert (answer.status_code, answer.content) == (204, b"")
    assert answer["X-FloodControl-Remaining"] == "29"
    page = client.get("/sandbox/").content.decode()
    assert "Bellhop · Ops" in page
    assert '<dd class="lozenge-error">critical</dd>' in page
    assert "<b>down</b>" in page


@pytest.mark.parametrize("room_part", ["Ops%20room", "ops%20ROOM"])
def test_a_room_answers_to_its_name_too(client: Client, token: SandboxToken, room_part: str) -> None:
    assert notify(client, room_part, "", {"message": "x"}, f"?auth_token={token.token}").status_code == 204


def test_a_token_can_be_tested_without_posting(client: Client, room: SandboxRoom, token: SandboxToken) -> None:
    assert notify(client, room.api_id, token.token, "", "?auth_test=true").status_code == 202
    assert notify(client, room.api_id, "wrong", "", "?auth_test=true").status_code == 401
    assert not SandboxMessage.objects.exists()


@pytest.mark.parametrize("given", ["", "wrong", "0123456789abcdef0123456789abcd"])
def test_unknown_tokens_are_unauthorized(client: Client, room: SandboxRoom, given: str) -> None:
    assert refusal(notify(client, room.api_id, given, {"message": "x"})) == (401, "Unauthorized")


def test_an_expired_personal_token_is_unauthorized(client: Client, room: SandboxRoom) -> None:
    old = rooms.personal_token("Ann", [rooms.NOTIFY], datetime.now(UTC) - timedelta(days=366))
    assert refusal(notify(client, room.api_id, old.token, {"message": "x"}))[0] == 401


def test_a_personal_token_posts_as_its_owner_in_any_room(client: Client, room: SandboxRoom) -> None:
    mine = rooms.personal_token("Ann", [rooms.NOTIFY], datetime.now(UTC))
    assert notify(client, room.api_id, mine.token, {"message": "x", "from": "Ops"}).status_code == 204
    assert SandboxMessage.objects.get().sender == "Ann"


def test_a_token_of_another_room_or_without_the_scope_is_forbidden(
    client: Client, room: SandboxRoom, token: SandboxToken
) -> None:
    other = rooms.hipchat_room("Other")
    viewer = rooms.personal_token("Ann", [rooms.VIEW], datetime.now(UTC))

    assert refusal(notify(client, other.api_id, token.token, {"message": "x"})) == (403, "Forbidden")
    answer = notify(client, room.api_id, viewer.token, {"message": "x"})
    assert refusal(answer) == (403, "Forbidden")
    assert "send_notification" in answer.content.decode()


def test_an_unknown_room_is_not_found(client: Client, token: SandboxToken) -> None:
    assert refusal(notify(client, 999, token.token, {"message": "x"})) == (404, "Not Found")
    assert refusal(notify(client, "nowhere", token.token, {"message": "x"})) == (404, "Not Found")


def test_other_methods_and_paths_are_refused(client: Client, room: SandboxRoom) -> None:
    assert refusal(client.get(f"/sandbox/hipchat/v2/room/{room.api_id}/notification"))[0] == 405
    assert refusal(client.get("/sandbox/hipchat/v2/user/1"))[0] == 404


def test_a_room_is_shown_to_tokens_that_may_view_it(client: Client, room: SandboxRoom, token: SandboxToken) -> None:
    path = f"/sandbox/hipchat/v2/room/{room.api_id}"
    viewer = rooms.personal_token("Ann", [rooms.VIEW], datetime.now(UTC))

    shown = client.get(path, headers={"Authorization": f"Bearer {viewer.token}"})
    assert json.loads(shown.content)["name"] == "Ops room"
    assert refusal(client.get(path, headers={"Authorization": f"Bearer {token.token}"}))[0] == 403


@pytest.mark.parametrize(
    "payload",
    [
        "{",
        "[]",
        {},
        {"message": ""},
        {"message": 5},
        {"message": "x" * 10_001},
        {"message": "x", "color": "grey"},
        {"message": "x", "message_format": "markdown"},
        {"message": "x", "notify": "maybe"},
        {"message": "x", "from": "x" * 65},
        {"message": "x", "attach_to": "x" * 37},
        {"message": "x", "card": []},
        {"message": "x", "card": {**CARD, "style": "fancy"}},
        {"message": "x", "card": {key: value for key, value in CARD.items() if key != "id"}},
        {"message": "x", "card": {**CARD, "title": "x" * 501}},
        {"message": "x", "card": {**CARD, "format": "large"}},
        {"message": "x", "card": {**CARD, "url": "javascript:x"}},
        {"message": "x", "card": {**CARD, "thumbnail": {}}},
        {"message": "x", "card": {**CARD, "activity": {}}},
        {"message": "x", "card": {**CARD, "description": {"format": "md", "value": "x"}}},
        {"message": "x", "card": {**CARD, "attributes": [{"label": "x"}]}},
        {"message": "x", "card": {**CARD, "attributes": [{"value": {"label": "x", "style": "lozenge-red"}}]}},
    ],
)
def test_bad_messages_are_refused(client: Client, room: SandboxRoom, token: SandboxToken, payload: Any) -> None:
    assert refusal(notify(client, room.api_id, token.token, payload)) == (400, "Bad Request")
    assert not SandboxMessage.objects.exists()


@time_machine.travel(MINUTE + timedelta(seconds=59.9), tick=False)
def test_thirty_a_minute_and_then_flood_control(client: Client, room: SandboxRoom, token: SandboxToken) -> None:
    answers = [notify(client, room.api_id, token.token, {"message": "x"}) for _ in range(31)]

    assert [answer.status_code for answer in answers] == 30 * [204] + [429]
    refused = answers[-1]
    assert refused["X-FloodControl-Remaining"] == "0"
    assert int(refused["X-FloodControl-Reset"]) == (MINUTE + timedelta(minutes=1)).timestamp()
    assert refusal(refused) == (429, "Too Many Requests")

    with time_machine.travel(MINUTE + timedelta(minutes=1), tick=False):
        assert notify(client, room.api_id, token.token, {"message": "x"}).status_code == 204


def test_hostile_html_is_dropped(client: Client, room: SandboxRoom, token: SandboxToken) -> None:
    hostile = '<script>alert(1)</script><a href="javascript:x" onclick="x">l</a><table><b>open'
    notify(client, room.api_id, token.token, {"message": hostile})

    page = client.get("/sandbox/").content.decode()

    assert "<script>alert" not in page
    assert "javascript:" not in page
    assert "onclick" not in page
