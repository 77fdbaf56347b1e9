"""What was read can be sent back: a mask keeps its secret, null clears it, and a damaged mask is never stored."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils.datastructures import MultiValueDict
from hypothesis import given, settings
from hypothesis import strategies as st

from channels_app import registry
from integrations import forms, masking
from integrations.masking import DOTS, ENTER_AGAIN, HELD_MASK

TOKENS = st.text(alphabet="ABCDEFGHIJabcdefghij0123456789", min_size=1, max_size=60).map(lambda text: f"A{text}")
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=40)
HOSTS = st.sampled_from(["hooks.example.org", "chat.example.org", "chat.example.org:8443", "[2606:4700::1111]"])

CONFIGS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "slack": st.one_of(
        st.fixed_dictionaries(
            {"url": st.builds("https://{}/services/T1/B1/{}".format, HOSTS, TOKENS), "legacy": st.booleans()},
            optional={"channel": WORDS.map("#{}".format)},
        ),
        st.fixed_dictionaries(
            {"bot_token": TOKENS.map("xoxb-{}".format), "channel": st.just("#ops"), "thread": st.booleans()},
            optional={
                "signing_secret": TOKENS.map("signing-secret-{}".format),
                "server": HOSTS.map("https://{}/api".format),
            },
        ),
    ),
    "hipchat": st.one_of(
        st.fixed_dictionaries(
            {
                "server": HOSTS.map("https://{}".format),
                "room": WORDS.filter(lambda name: name not in (".", "..")),
                "token": TOKENS,
                "personal": st.booleans(),
            },
            optional={
                "actions": st.sampled_from(["refuse", "acknowledge", "allow"]),
                "oauth_secret": TOKENS.map("jwt-secret-of-an-add-on-which-is-long-{}".format),
            },
        ),
        st.builds("https://{}/v2/room/7/notification?auth_token={}".format, HOSTS, TOKENS).map(
            lambda url: {"url": url}
        ),
    ),
    "msteams": st.fixed_dictionaries(
        {"url": st.builds("https://{}/workflows/a/invoke?sp=%2Frun&sig={}".format, HOSTS, TOKENS)},
        optional={"channel": WORDS, "mention_critical": st.just("ann@example.com")},
    ),
    "mattermost": st.fixed_dictionaries(
        {"url": st.builds("https://{}/hooks/{}".format, HOSTS, TOKENS), "urgent": st.booleans()},
        optional={"username": WORDS, "mention_critical": st.just("@here")},
    ),
    "discord": st.fixed_dictionaries(
        {"url": st.builds("https://{}/api/webhooks/1147567/{}".format, HOSTS, TOKENS)},
        optional={"channel": WORDS.map("#{}".format), "thread_id": st.integers(1, 10**19).map(str)},
    ),
    "telegram": st.fixed_dictionaries(
        {"token": TOKENS.map(lambda text: f"123456789:{text:A<30}"), "chat": st.just("-1001147567")},
        optional={"thread_id": st.integers(1, 9), "server": HOSTS.map("https://{}".format)},
    ),
    "email": st.fixed_dictionaries({"to": st.lists(st.emails(), min_size=1, max_size=3)}),
    "apprise": st.fixed_dictionaries({"url": st.builds("jsons://{}/{}".format, HOSTS, TOKENS)}),
    "pagerduty": st.fixed_dictionaries(
        {"routing_key": st.text("ABCDEFabcdef0123456789", min_size=32, max_size=32)},
        optional={"service": WORDS, "region": st.sampled_from(["us", "eu"]), "server": HOSTS.map("https://{}".format)}
        | {"hook_secret": TOKENS.map("signing-secret-{}".format)},
    ),
    "nagios": st.fixed_dictionaries(
        {
            "server": st.sampled_from(["nagios.example.org", "nagios"]),
            "password": TOKENS,
            "host_name": st.sampled_from(["{label:host}", "web01"]),
            "service_name": st.sampled_from(["{rule}", ""]),
        },
        optional={"port": st.integers(1, 65_535), "refresh_minutes": st.integers(0, 60), "packet": st.just("short")},
    ),
    "webhook": st.fixed_dictionaries(
        {"url": st.builds("https://{}/hooks/{}".format, HOSTS, TOKENS)},
        optional={
            "headers": st.lists(TOKENS, min_size=1, max_size=3).map(
                lambda texts: "\n".join(f"X-{number}: {text}" for number, text in enumerate(texts))
            ),
            "secret": TOKENS.map("signing-secret-{}".format),
            "body": st.sampled_from(["generic", "mackerel"]),
            "template": st.just('{"text": "{{ headline }}"}'),
        },
    ),
}


def stored(kind: str, config: dict[str, Any], current: dict[str, Any] | None = None) -> dict[str, Any]:
    form = forms.form_for(kind, config, current, excused=["v1_token"])
    assert form.is_valid(), form.errors
    return form.config()


def refused(kind: str, config: dict[str, Any], current: dict[str, Any]) -> dict[str, list[str]]:
    form = forms.form_for(kind, config, current)
    assert not form.is_valid()
    return forms.errors_of(form)


def test_every_kind_has_its_round_trip_tried() -> None:
    assert set(CONFIGS) == {kind.spec.kind for kind in registry.kinds()}


def typed_in(*kinds: str) -> st.SearchStrategy[tuple[str, dict[str, Any]]]:
    return st.sampled_from(kinds).flatmap(lambda kind: st.tuples(st.just(kind), CONFIGS[kind]))


@settings(deadline=None)  # whichever kind comes first loads its library
@given(typed_in(*CONFIGS))
def test_what_is_read_can_be_sent_back_and_changes_nothing(example: tuple[str, dict[str, Any]]) -> None:
    kind, typed = example
    before = stored(kind, typed)
    shown = masking.masked(before, registry.kind(kind).spec.form.secret_fields)

    assert stored(kind, shown, before) == before


@given(st.sampled_from(["slack", "hipchat"]).flatmap(lambda kind: st.tuples(st.just(kind), CONFIGS[kind])), st.data())
def test_a_text_that_holds_a_part_of_a_mask_is_refused(
    example: tuple[str, dict[str, Any]], data: st.DataObject
) -> None:
    kind, typed = example
    before = stored(kind, typed)
    name = next(name for name in registry.kind(kind).spec.form.secret_fields if before.get(name))
    mask = masking.mask(before[name])
    position = data.draw(st.integers(0, len(mask)))
    damaged = mask[:position] + data.draw(TOKENS) + mask[position:]

    assert refused(kind, {name: damaged}, before)[f"config.{name}"] == [HELD_MASK]


@given(st.one_of(TOKENS, st.builds("https://{}/services/T1/B1/{}".format, HOSTS, TOKENS)))
def test_a_mask_shows_at_most_the_last_four_of_a_long_secret(secret: str) -> None:
    mask = masking.mask(secret)
    token = secret.rpartition("/")[2]

    shown = mask.partition(DOTS)[2]
    assert shown == (token[-4:] if len(token) >= 16 else "")
    assert token[:-4] not in mask or len(token) < 6


@pytest.mark.parametrize(
    ("secret", "mask"),
    [
        ("https://hooks.slack.com/services/T0/B0/XXXXsecretslacktokenXXXX", f"https://hooks.slack.com/{DOTS}XXXX"),
        ("http://127.0.0.1:9000/services/T0/B0/short", f"http://127.0.0.1:9000/{DOTS}"),
        ("https://[2606:4700::1111]:8443/x", f"https://[2606:4700::1111]:8443/{DOTS}"),
        ("V2mixedCaseTokenOfFortyLettersAndDigits40", f"{DOTS}ts40"),
        ("short", DOTS),
        ("https://[broken", DOTS),
    ],
)
def test_masks(secret: str, mask: str) -> None:
    assert masking.mask(secret) == mask


SLACK: dict[str, Any] = {
    "url": "https://hooks.slack.com/services/T0/B0/XXXXsecretslacktokenXXXX",
    "channel": "#ops",
    "legacy": False,
}
ROOM = {"server": "https://chat.example.org", "room": "7", "token": "V2mixedCaseTokenOfFortyLettersAndDigits40"}


def hipchat() -> dict[str, Any]:
    return stored("hipchat", ROOM)


def test_absent_fields_are_kept_and_null_clears() -> None:
    assert stored("slack", {"legacy": False}, SLACK) == SLACK
    assert stored("slack", {"channel": None}, SLACK) == {name: SLACK[name] for name in ("url", "legacy")}


def test_a_required_secret_cannot_be_cleared() -> None:
    assert list(refused("slack", {"url": None}, SLACK)) == ["config.url"]
    assert list(refused("slack", {"url": ""}, SLACK)) == ["config.url"]
    assert list(refused("hipchat", {"token": None}, hipchat())) == ["config.token"]


def test_a_mask_is_no_secret_for_a_new_integration() -> None:
    form = forms.form_for("slack", {"url": masking.mask(SLACK["url"])})

    assert forms.errors_of(form) == {"config.url": [HELD_MASK]}


@pytest.mark.parametrize(
    "server",
    ["https://evil.example", "https://chat.example.org:8443", "https://chat.example.org.evil.example"],
)
def test_a_kept_token_never_follows_to_another_address(server: str) -> None:
    assert refused("hipchat", {"server": server}, hipchat()) == {"config.token": [ENTER_AGAIN]}
    shown = {**hipchat(), "token": masking.mask(ROOM["token"]), "server": server}
    assert refused("hipchat", shown, hipchat()) == {"config.token": [ENTER_AGAIN]}
    assert stored("hipchat", {"server": server, "token": "AnotherToken"}, hipchat())["server"] == server


def test_a_kept_bot_token_and_signing_secret_never_follow_to_another_server() -> None:
    app = stored("slack", {"bot_token": "xoxb-1-abcdefgh", "signing_secret": "s" * 32, "channel": "#ops"})

    for server in ("https://evil.example/api", "https://slack.com.evil.example/api"):
        wrong = refused("slack", {"server": server}, app)
        assert wrong == {"config.bot_token": [ENTER_AGAIN], "config.signing_secret": [ENTER_AGAIN]}
    again = {"bot_token": "xoxb-2-abcdefgh", "signing_secret": "t" * 32, "server": "https://slack-gov.com/api"}
    assert stored("slack", again, app)["server"] == "https://slack-gov.com/api"
    assert stored("slack", {"channel": "#night"}, app)["bot_token"] == "xoxb-1-abcdefgh"


def test_slack_goes_from_a_webhook_to_an_app_and_back() -> None:
    app = {"bot_token": "xoxb-1-abcdefgh", "channel": "#ops"}
    assert list(refused("slack", app, SLACK)) == ["config.bot_token"]
    switched = stored("slack", {**app, "url": None}, SLACK)
    assert "url" not in switched
    assert stored("slack", {"bot_token": None, "url": SLACK["url"]}, switched) == SLACK


def test_a_url_without_token_takes_no_kept_token_to_another_address() -> None:
    url = "https://evil.example/v2/room/7/notification"

    assert refused("hipchat", {"url": url}, hipchat()) == {"config.token": [ENTER_AGAIN]}


@pytest.mark.parametrize(
    ("kind", "before", "change", "secrets"),
    [
        ("hipchat", {**ROOM, "oauth_secret": "j" * 40}, {"server": "https://evil.example"}, {"token", "oauth_secret"}),
        (
            "pagerduty",
            {"routing_key": "a1" * 16, "hook_secret": "s" * 40, "region": "us"},
            {"server": "https://evil.example"},
            {"routing_key", "hook_secret"},
        ),
        (
            "pagerduty",
            {"routing_key": "a1" * 16, "hook_secret": "s" * 40, "region": "us"},
            {"region": "eu"},
            {"routing_key", "hook_secret"},
        ),
    ],
)
def test_a_new_address_asks_for_the_secrets_of_incoming_calls_too(
    kind: str, before: dict[str, Any], change: dict[str, Any], secrets: set[str]
) -> None:
    current = stored(kind, before)
    shown = masking.masked(current, registry.kind(kind).spec.form.secret_fields)

    for submitted in (change, {**shown, **change}):
        assert refused(kind, submitted, current) == {f"config.{name}": [ENTER_AGAIN] for name in secrets}
    for name in secrets:
        some = {**change, name: "N0" * 16}
        assert refused(kind, some, current) == {f"config.{left}": [ENTER_AGAIN] for left in secrets - {name}}
    assert stored(kind, {**change, **dict.fromkeys(secrets, "N0" * 16)}, current)


@pytest.mark.parametrize(
    "server", ["https://CHAT.example.org", "https://chat.example.org:443/", "https://chat.example.org/base"]
)
def test_another_spelling_or_path_of_the_same_address_keeps_the_token(server: str) -> None:
    assert stored("hipchat", {"server": server}, hipchat())["token"] == ROOM["token"]


def test_a_downgrade_to_plain_http_asks_again(settings: Any) -> None:
    settings.BELLHOP_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    before = {**hipchat(), "server": "https://127.0.0.1"}

    assert refused("hipchat", {"server": "http://127.0.0.1"}, before) == {"config.token": [ENTER_AGAIN]}
    assert refused("hipchat", {"server": "http://127.0.0.1:443"}, before) == {"config.token": [ENTER_AGAIN]}


def test_a_new_slack_url_replaces_the_old_one() -> None:
    fresh = "https://chat.example.org/services/T9/B9/other"

    assert stored("slack", {"url": fresh}, SLACK)["url"] == fresh


def test_hipchat_switches_between_its_two_forms_by_nulls() -> None:
    url = "https://other.example.org/v2/room/8/notification?auth_token=AnotherToken"

    switched = stored("hipchat", {"url": url, "server": None, "room": None, "token": None}, hipchat())
    assert (switched["server"], switched["room"], switched["token"]) == (
        "https://other.example.org",
        "8",
        "AnotherToken",
    )
    assert "url" not in switched

    back = stored("hipchat", {"url": None, **ROOM}, switched)
    assert back == hipchat()


def test_a_whole_url_with_its_token_replaces_the_room_at_once() -> None:
    url = "https://other.example.org/v2/room/8/notification?auth_token=AnotherToken"

    assert stored("hipchat", {"url": url}, hipchat())["token"] == "AnotherToken"


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        ("slack", "url", {"a": 1}),
        ("slack", "url", ["https://hooks.slack.com/services/a/b/c"]),
        ("slack", "channel", True),
        ("slack", "channel", 1.5),
        ("slack", "channel", "\ud800"),
        ("slack", "channel", "#ops\x00"),
        ("slack", "legacy", "yes"),
        ("slack", "legacy", 1),
        ("slack", "webhook", "x"),
        ("hipchat", "room", ["7"]),
        ("email", "to", {"a": "b"}),
        ("email", "to", ["ann@example.com", 7]),
        ("email", "to", ["ann@example.com", ["bob@example.com"]]),
        ("email", "to", []),
    ],
)
def test_a_value_of_the_wrong_type_is_refused_at_its_field(kind: str, name: str, value: object) -> None:
    current = {"slack": SLACK, "hipchat": hipchat(), "email": {"to": ["ann@example.com"]}}[kind]

    assert list(refused(kind, {name: value}, current)) == [f"config.{name}"]


def test_a_room_may_be_written_as_a_number() -> None:
    assert stored("hipchat", {**ROOM, "room": 1147567})["room"] == "1147567"


def test_an_unknown_kind_is_named_with_the_known_ones() -> None:
    with pytest.raises(ValidationError, match="slack, hipchat, ") as caught:
        forms.form_for("pager", {})
    assert list(caught.value.message_dict) == ["kind"]


def test_a_rendered_form_shows_masks_only() -> None:
    secret = ROOM["token"]
    bound = forms.form_for("hipchat", {"room": ""}, hipchat())
    fresh = forms.shown_form("hipchat", masking.masked(hipchat(), ["token"]))

    assert not bound.is_valid()
    for form in (bound, fresh):
        assert secret not in form.as_p()
        assert f"{DOTS}ts40" in form.as_p()


def test_a_browser_that_sends_no_tick_unticks() -> None:
    current = stored("slack", {**SLACK, "legacy": True})
    posted = MultiValueDict({"c-url": [masking.mask(SLACK["url"])], "c-channel": ["#ops"]})

    config = forms.posted_config("slack", posted, prefix="c-")

    assert stored("slack", config, current) == SLACK


def test_a_new_integration_starts_with_the_defaults_of_its_kind() -> None:
    made = stored("hipchat", ROOM)

    assert (made["notify_triggered"], made["notify_cleared"]) == (True, False)
    assert stored("hipchat", {**ROOM, "notify_triggered": False})["notify_triggered"] is False


def test_a_v1_token_that_was_accepted_once_hinders_no_later_edit() -> None:
    accepted = {**hipchat(), "token": "0123456789abcdef0123456789abcd"}

    assert stored("hipchat", {"room": "9"}, accepted)["room"] == "9"
    for other in ({"token": "fedcba9876543210fedcba98765432"}, {**ROOM, **accepted, "server": "https://b.example"}):
        assert list(refused("hipchat", other, accepted)) == ["config.token"]
