"""Who presses a button or types a command in the sandbox's Slack: Bellhop hears it as Slack tells it, and signed."""

import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from slack_sdk.signature import SignatureVerifier

from demo.models import SandboxApp, SandboxMessage, SandboxReply, SandboxRoom
from demo.sandbox import rooms
from demo.sandbox.calling import Answer
from demo.sandbox.people import ANN, BOB
from tests.demo.conftest import Called, Listener

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.demo.urls")]
NOW = datetime(2026, 3, 2, 12, 0, 0, 250_000, tzinfo=UTC)
ACK = {"type": "button", "action_id": "ack", "value": "u:17", "text": {"type": "plain_text", "text": "Acknowledge"}}
QUESTION = {
    "title": {"type": "plain_text", "text": "Close #17?"},
    "text": {"type": "plain_text", "text": "It is over then."},
    "confirm": {"type": "plain_text", "text": "Close it"},
    "deny": {"type": "plain_text", "text": "Leave it"},
}
CLOSE = {**ACK, "action_id": "close", "text": {"type": "plain_text", "text": "Close"}, "confirm": QUESTION}
OPEN = {**ACK, "action_id": "open", "text": {"type": "plain_text", "text": "Open"}, "url": "https://bell.example/"}
BLOCK = {"type": "actions", "block_id": "deeds", "elements": [ACK, CLOSE, OPEN]}


@pytest.fixture
def message(app: SandboxApp, ops: SandboxRoom) -> SandboxMessage:
    card = {"id": 1, "color": "#d00000", "fallback": "#17", "blocks": [BLOCK]}
    return rooms.post(ops, "Bellhop", {"text": "#17 MAJOR", "attachments": [card]}, NOW, app=app)


def press(client: Client, message: SandboxMessage, action: str = "ack", block: str = "deeds") -> Any:
    return client.post("/sandbox/press/", {"press": json.dumps([message.pk, block, action])})


def say(client: Client, room: SandboxRoom, text: str, person: str = ANN.id) -> list[SandboxMessage]:
    """What stands in the room afterwards, oldest first."""
    client.post(f"/sandbox/rooms/{room.pk}/say/", {"text": text, "person": person})
    return list(room.messages.order_by("at", "id"))


def is_signed(called: Called, app: SandboxApp) -> bool:
    return SignatureVerifier(app.signing_secret).is_valid_request(called.body.decode(), dict(called.headers))


def test_a_press_is_posted_as_slack_posts_it(
    client: Client, message: SandboxMessage, app: SandboxApp, bellhop: Listener
) -> None:
    press(client, message)

    [called] = bellhop.calls
    assert called.url == app.actions_url
    assert is_signed(called, app)
    assert abs(int(called.headers["X-Slack-Request-Timestamp"]) - time.time()) < 60
    told = json.loads(called.form["payload"])
    assert told["type"] == "block_actions"
    assert told["user"] == {"id": ANN.id, "username": "ann", "name": "ann", "team_id": rooms.WORKSPACE}
    assert told["channel"] == {"id": message.room.channel_id, "name": "ops"}
    assert told["container"]["attachment_id"] == 1
    assert told["message"]["ts"] == message.ts
    [action] = told["actions"]
    assert (action["action_id"], action["block_id"], action["value"]) == ("ack", "deeds", "u:17")


def test_a_press_is_by_whom_one_chose_to_be(client: Client, message: SandboxMessage, bellhop: Listener) -> None:
    client.post("/sandbox/you/", {"person": BOB.id})
    press(client, message)
    assert json.loads(bellhop.calls[0].form["payload"])["user"]["id"] == BOB.id


def test_the_answer_address_is_where_the_app_calls_us(
    client: Client, message: SandboxMessage, app: SandboxApp, bellhop: Listener
) -> None:
    headers = {"Authorization": f"Bearer {app.bot_token}"}
    client.post("/sandbox/slack/api/auth.test", headers=headers, HTTP_HOST="127.0.0.1:8000")
    press(client, message)
    url = json.loads(bellhop.calls[0].form["payload"])["response_url"]
    assert url.startswith("http://127.0.0.1:8000/sandbox/slack/answers/")


def test_the_page_asks_before_a_press_that_wants_a_question(client: Client, message: SandboxMessage) -> None:
    page = client.get("/sandbox/").content.decode()
    assert page.index("popovertarget=") < page.index("Close #17?") < page.index("Close it") < page.index("Leave it")
    assert page.count('name="press" value=') == 2  # acknowledging, and the answer to the question
    assert '<a class="button " href="https://bell.example/"' in page


def test_messages_of_webhooks_have_no_button_that_works(client: Client, ops: SandboxRoom, bellhop: Listener) -> None:
    message = rooms.post(ops, "hook", {"text": "x", "blocks": [BLOCK]}, NOW)
    assert 'name="press" value=' not in client.get("/sandbox/").content.decode()
    press(client, message)
    assert bellhop.calls == []


@pytest.mark.parametrize(("action", "block"), [("shout", "deeds"), ("ack", "other")])
def test_a_button_that_is_not_there_cannot_be_pressed(
    client: Client, message: SandboxMessage, bellhop: Listener, action: str, block: str
) -> None:
    assert press(client, message, action, block).status_code == 404
    assert bellhop.calls == []


@pytest.mark.parametrize("text", ["", "7", "{}", "[1]", '["x", "y", "z"]', "[null, 1, 2]", "[1e400, 1, 2]"])
def test_a_press_of_nothing_is_not_found(client: Client, text: str) -> None:
    assert client.post("/sandbox/press/", {"press": text}).status_code == 404


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(401), "answered HTTP 401"),
        (Answer(0, late=True), "operation_timeout"),
        (Answer(0), "cannot be reached"),
    ],
)
def test_a_press_that_fails_says_so_to_who_pressed(
    client: Client, message: SandboxMessage, bellhop: Listener, answer: Answer, words: str
) -> None:
    bellhop.answer = answer
    press(client, message)
    said = SandboxMessage.objects.get(sender="Slackbot")
    assert words in said.payload["text"]
    assert said.seen_by == ANN.id


@pytest.mark.parametrize("name", ["bob", "Bob", "Bob Stone", "bob stone"])
def test_a_command_is_posted_as_slack_posts_it(
    name: str, client: Client, ops: SandboxRoom, app: SandboxApp, bellhop: Listener
) -> None:
    say(client, ops, f"/bellhop assign 17 @{name} & <b> in #ops")

    [called] = bellhop.calls
    assert called.url == app.command_url
    assert is_signed(called, app)
    form = called.form
    assert (form["command"], form["user_id"], form["team_id"]) == ("/bellhop", ANN.id, rooms.WORKSPACE)
    assert form["text"] == f"assign 17 <@{BOB.id}|bob> &amp; &lt;b&gt; in <#{ops.channel_id}|ops>"
    assert form["channel_name"] == "ops"


def test_an_answer_to_one_alone_leaves_what_was_typed_to_them(
    client: Client, ops: SandboxRoom, app: SandboxApp, bellhop: Listener
) -> None:
    bellhop.answer = Answer(200, b'{"text": "No such alert."}', "application/json; charset=utf-8")
    typed, answer = say(client, ops, "/bellhop ack 99", BOB.id)
    assert (typed.seen_by, answer.seen_by, answer.payload["text"]) == (BOB.id, BOB.id, "No such alert.")


def test_an_answer_to_all_shows_what_was_typed_as_well(
    client: Client, ops: SandboxRoom, app: SandboxApp, bellhop: Listener
) -> None:
    bellhop.answer = Answer(200, b'{"text": "Done.", "response_type": "in_channel"}', "application/json")
    typed, answer = say(client, ops, "/bellhop ack 17")
    assert (typed.seen_by, answer.seen_by) == ("", "")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(200, b"plain words", "text/plain"), "plain words"),
        (Answer(200, b"[]", "application/json"), "invalid_payload"),
        (Answer(200, b'{"response_type": "loud", "text": "x"}', "application/json"), "invalid_payload"),
        (Answer(200, b'{"blocks": [{"type": "x"}]}', "application/json"), "invalid_blocks"),
        (Answer(500), "answered HTTP 500"),
        (Answer(0, late=True), "operation_timeout"),
    ],
)
def test_other_answers_are_shown_as_slack_shows_them(
    client: Client, ops: SandboxRoom, app: SandboxApp, bellhop: Listener, answer: Answer, words: str
) -> None:
    bellhop.answer = answer
    said = say(client, ops, "/bellhop list")
    assert words in said[-1].payload["text"]
    assert said[-1].seen_by == ANN.id


def test_an_empty_answer_shows_nothing(client: Client, ops: SandboxRoom, app: SandboxApp, bellhop: Listener) -> None:
    assert len(say(client, ops, "/bellhop list")) == 1


def test_a_command_that_nobody_has_is_refused_by_slack(client: Client, ops: SandboxRoom, bellhop: Listener) -> None:
    [said] = say(client, ops, "/nobody here")
    assert "not a valid command" in said.payload["text"]
    assert bellhop.calls == []


def test_plain_words_are_said_and_heard_by_nobody(client: Client, ops: SandboxRoom, bellhop: Listener) -> None:
    [said] = say(client, ops, "lunch, @bob? <script>")
    assert said.payload["text"] == f"lunch, <@{BOB.id}>? &lt;script&gt;"
    assert (said.sender, bellhop.calls) == ("Ann Lee", [])


def test_nobody_speaks_in_an_archived_room(client: Client, ops: SandboxRoom) -> None:
    SandboxRoom.objects.update(archived=True)
    assert say(client, ops, "hello?") == []


def test_each_deed_has_an_answer_address_of_its_own(client: Client, message: SandboxMessage, bellhop: Listener) -> None:
    press(client, message)
    press(client, message)
    assert SandboxReply.objects.values("key").distinct().count() == 2
