"""What the forms of Teams, Mattermost, Discord and Telegram take and refuse, and that their words say what to do."""

from typing import Any

import pytest
from django.test import override_settings

from channels_app.contract import Rate
from channels_app.registry import kind
from tests.servers.discord import TOKEN as DISCORD_TOKEN
from tests.servers.mattermost import KEY
from tests.servers.telegram import TOKEN

pytestmark = pytest.mark.usefixtures("public_addresses_only")
FLOW = "https://prod-1.westeurope.logic.azure.com:443/workflows/0a/triggers/manual/paths/invoke?api-version=2016-06-01&sig=x"
DISCORD = f"https://discord.com/api/webhooks/1147567/{DISCORD_TOKEN}"
BOT = {"token": TOKEN, "chat": "-1001147567"}


@pytest.fixture
def public_addresses_only() -> Any:
    with override_settings(BELLHOP_ALLOWED_NETWORKS=[]):
        yield


def config(name: str, **typed: Any) -> dict[str, Any]:
    form = kind(name).spec.form(typed)
    assert form.is_valid(), form.errors
    return form.config()


def refused(name: str, **typed: Any) -> dict[str, str]:
    form = kind(name).spec.form(typed)
    assert not form.is_valid()
    return {field: str(words[0]) for field, words in form.errors.items()}


def test_a_workflow_url_is_kept_as_it_is_however_long() -> None:
    url = FLOW + "&more=" + "a" * 1_500
    assert config("msteams", url=url) == {"url": url}


@pytest.mark.parametrize(
    "url",
    [
        "https://contoso.webhook.office.com/webhookb2/0a@0b/IncomingWebhook/0c/0d",
        "https://outlook.office.com/webhook/0a@0b/IncomingWebhook/0c/0d",
        "https://OUTLOOK.office365.com/webhook/0a",
    ],
)
def test_the_address_of_an_old_connector_is_refused_with_what_to_make_instead(url: str) -> None:
    words = refused("msteams", url=url)["url"]
    assert "make a workflow with the template “Send webhook alerts to a channel”" in words


@pytest.mark.parametrize(
    ("name", "typed", "field", "words"),
    [
        ("msteams", {"url": "https://prod-1.logic.azure.com/"}, "url", "whole workflow URL"),
        ("msteams", {"url": ""}, "url", "required"),
        ("mattermost", {"url": "https://chat.example.org/ops/channels/town-square"}, "url", "no incoming webhook"),
        ("mattermost", {"url": f"https://chat.example.org/hooks/{KEY}", "icon": "no icon"}, "icon", "https://"),
        ("discord", {"url": "https://discord.com/channels/1/2"}, "url", "no webhook of Discord"),
        ("discord", {"url": f"{DISCORD}/slack"}, "url", "leave out its last part"),
        ("discord", {"url": DISCORD, "username": "My Discord bot"}, "username", "discord"),
        ("discord", {"url": DISCORD, "thread_id": "ops"}, "thread_id", "is a number"),
        ("telegram", {**BOT, "token": "abc"}, "token", "no token of a bot"),
        ("telegram", {**BOT, "chat": "Ops"}, "chat", "@name of a public channel"),
        ("telegram", {**BOT, "chat": "-99999999999999999999"}, "chat", "such as -1001147567"),
        ("telegram", {**BOT, "chat": "https://t.me/ops"}, "chat", "@name of a public channel"),
        ("telegram", {**BOT, "thread_id": "x"}, "thread_id", "whole number"),
        ("telegram", {**BOT, "server": f"https://api.telegram.org/bot{TOKEN}"}, "server", "without /bot"),
        ("telegram", {**BOT, "server": "https://127.0.0.1:8081"}, "server", "not allowed"),
        ("telegram", {**BOT, "sound_from": "loud"}, "sound_from", "valid choice"),
    ],
)
def test_a_form_names_the_field_that_is_wrong(name: str, typed: dict[str, str], field: str, words: str) -> None:
    found = refused(name, **typed)
    assert list(found) == [field]
    assert words in found[field]
    assert TOKEN not in found[field]


def test_addresses_are_stored_in_the_form_that_is_called() -> None:
    assert config("mattermost", url=f"https://chat.example.org/sub/hooks/{KEY}/", channel="#ops") == {
        "url": f"https://chat.example.org/sub/hooks/{KEY}",
        "channel": "ops",
        "urgent": False,
    }
    assert config("discord", url=f"{DISCORD}?thread_id=42&wait=true") == {"url": DISCORD, "thread_id": "42"}
    assert config("discord", url=f"{DISCORD}?thread_id=42", thread_id="7")["thread_id"] == "7"
    assert config("discord", url=DISCORD.replace("/api/", "/api/v10/"))["url"].endswith(DISCORD_TOKEN)
    assert config("telegram", **BOT, server="https://bots.example.org/")["server"] == "https://bots.example.org"
    assert config("telegram", **BOT)["server"] == "https://api.telegram.org"


@pytest.mark.parametrize("chat", ["1147567", "-1001147567", "@bellhop_ops"])
def test_a_chat_is_a_number_or_a_channels_name(chat: str) -> None:
    assert config("telegram", token=TOKEN, chat=chat)["chat"] == chat


def test_what_lists_show_names_the_place_and_no_secret() -> None:
    shown = {
        name: kind(name).spec.target(kind(name).spec.settings(typed))
        for name, typed in {
            "msteams": {"url": FLOW},
            "mattermost": {"url": f"https://chat.example.org/hooks/{KEY}"},
            "discord": {"url": DISCORD},
            "telegram": BOT,
        }.items()
    }
    assert shown == {
        "msteams": "workflow at prod-1.westeurope.logic.azure.com",
        "mattermost": "webhook at chat.example.org",
        "discord": "webhook 1147567",
        "telegram": "chat -1001147567",
    }


@pytest.mark.parametrize(
    ("name", "limits"),
    [
        ("msteams", [(4, 1.0), (60, 30.0), (100, 3_600.0), (150, 7_200.0), (1_800, 86_400.0)]),
        ("discord", [(5, 2.0), (30, 60.0)]),
        ("telegram", [(1, 1.0), (20, 60.0)]),
    ],
)
def test_no_limit_of_the_service_is_ever_met(name: str, limits: list[tuple[int, float]]) -> None:
    rate = kind(name).spec.rate
    assert isinstance(rate, Rate)
    for most, seconds in limits:
        refilled = sum(number * rate.interval < seconds - 1e-9 for number in range(1, 5_000))
        assert rate.burst + refilled <= most
