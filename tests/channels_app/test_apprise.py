"""Apprise: off unless the operator allows it; what it may do is watched; what it is told is plain text."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from pytest_django import Settings

from channels_app import registry
from channels_app.apprise import KIND
from channels_app.apprise.send import judge
from channels_app.apprise.spec import REFUSED_OPTIONS, AppriseForm, AppriseSettings, secrets
from channels_app.contract import (
    AppriseCall,
    Delivered,
    DoorError,
    Message,
    Outcome,
    Reason,
    Rejected,
    Reply,
    RetryLater,
)
from channels_app.doors import Doors, Policy, run
from channels_app.doors import apprise as door
from channels_app.doors.guard import networks
from channels_app.doors.watch import watched
from channels_app.subject import Picture
from channels_app.words import Severity, Story
from tests.channels_app.kinds.apprise import SAMPLE, TOKEN
from tests.channels_app.samples import ACKNOWLEDGED, CLEARED, MESSAGES, TEST, TRIGGERED
from tests.channels_app.test_untrusted_text import MESSAGES as ANY_MESSAGE
from tests.channels_app.test_untrusted_text import many, unseen
from tests.patience import PATIENT
from tests.servers.http import Answer, Receiver

LOCAL = Policy(networks(["127.0.0.0/8"]), total_seconds=PATIENT, connect_seconds=PATIENT)
OFF = "Apprise is not switched on in this installation: its operator has to name schemas for it."
MARKUP = re.compile(r"<\S|(?<![\w.+-])@\w|\]\(")


def settings_for(server: str) -> AppriseSettings:
    return AppriseSettings.of(SAMPLE.config(server))


def told(doors: Doors, receiver: Receiver, message: Message) -> Outcome:
    settings = settings_for(receiver.url)
    return run(KIND.send(KIND.render(message, settings), settings, ""), doors)[0]


def errors_of(url: str) -> list[tuple[str, str]]:
    form = AppriseForm({"url": url})
    return [(str(error.code), error.messages[0]) for error in form.errors.as_data().get("url", [])]


@pytest.mark.parametrize("name", MESSAGES)
def test_every_message_arrives(name: str, doors: Doors, receiver: Receiver) -> None:
    assert told(doors, receiver, MESSAGES[name]) == Delivered()

    body = json.loads(receiver.received[0].body)
    assert receiver.received[0].path == f"/{TOKEN}"
    assert body["title"] == MESSAGES[name].headline
    assert "2026-03-02 12:00 UTC" in body["message"]


def test_a_message_tells_all_that_is_known(doors: Doors, receiver: Receiver) -> None:
    told(doors, receiver, TRIGGERED)

    text = json.loads(receiver.received[0].body)["message"]
    for words in (
        "812.5 > 500",
        "fra1, ams2",
        "Call the cashiers.",
        "Note: Ann looks into it",
        "Runbook: https://wiki",
    ):
        assert words in text


def test_a_graph_is_told_by_its_address() -> None:
    message = replace(TRIGGERED, picture=Picture("https://bell.example/x.png", "x", "x"))
    assert KIND.render(message, SETTINGS)["body"].endswith("Graph: https://bell.example/x.png")


@pytest.mark.parametrize(
    ("message", "sort"),
    [
        (TRIGGERED, "failure"),
        (replace(TRIGGERED, severity=Severity.MINOR), "warning"),
        (replace(TRIGGERED, severity=Severity.INFO), "info"),
        (ACKNOWLEDGED, "info"),
        (CLEARED, "success"),
        (TEST, "info"),
    ],
)
def test_the_sort_of_a_message_follows_its_colour(message: Message, sort: str) -> None:
    assert KIND.render(message, settings_for("https://remote.example"))["sort"] == sort


def test_nothing_is_offered_taken_or_sent_until_the_operator_allows_it(
    doors: Doors, receiver: Receiver, settings: Settings
) -> None:
    assert KIND in registry.offered()
    settings.BELLHOP_APPRISE_SCHEMAS = []

    assert KIND not in registry.offered()
    assert KIND in registry.kinds()
    assert errors_of(f"json://remote.example/{TOKEN}") == [("not_allowed", OFF)]
    assert told(doors, receiver, TRIGGERED) == RetryLater(Reason.NOT_ALLOWED, OFF)
    assert door.send(AppriseCall(settings_for(receiver.url).url, "t", "b"), LOCAL).error is DoorError.ADDRESS_REFUSED
    assert receiver.connections == 0


def test_without_the_library_it_says_so(monkeypatch: pytest.MonkeyPatch, doors: Doors, receiver: Receiver) -> None:
    monkeypatch.setattr(door, "find_spec", lambda name: None)

    assert KIND not in registry.offered()
    assert told(doors, receiver, TRIGGERED) == RetryLater(Reason.NOT_ALLOWED, door.NOT_INSTALLED)


def test_only_the_schemas_that_the_operator_names_are_taken(settings: Settings) -> None:
    settings.BELLHOP_APPRISE_SCHEMAS = [" JSONS:// ", "ntfys", "", "syslog", "dbus"]

    assert door.allowed_schemas() == ("jsons", "ntfys")
    assert errors_of("JSONS://remote.example/x") == errors_of(" ntfys://remote.example/topic ") == []
    words = "Addresses that begin with json:// are not allowed here; the operator allows jsons://, ntfys://."
    assert errors_of("json://remote.example/x") == [("not_allowed", words)]
    assert [code for code, _ in errors_of("syslog://")] == ["not_allowed"]


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("", "required"),
        ("remote.example/x", "not_allowed"),
        ("https://remote.example/x", "not_allowed"),
        ("json://", "unreadable"),
        ("json://remote.example/x y", "unreadable"),
        ("json://remote.example/\x00", "null_characters_not_allowed"),
        ("json://remote.example/\u202ex", "unreadable"),
        ("json://remote.example/" + "x" * 2000, "max_length"),
        ("json://remote.example/?Verify=no", "option"),
        ("json://remote.example/?a=b&%74emplate=/etc/passwd", "option"),
        ("json://remote.example/?pgpkey=/etc/passwd", "option"),
        *((f"json://remote.example/?{name}=1", "option") for name in sorted(REFUSED_OPTIONS)),
    ],
)
def test_the_form_refuses_what_an_address_may_not_say(url: str, code: str) -> None:
    assert [found for found, _ in errors_of(url)] == [code]


def test_lists_show_the_schema_and_nothing_else() -> None:
    settings = settings_for("https://ann:password@remote.example")
    assert KIND.spec.target(settings) == "jsons through Apprise"
    assert {TOKEN, "password", "remote.example"} <= set(secrets(settings))
    assert "remote.example" not in repr(settings)


SPELLINGS = ["127.0.0.1", "127.1", "2130706433", "0x7f.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"]


@pytest.mark.parametrize("host", SPELLINGS)
@pytest.mark.parametrize("schema", ["json", "jsons"])
def test_no_spelling_of_an_inner_address_is_connected_to(host: str, schema: str, receiver: Receiver) -> None:
    reply = door.send(
        AppriseCall(f"{schema}://{host}:{receiver.port}/x", "title", "body"), Policy(total_seconds=PATIENT)
    )

    assert reply.error in (DoorError.ADDRESS_REFUSED, DoorError.DNS, DoorError.BAD_ADDRESS)
    assert receiver.connections == 0


def test_proxies_and_passwords_of_the_environment_are_not_obeyed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any, doors: Doors, receiver: Receiver
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login ann password netrc-secret\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    with Receiver() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        assert told(doors, receiver, TRIGGERED) == Delivered()
        assert proxy.connections == 0
    assert "authorization" not in receiver.received[0].headers


def test_an_address_that_names_a_file_reads_none(settings: Settings) -> None:
    settings.BELLHOP_APPRISE_SCHEMAS = ["slack", "discord"]
    slack = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#ops"
    policy = Policy(total_seconds=PATIENT)

    assert door.is_readable(slack)
    assert door.send(AppriseCall(f"{slack}?template=/etc/passwd", "t", "b"), policy).error is DoorError.BAD_ADDRESS


def test_what_an_address_could_set_is_taken_back(doors: Doors, receiver: Receiver) -> None:
    receiver.default = Answer(302, b"", {"Location": receiver.url + "/elsewhere"})
    settings = AppriseSettings(f"{settings_for(receiver.url).url}?redirect=yes&retry=5&wait=30&optional=yes&rto=600")

    outcome, _ = run(KIND.send(KIND.render(TEST, settings), settings, ""), doors)

    assert isinstance(outcome, Rejected)
    assert (outcome.reason, len(receiver.received)) == (Reason.REDIRECTED, 1)


def test_a_call_takes_no_longer_than_the_policy_says(receiver: Receiver) -> None:
    receiver.default = Answer(200, b"x" * 2000, manner="drip", seconds=0.1)

    reply = door.send(AppriseCall(settings_for(receiver.url).url, "t", "b"), replace(LOCAL, total_seconds=0.5))

    assert (reply.error, reply.error_words) == (DoorError.TIMEOUT, "no answer in time")
    assert reply.seconds < Policy().total_seconds  # which it would take if nobody asked how long it may take


def test_a_call_that_the_library_gives_up_by_itself_took_too_long_as_well(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the machine stalls, both run out at once, and either may notice first."""
    receiver.default = Answer(manner="hang")
    monkeypatch.setattr(door, "watched", lambda watch, seconds: watched(watch, 10 * PATIENT))

    reply = door.send(AppriseCall(settings_for(receiver.url).url, "t", "b"), replace(LOCAL, total_seconds=0.5))

    assert (reply.error, reply.error_words) == (DoorError.TIMEOUT, "no answer in time")


def test_nothing_of_an_address_stands_in_any_log(
    caplog: pytest.LogCaptureFixture, doors: Doors, receiver: Receiver
) -> None:
    caplog.set_level("DEBUG")
    receiver.script(Answer(200), Answer(401, TOKEN.encode()), Answer(500), Answer(manner="reset"))

    outcomes = [told(doors, receiver, TRIGGERED) for _ in range(4)]
    door.is_readable(f"json://user:{TOKEN}@:x")

    assert TOKEN not in caplog.text + repr(outcomes)


@many
@given(ANY_MESSAGE)
def test_untrusted_text_holds_no_mention_no_tag_and_no_hidden_link(message: Message) -> None:
    payload = KIND.render(message, settings_for("https://remote.example"))

    assert 1 <= len(payload["title"]) <= 250
    assert len(payload["body"]) <= KIND.spec.abilities.text_limit
    assert "\n" not in payload["title"]
    for text in (payload["title"], payload["body"]):
        assert not unseen(text)
        assert not MARKUP.search(text), MARKUP.search(text)
    json.dumps(payload).encode()


def test_what_only_looks_like_markup_stays() -> None:
    message = replace(TRIGGERED, headline="load < 5 for ann@example.com [a] (b)", story=Story.TRIGGERED)
    assert KIND.render(message, settings_for("https://remote.example"))["title"] == message.headline


SETTINGS = settings_for("https://remote.example")
ANSWERS: list[tuple[Reply, Outcome]] = [
    (Reply(None), Delivered()),
    (Reply(401, body=b"error=401"), Rejected(Reason.BAD_CREDENTIALS, "error=401")),
    (Reply(403, body=b"error=403"), Rejected(Reason.NOT_ALLOWED, "error=403")),
    (Reply(413, body=f"{TOKEN} error=413".encode()), Rejected(Reason.CONTENT_REFUSED, "[secret] error=413")),
    (Reply(200, body=b"error=200"), RetryLater(Reason.UNEXPECTED_ANSWER, "error=200")),
    (Reply(503, body=b"error=503"), RetryLater(Reason.REMOTE_ERROR, "error=503")),
    (Reply(None, error=DoorError.OTHER, error_words=f"lost {TOKEN}"), RetryLater(Reason.NETWORK, "lost [secret]")),
    (Reply(None, error=DoorError.BAD_ADDRESS, error_words=door.UNREADABLE),
     Rejected(Reason.DESTINATION_GONE, door.UNREADABLE)),
]  # fmt: skip


@pytest.mark.parametrize(("reply", "outcome"), ANSWERS)
def test_each_result_has_its_outcome(reply: Reply, outcome: Outcome) -> None:
    assert judge(reply, SETTINGS) == outcome


def test_the_library_is_the_one_that_was_read() -> None:
    library = door._library()
    known = {
        schema
        for service in library.Apprise().details(show_disabled=True)["schemas"]
        for names in (service["protocols"], service["secure_protocols"])
        for schema in names or ()
    }
    assert library.__version__ == "2.2.0"
    assert known >= door.NEVER
