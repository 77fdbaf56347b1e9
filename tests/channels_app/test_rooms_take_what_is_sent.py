"""Teams, Mattermost, Discord and Telegram, as strict local servers, take every message and show what it says."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from channels_app.contract import Delivered, Link, Message, Outcome, Reason, Rejected
from channels_app.doors import Doors, run
from channels_app.registry import kind
from channels_app.subject import Picture
from channels_app.words import Severity, Story
from tests.channels_app.kinds import SAMPLES
from tests.channels_app.samples import CLEARED, MESSAGES, SUBJECT, TEST, TRIGGERED, URL, VIEW, digest
from tests.channels_app.strict import Markdown
from tests.servers.discord import ID, Discord
from tests.servers.mattermost import Mattermost
from tests.servers.msteams import PATH, Workflow, texts
from tests.servers.telegram import Entities, Telegram

Room = Workflow | Mattermost | Discord | Telegram
SERVERS: Mapping[str, Callable[[], Room]] = {
    "msteams": Workflow,
    "mattermost": Mattermost,
    "discord": Discord,
    "telegram": Telegram,
}
PICTURE = Picture("https://bell.example/graphs/abc.png", "abc", "response_time of Checkout")
RUNBOOK = "https://wiki.example/checkout"


def post(name: str, server: Room, doors: Doors, *messages: Message, **config: Any) -> list[Outcome]:
    """What became of each message; every one is sent by the form's own config."""
    found = kind(name)
    typed = {**SAMPLES[name].config(server.url), **config}
    settings = found.spec.settings(typed)
    return [run(found.send(found.render(message, settings), settings, ""), doors)[0] for message in messages]


@pytest.mark.parametrize("name", SERVERS)
def test_a_strict_service_takes_every_message_in_its_first_form(name: str, doors: Doors) -> None:
    endless = replace(TRIGGERED, headline="& " * 3_000, summary="🧨" * 5_000, text="\\*" * 5_000, note="é" * 5_000)
    crowded = replace(TRIGGERED, facts=TRIGGERED.facts * 12, picture=PICTURE)
    long = [digest(count, words * 900, VIEW + more) for count in (1, 45) for words in "<🧨" for more in ("", "x" * 700)]
    told = [*MESSAGES.values(), endless, crowded, replace(endless, facts=crowded.facts), *long]
    with SERVERS[name]() as server:
        outcomes = post(name, server, doors, *told)

    assert [type(each) for each in outcomes] == [Delivered] * len(told), outcomes
    assert len(server.received) == len(told)


@pytest.mark.parametrize("name", SERVERS)
def test_what_a_message_says_is_in_it(name: str, doors: Doors) -> None:
    with SERVERS[name]() as server:
        post(name, server, doors, replace(TRIGGERED, picture=PICTURE), CLEARED, TEST)

    first, second, third = (request.body.decode() for request in server.received)
    for words in (TRIGGERED.headline, "812.5", "fra1, ams2", "Call the cashiers.", "Ann looks into it"):
        assert words in first
    for address in (VIEW, URL, RUNBOOK, PICTURE.url):
        assert address in first
    assert "2026-03-02" in first
    assert "#17 cleared" in second
    assert "12 min" in second
    assert "Test from Bellhop" in third


@pytest.mark.parametrize("name", SERVERS)
@pytest.mark.parametrize("count", [1, 30, 45])
def test_a_digest_names_thirty_and_counts_the_rest(name: str, count: int, doors: Doors) -> None:
    with SERVERS[name]() as server:
        post(name, server, doors, digest(count))

    body = json.loads(server.received[0].body)
    shown = json.dumps(body, ensure_ascii=False)
    named = min(count, 30)
    for number in range(1, named + 1):
        assert f"#{number}" in shown
        assert f"Slow checkout on Checkout {number}" in shown
    assert "#31" not in shown
    assert f"and {12 + count - named} more: 2 critical" in shown
    assert "https://bell.example/t/ops/alerts/" in shown
    if name != "telegram":  # whose 4,096 characters do not hold 30 addresses
        assert [f"&n={number}" in shown for number in range(1, named + 1)] == [True] * named


def test_teams_draws_a_card_in_the_colour_of_what_is_told(doors: Doors) -> None:
    minor = replace(TRIGGERED, severity=Severity.MINOR)
    with Workflow() as server:
        post("msteams", server, doors, TRIGGERED, minor, CLEARED, MESSAGES["acknowledged"], TEST)

    assert [card["body"][0]["style"] for card in server.cards] == ["attention", "warning", "good", "accent", "emphasis"]
    card = server.cards[0]
    assert (card["version"], card["msteams"]) == ("1.4", {"width": "full"})
    assert [(each["title"], each["url"]) for each in card["actions"]] == [
        ("Open in Bellhop", VIEW),
        ("Alert #17", URL),
        ("Runbook", RUNBOOK),
    ]
    facts = next(each for each in card["body"] if each["type"] == "FactSet")["facts"]
    assert {"title": "Sources", "value": "fra1, ams2"} in facts
    columns = card["body"][0]["items"][0]["columns"]
    assert [each["items"][0]["text"] for each in columns] == [TRIGGERED.headline, "critical · triggered"]


def test_teams_gets_fewer_words_before_it_gets_too_many_bytes(doors: Doors) -> None:
    facts = tuple(fact._replace(value="🧨" * 500) for fact in TRIGGERED.facts * 8)
    with Workflow() as server:
        outcomes = post("msteams", server, doors, replace(TRIGGERED, facts=facts), digest(30, "🧨" * 400))

    assert [type(each) for each in outcomes] == [Delivered, Delivered]
    assert all(len(request.body) <= 27_000 for request in server.received)
    kept = next(each for each in server.cards[0]["body"] if each["type"] == "FactSet")["facts"]
    assert len(kept) == 20
    assert "Call the cashiers." in "".join(texts(server.cards[0]))


def test_teams_pings_people_with_an_entity_for_each(doors: Doors) -> None:
    with Workflow() as server:
        post("msteams", server, doors, TRIGGERED, CLEARED, mention_critical="ann@example.com bob@example.com")

    first, second = server.cards
    assert "<at>ann@example.com</at> <at>bob@example.com</at>" in list(texts(first))
    assert first["msteams"]["entities"][0]["mentioned"] == {"id": "ann@example.com", "name": "ann@example.com"}
    assert "entities" not in second["msteams"]


def test_mattermost_gets_one_line_and_one_attachment(doors: Doors) -> None:
    with Mattermost() as server:
        post("mattermost", server, doors, TRIGGERED, mention_critical="@here @ann")

    post_ = server.posts[0]
    assert post_["text"] == "@here @ann **#17 critical: Slow checkout on Checkout**"
    (card,) = post_["attachments"]
    assert card["color"] == "#d0282e"
    assert card["text"].startswith("response\\_time 812.5 > 500\n\nCall the cashiers.\n\n**Note** Ann looks into it")
    assert Markdown(card["text"]).links == [VIEW, URL, RUNBOOK]
    assert card["fields"][1] == {"title": "Sources", "value": "fra1, ams2", "short": True}
    assert post_["channel"] == "ops"
    assert not {"username", "icon_url", "icon_emoji", "priority"} & post_.keys()


def test_mattermost_gets_name_icon_and_priority_where_they_are_set(doors: Doors) -> None:
    minor = replace(TRIGGERED, severity=Severity.MINOR)
    with Mattermost() as server:
        post("mattermost", server, doors, TRIGGERED, minor, CLEARED, username="Night watch", icon=":bell:", urgent=True)
        post("mattermost", server, doors, TRIGGERED, icon="https://bell.example/icon.png")

    urgent, calm, cleared, other = server.posts
    assert (urgent["username"], urgent["icon_emoji"]) == ("Night watch", "bell")
    assert urgent["priority"] == {"priority": "urgent"}
    assert "priority" not in calm
    assert "priority" not in cleared
    assert other["icon_url"] == "https://bell.example/icon.png"


def test_discord_answers_with_the_id_of_the_message_and_pings_nobody_unasked(doors: Doors) -> None:
    with Discord() as server:
        outcomes = post(
            "discord", server, doors, TRIGGERED, digest(30, "words " * 40), username="Night watch", thread_id="42"
        )

    assert outcomes[0] == Delivered(ref="1300000000000000001")
    (query, first), (_, many) = server.messages
    assert query == {"wait": "true", "thread_id": "42"}
    assert (first["content"], first["username"]) == ("**#17 critical: Slow checkout on Checkout**", "Night watch")
    assert first["allowed_mentions"] == {"parse": []}
    (embed,) = first["embeds"]
    assert embed["color"] == 0xD0282E
    assert embed["fields"][1] == {"name": "Sources", "value": "fra1, ams2", "inline": True}
    assert embed["timestamp"] == "2026-03-02T12:00:00+00:00"
    assert len(many["embeds"]) == 2


def test_discord_may_ping_exactly_those_who_are_named(doors: Doors) -> None:
    with Discord() as server:
        post("discord", server, doors, TRIGGERED, mention_critical="@here 123456789 &987654321")

    body = server.messages[0][1]
    assert body["content"].startswith("@here <@123456789> <@&987654321> **#17")
    assert body["allowed_mentions"] == {"parse": ["everyone"], "users": ["123456789"], "roles": ["987654321"]}


def test_telegram_gets_html_with_buttons_and_no_preview(doors: Doors) -> None:
    with Telegram() as server:
        outcomes = post("telegram", server, doors, replace(TRIGGERED, picture=PICTURE), thread_id=7)

    assert outcomes == [Delivered(ref="1")]
    message = server.messages[0]
    assert message["text"].startswith("<b>#17 critical: Slow checkout on Checkout</b>\nresponse_time 812.5 &gt; 500\n")
    assert "<b>Sources:</b> fra1, ams2" in message["text"]
    assert Entities(message["text"]).links == [PICTURE.url]
    assert (message["parse_mode"], message["message_thread_id"]) == ("HTML", 7)
    assert message["link_preview_options"] == {"is_disabled": True}
    assert message["reply_markup"]["inline_keyboard"] == [
        [{"text": "Open in Bellhop", "url": VIEW}],
        [{"text": "Alert #17", "url": URL}],
        [{"text": "Runbook", "url": RUNBOOK}],
    ]


def test_telegram_sounds_from_the_chosen_severity_on(doors: Doors) -> None:
    told = [replace(TRIGGERED, severity=each) for each in Severity] + [TEST, digest(2)]
    quiet = replace(digest(1), lines=(replace(digest(1).lines[0], severity=Severity.INFO),))
    with Telegram() as server:
        post("telegram", server, doors, *told, quiet)
        post("telegram", server, doors, *told, sound_from="critical")

    silent = [message["disable_notification"] for message in server.messages]
    assert silent == [True, False, False, False, False, False, True, True, True, True, False, False, True]


def test_telegram_names_channels_and_shows_hosts_without_making_links_of_them(doors: Doors) -> None:
    words = "web01.example.com is down, ask @durov or /start <b>"
    told = replace(TRIGGERED, summary=words, text="See https://evil.example/x")
    with Telegram() as server:
        post("telegram", server, doors, told, chat="@bellhop_ops")

    text = server.messages[0]["text"]
    assert "<code>web01.example.com</code> is down, ask <code>@durov</code> or <code>/start</code> &lt;b&gt;" in text
    assert "See <code>https://evil.example/x</code>" in text


@pytest.mark.parametrize(
    ("name", "config", "reason", "words"),
    [
        ("msteams", {"url": "{server}/workflows/other?sig=x"}, Reason.DESTINATION_GONE, "could not be found"),
        ("msteams", {"url": "{server}{path}?sig=wrong"}, Reason.BAD_CREDENTIALS, "credentials are not valid"),
        ("mattermost", {"url": "{server}/hooks/other"}, Reason.DESTINATION_GONE, "Invalid webhook."),
        ("mattermost", {"channel": "attic"}, Reason.DESTINATION_GONE, "Couldn't find the channel."),
        ("discord", {"url": "{server}/api/webhooks/1/x"}, Reason.DESTINATION_GONE, "Unknown Webhook"),
        ("discord", {"url": "{server}/api/webhooks/" + ID + "/x"}, Reason.BAD_CREDENTIALS, "Invalid Webhook Token"),
        ("telegram", {"token": "123456789:AAanotherTokenOf35LettersAndNoBot"}, Reason.BAD_CREDENTIALS, "Unauthorized"),
        ("telegram", {"chat": "-5"}, Reason.DESTINATION_GONE, "Bad Request: chat not found"),
    ],
)  # fmt: skip
def test_a_service_says_in_its_own_words_what_is_wrong(
    name: str, config: dict[str, str], reason: Reason, words: str, doors: Doors
) -> None:
    with SERVERS[name]() as server:
        typed = {key: value.format(server=server.url, path=PATH) for key, value in config.items()}
        (outcome,) = post(name, server, doors, TRIGGERED, **typed)

    assert isinstance(outcome, Rejected)
    assert outcome.reason is reason
    assert words in outcome.words
    assert len(server.received) == 1


def test_a_message_without_an_alert_has_no_page_of_one(doors: Doors) -> None:
    told = replace(TRIGGERED, subject=None, runbook=None, link=Link("Open", "javascript:alert(1)"))
    with Workflow() as server:
        post("msteams", server, doors, told, replace(TRIGGERED, story=Story.REMINDER, subject=SUBJECT))

    assert server.cards[0]["actions"] == []
    assert len(server.cards[1]["actions"]) == 3
