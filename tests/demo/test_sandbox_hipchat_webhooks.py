"""The sandbox's HipChat has room webhooks as the real one had: by API, by pattern, signed where one asks for it."""

import json
from typing import Any

import jwt
import pytest
from django.test import Client

from demo.models import SandboxHook, SandboxMessage, SandboxRoom, SandboxToken
from demo.sandbox import rooms
from demo.sandbox.calling import Answer
from demo.sandbox.people import ANN, BOB
from tests.demo.conftest import HOOKS, Listener

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.demo.urls")]
WANTED = {"url": f"{HOOKS}/hipchat/x/", "event": "room_message", "pattern": r"^/bellhop\b", "name": "Bellhop"}


@pytest.fixture
def room() -> SandboxRoom:
    return rooms.hipchat_room("Operations")


@pytest.fixture
def token(room: SandboxRoom) -> SandboxToken:
    return rooms.room_token(room, "Bellhop", rooms.ADMIN)


def call(client: Client, method: str, room: SandboxRoom, token: str, rest: str = "", body: Any = None) -> Any:
    path = f"/sandbox/hipchat/v2/room/{room.api_id}/webhook{rest}"
    content = body if isinstance(body, str) else json.dumps(body)
    headers = {"Authorization": f"Bearer {token}"}
    return client.generic(method, path, content, content_type="application/json", headers=headers)


def register(client: Client, room: SandboxRoom, token: SandboxToken, **more: str) -> SandboxHook:
    answer = call(client, "POST", room, token.token, body={**WANTED, **more})
    assert answer.status_code == 201
    return SandboxHook.objects.get(pk=answer.json()["id"])


def say(client: Client, room: SandboxRoom, text: str, person: str = ANN.id) -> list[SandboxMessage]:
    client.post(f"/sandbox/rooms/{room.pk}/say/", {"text": text, "person": person})
    return list(room.messages.order_by("at", "id"))


def test_a_webhook_is_made_listed_and_removed(client: Client, room: SandboxRoom, token: SandboxToken) -> None:
    hook = register(client, room, token)

    listed = call(client, "GET", room, token.token).json()
    assert [(each["id"], each["url"], each["pattern"]) for each in listed["items"]] == [
        (hook.pk, WANTED["url"], WANTED["pattern"])
    ]
    assert call(client, "GET", room, token.token, "?start-index=1").json()["items"] == []
    assert call(client, "DELETE", room, token.token, f"/{hook.pk}").status_code == 204
    assert call(client, "DELETE", room, token.token, f"/{hook.pk}").status_code == 404


def test_only_who_administers_the_room_may_do_so(client: Client, room: SandboxRoom, token: SandboxToken) -> None:
    plain = rooms.room_token(room, "plain")
    for method in ("GET", "POST"):
        refused = call(client, method, room, plain.token, body=WANTED)
        assert refused.status_code == 403
        assert "admin_room" in refused.json()["error"]["message"]
    assert call(client, "GET", rooms.hipchat_room("Other"), token.token).status_code == 403
    assert call(client, "GET", room, "wrong").status_code == 401
    assert call(client, "PUT", room, token.token).status_code == 405
    assert not SandboxHook.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        "{",
        [],
        {},
        {**WANTED, "event": "room_shout"},
        {**WANTED, "pattern": "("},
        {**WANTED, "authentication": "basic"},
        {**WANTED, "key": "x" * 41},
        {**WANTED, "surprise": 1},
        {**WANTED, "url": "https://evil.example/"},
    ],
)
def test_a_bad_webhook_is_refused(client: Client, room: SandboxRoom, token: SandboxToken, body: Any) -> None:
    assert call(client, "POST", room, token.token, body=body).status_code == 400
    assert not SandboxHook.objects.exists()


def test_what_matches_is_told_as_hipchat_told_it(
    client: Client, room: SandboxRoom, token: SandboxToken, bellhop: Listener
) -> None:
    hook = register(client, room, token)
    say(client, room, "/bellhop ack 17", BOB.id)

    [called] = bellhop.calls
    assert (called.url, called.headers["Content-Type"]) == (WANTED["url"], "application/json")
    assert "Authorization" not in called.headers
    told = json.loads(called.body)
    assert (told["event"], told["webhook_id"]) == ("room_message", hook.pk)
    message = told["item"]["message"]
    assert (message["message"], message["type"]) == ("/bellhop ack 17", "message")
    assert message["from"]["id"] == BOB.number
    assert message["from"]["mention_name"] == "bob"
    assert told["item"]["room"]["id"] == room.api_id


@pytest.mark.parametrize("text", ["lunch?", "/bellhopper ack 17", "say /bellhop"])
def test_what_does_not_match_is_told_to_nobody(
    client: Client, room: SandboxRoom, token: SandboxToken, bellhop: Listener, text: str
) -> None:
    register(client, room, token)
    assert [said.sender for said in say(client, room, text)] == ["Ann Lee"]
    assert bellhop.calls == []


def test_what_is_posted_by_api_calls_nobody(
    client: Client, room: SandboxRoom, token: SandboxToken, bellhop: Listener
) -> None:
    register(client, room, token)
    path, headers = f"/sandbox/hipchat/v2/room/{room.api_id}/notification", {"Authorization": f"Bearer {token.token}"}
    client.post(path, {"message": "/bellhop list"}, content_type="application/json", headers=headers)
    assert bellhop.calls == []


def test_a_signed_call_can_be_checked_with_the_tokens_secret(
    client: Client, room: SandboxRoom, token: SandboxToken, bellhop: Listener
) -> None:
    register(client, room, token, authentication="jwt")
    say(client, room, "/bellhop list")
    say(client, room, "/bellhop list")

    given = [called.headers["Authorization"].removeprefix("JWT ") for called in bellhop.calls]
    claims = [jwt.decode(each, token.oauth_secret, algorithms=["HS256"]) for each in given]
    assert claims[0]["context"]["room_id"] == room.api_id
    assert claims[0]["sub"] == str(ANN.number)
    assert claims[0]["jti"] != claims[1]["jti"]


def test_the_answer_is_posted_into_the_room(
    client: Client, room: SandboxRoom, token: SandboxToken, bellhop: Listener
) -> None:
    register(client, room, token)
    bellhop.answer = Answer(200, b'{"message": "<b>#17</b> is Ann\'s", "color": "purple"}', "application/json")
    _, answer = say(client, room, "/bellhop ack 17")
    assert (answer.sender, answer.payload["color"]) == ("Bellhop", "purple")
    assert "<b>#17</b>" in client.get("/sandbox/").content.decode()


def test_204_posts_nothing(client: Client, room: SandboxRoom, token: SandboxToken, bellhop: Listener) -> None:
    register(client, room, token)
    bellhop.answer = Answer(204)
    assert len(say(client, room, "/bellhop ack 17")) == 1


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(401), "answered HTTP 401"),
        (Answer(0), "did not answer"),
        (Answer(200, b"<html>"), "no JSON"),
        (Answer(200, b'{"color": "red"}'), "cannot be posted"),
    ],
)
def test_any_other_answer_is_said_in_the_room(
    client: Client, room: SandboxRoom, token: SandboxToken, bellhop: Listener, answer: Answer, words: str
) -> None:
    register(client, room, token)
    bellhop.answer = answer
    assert words in say(client, room, "/bellhop ack 17")[-1].payload["message"]
