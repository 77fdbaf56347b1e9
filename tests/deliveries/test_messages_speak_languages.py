"""Every message speaks each language whole: nothing is missing, nothing is lost, no English is left over."""

import json
import string
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from channels_app.contract import Message
from channels_app.registry import kind, kinds
from channels_app.speech import ENGLISH, Speech, clock, speech_of
from channels_app.words import Story
from deliveries.composing import tell_one
from deliveries.contents import Content
from deliveries.digests import digest_of
from deliveries.messages import message_of, untold_note
from deliveries.planning import Waiting
from integrations.models import Language
from tests.channels_app.samples import config_for
from tests.conftest import NOW
from tests.deliveries.spoken import Text, catalogue, count_of_forms, spoken
from tests.deliveries.test_what_messages_say import CLEARED, END, EVIDENCE, SNAPSHOT, TRIGGERED

OTHERS = [language for language in Language.values if language != Language.ENGLISH]
ABSENT = {
    "metric": "beat",
    "operator": "absent",
    "threshold": 10,
    "severity": "major",
    "text": "beat absent for 10 min",
}
WHOLE = SNAPSHOT | {
    "match": "any",
    "conditions": [*SNAPSHOT["conditions"], ABSENT],
    "text": "response_time > 500 or loss >= 2 or beat absent for 10 min (major); 2 of 3 rounds, the same sources,"
    " at least 50 % of sources",
    "message": "",
    "drill": True,
}
MANY = {"sources": {f"s{n}": {"response_time": 600.0 + n} for n in range(12)}, "violating": 12, "heard": 40}
EVENTS: Mapping[str, Mapping[str, Any]] = {
    "triggered": {"detail": MANY},
    "severity_changed": {"detail": {"from": "minor", "to": "critical", **EVIDENCE}},
    "no_data": {"detail": {"minutes": 10}},
    "reminded": {"detail": {}},
    "escalated": {"detail": {"minutes": 15}},
    "acknowledged": {"detail": {}, "state": "acknowledged", "acknowledged_by": "Bob", "assigned_email": "e@x.org"},
    "unacknowledged": {"detail": {}},
    "assigned": {"detail": {}},
    "noted": {"detail": {}},
}
# Names, machine words, and what is the same in a language on purpose.
KEPT = {
    *("Too", "slow", "on", "Checkout", "Call", "Bob", "Ops", "Views", "Bellhop", "Slack", "response_time", "loss"),
    *("beat", "min", "UTC", "Test", "Sources", "Runbook", "Integration", "Info", "info", "Ann", "planned", "work"),
}
SAME: Mapping[str, set[str]] = {
    "de": {"info", "Test", "Runbook", "Integration", "Integration {name}"},
    "fr": {"info", "Test", "Sources"},
    "ja": set(),
}


ALIKE: Mapping[str, set[str]] = {
    "de": {"in", "All"},
    "fr": {"source", "sources", "message", "messages", "absent", "place"},
    "ja": set(),
}


def stories() -> Iterator[Content]:
    """Every story that there is, in the fullest form."""
    for name, changes in EVENTS.items():
        yield replace(TRIGGERED, event_type=name, snapshot=WHOLE, event_at=NOW, **changes)
    for reason in ("recovered", "rule_changed", "timed_out", "no_data", "closed_by_hand"):
        yield replace(CLEARED, cleared_reason=reason, event_actor="Ann", told_before=False, snapshot=WHOLE)
    yield replace(CLEARED, again=True, event_type="triggered", cleared_text="planned work", stands_in_for="Slack")
    yield replace(TRIGGERED, state="cleared", cleared_at=END)


def messages(speech: Speech, name: str = "slack") -> Iterator[Message]:
    later = END + timedelta(hours=30)
    for content in stories():
        yield tell_one(content, kind(name), False, untold_note(3, "https://b.example/", speech), later, speech)
    items = [Waiting(n, n, "", 4, 0, NOW, clears=n == 1) for n in range(40)]
    named = [TRIGGERED, CLEARED, replace(CLEARED, told_before=False)]
    yield digest_of(items, named, "", END, speech=speech)
    yield digest_of(items[1:2], named[1:2], "", END, merged=True, speech=speech)


def words_of(message: Message) -> set[str]:
    texts = [message.headline, message.summary, message.note, message.link.text if message.link else ""]
    texts += [text for fact in message.facts for text in (fact.label, fact.value)]
    texts += [line.text for line in message.lines]
    return {word.strip(".,;:()") for text in texts for word in text.split() if "//" not in word}


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def keys(text: Text) -> str:
    return text if isinstance(text, str) else text[0]


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_is_translated(language: str) -> None:
    found, texts = catalogue(language), spoken()

    missing = sorted(keys(text) for text in texts if not all(found.get(text, ("",))))
    assert not missing, f"not translated into {language}: {missing}"
    assert not sorted(map(keys, found.keys() - texts)), "nothing says these any more"


@pytest.mark.parametrize("language", OTHERS)
def test_no_translation_loses_a_value_or_asks_for_another(language: str) -> None:
    for text, forms in catalogue(language).items():
        asked = fields(text if isinstance(text, str) else text[-1])
        for form in forms:
            assert fields(form) == asked, f"{language}: {text} -> {form}"


@pytest.mark.parametrize("language", OTHERS)
def test_numbers_take_the_form_that_they_ask_for(language: str) -> None:
    counted = {len(forms) for text, forms in catalogue(language).items() if isinstance(text, tuple)}
    assert counted == {count_of_forms(language)}


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_differs_from_the_english(language: str) -> None:
    same = {keys(text) for text, forms in catalogue(language).items() if keys(text) == forms[0]}
    technical = {text for text in same if not any(len(word) > 3 for word in text.split() if "{" not in word)}
    assert same - technical <= SAME[language]


@pytest.mark.parametrize("language", OTHERS)
def test_no_message_has_english_left_over(language: str) -> None:
    """A word of the English message may stand in the other only if it is a name, a number or a machine's word."""
    for english, other in zip(messages(ENGLISH), messages(speech_of(language, "")), strict=True):
        both = {word for word in words_of(english) & words_of(other) if word.isascii() and word.isalpha()}
        left = {word for word in both - KEPT - ALIKE[language] if len(word) > 1}
        assert not left, f"{other.headline}: {left}"
        assert (english.at, english.story, english.severity) == (other.at, other.story, other.severity)
        assert [fact.key for fact in english.facts if fact.name] == [fact.key for fact in other.facts if fact.name]


@pytest.mark.parametrize("language", Language.values)
def test_every_kind_renders_every_story_in_every_language(language: str) -> None:
    speech = speech_of(language, "Europe/Berlin")
    for found in kinds():
        settings = found.spec.settings(config_for(found.spec.kind, "https://remote.example"))
        for message in messages(speech, found.spec.kind):
            whole = json.dumps(found.render(message, settings), default=str, ensure_ascii=False)
            if language != Language.ENGLISH:
                left = [each for each in ("Note:", "*Note*", "Open in Views", "more:", "Stop these") if each in whole]
                assert not left, (message.headline, left)


def test_machines_are_spoken_to_in_english_words() -> None:
    message = tell_one(TRIGGERED, kind("pagerduty"), False, "", NOW, speech_of("de", "Europe/Berlin"))

    pagerduty, webhook = kind("pagerduty"), kind("webhook")
    event = pagerduty.render(message, pagerduty.spec.settings(config_for("pagerduty", "https://r.example")))["event"]
    assert {"Severity", "Rule", "Since", "Sources"} <= set(event["payload"]["custom_details"])
    assert event["payload"]["severity"] == "critical"
    body = json.loads(
        webhook.render(message, webhook.spec.settings(config_for("webhook", "https://r.example")))["body"]
    )
    assert (body["event"], body["severity"], body["state"]) == ("triggered", "critical", "triggered")
    assert {"label": "Since", "value": "2026-03-02 13:00 CET"} in body["facts"]
    assert body["at"] == "2026-03-02T12:00:00Z"


@pytest.mark.parametrize(
    ("at", "zone", "told"),
    [
        ("2026-03-29T00:59", "Europe/Berlin", "2026-03-29 01:59 CET"),
        ("2026-03-29T01:00", "Europe/Berlin", "2026-03-29 03:00 CEST"),
        ("2026-10-25T00:30", "Europe/Berlin", "2026-10-25 02:30 CEST"),
        ("2026-10-25T01:30", "Europe/Berlin", "2026-10-25 02:30 CET"),
        ("2026-07-01T12:00", "America/New_York", "2026-07-01 08:00 EDT"),
        ("2026-07-01T12:00", "Asia/Tokyo", "2026-07-01 21:00 JST"),
        ("2026-07-01T23:00", "Asia/Kathmandu", "2026-07-02 04:45 UTC+05:45"),
        ("2026-07-01T01:00", "America/Sao_Paulo", "2026-06-30 22:00 UTC-03:00"),
        ("2026-07-01T12:00", "", "2026-07-01 12:00 UTC"),
        ("2026-07-01T12:00", "UTC", "2026-07-01 12:00 UTC"),
        ("2026-07-01T12:00", "Nowhere/Land", "2026-07-01 12:00 UTC"),
        ("2026-07-01T12:00", "../../etc/passwd", "2026-07-01 12:00 UTC"),
    ],
)
def test_times_are_in_the_zone_and_say_which(at: str, zone: str, told: str) -> None:
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
    assert speech_of("en", zone).time(moment) == clock(moment, zone) == told


def test_links_keep_utc() -> None:
    message = message_of(TRIGGERED, "", NOW, speech_of("ja", "Asia/Tokyo"))
    assert message.link is not None
    assert message.link.url.endswith("?at=2026-03-02T12:00:00Z")
    assert {fact.name: fact.value for fact in message.facts}["Since"] == "2026-03-02 21:00 JST"


def test_a_language_that_is_not_here_is_english() -> None:
    assert speech_of("xx", "").say("Note") == "Note"
    assert speech_of("../de", "").language == "en"


@pytest.mark.parametrize("language", OTHERS)
def test_nothing_said_can_be_a_pattern(language: str) -> None:
    """What is filled in is not read again."""
    hostile = replace(TRIGGERED, snapshot=SNAPSHOT | {"rule": "{severity.__class__} %(x)s", "test": "{0}"})
    said = message_of(hostile, "", NOW, speech_of(language, "")).headline
    assert "{severity.__class__} %(x)s" in said
    assert "{0}" in said


GOLDEN = {
    "de": (
        "#17 KRITISCH: Too slow bei Checkout",
        "response_time > 500 und loss >= 2; 1 von 1 Runde, beliebige Quellen, mindestens 1 Quelle",
        {
            "Schweregrad": "Kritisch",
            "Regel": "Too slow",
            "Test": "Checkout",
            "response_time > 500": "812.5 von fra1, 640 von lon1",
            "loss >= 2": "3 von fra1",
            "Quellen": "2 von 5 auffällig: fra1, lon1",
            "Seit": "2026-03-02 13:00 CET",
        },
        "#17 BEENDET (kritisch): Too slow bei Checkout",
        "Wieder in Ordnung (nach 12 min).",
    ),
    "fr": (
        "#17 CRITIQUE: Too slow sur Checkout",
        "response_time > 500 et loss >= 2; 1 sur 1 cycle, sources quelconques, au moins 1 source",
        {
            "Gravité": "Critique",
            "Règle": "Too slow",
            "Test": "Checkout",
            "response_time > 500": "812.5 de fra1, 640 de lon1",
            "loss >= 2": "3 de fra1",
            "Sources": "2 sur 5 en cause: fra1, lon1",
            "Depuis": "2026-03-02 13:00 CET",
        },
        "#17 TERMINÉE (critique): Too slow sur Checkout",
        "Retour à la normale après 12 min.",
    ),
    "ja": (
        "#17 致命的: Too slow（Checkout）",
        "response_time > 500 かつ loss >= 2; 1 回中 1 回, 任意のソース, 1 個以上のソース",
        {
            "重要度": "致命的",
            "ルール": "Too slow",
            "テスト": "Checkout",
            "response_time > 500": "fra1: 812.5, lon1: 640",
            "loss >= 2": "fra1: 3",
            "ソース": "5 個中 2 個が違反: fra1, lon1",
            "開始": "2026-03-02 13:00 CET",
        },
        "#17 解消（致命的）: Too slow（Checkout）",
        "正常に戻りました（12分後）。",
    ),
}


@pytest.mark.parametrize("language", OTHERS)
def test_a_trigger_and_a_clear_read_well(language: str) -> None:
    speech = speech_of(language, "Europe/Berlin")
    opened, closed = message_of(TRIGGERED, "", NOW, speech), message_of(CLEARED, "", END, speech)

    facts = {fact.label: fact.value for fact in opened.facts}
    assert (opened.headline, opened.summary, facts, closed.headline, closed.summary) == GOLDEN[language]


def rendered(name: str, speech: Speech) -> Any:
    found = kind(name)
    message = tell_one(TRIGGERED, found, False, "x", NOW, speech)
    return found.render(message, found.spec.settings(config_for(name, "https://remote.example")))


def test_slack_in_german() -> None:
    body = rendered("slack", speech_of("de", "Europe/Berlin"))["body"]

    assert body["text"] == "#17 KRITISCH: Too slow bei Checkout"
    blocks = body["attachments"][0]["blocks"]
    assert blocks[1]["fields"][0]["text"] == "*Schweregrad*\nKritisch"
    assert blocks[-2]["text"]["text"] == "*Hinweis*\nx"
    tail = blocks[-1]["elements"][0]["text"]
    assert "|In Views öffnen> · <https://runbooks.example.com/slow|Runbook> · " in tail
    assert tail.endswith("<!date^1772452800^{date_short} {time}|2026-03-02 13:00 CET>")


def test_mail_in_japanese() -> None:
    mail = rendered("email", speech_of("ja", "Asia/Tokyo"))

    assert mail["subject"] == "[致命的] #17 Too slow（Checkout）"
    assert '<html lang="ja">' in mail["html"]
    assert "<b>補足:</b> x" in mail["html"]
    assert "アラート #17: http" in mail["text"]
    assert mail["text"].rstrip().endswith("2026-03-02 21:00 JST")


def test_a_digest_counts_in_german() -> None:
    speech = speech_of("de", "")
    one = digest_of([Waiting(1, 1, "", 4, 0, NOW, clears=True)], [CLEARED], "", END, speech=speech)
    two = digest_of([Waiting(n, n, "", 4, 0, NOW) for n in (1, 2)], [TRIGGERED, TRIGGERED], "", END, speech=speech)

    assert one.headline == "1 Alarm beendet (#17)"
    assert two.headline == "2 Alarme: 2 kritisch (#17, #17)"
    assert two.story is Story.DIGEST
    assert two.lines[0].text == "Too slow bei Checkout, seit 2026-03-02 12:00 UTC"


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("name", ["slack", "mattermost", "hipchat", "email", "telegram"])
def test_hostile_names_stay_names_in_every_language(name: str, language: str) -> None:
    hostile = "<!channel> <i>x</i> @all"
    content = replace(
        CLEARED,
        snapshot=SNAPSHOT | {"rule": hostile, "test": hostile},
        cleared_reason="closed_by_hand",
        event_actor=hostile,
        stands_in_for=hostile,
        told_before=False,
    )
    found = kind(name)
    message = tell_one(content, found, False, "", END, speech_of(language, "Asia/Tokyo"))
    payload = found.render(message, found.spec.settings(config_for(name, "https://remote.example")))
    shown = payload["html"] if name == "email" else json.dumps(payload["body"], ensure_ascii=False)
    assert "<!channel" not in shown
    assert "<i>x" not in shown
