"""HipChat: what is answered in the room is HTML in which only Bellhop's own links live, and it notifies nobody."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels_app.hearing import Answer, Heard, Person, Response
from channels_app.hipchat import KIND
from channels_app.hipchat.inbound import HEAR
from tests.channels_app.strict import Html
from tests.channels_app.test_hipchat_hears import HEARD, OPEN, SIGNED, hear, request
from tests.channels_app.test_untrusted_text import LINES, LINKS, TEXT, all_ours, many, unseen
from tests.servers.hipchat import OAUTH_SECRET, TOKEN

ANSWERS = st.builds(
    Answer, TEXT, st.lists(LINES, max_size=40).map(tuple), TEXT, st.none() | LINKS, st.booleans(), st.booleans()
)


@many
@given(ANSWERS)
def test_an_answer_is_html_in_which_nothing_untrusted_lives(answer: Answer) -> None:
    response = HEAR.answer(answer, HEARD)
    body = json.loads(response.body)

    assert (response.status, response.content_type) == (200, "application/json")
    assert body.keys() == {"message", "message_format", "color", "notify"}
    assert (body["message_format"], body["notify"]) == ("html", False)
    assert 0 < len(body["message"]) <= 10_000
    found = Html(body["message"])
    assert found.tags <= {"a", "br"}
    assert found.attributes <= {"href"}
    assert all_ours(found.links)
    assert not unseen(found.text)


@many
@given(st.lists(LINES, max_size=40).map(tuple), TEXT)
def test_an_answer_names_the_first_thirty_of_its_alerts(lines: Any, text: str) -> None:
    found = Html(json.loads(HEAR.answer(Answer("Open alerts", lines, text), HEARD).body)["message"]).text

    assert all(f"#{each.number} " in found for each in lines[:30])


def test_what_is_for_one_names_whom_since_the_whole_room_reads_it() -> None:
    def posted(name: str, for_all: bool) -> str:
        said = HEAR.answer(Answer("Who?", for_all=for_all), replace(HEARD, person=Person("", "1", name)))
        return str(json.loads(said.body)["message"])

    assert posted("Ann", for_all=False) == "@Ann: Who?"
    assert posted("Ann", for_all=True) == "Who?"
    assert posted("", for_all=False) == "Who?"
    assert posted("<b>Ann", for_all=False) == "@&lt;b&gt;Ann: Who?"


@pytest.mark.parametrize(("done", "color"), [(True, "green"), (False, "gray")])
def test_the_colour_says_whether_something_happened(done: bool, color: str) -> None:
    assert json.loads(HEAR.answer(Answer("x", done=done), HEARD).body)["color"] == color


def test_what_takes_longer_is_said_afterwards_as_a_notification_of_the_room() -> None:
    heard = hear(request(), replace(OPEN, room="Ops"))
    assert isinstance(heard, Heard)
    assert HEAR.waiting(heard) == Response(204)

    call = HEAR.later(Answer("<b>done</b>", done=True), heard, replace(OPEN, room="Ops & Co"))

    assert call is not None
    assert (call.method, call.url) == ("POST", "https://chat.example.org/v2/room/Ops%20%26%20Co/notification")
    assert call.headers["Authorization"] == f"Bearer {TOKEN}"
    assert json.loads(call.body) == {
        "from": "Bellhop",
        "message": "@Ann: &lt;b&gt;done&lt;/b&gt;",
        "message_format": "html",
        "color": "green",
        "notify": False,
    }
    assert heard.reply_to
    assert TOKEN not in heard.reply_to


def test_the_kind_hears() -> None:
    assert KIND.hear is HEAR
    assert HEAR.doors == ()
    assert OAUTH_SECRET not in repr(SIGNED)
    assert set(KIND.spec.secrets(SIGNED)) == {TOKEN, OAUTH_SECRET}
    assert KIND.spec.secrets(OPEN) == (TOKEN,)
