"""Whatever stands in names and notes: an app's cards, threads and buttons ping nobody by it, and every limit holds."""

import json
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from channels_app.contract import Living, Message
from channels_app.registry import kind
from channels_app.slack.markup import one_line
from channels_app.slack.spec import SlackSettings
from channels_app.speech import speech_of
from channels_app.words import Severity
from tests.channels_app.samples import TRIGGERED
from tests.channels_app.strict import Mrkdwn, mrkdwn_texts, texts
from tests.channels_app.test_untrusted_text import ALERTS, TEXT, all_ours, many, unseen
from tests.servers.slack import SIGNING_SECRET, TOKEN, check

UIDS = st.uuids().map(str)
LANGUAGES = st.sampled_from(["en", "de", "fr", "ja"])


def rendered(message: Message, **config: Any) -> Any:
    typed = {"bot_token": TOKEN, "signing_secret": SIGNING_SECRET, "channel": "#ops", **config}
    return kind("slack").render(message, SlackSettings.of(typed))


def bodies(payload: Any) -> list[dict[str, Any]]:
    """Every form in which it could be sent."""
    found = [payload["body"], payload["plain"]]
    if payload["ref"]:
        parts = [payload["standing"], payload["beside"] or {"body": {"text": "none"}, "plain": {"text": "none"}}]
        found += [part[form] for part in parts for form in ("body", "plain")]
    return found


def buttons(body: dict[str, Any]) -> list[dict[str, Any]]:
    blocks = [block for each in body.get("attachments", []) for block in each["blocks"]]
    return [element for block in blocks if block["type"] == "actions" for element in block["elements"]]


@many
@given(
    ALERTS,
    ALERTS,
    UIDS,
    st.integers(1, 10**6),
    LANGUAGES,
    st.booleans(),
    st.fixed_dictionaries({"thread": st.booleans(), "broadcast_clears": st.booleans()}),
)
def test_no_form_of_a_living_message_pings_or_links_by_untrusted_text(
    told: Message, standing: Message, uid: str, number: int, language: str, silent: bool, config: dict[str, bool]
) -> None:
    mark, speech = f"{uid}:{number}", speech_of(language, "")
    living = Living(replace(standing, speech=speech), "C1:1.2", silent, mark)
    payload = rendered(replace(told, speech=speech, living=living), **config)
    for body in bodies(payload):
        json.dumps(body).encode()
        check({name: value for name, value in body.items() if name != "channel"})
        for text in mrkdwn_texts(body):
            found = Mrkdwn(text)
            assert found.mentions == []
            assert all_ours(found.links)
        assert not any(unseen(text) for text in texts(body))
        assert sum(map(len, mrkdwn_texts(body))) <= 9_000
        assert len(body["text"]) <= 4_000
        for each in body.get("attachments", []):
            assert len(each["blocks"]) <= 11
        for element in buttons(body):
            assert element["action_id"] in ("ack", "unack", "assign", "close", "open")
            assert element.get("value", mark) == mark
            assert len(element["text"]["text"]) <= 30
            assert all_ours([element["url"]] if "url" in element else [])


@many
@given(TEXT, TEXT)
def test_a_thread_pings_those_who_are_written_beside_the_severity_and_nobody_else(text: str, note: str) -> None:
    message = replace(TRIGGERED, headline=text, summary=text, note=note, severity=Severity.CRITICAL)
    for silent in (False, True):
        living = Living(message, "C1:1.2", silent, "")
        payload = rendered(replace(message, living=living), mention_critical="@here U012345")
        pings = [ping for each in mrkdwn_texts(payload["beside"]["body"]) for ping in Mrkdwn(each).mentions]
        assert pings == ([] if silent else ["!here", "@U012345"] * 2)
        standing = [ping for each in mrkdwn_texts(payload["standing"]["body"]) for ping in Mrkdwn(each).mentions]
        assert standing == []


@many
@given(st.integers(1, 60), st.sampled_from(["@here", "@channel", "@everyone"]))
def test_no_cut_makes_a_mention_of_a_longer_word(limit: int, word: str) -> None:
    for text in (f"{word}abouts", f"x {word}s & more words", f"<{word}_ops>" * 3):
        assert Mrkdwn(one_line(text, limit)).mentions == []
