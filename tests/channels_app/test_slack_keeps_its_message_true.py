"""An app posts one message of an alert, changes it with the alert, and tells the story in its thread."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from channels_app.contract import Delivered, Living, Message, Outcome, Reason, Rejected, RetryLater
from channels_app.doors import Doors, run
from channels_app.registry import kind
from channels_app.speech import speech_of
from channels_app.subject import Picture
from channels_app.words import AlertState, Story
from tests.channels_app.samples import ACKNOWLEDGED, CLEARED, MESSAGES, TRIGGERED, URL, VIEW, digest
from tests.servers.slack import CHANNELS, PEOPLE, SIGNING_SECRET, TOKEN, Posted, Slack

MARK = "0f8fad5b-d9cb-469f-a165-70867728950e:17"
OPS = CHANNELS["#ops"]
ANN, OF_ANN = "U0000000ANN", PEOPLE["U0000000ANN"]
MOVED = "posted anew, the earlier message is lost: the integration posts to another channel now"
REMINDER = replace(TRIGGERED, key="event-4", story=Story.REMINDER, headline="#17 still CRITICAL: Slow checkout")


@pytest.fixture
def slack() -> Iterator[Slack]:
    with Slack() as running:
        yield running


@pytest.fixture
def tell(slack: Slack, doors: Doors) -> Any:
    """Tell a message of the alert; `ref` is its living message, `config` differs from that of an app with all."""

    def told(message: Message, ref: str = "", *, silent: bool = False, mark: str = MARK, **config: Any) -> Outcome:
        living = Living(standing(message), ref, silent, "" if message.state is AlertState.CLEARED else mark)
        return sent(replace(message, living=living), **config)

    def sent(message: Message, **config: Any) -> Outcome:
        found = kind("slack")
        typed = {"bot_token": TOKEN, "signing_secret": SIGNING_SECRET, "channel": "#ops", "server": slack.base}
        settings = found.spec.settings({**typed, **config})
        outcome: Outcome = run(found.send(found.render(message, settings), settings, ""), doors)[0]
        return outcome

    told.plain = sent  # type: ignore[attr-defined]
    return told


def standing(message: Message) -> Message:
    """The alert as it is at that moment."""
    story = {AlertState.CLEARED: Story.CLEARED, AlertState.ACKNOWLEDGED: Story.ACKNOWLEDGED}
    return replace(message, key="standing", story=story.get(message.state or AlertState.TRIGGERED, Story.TRIGGERED))


def card(posted: Posted) -> dict[str, Any]:
    (attachment,) = posted.now["attachments"]
    found: dict[str, Any] = attachment
    return found


def buttons(posted: Posted) -> list[str]:
    blocks = [block for block in card(posted)["blocks"] if block["type"] == "actions"]
    return [element["action_id"] for block in blocks for element in block["elements"]]


def test_the_first_message_is_a_card_whose_reference_is_kept_as_text(slack: Slack, tell: Any) -> None:
    outcome = tell(TRIGGERED, mention_critical="@here")

    assert outcome == Delivered(f"{OPS}:1700000000.000100:#ops", "ok")
    (posted,) = slack.messages
    assert posted.now["text"] == "<!here> #17 critical: Slow checkout on Checkout"
    assert card(posted)["color"] == "#d0282e"
    assert VIEW in json.dumps(posted.now)
    assert slack.received[0].headers["authorization"] == f"Bearer {TOKEN}"


def test_later_events_change_the_same_message_and_tell_the_story_in_its_thread(slack: Slack, tell: Any) -> None:
    ref = tell(TRIGGERED).ref
    outcomes = [tell(ACKNOWLEDGED, ref, silent=True), tell(CLEARED, ref)]

    assert outcomes == [Delivered(ref, "ok"), Delivered(ref, "ok")]
    assert slack.calls == ["chat.postMessage", *["chat.update", "chat.postMessage"] * 2]
    first = slack.messages[0]
    colours = [body["attachments"][0]["color"] for body in first.bodies]
    assert colours == ["#d0282e", "#7a4bb5", "#2e9e5b"]
    assert first.now["text"] == "#17 cleared: Slow checkout on Checkout"
    assert [reply["text"] for reply in slack.replies_to(first)] == [
        "*Acknowledged*: response_time 812.5 &gt; 500",
        "*Cleared*: response_time 812.5 &gt; 500",
    ]
    assert not any(reply["reply_broadcast"] for reply in slack.replies_to(first))


def test_buttons_say_what_they_do_and_carry_the_alert_and_nothing_else(slack: Slack, tell: Any) -> None:
    ref = tell(TRIGGERED).ref
    first = slack.messages[0]
    elements = card(first)["blocks"][-1]["elements"]
    assert [(each["action_id"], each.get("value")) for each in elements] == [
        ("ack", MARK), ("assign", MARK), ("close", MARK), ("open", None),
    ]  # fmt: skip
    assert [each["text"]["text"] for each in elements] == ["Acknowledge", "Assign to me", "Close", "Open"]
    assert elements[2]["confirm"]["title"]["text"] == "Close #17?"
    assert elements[3]["url"] == VIEW

    tell(ACKNOWLEDGED, ref)
    assert buttons(first) == ["assign", "unack", "close", "open"]
    tell(CLEARED, ref)
    assert buttons(first) == []
    assert VIEW in json.dumps(card(first))


def test_without_a_mark_there_are_no_buttons(slack: Slack, tell: Any) -> None:
    tell(TRIGGERED, mark="")
    tell.plain(MESSAGES["test"])
    tell.plain(digest(3))
    assert [buttons(posted) for posted in slack.messages] == [[], [], []]


def test_what_is_bad_and_loud_pings_in_the_thread_and_shows_in_the_channel(slack: Slack, tell: Any) -> None:
    ref = tell(TRIGGERED).ref
    for thread in (True, False):
        assert tell(REMINDER, ref, mention_critical="@channel", thread=thread) == Delivered(ref, "ok")

    for reply in slack.replies_to(slack.messages[0]):
        assert reply["reply_broadcast"] is True
        assert reply["text"] == "<!channel> #17 still CRITICAL: Slow checkout"
        assert reply["blocks"][0]["text"]["text"].startswith("<!channel> #17 still CRITICAL: Slow checkout\n")
    assert len(slack.replies_to(slack.messages[0])) == 2
    assert "<!channel>" not in json.dumps(slack.messages[0].now)


@pytest.mark.parametrize("message", [TRIGGERED, REMINDER, CLEARED])
def test_what_is_silent_pings_nobody_and_stays_in_the_thread(message: Message, slack: Slack, tell: Any) -> None:
    ref = tell(TRIGGERED).ref
    tell(message, ref, silent=True, mention_critical="@channel", broadcast_clears=True)

    (reply,) = slack.replies_to(slack.messages[0])
    assert reply["reply_broadcast"] is False
    assert "<!channel>" not in json.dumps([posted.now for posted in slack.messages])


def test_clears_show_in_the_channel_where_that_is_wished(slack: Slack, tell: Any) -> None:
    ref = tell(TRIGGERED).ref
    tell(CLEARED, ref, broadcast_clears=True, thread=False, mention_critical="@here")

    (reply,) = slack.replies_to(slack.messages[0])
    assert reply["reply_broadcast"] is True
    assert reply["text"] == "#17 cleared: Slow checkout on Checkout"


def test_without_stories_an_update_is_one_call(slack: Slack, tell: Any) -> None:
    ref = tell(TRIGGERED).ref
    tell(ACKNOWLEDGED, ref, thread=False)
    tell(CLEARED, ref, thread=False)
    assert slack.calls == ["chat.postMessage", "chat.update", "chat.update"]


def test_what_is_silent_posts_nothing_where_there_is_no_message(slack: Slack, tell: Any) -> None:
    assert tell(ACKNOWLEDGED, silent=True) == Delivered(
        words="there is no message to update, and nobody was to be notified"
    )
    assert slack.received == []


@pytest.mark.parametrize("silent", [False, True])
def test_a_message_that_is_gone_is_posted_anew_and_the_log_says_so(silent: bool, slack: Slack, tell: Any) -> None:
    ref = tell(TRIGGERED).ref
    slack.lose(0)
    outcome = tell(ACKNOWLEDGED, ref, silent=silent, mention_critical="@here")

    assert outcome == Delivered(
        f"{OPS}:1700000000.000101:#ops", "posted anew, the earlier message is lost: message_not_found"
    )
    assert card(slack.messages[1])["color"] == "#7a4bb5"
    assert "<!here>" not in json.dumps(slack.messages[1].now)
    assert slack.calls == ["chat.postMessage", "chat.update", "chat.postMessage"]
    assert tell(CLEARED, outcome.ref) == Delivered(outcome.ref, "ok")


@pytest.mark.parametrize("lost", [False, True])
def test_a_new_message_shows_who_has_it_though_it_got_worse(lost: bool, slack: Slack, tell: Any) -> None:
    ref = ""
    if lost:
        ref = tell(TRIGGERED).ref
        slack.lose(0)
    worse = replace(ACKNOWLEDGED, story=Story.SEVERITY_CHANGED, headline="#17 now critical: Slow checkout on Checkout")
    tell(worse, ref, mention_critical="@here")

    posted = slack.messages[-1]
    assert card(posted)["color"] == "#7a4bb5"
    assert "<!here>" in posted.now["text"]


@pytest.mark.parametrize(
    "word",
    [
        *("message_not_found", "cant_update_message", "edit_window_closed", "is_inactive", "channel_not_found"),
        *("is_archived", "not_in_channel"),
    ],
)
def test_whatever_keeps_the_message_from_being_updated_a_new_one_is_tried(word: str, slack: Slack, tell: Any) -> None:
    ref = tell(TRIGGERED).ref
    slack.refuse("chat.update", word)
    outcome = tell(REMINDER, ref, mention_critical="@here")

    assert outcome == Delivered(slack.messages[1].ref, f"posted anew, the earlier message is lost: {word}")
    assert slack.messages[1].now["text"] == "<!here> #17 still CRITICAL: Slow checkout"


def test_a_channel_that_was_archived_takes_nothing_new_either(slack: Slack, tell: Any) -> None:
    ref = tell(TRIGGERED).ref
    slack.archived.add(OPS)
    assert tell(CLEARED, ref) == Rejected(Reason.DESTINATION_GONE, "is_archived")
    assert (
        tell(CLEARED, ref, channel="#night").ref
        == slack.messages[1].ref
        == f"{slack.messages[1].channel}:{slack.messages[1].ts}:#night"
    )


@pytest.mark.parametrize(
    ("before", "after"), [(OPS, CHANNELS["#night"]), ("#ops", "#night"), ("#ops", CHANNELS["#night"])]
)
@pytest.mark.parametrize("silent", [False, True])
def test_an_integration_that_was_moved_to_another_channel_posts_there(
    before: str, after: str, silent: bool, slack: Slack, tell: Any
) -> None:
    ref = tell(TRIGGERED, channel=before).ref
    outcome = tell(REMINDER, ref, channel=after, silent=silent)

    assert outcome == Delivered(slack.messages[1].ref, MOVED)
    assert slack.calls == ["chat.postMessage", "chat.postMessage"]
    assert slack.messages[1].channel == CHANNELS["#night"]


def test_another_channel_is_not_told_in_silence_of_what_is_over(slack: Slack, tell: Any) -> None:
    ref = tell(TRIGGERED).ref
    outcome = tell(CLEARED, ref, channel="#night", silent=True)

    assert (outcome.ref, outcome.words.partition(":")[0]) == (ref, "nothing new is posted, as the alert is over")
    assert slack.calls == ["chat.postMessage"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        *((OPS, ANN), ("#ops", ANN), (ANN, "#ops"), (ANN, OPS), (OF_ANN, "#ops"), (OF_ANN, OPS)),
        *((ANN, "U0000000BOB"), (OF_ANN, CHANNELS["#night"])),
    ],
)
def test_a_channel_is_no_conversation_with_a_person(before: str, after: str, slack: Slack, tell: Any) -> None:
    ref = tell(TRIGGERED, channel=before).ref
    outcome = tell(ACKNOWLEDGED, ref, channel=after)

    assert outcome.words == MOVED
    assert [posted.now["channel"] for posted in slack.messages] == [before, after]


@pytest.mark.parametrize(("before", "after"), [("#ops", OPS), ("#ops", "#ops"), (OPS, OPS), (ANN, OF_ANN), (ANN, ANN)])
def test_another_spelling_of_the_same_channel_keeps_the_message(
    before: str, after: str, slack: Slack, tell: Any
) -> None:
    ref = tell(TRIGGERED, channel=before).ref
    assert tell(ACKNOWLEDGED, ref, channel=after) == Delivered(ref, "ok")


@pytest.mark.parametrize(
    ("before", "after", "silent", "config"),
    [
        (OPS, "#ops", True, {}),
        (OPS, "#night", True, {}),
        (OPS, "#ops", False, {"thread": False}),
        (OF_ANN, ANN, True, {}),
    ],
)
def test_where_slack_does_not_tell_whether_it_was_moved_the_log_says_so(
    before: str, after: str, silent: bool, config: dict[str, Any], slack: Slack, tell: Any
) -> None:
    ref = tell(TRIGGERED, channel=before).ref
    outcome = tell(ACKNOWLEDGED, ref, channel=after, silent=silent, **config)

    assert outcome == Delivered(ref, f"updated, though Slack does not tell whether {before} is {after}")
    assert slack.messages[0].now["attachments"][0]["color"] == "#7a4bb5"


def test_an_alarm_is_then_posted_where_the_integration_posts_now(slack: Slack, tell: Any) -> None:
    ref = tell(TRIGGERED, channel=OPS).ref
    outcome = tell(REMINDER, ref, channel="#night", mention_critical="@here")

    assert slack.calls == ["chat.postMessage", "chat.update", "chat.postMessage"]
    assert slack.messages[1].channel == CHANNELS["#night"]
    assert "thread_ts" not in slack.messages[1].now
    assert slack.messages[1].now["text"] == "<!here> #17 still CRITICAL: Slow checkout"
    words = f"posted anew, since Slack does not tell whether {OPS} is #night"
    assert outcome == Delivered(slack.messages[1].ref, words)
    assert tell(REMINDER, outcome.ref, channel="#night") == Delivered(outcome.ref, "ok")


@pytest.mark.parametrize("word", ["thread_not_found", "cannot_reply_to_message", "restricted_action_thread_locked"])
def test_a_thread_that_takes_nothing_costs_the_story_and_no_alarm(word: str, slack: Slack, tell: Any) -> None:
    ref = tell(TRIGGERED).ref
    slack.refuse("chat.postMessage", word, word)

    assert tell(ACKNOWLEDGED, ref) == Delivered(ref, f"updated, but its thread could not be told: {word}")
    outcome = tell(REMINDER, ref, mention_critical="@here")
    assert outcome == Delivered(slack.messages[1].ref, f"posted anew, the earlier message is lost: {word}")
    assert slack.messages[1].now["text"].startswith("<!here> #17 still")


def test_a_thread_that_is_busy_is_told_when_it_no_longer_is(slack: Slack, tell: Any) -> None:
    ref = tell(TRIGGERED).ref
    slack.refuse("chat.postMessage", "ratelimited", "internal_error")

    assert tell(ACKNOWLEDGED, ref) == RetryLater(Reason.RATE_LIMITED, "ratelimited")
    assert tell(ACKNOWLEDGED, ref) == RetryLater(Reason.REMOTE_ERROR, "internal_error")
    assert tell(ACKNOWLEDGED, ref) == Delivered(ref, "ok")
    assert len(slack.replies_to(slack.messages[0])) == 1


def test_a_refused_card_is_told_in_plain_text_also_in_place(slack: Slack, tell: Any) -> None:
    slack.refuse("chat.postMessage", "invalid_blocks")
    ref = tell(TRIGGERED).ref
    assert "attachments" not in slack.messages[0].now

    ref = tell(TRIGGERED).ref
    slack.refuse("chat.update", "msg_blocks_too_long")
    assert tell(ACKNOWLEDGED, ref) == Delivered(ref, "ok")
    assert slack.messages[1].now["attachments"] == []
    assert "Open in Bellhop" in slack.messages[1].now["text"]


def test_every_message_is_taken_by_a_strict_workspace_in_its_first_form(slack: Slack, tell: Any) -> None:
    endless = replace(TRIGGERED, headline="& " * 3_000, summary="🧨" * 5_000, text="\\*" * 5_000, note="é" * 5_000)
    crowded = replace(TRIGGERED, facts=TRIGGERED.facts * 12, picture=Picture("https://bell.example/g.png", "g", "x"))
    alerts = [endless, crowded, replace(endless, facts=crowded.facts, picture=crowded.picture, story=Story.REMINDER)]
    for message in (*MESSAGES.values(), digest(45, "<" * 900), *alerts):
        assert isinstance(tell.plain(message), Delivered)
    for message in alerts:
        ref = tell(message).ref
        assert tell(message, ref) == Delivered(ref, "ok")
    assert len(slack.received) == len(MESSAGES) + 1 + 3 + 3 * 3


def test_buttons_and_stories_speak_the_language_of_the_message(slack: Slack, tell: Any) -> None:
    speech = speech_of("de", "Europe/Berlin")
    ref = tell(replace(TRIGGERED, speech=speech)).ref
    tell(replace(ACKNOWLEDGED, speech=speech), ref)

    elements = slack.messages[0].bodies[0]["attachments"][0]["blocks"][-1]["elements"]
    assert [each["text"]["text"] for each in elements] == ["Bestätigen", "Mir zuweisen", "Schließen", "Öffnen"]
    taken = card(slack.messages[0])["blocks"][-1]["elements"]
    assert taken[1]["text"]["text"] == "Bestätigung zurücknehmen"
    assert elements[2]["confirm"]["title"]["text"] == "#17 schließen?"
    assert slack.messages[1].now["text"].startswith("*Bestätigt*: ")


def test_the_webhook_way_has_no_living_messages(slack: Slack) -> None:
    spec = kind("slack").spec
    webhook = spec.settings({"url": "https://hooks.slack.com/services/T0/B0/x"})
    message = replace(TRIGGERED, living=Living(TRIGGERED, "", False, MARK))
    assert not spec.lives(webhook)
    payload = kind("slack").render(message, webhook)
    assert payload.keys() == {"body"}
    assert "actions" not in json.dumps(payload)
    assert spec.lives(spec.settings({"bot_token": TOKEN, "channel": "#ops"}))
    assert URL not in json.dumps(payload)
