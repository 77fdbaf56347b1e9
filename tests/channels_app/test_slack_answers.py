"""What people in Slack are answered: nothing in it pings or links but ours, and it goes nowhere but to Slack."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels_app.contract import DigestLine, HttpCall, Link
from channels_app.hearing import Answer, Heard, Person, Response
from channels_app.slack.inbound import HEARING
from channels_app.slack.spec import SlackSettings
from channels_app.words import Severity, Story
from demo.sandbox.blocks import check_blocks
from tests.channels_app.strict import Mrkdwn, mrkdwn_texts, texts
from tests.channels_app.test_untrusted_text import LINES, LINKS, TEXT, all_ours, many, unseen
from tests.servers.slack import SIGNING_SECRET, TOKEN

SETTINGS = SlackSettings(bot_token=TOKEN, signing_secret=SIGNING_SECRET, channel="#ops")
REPLY_TO = "https://hooks.slack.com/commands/T1DC2JH3J/397700885554/96rGlfmibIGlgcZRskXaIFfN"
ASKED = Heard("list", Person("T1", "U1", "ann"), "once", reply_to=REPLY_TO)
PRESSED = Heard("ack 17", Person("T1", "U1", "ann"), "once", reply_to=REPLY_TO, heeds_answer=False)
LINE = DigestLine(17, Story.TRIGGERED, Severity.MAJOR, "Slow checkout", Link("#17", "https://bell.example/t/ops/17/"))
ANSWERS = st.builds(
    Answer,
    text=TEXT,
    lines=st.lists(LINES, max_size=30).map(tuple),
    more=TEXT,
    link=st.none() | LINKS,
    done=st.booleans(),
    for_all=st.booleans(),
)


def body_of(response: Response) -> dict[str, Any]:
    assert (response.status, response.content_type) == (200, "application/json; charset=utf-8")
    found: dict[str, Any] = json.loads(response.body)
    return found


@many
@given(ANSWERS)
def test_no_answer_pings_anybody_or_links_elsewhere_and_all_keep_slacks_limits(answer: Answer) -> None:
    body = body_of(HEARING.answer(answer, ASKED))
    for text in mrkdwn_texts(body):
        found = Mrkdwn(text)
        assert found.mentions == []
        assert all_ours(found.links)
    for text in texts(body):
        assert not unseen(text)
    check_blocks(body["blocks"])
    assert 1 <= len(body["text"]) <= 300
    assert sum(map(len, mrkdwn_texts(body["blocks"]))) <= 8_000
    assert len(body["blocks"]) <= 10
    assert body["response_type"] == ("in_channel" if answer.for_all else "ephemeral")

    call = HEARING.later(answer, PRESSED, SETTINGS)
    assert call is not None
    assert json.loads(call.body) == {**body, "replace_original": False}


def test_a_command_is_answered_to_the_person_or_to_all() -> None:
    alone = body_of(HEARING.answer(Answer("You have #17.", lines=(LINE,), more="and 3 more"), ASKED))
    assert (alone["response_type"], alone["text"]) == ("ephemeral", "You have #17.")
    assert [block["text"]["text"] for block in alone["blocks"]] == [
        "You have #17.",
        "• <https://bell.example/t/ops/17/|#17> major triggered: Slow checkout",
        "and 3 more",
    ]
    told = Answer("Ann takes care of #17.", done=True, for_all=True, link=LINE.link)
    assert body_of(HEARING.answer(told, ASKED))["response_type"] == "in_channel"


def test_twenty_alerts_are_all_named() -> None:
    lines = tuple(DigestLine(n, Story.TRIGGERED, Severity.MAJOR, "words " * 60, LINE.link) for n in range(1, 21))
    shown = json.dumps(body_of(HEARING.answer(Answer("20 alerts", lines=lines), ASKED)))
    assert all(f"|#{number}>" in shown for number in range(1, 21))


def test_a_button_is_answered_with_nothing_and_told_later() -> None:
    assert HEARING.answer(Answer("No"), PRESSED) == HEARING.waiting(PRESSED) == Response()
    call = HEARING.later(Answer("You are not connected yet."), PRESSED, SETTINGS)
    assert isinstance(call, HttpCall)
    assert (call.method, call.url) == ("POST", REPLY_TO)
    assert TOKEN not in repr((call.headers, call.body))


def test_who_waits_is_told_so() -> None:
    waiting = body_of(HEARING.waiting(ASKED))
    assert (waiting["text"], waiting["response_type"]) == ("Working on it...", "ephemeral")


def test_an_empty_answer_is_still_one() -> None:
    check_blocks(body_of(HEARING.answer(Answer("\u202e"), ASKED))["blocks"])


def may_go(url: str, server: str = "https://slack.com/api") -> bool:
    asked = Heard("", Person("T", "U", ""), "1", reply_to=url)
    return HEARING.later(Answer("x"), asked, SlackSettings(bot_token=TOKEN, server=server)) is not None


@pytest.mark.parametrize(
    "url",
    [
        REPLY_TO,
        "https://hooks.slack.com/actions/T1/2/x?a=b%20c",
        "https://hooks.slack-gov.com/commands/T1/2/x",
        "https://slack.com/x",
        "https://HOOKS.Slack.COM/commands/T1/2/x",
    ],
)
def test_answers_go_to_slacks_hosts(url: str) -> None:
    assert may_go(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://hooks.slack.com/commands/T1/2/x",
        "https://slack.com.evil.example/x",
        "https://evil.example/slack.com/",
        "https://evil.example#.slack.com/",
        "https://evil.example?.slack.com/",
        "https://evilslack.com/x",
        "https://hooks-slack.com/x",
        "https://slack-gov.com.evil.example/x",
        "https://slack.com@evil.example/x",
        "https://evil.example\\@slack.com/x",
        "https://evil.example\\.slack.com/x",
        "https://slack.com\\.evil.example/x",
        "https://ann:pw@slack.com/x",
        "https://slack.com:8443/x",
        "https://slack.com:443@evil.example/x",
        "https://hooks.slack.com.:443/x",
        "https://hooks.slack.com./x",
        "https://.slack.com/x",
        "https://hooks.slack.com",
        "https:hooks.slack.com/x",
        "https:///hooks.slack.com/x",
        "//hooks.slack.com/x",
        "hooks.slack.com/x",
        " https://hooks.slack.com/x",
        "https://hooks.slack.com/x\n",
        "https://hooks.slack.com/x\r\nHost: evil.example",
        "https://hooks.sl\tack.com/x",
        "https://hooks。slack。com/x",
        "https://ｈooks.slack.com/x",
        "https://hookſ.ſlack.com/x",
        "https://hooks.slac\u212a.com/x",
        "https://hooks.slack.com/x\u202e",
        "https://%73lack.com/x",
        "https://evil.example%2Fslack.com/x",
        "ftp://slack.com/x",
        "javascript:alert(1)//slack.com/",
        "https://[::ffff:127.0.0.1]/slack.com",
        "https://127.0.0.1/slack.com",
        "https://slack.com/" + "a" * 5_000,
    ],
)
@pytest.mark.parametrize("server", ["https://slack.com/api", "https://chat.example.org/sandbox/slack/api"])
def test_an_answer_address_in_a_hostile_spelling_gets_no_answer(url: str, server: str) -> None:
    assert not may_go(url, server)


@pytest.mark.parametrize(
    ("url", "taken"),
    [
        ("http://127.0.0.1:8000/sandbox/slack/respond/abc", True),
        ("http://127.0.0.1:8001/sandbox/slack/respond/abc", False),
        ("https://127.0.0.1:8000/sandbox", False),
        ("http://127.0.0.1/sandbox", False),
        ("http://127.0.0.1:8000", False),
        ("http://127.0.0.1:8000@evil.example/", False),
        ("http://127.0.0.1:8000.evil.example/", False),
        ("http://127.0.0.1:8000\\@evil.example/", False),
    ],
)
def test_the_server_that_was_entered_may_be_answered_too(url: str, taken: bool) -> None:
    assert may_go(url, "http://127.0.0.1:8000/sandbox/slack/api") is taken


@given(
    st.text(max_size=60), st.sampled_from(["https://{}slack.com/x", "https://slack.com{}/x", "{}https://slack.com/"])
)
def test_nothing_put_around_slacks_name_leads_elsewhere(more: str, pattern: str) -> None:
    url = pattern.format(more)
    if may_go(url):
        host = url.removeprefix("https://").partition("/")[0].lower()
        assert host == "slack.com" or host.endswith(".slack.com")
        assert url.isascii()
        assert not set(host) & set("@:\\?#% ")
