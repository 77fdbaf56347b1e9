"""Telegram and Discord edit the one message of an alert, and say in a short one of its own what is to be heard."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels_app.contract import Delivered, Living, Message, Outcome, Reason, Rejected, RetryLater
from channels_app.doors import Doors, Policy, run
from channels_app.doors.guard import networks
from channels_app.registry import kind
from channels_app.words import AlertState, Story
from tests.channels_app.kinds import SAMPLES
from tests.channels_app.samples import ACKNOWLEDGED, CLEARED, TRIGGERED, config_for
from tests.channels_app.strict import Markdown
from tests.channels_app.test_untrusted_text import ALERTS, all_ours, many
from tests.patience import PATIENT
from tests.servers import discord, telegram
from tests.servers.discord import Discord
from tests.servers.http import Answer, Request
from tests.servers.telegram import CHAT, Entities, Telegram

REMINDER = replace(TRIGGERED, story=Story.REMINDER, headline="#17 still CRITICAL: Slow checkout")
KINDS = ["telegram", "discord"]
NOBODY: dict[str, list[str]] = {"parse": []}


@pytest.fixture
def doors() -> Iterator[Doors]:
    opened = Doors(Policy(networks(["127.0.0.0/8"]), total_seconds=PATIENT))
    yield opened
    opened.close()


@pytest.fixture(params=KINDS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def server(name: str) -> Iterator[Any]:
    with {"telegram": Telegram, "discord": Discord}[name]() as running:
        yield running


@pytest.fixture
def tell(name: str, server: Any, doors: Doors) -> Any:
    def told(message: Message, ref: str = "", *, silent: bool = False, **config: Any) -> Outcome:
        found = kind(name)
        settings = found.spec.settings({**SAMPLES[name].config(server.url), **config})
        living = Living(standing(message), ref, silent)
        payload = found.render(replace(message, living=living), settings)
        outcome: Outcome = run(found.send(payload, settings, ""), doors)[0]
        return outcome

    return told


def standing(message: Message) -> Message:
    story = {AlertState.CLEARED: Story.CLEARED, AlertState.ACKNOWLEDGED: Story.ACKNOWLEDGED}
    return replace(
        message, story=story.get(message.state or AlertState.TRIGGERED, Story.TRIGGERED), headline="as it is"
    )


def posted(server: Any) -> list[str]:
    """The messages of their own, as JSON."""
    return [json.dumps(body) for body in server.messages]


def is_edit(request: Request) -> bool:
    return request.method == "PATCH" or request.path.endswith("/editMessageText")


def refuse_posts(server: Any, answer: Answer) -> None:
    """Edits are taken, and nothing new is."""
    usual = server.decide
    server.decide = lambda request: usual(request) if is_edit(request) else answer


def refuse_beside(server: Any, answer: Answer) -> None:
    """What is said beside a message is refused; the message itself is not, and neither is another one."""
    usual = server.decide

    def decide(request: Request) -> Answer:
        whole = b"reply_markup" in request.body or b"embeds" in request.body
        found: Answer = usual(request) if is_edit(request) or whole else answer
        return found

    server.decide = decide


def lose(server: Any, ref: str) -> None:
    server.lost.add(int(ref.rpartition(":")[2]) if isinstance(server, Telegram) else ref)


def test_each_keeps_its_messages_true(name: str) -> None:
    spec = kind(name).spec
    assert spec.abilities.updates_in_place
    assert spec.lives(spec.settings(config_for(name, "https://remote.example")))


def test_what_is_silent_edits_the_message_and_says_nothing(server: Any, tell: Any) -> None:
    ref = tell(TRIGGERED).ref
    assert tell(ACKNOWLEDGED, ref, silent=True) == Delivered(ref)
    assert len(server.messages) == 1
    (edit,) = server.edits
    assert str(edit[0]) == ref.rpartition(":")[2]
    assert "as it is" in json.dumps(edit[1])


@pytest.mark.parametrize("message", [REMINDER, CLEARED])
def test_what_is_loud_edits_the_message_and_is_said_beside_it(message: Message, server: Any, tell: Any) -> None:
    ref = tell(TRIGGERED).ref
    assert tell(message, ref) == Delivered(ref)
    assert len(server.edits) == 1
    assert message.headline in posted(server)[1]
    assert "as it is" not in posted(server)[1]
    assert "812.5" in posted(server)[1]
    assert "fra1" not in posted(server)[1]


def test_without_a_message_what_is_silent_makes_none(server: Any, tell: Any) -> None:
    assert tell(ACKNOWLEDGED, silent=True) == Delivered(
        words="there is no message to update, and nobody was to be notified"
    )
    assert server.received == []


@pytest.mark.parametrize("silent", [False, True])
def test_a_lost_message_is_posted_anew_and_the_words_say_so(silent: bool, server: Any, tell: Any) -> None:
    ref = tell(TRIGGERED).ref
    lose(server, ref)
    outcome = tell(REMINDER, ref, silent=silent)
    assert isinstance(outcome, Delivered)
    assert outcome.words.startswith("posted anew, the earlier message is lost: ")
    assert "ound" in outcome.words or "Unknown Message" in outcome.words
    assert outcome.ref != ref
    assert ("as it is" if silent else "#17 still CRITICAL") in posted(server)[1]
    assert tell(CLEARED, outcome.ref, silent=True) == Delivered(outcome.ref)


@pytest.mark.parametrize("lost", [False, True])
def test_a_new_message_shows_who_has_it_though_it_got_worse(lost: bool, server: Any, tell: Any) -> None:
    ref = ""
    if lost:
        ref = tell(TRIGGERED).ref
        lose(server, ref)
    worse = replace(ACKNOWLEDGED, story=Story.SEVERITY_CHANGED, headline="#17 now critical: Slow checkout")
    tell(worse, ref)

    assert "as it is" in posted(server)[-1]
    assert "now critical" not in posted(server)[-1]


def test_a_refused_edit_is_made_in_plain_text(name: str, server: Any, tell: Any) -> None:
    ref = tell(TRIGGERED).ref
    usual, server.decide = server.decide, None
    server.script(Answer(400, b"{}"))
    refusing = server._answer_for
    server._answer_for = lambda request: refusing(request) if server._script else usual(request)
    assert tell(ACKNOWLEDGED, ref, silent=True) == Delivered(ref)
    body = server.edits[0][1]
    assert not {"parse_mode", "reply_markup"} & body.keys()
    assert body.get("embeds", []) == []


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Answer(429, b"", {"Retry-After": "7"}), RetryLater(Reason.RATE_LIMITED, "", 7.0)),
        (Answer(500, b"oops"), RetryLater(Reason.REMOTE_ERROR, "oops")),
    ],
)
@pytest.mark.parametrize("at", [1, 2])
def test_what_keeps_an_edit_or_what_is_said_beside_it_from_going_is_judged_as_ever(
    answer: Answer, outcome: Outcome, at: int, server: Any, tell: Any
) -> None:
    ref = tell(TRIGGERED).ref
    usual = server.decide
    server.decide = lambda request: answer if len(server.received) == 1 + at else usual(request)
    assert tell(REMINDER, ref) == outcome
    server.decide = usual
    assert tell(REMINDER, ref) == Delivered(ref)
    assert len(server.messages) == 2


def test_an_edit_that_is_refused_for_good_is_none(server: Any, tell: Any) -> None:
    ref = tell(TRIGGERED).ref
    server.script(Answer(401, b""))
    server.decide, usual = None, server.decide
    assert tell(REMINDER, ref) == Rejected(Reason.BAD_CREDENTIALS, "")
    server.decide = usual
    assert tell(REMINDER, ref) == Delivered(ref)


REFUSALS = [Answer(403, b""), Answer(400, b""), Answer(401, b"")]


@pytest.mark.parametrize("answer", REFUSALS)
def test_what_is_loud_and_refused_beside_a_true_message_is_posted_anew(answer: Answer, server: Any, tell: Any) -> None:
    ref = tell(TRIGGERED).ref
    refuse_beside(server, answer)
    outcome = tell(REMINDER, ref)

    assert isinstance(outcome, Delivered)
    assert outcome.words.startswith("posted anew, the earlier message is lost: ")
    assert outcome.ref != ref
    assert len(server.edits) == 1
    assert "#17 still CRITICAL" in posted(server)[1]
    assert "fra1" in posted(server)[1]
    assert tell(CLEARED, outcome.ref, silent=True) == Delivered(outcome.ref)


@pytest.mark.parametrize("answer", REFUSALS)
def test_where_no_new_one_is_taken_either_it_is_refused_in_those_words(answer: Answer, server: Any, tell: Any) -> None:
    ref = tell(TRIGGERED).ref
    usual = server.decide
    refuse_posts(server, Answer(answer.status, b"not today"))
    outcome = tell(REMINDER, ref)
    assert isinstance(outcome, Rejected)
    assert "not today" in outcome.words

    server.decide = usual
    assert tell(CLEARED, ref) == Delivered(ref)
    assert len(server.messages) == 2


def test_what_is_loud_is_said_once_however_often_the_edit_must_be_repeated(server: Any, tell: Any) -> None:
    ref = tell(TRIGGERED).ref
    usual = server.decide
    refuse_posts(server, Answer(503, b"busy"))
    assert [tell(REMINDER, ref) for _ in range(3)] == [RetryLater(Reason.REMOTE_ERROR, "busy")] * 3
    server.decide = usual
    assert tell(REMINDER, ref) == Delivered(ref)
    assert len(server.messages) == 2


def test_another_chat_is_not_told_in_silence_of_what_is_over(doors: Doors) -> None:
    found = kind("telegram")
    with Telegram() as server:
        settings = found.spec.settings({**SAMPLES["telegram"].config(server.url), "chat": "@bellhop_ops"})
        ref = f"{CHAT}:0:1"
        message = replace(CLEARED, living=Living(CLEARED, ref, silent=True))
        outcome = run(found.send(found.render(message, settings), settings, ""), doors)[0]
        assert server.received == []
    assert isinstance(outcome, Delivered)
    assert (outcome.ref, "nothing new is posted, as the alert is over" in outcome.words) == (ref, True)


def test_telegram_knows_a_message_by_its_chat_and_edits_none_of_another(doors: Doors) -> None:
    found = kind("telegram")
    with Telegram() as server:
        here = found.spec.settings(SAMPLES["telegram"].config(server.url))
        there = found.spec.settings({**SAMPLES["telegram"].config(server.url), "chat": "@bellhop_ops"})
        ref = f"{CHAT}:0:1"
        outcomes = []
        for settings, known in ((here, ""), (there, ref)):
            message = replace(ACKNOWLEDGED, living=Living(ACKNOWLEDGED, known, silent=bool(known)))
            outcomes.append(run(found.send(found.render(message, settings), settings, ""), doors)[0])
    assert outcomes == [
        Delivered(ref),
        Delivered(
            "@bellhop_ops:0:2", "posted anew, the earlier message is lost: the integration writes to another place now"
        ),
    ]
    assert server.edits == []
    assert [message["disable_notification"] for message in server.messages] == [False, True]


def test_telegram_replies_to_the_message_and_sounds_as_ever(doors: Doors) -> None:
    found = kind("telegram")
    with Telegram() as server:
        settings = found.spec.settings(SAMPLES["telegram"].config(server.url))
        for known in ("", f"{CHAT}:0:1"):
            message = replace(REMINDER, living=Living(TRIGGERED, known))
            run(found.send(found.render(message, settings), settings, ""), doors)
    reply = server.messages[1]
    assert reply["reply_parameters"] == {"message_id": 1, "allow_sending_without_reply": True}
    assert reply["text"].startswith("<b>#17 still CRITICAL: Slow checkout</b>\n")
    assert reply["disable_notification"] is False


def test_telegrams_not_modified_is_a_yes(doors: Doors) -> None:
    found = kind("telegram")
    with Telegram() as server:
        settings = found.spec.settings(SAMPLES["telegram"].config(server.url))
        outcomes = []
        for known in ("", f"{CHAT}:0:1", f"{CHAT}:0:1"):
            message = replace(TRIGGERED, living=Living(TRIGGERED, known, silent=bool(known)))
            outcomes.append(run(found.send(found.render(message, settings), settings, ""), doors)[0])
    assert outcomes == [Delivered(f"{CHAT}:0:1")] * 3
    assert server.edits == []


def test_discord_pings_in_what_is_said_beside_and_in_no_edit(doors: Doors) -> None:
    found = kind("discord")
    typed = {"mention_critical": "@here", "thread_id": "42", "username": "Night watch"}
    with Discord() as server:
        settings = found.spec.settings({**SAMPLES["discord"].config(server.url), **typed})
        for known in ("", discord.number(1)):
            message = replace(REMINDER, living=Living(TRIGGERED, known))
            assert isinstance(run(found.send(found.render(message, settings), settings, ""), doors)[0], Delivered)
    (_, first), (query, beside) = server.messages
    assert first["allowed_mentions"] == beside["allowed_mentions"] == {"parse": ["everyone"]}
    assert beside["content"].startswith("@here **#17 still CRITICAL")
    assert query["thread_id"] == "42"
    (_, edit) = server.edits[0]
    assert edit["allowed_mentions"] == NOBODY
    assert "@here" not in json.dumps(edit)


@pytest.mark.parametrize("silent", [False, True])
def test_discord_writes_anew_into_a_thread_that_was_archived_meanwhile(silent: bool, doors: Doors) -> None:
    found = kind("discord")
    with Discord() as server:
        settings = found.spec.settings({**SAMPLES["discord"].config(server.url), "thread_id": "42"})
        outcomes = []
        for known in ("", discord.number(1), discord.number(2)):
            message = replace(CLEARED, living=Living(CLEARED, known, silent and bool(known)))
            outcomes.append(run(found.send(found.render(message, settings), settings, ""), doors)[0])
            server.archived |= {"42"} if not known else set()
    lost = "posted anew, the earlier message is lost: Thread is archived"
    assert outcomes == [Delivered(discord.number(1)), Delivered(discord.number(2), lost), Delivered(discord.number(2))]


@many
@given(ALERTS, ALERTS, st.booleans())
def test_no_form_of_a_living_message_does_anything_by_untrusted_text(told: Message, now: Message, silent: bool) -> None:
    message = replace(told, living=Living(now, "-1001147567:0:7", silent))
    for name, check in (("telegram", telegram.check), ("discord", discord.check)):
        found = kind(name)
        payload = found.render(message, found.spec.settings(config_for(name, "https://remote.example")))
        assert (payload["beside"] is None) == silent
        beside = [] if silent else [payload["beside"]]
        for each in (payload, payload["standing"], *beside):
            for body in (each["body"], each["plain"]):
                check({"chat_id": CHAT, **body} if name == "telegram" else body)
        for body in (each["body"] for each in (payload["standing"], *beside)):
            if name == "discord":
                found_links = Markdown(body["content"])
                assert found_links.mentions == []
                assert body["allowed_mentions"] == NOBODY
                assert all_ours(found_links.links)
            else:
                shown = Entities(body["text"])
                assert all_ours(shown.links)
                assert not telegram.LIVE.search(shown.shown)
