"""Whatever stands in names, labels and notes: rooms that read Markdown, cards or HTML find nothing in it."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from channels_app.contract import Message
from channels_app.subject import Picture
from tests.channels_app.samples import SUBJECT
from tests.channels_app.strict import Markdown
from tests.channels_app.test_untrusted_text import MESSAGES as TOLD
from tests.channels_app.test_untrusted_text import OURS, TEXT, URLS, all_ours, many, rendered, unseen
from tests.servers import discord, mattermost, msteams, telegram

PICTURES = st.none() | st.builds(Picture, URLS, st.just("token"), TEXT)
SUBJECTS = st.none() | st.just(replace(SUBJECT, url=f"{OURS}t/ops/alerts/17/"))
MESSAGES = st.builds(lambda message, **more: replace(message, **more), TOLD, picture=PICTURES, subject=SUBJECTS)
BODIES: dict[str, Callable[[Any], None]] = {
    "msteams": msteams.check,
    "mattermost": mattermost.check,
    "discord": discord.check,
    "telegram": telegram.check,
}


def bodies(name: str, message: Message) -> list[Any]:
    """What is sent at first, and what is sent where that is refused; the service takes both."""
    payload = rendered(name, message)
    found = [payload["body"], *([payload["plain"]] if hasattr(payload, "_plain") else [])]
    for body in found:
        BODIES[name](body)
    return found


def harmless(texts: list[str]) -> None:
    for text in texts:
        found = Markdown(text)
        assert found.mentions == []
        assert all_ours(found.links)
        assert not unseen(text)


@many
@given(MESSAGES)
def test_teams_finds_no_mention_and_no_link_of_untrusted_text(message: Message) -> None:
    (body,) = bodies("msteams", message)
    card = body["attachments"][0]["content"]
    harmless([text for text in msteams.texts(card["body"]) if text])
    assert "entities" not in card["msteams"]
    assert all_ours([action["url"] for action in card["actions"]])
    assert len(json.dumps(body, ensure_ascii=False).encode()) <= msteams.BYTES


@many
@given(MESSAGES)
def test_mattermost_finds_no_mention_and_no_link_of_untrusted_text(message: Message) -> None:
    for body in bodies("mattermost", message):
        texts = [body["text"]]
        for each in body.get("attachments", ()):
            texts += [each["text"], *(text for fact in each["fields"] for text in (fact["title"], fact["value"]))]
            assert all_ours([each.get("image_url", OURS)])
        harmless(texts)
        assert not any("<!" in text or "<http" in text for text in texts)


@many
@given(MESSAGES)
def test_discord_finds_no_mention_and_no_link_of_untrusted_text(message: Message) -> None:
    for body in bodies("discord", message):
        assert body["allowed_mentions"] == {"parse": []}
        texts = [body["content"]]
        for each in body.get("embeds", ()):
            facts = each.get("fields", ())
            texts += [each["description"], *(text for fact in facts for text in (fact["name"], fact["value"]))]
            assert all_ours([each.get("image", {"url": OURS})["url"]])
        harmless(texts)


@many
@given(MESSAGES)
def test_telegram_finds_no_mention_and_no_link_of_untrusted_text(message: Message) -> None:
    rich, plain = bodies("telegram", message)
    found = telegram.Entities(rich["text"])
    assert all_ours(found.links)
    assert not telegram.LIVE.search(found.shown), found.shown
    buttons = [button for row in rich.get("reply_markup", {}).get("inline_keyboard", ()) for button in row]
    assert all_ours([button["url"] for button in buttons])
    assert "@" not in plain["text"]
