"""Who is pinged: nobody unless somebody wrote it, and then only by what says that an alert is bad."""

import json
from dataclasses import replace
from typing import Any

import pytest

from channels_app.cards import WithPlain
from channels_app.contract import Message
from channels_app.pinging import ALARMS, called, mentions_in
from channels_app.registry import kind
from channels_app.words import SEVERITIES, Severity, Story
from tests.channels_app.samples import ACKNOWLEDGED, CLEARED, MESSAGES, TEST, TRIGGERED, config_for, digest

WHO = mentions_in({"mention_critical": "@here, U012345", "mention_minor": "S0999", "mention_info": ""})
# A mention that the kind knows as people write it, and the sign of it in what is sent.
KNOWN: dict[str, tuple[str, str]] = {
    "slack": ("@channel", "<!channel>"),
    "msteams": ("ann@example.com", "<at>ann@example.com</at>"),
    "mattermost": ("@ann.lee", "@ann.lee "),
    "discord": ("&123456789", "<@&123456789> "),
}
UNKNOWN: dict[str, list[str]] = {
    "slack": ["ann", "@ann", "<!date>", "U1 @here|x"],
    "msteams": ["ann", "@here", "<at>ann</at>", "ann@example"],
    "mattermost": ["ann", "@Ann", "<!channel>", "@"],
    "discord": ["ann", "@ann", "@someone", "<#123456789>"],
}
FIELDS = [f"mention_{severity}" for severity in SEVERITIES]


def sent(name: str, message: Message, **config: Any) -> str:
    found = kind(name)
    payload = found.render(message, found.spec.settings({**config_for(name, "https://remote.example"), **config}))
    return json.dumps([payload["body"], payload["plain"] if isinstance(payload, WithPlain) else {}])


def at(severity: Severity, message: Message = TRIGGERED) -> Message:
    return replace(message, severity=severity)


@pytest.mark.parametrize(
    ("message", "names"),
    [
        (TRIGGERED, ("@here", "U012345")),
        (at(Severity.MAJOR), ()),
        (at(Severity.MINOR), ("S0999",)),
        (at(Severity.INFO), ()),
        (CLEARED, ()),
        (ACKNOWLEDGED, ()),
        (TEST, ()),
        *((replace(TRIGGERED, story=story), ("@here", "U012345")) for story in sorted(ALARMS)),
        *((replace(TRIGGERED, story=story), ()) for story in Story if story not in ALARMS),
        (replace(TRIGGERED, mentions=("U777", "@here")), ("U777", "@here", "U012345")),
        (replace(CLEARED, mentions=("U777",)), ("U777",)),
    ],
)
def test_only_what_says_that_an_alert_is_bad_pings_for_its_severity(message: Message, names: tuple[str, ...]) -> None:
    assert called(message, WHO) == names


def test_a_digest_pings_for_the_severities_of_the_alarms_that_it_names() -> None:
    told = digest(3)
    worst, cleared, minor = told.lines
    worst = replace(worst, severity=Severity.CRITICAL)
    minor = replace(minor, severity=Severity.MINOR)
    cleared = replace(cleared, severity=Severity.CRITICAL, story=Story.CLEARED)

    assert called(told, WHO) == ()
    assert called(replace(told, lines=(cleared, *told.lines[1:])), WHO) == ()
    assert called(replace(told, lines=(cleared, minor)), WHO) == ("S0999",)
    assert called(replace(told, lines=(worst, cleared, minor)), WHO) == ("@here", "U012345", "S0999")


@pytest.mark.parametrize("name", KNOWN)
def test_nobody_is_pinged_unless_somebody_was_written_there(name: str) -> None:
    typed, sign = KNOWN[name]
    for message in MESSAGES.values():
        assert sign not in sent(name, message)
    assert sign in sent(name, TRIGGERED, mention_critical=typed)
    assert sign not in sent(name, CLEARED, mention_critical=typed)
    assert sign in sent(name, replace(TRIGGERED, mentions=(typed,)))


@pytest.mark.parametrize("name", KNOWN)
def test_a_mention_is_stored_as_typed_and_names_that_nobody_has_are_refused(name: str) -> None:
    form, config = kind(name).spec.form, config_for(name, "https://remote.example")
    assert [field for field in form.base_fields if field.startswith("mention_")] == FIELDS[::-1]

    typed = KNOWN[name][0]
    taken = form({**config, "mention_critical": f" {typed},{typed} "})
    assert taken.is_valid(), taken.errors
    assert taken.config()["mention_critical"] == typed
    assert "mention_major" not in taken.config()

    for wrong in UNKNOWN[name]:
        refused = form({**config, "mention_major": f"{typed} {wrong}"})
        assert list(refused.errors) == ["mention_major"]
        assert "cannot be mentioned: write" in refused.errors["mention_major"][0]


def test_no_more_are_mentioned_than_a_message_can_bear() -> None:
    form = kind("slack").spec.form
    many = form(
        {"url": "https://hooks.slack.com/services/x", "mention_info": " ".join(f"U{n}" for n in range(100, 111))}
    )
    assert many.errors["mention_info"] == ["11 mentions: at most 10 are possible."]
