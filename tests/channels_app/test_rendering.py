"""What people read: the parts of each rendered message, by key."""

import json
from dataclasses import replace
from typing import Any

import pytest

from channels_app.contract import DigestLine, Fact, Link, Message
from channels_app.registry import kind
from channels_app.tones import Tone, tone_of
from channels_app.words import AlertState, Severity, Story
from tests.channels_app.samples import (
    ACKNOWLEDGED,
    AT,
    CLEARED,
    MESSAGES,
    TEST,
    TRIGGERED,
    URL,
    VIEW,
    config_for,
    digest,
)
from tests.channels_app.strict import Html, Mrkdwn, mrkdwn_texts


def rendered(name: str, message: Message, **config: Any) -> Any:
    found = kind(name)
    return found.render(message, found.spec.settings({**config_for(name, "https://remote.example"), **config}))


def slack_text(message: Message) -> str:
    return "\n".join(mrkdwn_texts(rendered("slack", message)["body"]))


@pytest.mark.parametrize(
    ("message", "tone"),
    [
        (TRIGGERED, Tone.RED),
        (replace(TRIGGERED, severity=Severity.MAJOR), Tone.RED),
        (replace(TRIGGERED, severity=Severity.MINOR), Tone.YELLOW),
        (replace(TRIGGERED, severity=Severity.INFO), Tone.GRAY),
        (CLEARED, Tone.GREEN),
        (ACKNOWLEDGED, Tone.PURPLE),
        (replace(ACKNOWLEDGED, story=Story.NOTED), Tone.PURPLE),
        (replace(ACKNOWLEDGED, story=Story.SEVERITY_CHANGED), Tone.RED),
        (replace(TRIGGERED, story=Story.NO_DATA), Tone.RED),
        (TEST, Tone.GRAY),
        (digest(3), Tone.RED),
        (replace(digest(3), lines=()), Tone.GRAY),
        (replace(digest(1), lines=(replace(digest(1).lines[0], story=Story.CLEARED),)), Tone.GREEN),
    ],
)
def test_the_same_colour_tells_the_same_everywhere(message: Message, tone: Tone) -> None:
    assert tone_of(message) is tone
    assert rendered("hipchat", message)["body"]["color"] == tone
    assert rendered("slack", message)["body"]["attachments"][0]["color"] == tone.hex


def test_slack_gets_a_line_for_notifications_and_one_coloured_card() -> None:
    body = rendered("slack", TRIGGERED)["body"]
    assert body["text"] == "#17 critical: Slow checkout on Checkout"
    card = body["attachments"][0]
    assert [block["type"] for block in card["blocks"]] == ["section"] * 4 + ["context"]
    assert card["blocks"][0]["text"]["text"] == "response_time 812.5 &gt; 500"
    assert card["blocks"][1]["fields"][1]["text"] == "*Sources*\nfra1, ams2"
    assert card["blocks"][3]["text"]["text"] == "*Note*\nAnn looks into it"
    assert card["blocks"][4]["elements"][0]["text"] == (
        f"<{VIEW}|Open in Bellhop> · <https://wiki.example/checkout|Runbook> · "
        "<!date^1772452800^{date_short} {time}|2026-03-02 12:00 UTC>"
    )
    assert "link_names" not in body
    assert "channel" not in body


def test_only_a_legacy_webhook_gets_the_channel() -> None:
    assert rendered("slack", TRIGGERED, legacy=True)["body"]["channel"] == "#ops"
    assert rendered("slack", TRIGGERED, legacy=True)["plain"]["channel"] == "#ops"


def test_mentions_stand_before_the_headline() -> None:
    body = rendered("slack", replace(TRIGGERED, mentions=("here", "U012345")))["body"]
    assert body["text"].startswith("<!here> <@U012345> #17 critical")


def test_the_plain_form_tells_all_that_the_card_tells() -> None:
    text = rendered("slack", TRIGGERED)["plain"]["text"]
    for words in (
        "#17 critical",
        "812.5 &gt; 500",
        "fra1, ams2",
        "Call the cashiers.",
        "Ann looks into it",
        "wiki.example",
    ):
        assert words in text


def test_hipchat_gets_html_and_a_card() -> None:
    payload = rendered("hipchat", TRIGGERED)
    body, card = payload["body"], payload["card"]
    assert (body["from"], body["message_format"], body["notify"]) == ("Ops", "html", True)
    page = Html(body["message"])
    for words in (
        "#17 critical: Slow checkout on Checkout",
        "Sources: fra1, ams2",
        "Ann looks into it",
        "Call the cashiers.",
    ):
        assert words in page.text
    assert page.links == [VIEW, VIEW, "https://wiki.example/checkout"]
    assert (card["style"], card["format"], card["url"]) == ("application", "medium", VIEW)
    assert card["attributes"][0] == {
        "label": "State",
        "value": {"label": "critical triggered", "style": "lozenge-error"},
    }
    assert card["attributes"][1] == {"label": "Value", "value": {"label": "response_time 812.5 > 500"}}


def test_a_card_keeps_its_id_over_tries_and_no_two_messages_share_one() -> None:
    ids = [rendered("hipchat", message)["card"]["id"] for message in (TRIGGERED, TRIGGERED, CLEARED)]
    assert ids[0] == ids[1] != ids[2]


@pytest.mark.parametrize(
    ("message", "field"),
    [
        (TRIGGERED, "notify_triggered"),
        (replace(TRIGGERED, story=Story.NO_DATA), "notify_triggered"),
        (replace(TRIGGERED, story=Story.REMINDER), "notify_triggered"),
        (replace(TRIGGERED, story=Story.SEVERITY_CHANGED), "notify_severity_changed"),
        (ACKNOWLEDGED, "notify_acknowledged"),
        (replace(ACKNOWLEDGED, story=Story.ASSIGNED), "notify_acknowledged"),
        (CLEARED, "notify_cleared"),
        (digest(3), "notify_triggered"),
    ],
)
def test_hipchat_rings_as_ticked_for_each_state(message: Message, field: str) -> None:
    silent = {"notify_triggered": False}
    assert rendered("hipchat", message, **silent)["body"]["notify"] is False
    assert rendered("hipchat", message, **{**silent, field: True})["body"]["notify"] is True


@pytest.mark.parametrize(
    ("message", "rings"),
    [
        (TRIGGERED, True),
        (replace(TRIGGERED, severity=Severity.MAJOR), True),
        (replace(TRIGGERED, severity=Severity.MINOR), False),
        (replace(TRIGGERED, severity=None), True),
        (replace(CLEARED, severity=Severity.MINOR), False),
        (digest(3), True),
        (replace(digest(1), lines=(replace(digest(1).lines[0], severity=Severity.MINOR),)), False),
    ],
)
def test_hipchat_rings_from_the_chosen_severity_on(message: Message, rings: bool) -> None:
    config = {"notify_triggered": True, "notify_cleared": True}
    assert rendered("hipchat", message, **config, notify_from="major")["body"]["notify"] is rings
    assert rendered("hipchat", message, **config)["body"]["notify"] is True


def test_hipchat_shows_the_chosen_sender_or_else_the_team() -> None:
    assert rendered("hipchat", replace(TEST, sender="Ops"))["body"]["from"] == "Ops"
    assert rendered("hipchat", replace(TEST, sender="Ops"), sender="Night watch")["body"]["from"] == "Night watch"


def test_a_long_sender_is_cut_to_what_hipchat_takes() -> None:
    assert rendered("hipchat", replace(TEST, sender="x" * 100))["body"]["from"] == "x" * 63 + "…"


@pytest.mark.parametrize("count", [1, 30, 45])
def test_a_digest_names_thirty_with_their_links_and_counts_the_rest(count: int) -> None:
    message = digest(count)
    named, rest = min(count, 30), 12 + max(0, count - 30)
    slack, hipchat, mail = (
        slack_text(message),
        rendered("hipchat", message)["body"]["message"],
        rendered("email", message),
    )
    page = Html(mail["html"].removeprefix("<!DOCTYPE html>\n"))
    for number in range(1, named + 1):
        url = f"{VIEW}&amp;n={number}"
        assert f"<{url}|#{number}> major triggered: Slow checkout on Checkout {number}" in slack
        assert f'<a href="{url}">#{number}</a> major triggered: Slow checkout on Checkout {number}' in hipchat
        assert f"#{number} major triggeredSlow checkout on Checkout {number}" in page.text
    assert page.links == [f"{VIEW}&n={number}" for number in range(1, named + 1)] + [
        "https://bell.example/t/ops/alerts/"
    ]
    for text in (slack, hipchat, mail["text"], page.text + " ".join(page.links)):
        assert f"and {rest} more: 2 critical" in text
        assert "https://bell.example/t/ops/alerts/" in text


@pytest.mark.parametrize("view", [VIEW, VIEW + "x" * 200, VIEW + "x" * 2000])
def test_a_digest_of_long_words_and_links_still_names_all_thirty(view: str) -> None:
    message = digest(30, "& " * 400, view)
    slack, hipchat = slack_text(message), rendered("hipchat", message)["body"]["message"]
    assert len(slack) <= 8_000
    assert len(hipchat) <= 10_000
    for number in range(1, 31):
        assert f"#{number} " in slack.replace(">", " ")
        assert f"#{number} " in Html(hipchat).text
    if view is VIEW:
        assert len([link for text in slack.split("\n") for link in Mrkdwn(text).links]) == 31


@pytest.mark.parametrize("count", [1, 2, 5])
def test_a_digest_of_few_but_endless_lines_fits_each_block(count: int) -> None:
    blocks = rendered("slack", digest(count, "<" * 3000))["body"]["attachments"][0]["blocks"]
    assert all(len(block["text"]["text"]) <= 3000 for block in blocks if "text" in block)


@pytest.mark.parametrize("name", ["slack", "hipchat", "msteams", "mattermost", "discord", "telegram", "email"])
@pytest.mark.parametrize("message", MESSAGES)
def test_the_headline_and_the_time_are_in_every_message(name: str, message: str) -> None:
    text = json.dumps(rendered(name, MESSAGES[message]), ensure_ascii=False)
    assert MESSAGES[message].headline in text
    assert "2026-03-02 12:00 UTC" in text


def test_an_unsafe_link_is_shown_as_its_words_alone() -> None:
    message = replace(
        TRIGGERED, link=Link("Open", "javascript:alert(1)"), runbook=Link("Book", "https://u:p@x.example/")
    )
    for name in ("slack", "hipchat", "email"):
        text = json.dumps(rendered(name, message))
        assert "javascript" not in text
        assert "u:p@" not in text


def test_many_facts_share_the_room() -> None:
    facts = tuple(Fact(f"label {number}", "v" * 1000) for number in range(30))
    body = rendered("slack", replace(TRIGGERED, facts=facts))["body"]
    fields = [field for block in body["attachments"][0]["blocks"] for field in block.get("fields", [])]
    assert len(fields) == 20
    assert sum(map(len, mrkdwn_texts(body))) <= 8000


def test_a_mail_has_a_subject_a_text_and_a_page() -> None:
    payload = rendered("email", TRIGGERED)
    assert payload["subject"] == "[CRITICAL] #17 Slow checkout on Checkout"
    assert "Value: response_time 812.5 > 500\nSources: fra1, ams2" in payload["text"]
    assert f"Open in Bellhop: {VIEW}" in payload["text"]
    assert Html(payload["html"].removeprefix("<!DOCTYPE html>\n")).links == [VIEW, URL, "https://wiki.example/checkout"]


def test_a_digest_line_shows_its_severity_and_story_in_words() -> None:
    line = DigestLine(4, Story.SEVERITY_CHANGED, Severity.CRITICAL, "x", Link("at", VIEW))
    message = replace(digest(1), lines=(line,), at=AT)
    assert "#4</a> critical severity changed: x" in rendered("hipchat", message)["body"]["message"]


def test_a_states_lozenge_is_left_out_where_there_is_no_state() -> None:
    assert rendered("hipchat", TEST)["card"]["attributes"] == []
    assert AlertState.CLEARED in rendered("hipchat", CLEARED)["card"]["attributes"][0]["value"]["label"]
