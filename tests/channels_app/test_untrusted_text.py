"""Whatever stands in names, labels, sources and notes: no mention, tag or link comes of it, and every limit holds."""

import json
import re
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from channels_app.contract import DigestLine, Fact, Link, Message
from channels_app.nagios.packet import Result, packet
from channels_app.nagios.render import render, stand
from channels_app.nagios.spec import NagiosSettings
from channels_app.registry import kind
from channels_app.slack.spec import SlackSettings
from channels_app.subject import Picture, Reading, Subject
from channels_app.words import AlertState, Severity, Story
from tests.channels_app.samples import SUBJECT, config_for
from tests.channels_app.strict import Html, Mrkdwn, mrkdwn_texts, texts
from tests.servers import nsca
from tests.servers.nsca import read_packet

MAIL_TAGS = {
    *("html", "head", "meta", "title", "body", "div", "table", "tr", "th", "td"),
    *("h1", "p", "a", "b", "br", "img"),
}
MAIL_ATTRIBUTES = {
    *("href", "src", "alt", "style", "align", "width", "lang", "charset", "name", "content"),
    *("role", "cellpadding", "cellspacing", "border"),
}
MESSAGE_ID = re.compile(r"<alert\.[0-9a-f]{32}@[A-Za-z0-9.-]+>")
OURS = "https://bell.example/"
HOSTILE = [
    "<!channel>", "<!here|x>", "<@U012345>", "<!subteam^S012345>", "@here @channel @everyone @all",
    "<https://evil.example|click>", "<a href='https://evil.example'>x</a>", '"><script>alert(1)</script>',
    "<img src=x onerror=y>", "<!--", "-->", "<?php", "</b></a>", "&lt;!channel&gt;", "&amp;", "&", "&&&&", "|", "<",
    ">", "*_~`", "]]>", "a\r\nBcc: x@y.example", "\x00\x07\x1b[31m", "\u202eevil\u202c", "\u2066x\u2069",
    "\u200b@\u200bhere", "@\u200dchannel", "<\u200b!here>", "<!he\u00adre>", "\ud800", "\u2028line\u2029",
    "\U000e0041\U000e007f", "\u3164\u115f\uffa0", "{{7*7}}", "%s%n", "=cmd|' /C calc'!A0", "🧨" * 40, "é" * 300,
    "<" * 3000, "&" * 12_000, "a\n" * 2000, "javascript:alert(1)",
]  # fmt: skip
TEXT = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(st.characters(exclude_categories=()), max_size=60),
    st.lists(st.sampled_from([*HOSTILE[:40], "word", " "]), max_size=6).map("".join),
)
URLS = st.one_of(
    st.just(OURS + "t/ops/views/x/?at=2026-03-02T12:00:00Z&b=1"),
    st.just(OURS + "a" * 1200),
    TEXT.map(lambda text: OURS + text),
    st.sampled_from(
        ["javascript:alert(1)", "data:text/html,x", "", "//evil.example", "ftp://x.example/", "http://[::1"]
    ),
)
LINKS = st.builds(Link, TEXT, URLS)
LINES = st.builds(
    DigestLine, st.integers(1, 10**6), st.sampled_from(Story), st.sampled_from(Severity), TEXT, LINKS, TEXT
)
OF_AN_ALERT: dict[str, Any] = {
    "key": TEXT,
    "story": st.sampled_from(Story),
    "headline": TEXT,
    "at": st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    "sender": TEXT,
    "state": st.none() | st.sampled_from(AlertState),
    "severity": st.none() | st.sampled_from(Severity),
    "summary": TEXT,
    "facts": st.lists(st.builds(Fact, TEXT, TEXT), max_size=25).map(tuple),
    "text": TEXT,
    "note": TEXT,
    "link": st.none() | LINKS,
    "runbook": st.none() | LINKS,
    "actions": st.lists(LINKS, max_size=3).map(tuple),
    "unsubscribe": URLS,
}
ALERTS = st.builds(Message, **OF_AN_ALERT)
MESSAGES = st.builds(
    Message,
    **OF_AN_ALERT,
    lines=st.one_of(st.just(()), st.lists(LINES, max_size=40).map(tuple)),
    counts=st.lists(
        st.tuples(st.sampled_from(Severity), st.integers(1, 999)), max_size=4, unique_by=lambda x: x[0]
    ).map(tuple),
)
many = settings(max_examples=150)


def rendered(name: str, message: Message) -> Any:
    found = kind(name)
    payload = found.render(message, found.spec.settings(config_for(name, "https://remote.example")))
    assert payload == found.render(message, found.spec.settings(config_for(name, "https://remote.example")))
    json.dumps(payload).encode()
    for text in texts(payload):
        assert not unseen(text), repr(unseen(text))
    return payload


def unseen(text: str) -> list[str]:
    """Control, bidi, zero-width and surrogate characters in `text`, but for line breaks."""
    if text.replace("\n", "").isprintable():  # as nearly every text is, of up to 12,000 characters
        return []
    return [
        character for character in text if unicodedata.category(character) in ("Cc", "Cf", "Cs") and character != "\n"
    ]


def all_ours(links: list[str]) -> bool:
    return all(link.startswith(OURS) for link in links)


@many
@given(MESSAGES)
def test_slack_pings_nobody_and_links_nowhere_by_untrusted_text(message: Message) -> None:
    payload = rendered("slack", message)
    for body in (payload["body"], payload["plain"]):
        assert "channel" not in body
        for text in mrkdwn_texts(body):
            found = Mrkdwn(text)
            assert found.mentions == []
            assert all_ours(found.links)
    check_slack_limits(payload["body"])
    assert len(payload["plain"]["text"]) <= 4000


def check_slack_limits(body: dict[str, Any]) -> None:
    blocks = body["attachments"][0]["blocks"]
    assert len(blocks) <= 10
    assert sum(map(len, mrkdwn_texts(body))) <= 8000
    for block in blocks:
        if "text" in block:
            assert 1 <= len(block["text"]["text"]) <= 3000
        assert len(block.get("fields", [])) <= 10
        assert all(1 <= len(each["text"]) <= 2000 for each in block.get("fields", []))


@many
@given(MESSAGES)
def test_hipchat_shows_no_tag_and_no_link_of_untrusted_text(message: Message) -> None:
    payload = rendered("hipchat", message)
    body, card = payload["body"], payload["card"]
    assert 1 <= len(body["message"]) <= 10_000
    assert 1 <= len(body["from"]) <= 64
    assert 1 <= len(card["title"]) <= 500
    shown, described = Html(body["message"]), Html(card["description"]["value"])
    assert shown.tags <= {"a", "b", "i", "br"}
    assert shown.attributes <= {"href"}
    assert described.tags == set()
    assert all_ours([*shown.links, card.get("url", OURS)])
    for each in card["attributes"]:
        assert Html(each["label"]).tags | Html(each["value"]["label"]).tags == set()
    assert Html(card["title"]).tags == set()
    assert card["id"].isalnum()


@many
@given(MESSAGES)
def test_mail_holds_no_tag_and_no_link_of_untrusted_text(message: Message) -> None:
    payload = rendered("email", replace(message, picture=Picture("", "token", message.text)))
    assert 1 <= len(payload["subject"]) <= 200
    assert not set("\r\n") & set(payload["subject"] + payload["sender"] + payload["key"])
    assert all(MESSAGE_ID.fullmatch(each) for each in payload["threads"])
    for source, image in ((payload["html"], ""), (payload["picture"]["html"], payload["picture"]["cid"])):
        page = Html(source.removeprefix("<!DOCTYPE html>\n"))
        assert page.tags <= MAIL_TAGS
        assert page.attributes <= MAIL_ATTRIBUTES
        assert ("img" in page.tags) == bool(image)
        assert all_ours([link for link in page.links if link != f"cid:{image}"])


MENTIONS = ["here", "@here", "<!channel>", "everyone", "U012345", "<@W012345>", "S012345", "<!subteam^S99999>"]


@many
@given(TEXT, st.lists(st.sampled_from(MENTIONS) | TEXT, max_size=4))
def test_only_the_mentions_field_pings_and_only_in_known_forms(text: str, names: list[str]) -> None:
    message = Message("k", Story.TRIGGERED, text, datetime(2026, 1, 1, tzinfo=UTC), mentions=tuple(names), summary=text)
    found = kind("slack")
    body = found.render(message, SlackSettings("https://hooks.slack.com/services/x"))["body"]
    known = [name for name in names if name.strip() in MENTIONS]
    pings = [ping for each in mrkdwn_texts(body) for ping in Mrkdwn(each).mentions]
    assert len([ping for ping in pings if ping[0] in "@!"]) >= len(known)
    assert len(pings) <= len(names)
    assert all(ping in ("!here", "!channel", "!everyone") or ping[1:2] in ("U", "W", "s") for ping in pings)


READINGS = st.lists(st.builds(Reading, TEXT, TEXT, st.floats()), max_size=8).map(tuple)
ABOUT = st.builds(
    lambda text, readings: replace(
        SUBJECT, rule=text, test=text, team_slug=text, labels={"host": text, "env": text}, readings=readings
    ),
    TEXT,
    READINGS,
)


@many
@given(MESSAGES, ABOUT, st.sampled_from(["{label:host}", "{test_name}{rule}", "fixed"]), st.booleans())
def test_a_strict_reader_finds_nothing_but_a_name_a_state_and_a_line_in_what_nagios_gets(
    message: Message, about: Subject, pattern: str, short: bool
) -> None:
    message = replace(message, subject=about)
    config = config_for("nagios", "https://remote.example")
    config |= {"host_name": pattern, "service_name": pattern, "packet": "short" if short else "long"}
    settings = NagiosSettings.of(config)
    for payload in (render(message, settings), stand([message], settings)):
        for each in payload["results"]:
            told = read_packet(packet(Result(*each), nsca.CLOCK, settings.room))
            assert not set(told.host + told.service) & set(";|'\"<>$`")
            assert told.output.count("|") <= 1
            assert "\\" not in told.output
