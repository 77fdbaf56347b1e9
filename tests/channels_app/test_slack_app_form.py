"""A Slack integration is a webhook or an app: what is mixed or mistaken is refused at its field, with what to do."""

import json
from typing import Any

import pytest
from django.test import override_settings

from channels_app.registry import kind
from channels_app.slack.manifest import manifest
from channels_app.slack.spec import SlackForm, SlackSettings, rate_key, secrets, target
from tests.servers.slack import SIGNING_SECRET, TOKEN

pytestmark = pytest.mark.usefixtures("public_addresses_only")
WEBHOOK = "https://hooks.slack.com/services/T0/B0/abc"
APP = {"bot_token": TOKEN, "channel": "#ops"}
WHOLE = {
    **APP,
    "signing_secret": SIGNING_SECRET,
    "thread": True,
    "broadcast_clears": True,
    "server": "https://slack-gov.com/api",
}


@pytest.fixture
def public_addresses_only() -> Any:
    with override_settings(BELLHOP_ALLOWED_NETWORKS=[]):
        yield


def config(**typed: Any) -> dict[str, Any]:
    form = SlackForm(typed)
    assert form.is_valid(), form.errors
    return form.config()


def test_an_app_needs_a_token_and_a_channel() -> None:
    assert config(**APP) == {**APP, "thread": False, "broadcast_clears": False}
    assert config(**WHOLE) == WHOLE


def test_what_an_app_stored_it_takes_again_unchanged() -> None:
    stored = config(**WHOLE)
    assert config(**stored) == stored
    settings = SlackSettings.of(json.loads(json.dumps(stored)))
    assert settings == SlackSettings(
        channel="#ops",
        bot_token=TOKEN,
        signing_secret=SIGNING_SECRET,
        server="https://slack-gov.com/api",
        broadcast_clears=True,
    )


def test_what_a_webhook_cannot_do_is_not_stored_of_it() -> None:
    assert config(url=WEBHOOK, thread=True) == {"url": WEBHOOK, "legacy": False}


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({}, "url", "incoming webhook, or enter the bot token"),
        ({"channel": "#ops"}, "url", "incoming webhook, or enter the bot token"),
        ({**APP, "url": WEBHOOK}, "bot_token", "clear the other one"),
        ({"bot_token": TOKEN}, "channel", "Name the channel"),
        ({**APP, "channel": "@ann"}, "channel", "An app posts to a channel"),
        ({**APP, "channel": "two words"}, "channel", "An app posts to a channel"),
        ({**APP, "channel": "#<!here>"}, "channel", "An app posts to a channel"),
        ({**APP, "channel": "https://ops.slack.com/team/U1"}, "channel", "An app posts to a channel"),
        ({**APP, "bot_token": "xoxp-1-2-abcdefgh"}, "bot_token", "token of a person"),
        ({**APP, "bot_token": "xapp-1-A1-abcdefgh"}, "bot_token", "app-level token"),
        ({**APP, "bot_token": "xoxe.xoxb-1-abcdefgh"}, "bot_token", "switch token rotation off"),
        ({**APP, "bot_token": "xoxb-1 2"}, "bot_token", "copy it again"),
        ({**APP, "bot_token": "xoxb-caf\u00e9"}, "bot_token", "copy it again"),
        ({**APP, "bot_token": "abcdefgh"}, "bot_token", "begins with xoxb-"),
        ({**APP, "signing_secret": TOKEN}, "signing_secret", "under Basic Information"),
        ({**APP, "signing_secret": "short"}, "signing_secret", "copy it again"),
        ({**APP, "signing_secret": "two words of a secret"}, "signing_secret", "copy it again"),
        ({**APP, "legacy": True}, "legacy", "clear the bot token"),
        ({**APP, "server": "https://127.0.0.1/api"}, "server", "not allowed"),
        ({**APP, "server": "slack.com"}, "server", "https://"),
        ({"url": WEBHOOK, "signing_secret": SIGNING_SECRET}, "signing_secret", "bot token as well"),
        ({"url": WEBHOOK, "server": "https://slack-gov.com/api"}, "server", "leave this empty"),
        ({"url": WEBHOOK, "broadcast_clears": True}, "broadcast_clears", "has no threads"),
    ],
)
def test_every_wrong_mix_is_told_at_its_field(typed: dict[str, Any], field: str, words: str) -> None:
    form = SlackForm(typed)
    assert list(form.errors) == [field]
    (told,) = form.errors[field]
    assert words in str(told)
    assert TOKEN not in str(told)
    assert SIGNING_SECRET not in str(told)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("ops", "#ops"),
        ("#ops", "#ops"),
        ("#störung-24", "#störung-24"),
        ("C0000000OPS", "C0000000OPS"),
        ("U0000000ANN", "U0000000ANN"),
        ("https://shop.slack.com/archives/C0000000OPS", "C0000000OPS"),
        ("https://shop.slack.com/archives/C0000000OPS/p1700000000000100?thread_ts=1.2", "C0000000OPS"),
        ("https://app.slack.com/client/T0000000/C0000000OPS", "C0000000OPS"),
    ],
)
def test_a_channel_is_a_name_an_id_or_its_link(typed: str, stored: str) -> None:
    assert config(**{**APP, "channel": typed})["channel"] == stored


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("https://slack-gov.com", "https://slack-gov.com/api"),
        ("https://slack.com/api/", "https://slack.com/api"),
        ("https://slack.com/api/chat.postMessage", "https://slack.com/api"),
        ("https://chat.example.org/sandbox/slack/api", "https://chat.example.org/sandbox/slack/api"),
        ("https://chat.example.org", "https://chat.example.org"),
    ],
)
def test_a_server_is_stored_up_to_the_method(typed: str, stored: str) -> None:
    assert config(**APP, server=typed)["server"] == stored


def test_another_server_may_have_tokens_of_its_own() -> None:
    assert (
        config(**{**APP, "bot_token": "any-token"}, server="https://chat.example.org/api")["bot_token"] == "any-token"
    )


def test_no_secret_shows_and_each_counts_for_its_own_channel() -> None:
    ops, night = SlackSettings.of(WHOLE), SlackSettings.of({**WHOLE, "channel": "#night"})
    assert target(ops) == "#ops"
    assert not any(secret in repr(ops) + target(ops) for secret in (TOKEN, SIGNING_SECRET))
    assert secrets(ops) == (TOKEN, SIGNING_SECRET)
    assert rate_key(ops) != rate_key(night)
    assert "" not in secrets(SlackSettings.of({"url": WEBHOOK}))


def test_only_an_app_keeps_messages_true() -> None:
    lives = kind("slack").spec.lives
    assert lives(SlackSettings.of(APP))
    assert not lives(SlackSettings.of({"url": WEBHOOK}))


@pytest.mark.parametrize("base", ["https://bell.example", "https://bell.example/", "https://bell.example/sub"])
def test_the_manifest_names_this_installation_and_asks_for_no_more_than_is_used(base: str) -> None:
    made = json.loads(json.dumps(manifest(base)))
    hooks = f"{base.rstrip('/')}/hooks/slack"
    assert made["oauth_config"] == {"scopes": {"bot": ["chat:write", "chat:write.public", "commands"]}}
    assert made["settings"]["interactivity"] == {"is_enabled": True, "request_url": f"{hooks}/actions/"}
    assert made["settings"]["socket_mode_enabled"] is False
    (command,) = made["features"]["slash_commands"]
    assert (command["command"], command["url"], command["should_escape"]) == ("/bellhop", f"{hooks}/commands/", True)
    assert len(made["display_information"]["name"]) <= 35
    assert len(made["display_information"]["description"]) <= 140
    hear = kind("slack").hear
    assert hear is not None
    assert hear.manifest is manifest
