"""HipChat: what is said in a room is heard, from whom it really comes, and nothing that Bellhop posted itself."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from channels_app.hearing import Answer, Forged, Garbled, Heard, Person, Request, Response, Trust
from channels_app.hipchat.inbound import HEAR
from channels_app.hipchat.spec import HipChatSettings
from tests.channels_app.test_untrusted_text import TEXT, many, unseen
from tests.servers.hipchat import NAME, OAUTH_SECRET, ROOM, TOKEN, claims, spoken, token

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SAID_AT = "2026-03-02T12:59:58.662545+01:00"
OPEN = HipChatSettings.of({"server": "https://chat.example.org", "room": str(ROOM), "token": TOKEN})
SIGNED = replace(OPEN, oauth_secret=OAUTH_SECRET)
SPOKEN = spoken("/bellhop ack 17", SAID_AT)
CLAIMS = claims(NOW.timestamp())
HEARD = Heard("ack 17", Person("chat.example.org", "1661743", "Ann"), "x")


def request(body: Any = SPOKEN, signed: str = "", query: str = "") -> Request:
    headers = {"authorization": f"JWT {signed}"} if signed else {}
    return Request("", headers, {"signed_request": query} if query else {}, json.dumps(body).encode())


def hear(call: Request, settings: HipChatSettings, now: datetime = NOW) -> Heard | Response:
    HEAR.verify(call, settings, now)
    return HEAR.read(call, settings)


def within(body: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """The body with another value at `path`; None takes it out."""
    copy: dict[str, Any] = json.loads(json.dumps(body))
    *steps, last = path.split(".")
    inner = copy
    for step in steps:
        inner = inner[step]
    if value is None:
        del inner[last]
    else:
        inner[last] = value
    return copy


@pytest.mark.parametrize(
    ("config", "trust"),
    [
        ({}, Trust.READING),
        ({"actions": ""}, Trust.READING),
        ({"actions": "refuse"}, Trust.READING),
        ({"actions": "acknowledge"}, Trust.ACKNOWLEDGING),
        ({"actions": "allow"}, Trust.ANYONE),
        ({"actions": "allow", "oauth_secret": OAUTH_SECRET}, Trust.PEOPLE),
        ({"oauth_secret": OAUTH_SECRET}, Trust.PEOPLE),
    ],
)
def test_without_a_choice_nobody_can_act_and_with_a_secret_only_people_can(
    config: dict[str, str], trust: Trust
) -> None:
    settings = HipChatSettings.of({"server": "https://x.example", "room": "1", "token": TOKEN, **config})

    assert HEAR.trust(settings) is trust
    assert bool(HEAR.lacks(settings)) is (trust is Trust.READING)
    assert HEAR.key(settings) == config.get("oauth_secret", "")


def test_a_command_is_heard_with_who_said_it_where_and_when() -> None:
    heard = hear(request(), OPEN)

    assert isinstance(heard, Heard)
    assert (heard.words, heard.once, heard.at) == (
        "ack 17",
        SPOKEN["item"]["message"]["id"],
        NOW - timedelta(seconds=1.337455),
    )
    assert (heard.person.workspace, heard.person.id, heard.person.name) == ("chat.example.org", "1661743", "Ann")
    assert (heard.place, heard.place_name, heard.mark, heard.alert_key) == (str(ROOM), NAME, "", "")
    assert heard.heeds_answer


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("/bellhop", ""),
        ("/bellhop ", ""),
        ("/bellhop   note 17 a\nb \u202e", "note 17 a\nb"),
        ("/bellhop: list", ": list"),
    ],
)
def test_what_follows_the_word_is_heard(text: str, words: str) -> None:
    heard = hear(request(spoken(text, SAID_AT)), OPEN)

    assert isinstance(heard, Heard)
    assert heard.words == words


@pytest.mark.parametrize(
    "text", ["", "hello", "say /bellhop ack 17", "/bellhops ack 17", " /bellhop list", "/Bellhop x"]
)
def test_talk_is_not_heard(text: str) -> None:
    assert hear(request(spoken(text, SAID_AT)), OPEN) == Response(204)


@pytest.mark.parametrize(
    "body",
    [
        spoken("/bellhop ack 17", SAID_AT, type="notification", **{"from": "Bellhop"}),
        spoken("/bellhop ack 17", SAID_AT, type="notification", color="green", message_format="html"),
        spoken("/bellhop ack 17", SAID_AT, **{"from": "Bellhop"}),
        spoken("/bellhop ack 17", SAID_AT, type="guest_access"),
        {**SPOKEN, "event": "room_notification"},
        {**SPOKEN, "event": "room_topic_change"},
        {**SPOKEN, "event": 7},
        {"event": "room_enter", "item": {"room": SPOKEN["item"]["room"], "sender": {"id": 1}}},
    ],
)
@pytest.mark.parametrize("typed", [OPEN, SIGNED])
def test_notifications_and_other_events_are_never_answered(body: dict[str, Any], typed: HipChatSettings) -> None:
    assert hear(request(body, token(CLAIMS)), typed) == Response(204)


@given(TEXT)
def test_what_bellhop_answers_is_not_heard_again(text: str) -> None:
    posted = json.loads(HEAR.answer(Answer(text), HEARD).body)
    body = spoken(posted["message"], SAID_AT, type="notification", color=posted["color"], **{"from": "Bellhop"})

    assert hear(request(body), OPEN) == Response(204)


# The room


@pytest.mark.parametrize(
    ("room", "here"),
    [
        (str(ROOM), True),
        (NAME, True),
        ("1147568", False),
        ("ops", False),
        ("Ops ", True),
        ("Operations", False),
    ],
)
def test_the_room_is_known_by_its_number_or_its_name_and_another_one_proves_nothing(room: str, here: bool) -> None:
    settings = replace(OPEN, room=room)
    if here:
        assert isinstance(hear(request(), settings), Heard)
    else:
        with pytest.raises(Forged, match="another room"):
            HEAR.verify(request(), settings, NOW)


def test_a_room_that_calls_itself_by_the_number_of_ours_is_another_one() -> None:
    body = within(within(SPOKEN, "item.room.id", 666), "item.room.name", str(ROOM))

    with pytest.raises(Forged, match="another room"):
        HEAR.verify(request(body), OPEN, NOW)


@pytest.mark.parametrize(
    "path", ["item.room", "item.message.id", "item.message.date", "item.message.from.id", "item.message.message"]
)
def test_a_message_without_what_it_must_have_is_garbled(path: str) -> None:
    with pytest.raises(Garbled):
        hear(request(within(SPOKEN, path, None)), OPEN)


@pytest.mark.parametrize("date", ["", "yesterday", "2026-03-02T12:00:00", 7, "0001-01-01T00:00:00+23:59"])
def test_a_message_without_a_real_time_is_garbled_since_it_could_be_any_old_one(date: Any) -> None:
    with pytest.raises(Garbled):
        hear(request(spoken("/bellhop ack 17", date)), OPEN)


# Bodies of any shape

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT | st.just(ROOM) | st.just("message"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
PATHS = st.sampled_from(
    [
        *("event", "item", "item.message", "item.room", "item.room.id", "item.room.name", "item.message.message"),
        *("item.message.from", "item.message.from.id", "item.message.from.mention_name", "item.message.date"),
        *("item.message.id", "item.message.type"),
    ]
)


def heard_or_refused(call: Request, settings: HipChatSettings) -> None:
    try:
        found = hear(call, settings)
    except (Forged, Garbled):
        return
    assert isinstance(found, Heard) or found == Response(204)
    if isinstance(found, Heard):
        assert found.person.id
        assert found.once
        assert found.at
        assert not unseen(found.person.name + found.place_name + found.words)


@many
@given(PATHS, VALUES)
@example("item.message.id", 10**30)
@example("item.message.message", "/bellhop \ud800")
def test_a_value_of_any_shape_anywhere_is_heard_or_refused_and_never_an_error(path: str, value: Any) -> None:
    for typed in (OPEN, SIGNED, replace(OPEN, room=NAME)):
        heard_or_refused(request(within(SPOKEN, path, value), token(CLAIMS)), typed)


@many
@given(st.binary(max_size=200) | VALUES.map(lambda value: json.dumps(value).encode()))
def test_a_body_of_any_shape_is_refused_or_nothing(body: bytes) -> None:
    for typed in (OPEN, SIGNED):
        heard_or_refused(replace(request(signed=token(CLAIMS)), body=body), typed)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[" * 60_000,
        b'{"item":' * 5_000,
        b'{"event":"room_message","item":"\\ud800"}',
        b"\xef\xbb\xbf{}",
        b'{"event":"room_message"}\x00',
        b"[]",
        b"7",
    ],
    ids=range(8),
)
def test_what_is_no_json_object_is_garbled(body: bytes) -> None:
    with pytest.raises(Garbled):
        hear(replace(request(), body=body), OPEN)
