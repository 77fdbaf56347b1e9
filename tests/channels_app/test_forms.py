"""What each kind's form takes, what it refuses, and that its words say what to do."""

import json
from typing import Any

import pytest
from django.test import override_settings

from channels_app.contract import Kind
from channels_app.email.spec import EmailForm, EmailSettings
from channels_app.fields import AddressField, KindForm, origin
from channels_app.hipchat.spec import HipChatForm
from channels_app.registry import kind, kinds
from channels_app.slack.spec import SlackForm
from tests.channels_app.kinds.hipchat import TOKEN as HIPCHAT_TOKEN
from tests.channels_app.samples import config_for

WEBHOOK = "https://hooks.slack.com/services/T0/B0/abc"
ROOM = "https://chat.example.org/v2/room/1147567/notification"
LOCAL = override_settings(BELLHOP_ALLOWED_NETWORKS=["127.0.0.0/8", "::1/128"])
PUBLIC = override_settings(BELLHOP_ALLOWED_NETWORKS=[])


def errors(form: KindForm) -> dict[str, list[str]]:
    return {name: [str(words) for words in found] for name, found in form.errors.items()}


def config(form: KindForm) -> dict[str, Any]:
    assert form.is_valid(), form.errors
    stored: dict[str, Any] = json.loads(json.dumps(form.config()))
    assert stored == form.config()
    return stored


@pytest.mark.parametrize("each", kinds(), ids=lambda each: each.spec.kind)
@LOCAL
def test_what_a_form_stored_it_takes_again_unchanged(each: Kind) -> None:
    stored = config(each.spec.form(config_for(each.spec.kind, "http://127.0.0.1:8000/sandbox")))
    assert config(each.spec.form(stored)) == stored
    each.spec.settings(stored)


REFUSED = [
    "http://127.0.0.1/x", "https://127.0.0.1/x", "https://2130706433/x", "https://0x7f.1/x", "https://127.1/x", "https://localhost/x",
    "https://[::1]/x", "https://[::ffff:7f00:1]/x", "https://10.0.0.1/x", "https://169.254.169.254/x", "https://１２７.0.0.1/x",
    "https://0177.0.0.1/x", "https://localhost./x", "https://[fe80::1]/x",
]  # fmt: skip


@pytest.mark.parametrize("url", REFUSED)
@PUBLIC
def test_an_inner_address_is_refused_at_the_field_in_every_spelling(url: str) -> None:
    for form, field in ((SlackForm({"url": url}), "url"), (HipChatForm({"server": url}), "server")):
        assert errors(form)[field] == ["This address is not allowed as a destination."]


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("ftp://hooks.example.com/x", "scheme"),
        ("hooks.slack.com/services/x", "scheme"),
        ("javascript:alert(1)", "scheme"),
        ("http://hooks.slack.com/services/x", "scheme"),
        ("https://ann:pw@hooks.slack.com/services/x", "userinfo"),
        ("https://hooks.slack.com:99999/x", "unreadable"),
        ("https://hooks slack.com/x", "unreadable"),
        ("https://hooks.slack.com/x\r\nHost: y", "unreadable"),
        ("https://[::1/x", "unreadable"),
        ("https:///x", "unreadable"),
        ("https://" + "a" * 3000, "max_length"),
        ("", "required"),
    ],
)
@PUBLIC
def test_what_is_no_web_address_is_refused_with_the_reason(url: str, code: str) -> None:
    form = SlackForm({"url": url})
    assert not form.is_valid()
    assert [error.code for error in form.errors.as_data()["url"]] == [code]
    assert "pw" not in str(form.errors)


@LOCAL
def test_plain_http_is_taken_where_the_operator_allowed_the_network() -> None:
    for host in ("127.0.0.1:8000", "localhost:8000", "[::1]:8000"):
        assert config(SlackForm({"url": f"http://{host}/services/T/B/x"}))["url"] == f"http://{host}/services/T/B/x"
    assert "url" in errors(SlackForm({"url": "http://10.0.0.1/services/T/B/x"}))
    assert "url" in errors(SlackForm({"url": "http://nobody.invalid/services/T/B/x"}))


@PUBLIC
def test_an_address_is_stored_in_one_spelling() -> None:
    field = AddressField()
    assert field.clean(" https://Bücher.example:8443/ä b"[:-2] + "?q=ä#part ") == (
        "https://xn--bcher-kva.example:8443/%C3%A4?q=%C3%A4"
    )
    assert origin("https://a.example/x") == ("https", "a.example", 443)
    assert origin("http://a.example:81/x") == ("http", "a.example", 81)


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("https://hooks.slack.com/workflows/T0/A0/1/abc", "workflow"),
        ("https://hooks.slack.com/triggers/T0/1/abc", "workflow"),
        ("https://hooks.slack.com/commands/T0/1/abc", "slash command"),
        ("https://hooks.slack.com/actions/T0/1/abc", "button"),
        ("https://slack.com/api/chat.postMessage", "Web API"),
        ("https://ops.slack.com/archives/C0", "page of Slack"),
        ("https://hooks.slack.com/", "whole webhook URL"),
        (ROOM + "?auth_token=x", "choose the type HipChat"),
        ("https://api.hipchat.com/v1/rooms/message", "choose the type HipChat"),
    ],
)
@PUBLIC
def test_slack_refuses_other_addresses_and_says_what_to_do(url: str, word: str) -> None:
    assert word in errors(SlackForm({"url": url}))["url"][0]


@pytest.mark.parametrize("host", ["hooks.slack.com", "hooks.slack-gov.com", "mattermost.example.org"])
@PUBLIC
def test_slack_takes_webhooks_and_what_looks_like_them(host: str) -> None:
    form = SlackForm({"url": f"https://{host}/services/T0/B0/abc", "channel": "#ops"})
    assert config(form) == {"url": f"https://{host}/services/T0/B0/abc", "channel": "#ops", "legacy": False}


@PUBLIC
def test_only_a_legacy_webhook_may_write_to_a_person() -> None:
    assert "legacy" in errors(SlackForm({"url": WEBHOOK, "channel": "@ann"}))["channel"][0]
    assert config(SlackForm({"url": WEBHOOK, "channel": "@ann", "legacy": True}))["channel"] == "@ann"


@PUBLIC
def test_a_whole_notification_url_is_split_into_server_room_and_token() -> None:
    stored = config(
        HipChatForm(
            {"url": f"https://chat.example.org/base/v2/room/Ops%20room/notification?auth_token={HIPCHAT_TOKEN}"}
        )
    )
    assert stored["server"] == "https://chat.example.org/base"
    assert (stored["room"], stored["token"]) == ("Ops room", HIPCHAT_TOKEN)
    assert "url" not in stored


@PUBLIC
def test_a_url_without_its_token_takes_the_token_field() -> None:
    stored = config(HipChatForm({"url": ROOM, "token": HIPCHAT_TOKEN}))
    assert (stored["room"], stored["token"]) == ("1147567", HIPCHAT_TOKEN)
    assert "token" in errors(HipChatForm({"url": ROOM}))


@pytest.mark.parametrize(
    "server", ["https://chat.example.org", "https://chat.example.org/", "https://chat.example.org/v2/"]
)
@PUBLIC
def test_server_room_and_token_do_as_well(server: str) -> None:
    stored = config(HipChatForm({"server": server, "room": "Ops", "token": HIPCHAT_TOKEN}))
    assert stored["server"] == "https://chat.example.org"


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"room": "Ops", "token": HIPCHAT_TOKEN}, "server"),
        ({"server": "https://chat.example.org", "token": HIPCHAT_TOKEN}, "room"),
        ({"server": "https://chat.example.org", "room": "Ops"}, "token"),
        ({"server": "https://chat.example.org", "room": "..", "token": HIPCHAT_TOKEN}, "room"),
        ({"server": "https://chat.example.org", "room": "Ops", "token": "two words"}, "token"),
        ({"server": "https://chat.example.org", "room": "Ops", "token": "caf\u00e9Token"}, "token"),
        ({"url": WEBHOOK}, "url"),
        ({"server": WEBHOOK, "room": "Ops", "token": HIPCHAT_TOKEN}, "server"),
        ({"url": "https://chat.example.org/other"}, "url"),
        ({"url": f"{ROOM}?auth_token={HIPCHAT_TOKEN}", "oauth_secret": "s" * 31}, "oauth_secret"),
        ({"url": f"{ROOM}?auth_token={HIPCHAT_TOKEN}", "oauth_secret": "s " * 20}, "oauth_secret"),
        ({"url": f"{ROOM}?auth_token={HIPCHAT_TOKEN}", "actions": "all"}, "actions"),
    ],
)
@PUBLIC
def test_hipchat_names_the_field_that_is_wrong(data: dict[str, str], field: str) -> None:
    assert list(errors(HipChatForm(data))) == [field]


@PUBLIC
def test_a_token_of_v1_is_refused_unless_a_test_went_well() -> None:
    data = {"server": "https://chat.example.org", "room": "Ops", "token": "0123456789abcdef0123456789abcd"}
    refused = HipChatForm(data)
    assert not refused.is_valid()
    assert [error.code for error in refused.errors.as_data()["token"]] == ["v1_token"]
    assert config(HipChatForm(data, excused={"v1_token"}))["token"] == data["token"]
    assert not HipChatForm({**data, "room": ""}, excused={"v1_token", "required"}).is_valid()


@PUBLIC
def test_defaults_are_there_for_callers_that_leave_fields_out() -> None:
    assert HipChatForm.defaults()["notify_triggered"] is True
    assert HipChatForm.defaults()["notify_cleared"] is False


BOTH = ["ann@example.com", "bob@example.com"]


@pytest.mark.parametrize("to", [BOTH, ", ".join(BOTH), "\n".join([*BOTH, ""]), f"{BOTH[0]};{BOTH[1]} ANN@example.com"])
def test_addresses_come_as_a_list_or_as_text(to: Any) -> None:
    assert config(EmailForm({"to": to}))["to"] == BOTH


@pytest.mark.parametrize(
    ("to", "words"),
    [
        ("", "at least one"),
        ([], "at least one"),
        ("ann@example.com, nobody", "'nobody' is no e-mail address"),
        (["ann@example.com\nBcc: x@y.example"], "is no e-mail address"),
        ([1], "'1' is no e-mail address"),
        ({"a": 1}, "list of e-mail addresses"),
        ([f"u{number}@example.com" for number in range(51)], "51 addresses: at most 50"),
    ],
)
def test_addresses_that_cannot_be_are_named(to: Any, words: str) -> None:
    assert words in errors(EmailForm({"to": to}))["to"][0]


def test_no_test_excuses_a_missing_address() -> None:
    assert "to" in errors(EmailForm({}, excused={"no_address"}))


def test_the_built_in_integrations_empty_config_makes_settings() -> None:
    assert kind("email").spec.settings({}) == EmailSettings()
