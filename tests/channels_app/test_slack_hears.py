"""Only what the app's signing secret signed, lately and byte for byte, is heard; then only what asks something."""

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.signature import Clock, SignatureVerifier

from channels_app.hearing import Forged, Garbled, Heard, Person, Request, Response, Trust
from channels_app.registry import kind
from channels_app.slack.inbound import HEARING
from channels_app.slack.spec import SlackSettings
from tests.servers.slack import SIGNING_SECRET, TOKEN

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
STAMP = str(int(NOW.timestamp()))
SETTINGS = SlackSettings(bot_token=TOKEN, signing_secret=SIGNING_SECRET, channel="#ops")
MARK = "0f8fad5b-d9cb-469f-a165-70867728950e:17"
REPLY_TO = "https://hooks.slack.com/commands/T1/2/3"
COMMAND = {
    "token": "deprecated",
    "team_id": "T01",
    "team_domain": "shop",
    "channel_id": "C0000000OPS",
    "channel_name": "ops",
    "user_id": "U0ANN",
    "user_name": "ann",
    "command": "/bellhop",
    "text": "ack 17",
    "response_url": REPLY_TO,
    "trigger_id": "1.2.3",
    "api_app_id": "A01",
}
PUBLISHED = (
    "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
    "&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
    "&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
    "&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
)


class At(Clock):
    """The library's clock, stopped."""

    def now(self) -> float:
        return NOW.timestamp()


def signature(body: bytes, stamp: str = STAMP, secret: str = SIGNING_SECRET) -> str:
    return f"v0={hmac.new(secret.encode(), f'v0:{stamp}:'.encode() + body, hashlib.sha256).hexdigest()}"


def call(body: bytes, door: str = "commands", stamp: str | None = STAMP, signed: str | None = None) -> Request:
    headers = {"x-slack-signature": signature(body, stamp or "") if signed is None else signed}
    return Request(door, headers | ({} if stamp is None else {"x-slack-request-timestamp": stamp}), {}, body)


def pressed(action: str = "ack", value: Any = MARK, **changes: Any) -> Request:
    payload = {
        "type": "block_actions",
        "team": {"id": "T01", "domain": "shop"},
        "user": {"id": "U0ANN", "username": "ann", "name": "ann", "team_id": "T01"},
        "api_app_id": "A01",
        "container": {"type": "message_attachment", "message_ts": "1.2", "channel_id": "C0000000OPS"},
        "channel": {"id": "C0000000OPS", "name": "ops"},
        "actions": [{"action_id": action, "block_id": "alert", "type": "button", "value": value, "action_ts": "1.2"}],
        "response_url": "https://hooks.slack.com/actions/T1/2/3",
        **changes,
    }
    return call(urlencode({"payload": json.dumps(payload)}).encode(), "actions")


def read(request: Request) -> Heard | Response:
    HEARING.verify(request, SETTINGS, NOW)
    return HEARING.read(request, SETTINGS)


def heard(request: Request) -> Heard:
    found = read(request)
    assert isinstance(found, Heard)
    return found


def command(**changes: str) -> Request:
    return call(urlencode(COMMAND | changes).encode())


def test_the_kind_hears() -> None:
    assert kind("slack").hear is HEARING
    assert HEARING.doors == ("actions", "commands")
    assert HEARING.key(SETTINGS) == SIGNING_SECRET


@pytest.mark.parametrize(
    ("typed", "trust", "lacks"),
    [
        (SETTINGS, Trust.PEOPLE, ""),
        (SlackSettings(bot_token=TOKEN), Trust.NOBODY, "signing secret"),
        (SlackSettings(url="https://hooks.slack.com/services/x"), Trust.NOBODY, "make an app"),
        (SlackSettings(url="https://hooks.slack.com/services/x", signing_secret="x" * 32), Trust.NOBODY, "make an app"),
    ],
)
def test_members_count_where_the_secret_is_known_and_else_nobody(
    typed: SlackSettings, trust: Trust, lacks: str
) -> None:
    assert HEARING.trust(typed) is trust
    assert lacks in HEARING.lacks(typed)
    assert bool(HEARING.lacks(typed)) == (trust is Trust.NOBODY)


@pytest.mark.parametrize(
    ("secret", "stamp", "body", "signed"),
    [
        (
            "bellhop-test-secret",
            "1700000000",
            "payload=%7B%22type%22%3A%22block_actions%22%7D",
            "v0=a442fd9223d0e3e1054cbb189990845e3df83102209dbcbb4e6746f457658552",
        ),
        (
            "8f742231b10e8888abcd99yyyzzz85a5",
            "1531420618",
            PUBLISHED,
            "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
        ),
    ],
)
def test_published_signatures_are_right(secret: str, stamp: str, body: str, signed: str) -> None:
    settings = SlackSettings(bot_token=TOKEN, signing_secret=secret)
    at = datetime.fromtimestamp(int(stamp), UTC)
    HEARING.verify(call(body.encode(), stamp=stamp, signed=signed), settings, at)
    for wrong in (signed.upper(), signed[:-1], signed + "0", signed.replace("v0", "v1"), "", "v0=", signed[3:]):
        with pytest.raises(Forged):
            HEARING.verify(call(body.encode(), stamp=stamp, signed=wrong), settings, at)


@given(st.binary(max_size=300), st.binary(max_size=20), st.integers(0, 2**200))
def test_a_changed_body_stamp_or_secret_proves_nothing(body: bytes, more: bytes, number: int) -> None:
    HEARING.verify(call(body), SETTINGS, NOW)
    signed = signature(body)
    forged = [
        call(body + more + b"!", signed=signed),
        call(body, stamp=str(int(STAMP) + 1), signed=signed),
        call(body, signed=signature(body, secret=f"{SIGNING_SECRET}!")),
        call(body, signed=f"v0={number:064x}"[:67]),
    ]
    for each in forged:
        with pytest.raises(Forged):
            HEARING.verify(each, SETTINGS, NOW)


@given(st.text(max_size=200), st.integers(-400, 400), st.sampled_from(["right", "wrong", "cut", ""]))
def test_slacks_own_library_says_the_same(text: str, seconds: int, how: str) -> None:
    body = text.encode(errors="replace")
    stamp = str(int(STAMP) + seconds)
    right = SignatureVerifier(SIGNING_SECRET).generate_signature(timestamp=stamp, body=body)
    assert right == signature(body, stamp)
    signed = {"right": right, "wrong": signature(body, stamp, "y" * 32), "cut": right[:-1], "": ""}[how]
    request = call(body, stamp=stamp, signed=signed)

    theirs = SignatureVerifier(SIGNING_SECRET, At()).is_valid_request(body, request.headers)
    try:
        HEARING.verify(request, SETTINGS, NOW)
        ours = True
    except Forged:
        ours = False
    assert ours == theirs == (how == "right" and abs(seconds) <= 300)


@pytest.mark.parametrize(
    "stamp",
    [
        *(None, "", "now", "-5", "1e9", " ", "17000000.5", "١٧٠٠٠٠٠٠٠٠", "9" * 13, "9" * 5_000, "0x10", "+1", "1_0"),
        *(f" {STAMP}", f"{STAMP}\n", f"{STAMP}, {STAMP}", "\ud800"),
    ],
)
def test_what_is_no_time_proves_nothing(stamp: str | None) -> None:
    body = b"payload=%7B%7D"
    signed = signature(body, (stamp or "").encode(errors="replace").decode())
    with pytest.raises(Forged):
        HEARING.verify(call(body, stamp=stamp, signed=signed), SETTINGS, NOW)


@pytest.mark.parametrize(("seconds", "taken"), [(-301, False), (-300, True), (0, True), (300, True), (301, False)])
def test_five_minutes_either_side_are_taken(seconds: int, taken: bool) -> None:
    request = call(b"x=1")
    if taken:
        HEARING.verify(request, SETTINGS, NOW + timedelta(seconds=seconds))
        return
    with pytest.raises(Forged):
        HEARING.verify(request, SETTINGS, NOW + timedelta(seconds=seconds))


@pytest.mark.parametrize("signed", ["\ud800", "é" * 67, "v0=" + "٠" * 64])
def test_a_signature_in_strange_letters_is_wrong(signed: str) -> None:
    with pytest.raises(Forged):
        HEARING.verify(call(b"x=1", signed=signed), SETTINGS, NOW)


def test_without_a_secret_nothing_is_proven_not_even_with_an_empty_one() -> None:
    body = b"x=1"
    with pytest.raises(Forged):
        HEARING.verify(call(body, signed=signature(body, secret="")), SlackSettings(bot_token=TOKEN), NOW)


def test_a_refusal_says_nothing_of_what_was_sent() -> None:
    with pytest.raises(Forged) as caught:
        HEARING.verify(call(b"text=canary", signed="v0=canary"), SETTINGS, NOW)
    assert "canary" not in str(caught.value)
    assert "canary" not in repr(call(b"text=canary", signed="v0=canary"))


def test_a_command_is_read_with_its_person_and_place() -> None:
    found = heard(command())
    assert found == Heard(
        words="ack 17",
        person=Person("T01", "U0ANN", "ann"),
        once=signature(urlencode(COMMAND).encode()),
        at=NOW,
        place="C0000000OPS",
        place_name="ops",
        reply_to=REPLY_TO,
    )
    assert REPLY_TO not in repr(found)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("assign 17 <@U012345|ann>", "assign 17 <@U012345|ann>"),
        ("note 17 a &lt;b&gt; &amp; c", "note 17 a <b> & c"),
        ("note 17 &amp;lt;", "note 17 &lt;"),
        ("", ""),
        ("  list  ", "list"),
        ("note 17 a\r\nb\x00\u202e\ud83d", "note 17 a\nb"),
        ("ack\u200b 17", "ack 17"),
    ],
)
def test_what_was_typed_is_what_is_read(typed: str, words: str) -> None:
    body = urlencode(COMMAND | {"text": typed}, errors="ignore").encode()
    assert heard(call(body)).words == words


@pytest.mark.parametrize(
    ("action", "words"),
    [("ack", "ack 17"), ("unack", "unack 17"), ("assign", "assign 17 me"), ("close", "close 17")],
)
def test_a_button_is_read_as_the_words_that_say_the_same(action: str, words: str) -> None:
    found = heard(pressed(action))
    assert (found.words, found.mark, found.heeds_answer) == (words, MARK, False)
    assert (found.person, found.place, found.place_name) == (Person("T01", "U0ANN", "ann"), "C0000000OPS", "ops")
    assert found.reply_to == "https://hooks.slack.com/actions/T1/2/3"
    assert found.at == NOW


def test_a_person_has_their_own_workspace_also_in_a_shared_channel() -> None:
    foreign = {"id": "U0BOB", "name": "bob", "team_id": "T99"}
    assert heard(pressed(user=foreign)).person == Person("T99", "U0BOB", "bob")
    assert heard(pressed(user={"id": "U0BOB"})).person == Person("T01", "U0BOB", "")
    assert heard(pressed(user=foreign, team=None)).person.workspace == "T99"


def test_two_presses_are_two_and_the_same_call_again_is_the_same() -> None:
    assert heard(pressed()).once == heard(pressed()).once
    assert heard(pressed(trigger_id="1")).once != heard(pressed(trigger_id="2")).once


@pytest.mark.parametrize(
    "request_",
    [
        pressed("open"),
        pressed("something"),
        pressed(actions=[]),
        pressed(actions="ack"),
        pressed(actions=["ack"]),
        pressed(actions=[{"action_id": ["ack"]}]),
        pressed(type="view_submission"),
        pressed(type="shortcut"),
        pressed(type=None),
        call(b"ssl_check=1&token=x"),
        call(b"ssl_check=1", "actions"),
    ],
)
def test_what_asks_nothing_is_answered_at_once_with_an_empty_200(request_: Request) -> None:
    assert read(request_) == Response(200, b"")


@pytest.mark.parametrize(
    "request_",
    [
        call(b"", "actions"),
        call(b"payload=", "actions"),
        call(b"payload={", "actions"),
        call(b"payload=[]", "actions"),
        call(b"payload=1", "actions"),
        call(b"payload=" + b"[" * 20_000, "actions"),
        call(b"payload=" + b'{"a":' * 20_000, "actions"),
        call(b"payload=%7B%22type%22:%22\\ud800%22%7D", "actions"),
        call(b"\xff\xfe", "actions"),
        call(b"\xff=1"),
        call(b"&".join(b"a%d=1" % number for number in range(100))),
        call(b"x" * 60_000),
        call(b""),
        command(user_id=""),
        command(user_id="U1 OR 1"),
        command(user_id="U" * 5_000),
        command(team_id="T\u0661"),
        command(channel_id=""),
        pressed(value=None),
        pressed(value="17"),
        pressed(value=f"{MARK}x"),
        pressed(value=f"{MARK}\n"),
        pressed(value={"a": 1}),
        pressed(value="0f8fad5b-d9cb-469f-a165-70867728950e:99999999999"),
        pressed(value="0f8fad5b-d9cb-469f-a165-70867728950e:١٧"),
        pressed(user=None),
        pressed(user={"id": 5, "team_id": "T01"}),
        pressed(user={"id": "U1"}, team=None),
        pressed(channel="C1"),
    ],
)
def test_what_cannot_be_read_is_said_to_be_so(request_: Request) -> None:
    with pytest.raises(Garbled):
        read(request_)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=20,
)
PARTS = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(("type", "team", "user", "channel", "actions", "response_url", "container"), JSON),
)


@given(PARTS, st.sampled_from(["ack", "close", "open"]))
def test_whatever_stands_in_a_payload_is_heard_empty_or_garbled(changes: dict[str, Any], action: str) -> None:
    try:
        found = read(pressed(action, **changes))
    except Garbled:
        return
    assert found == Response() or (isinstance(found, Heard) and found.words == f"{action} 17")


@given(st.binary(max_size=400), st.sampled_from(["actions", "commands"]))
def test_whatever_bytes_come_nothing_else_is_raised(body: bytes, door: str) -> None:
    try:
        read(call(body, door))
    except Garbled:
        return


@pytest.mark.parametrize(
    ("channel", "place", "name", "there"),
    [
        ("#ops", "C1", "ops", True),
        ("#Ops", "C1", "ops", True),
        ("C0000000OPS", "C0000000OPS", "renamed", True),
        ("C0000000OPS", "C0000001OPS", "C0000000OPS", False),
        ("#ops", "C1", "ops2", False),
        ("#ops", "#ops", "night", False),
        ("", "C1", "", False),
    ],
)
def test_an_integration_is_of_the_channel_that_it_posts_to(channel: str, place: str, name: str, there: bool) -> None:
    said = Heard("list", Person("T1", "U1", "ann"), "1", place=place, place_name=name)
    assert HEARING.named_there(SlackSettings(bot_token=TOKEN, channel=channel), said) is there
