"""All mails of one alert are one thread, whatever they tell and however they go; each has an id of its own."""

import re
from dataclasses import replace
from typing import Any

import pytest

from channels_app import email
from channels_app.contract import MailCall, Message
from channels_app.doors.mail import compose
from channels_app.email.spec import EmailSettings
from channels_app.words import Severity, Story
from tests.channels_app.samples import ACKNOWLEDGED, CLEARED, SUBJECT, TEST, TRIGGERED, digest

OTHER = replace(SUBJECT, key="bell.example/ops/18", number=18)
STOP = "https://bell.example/mail/stop/abc/"
LEADING = re.compile(r"^(\[[^]]*\]\s*)+")


def payload_of(message: Message) -> Any:
    return email.KIND.render(message, EmailSettings())


def call_for(message: Message, to: str = "ann@example.com") -> MailCall:
    call = next(email.KIND.send(payload_of(message), EmailSettings(), to))
    assert isinstance(call, MailCall)
    return call


def headers_of(message: Message, to: str = "ann@example.com") -> dict[str, str]:
    return dict(compose(call_for(message, to), 1.0).message().items())


def test_trigger_changes_and_clear_answer_to_the_same_id_and_have_their_own() -> None:
    found = [headers_of(message) for message in (TRIGGERED, ACKNOWLEDGED, CLEARED)]

    assert len({each["Message-ID"] for each in found}) == 3
    (root,) = {each["References"] for each in found}
    assert {each["In-Reply-To"] for each in found} == {root}
    assert re.fullmatch(r"<alert\.[0-9a-f]{32}@bell\.example>", root)
    assert root not in {each["Message-ID"] for each in found}


def test_another_alert_is_another_thread() -> None:
    assert headers_of(TRIGGERED)["References"] != headers_of(replace(TRIGGERED, subject=OTHER))["References"]


def test_a_merged_mail_belongs_to_the_threads_of_all_that_it_names() -> None:
    lines = tuple(replace(each, key=f"bell.example/ops/{each.number}") for each in digest(30).lines)
    merged = headers_of(replace(digest(30), lines=lines))
    alone = [
        headers_of(replace(TRIGGERED, subject=replace(SUBJECT, key=each.key, number=each.number)))["References"]
        for each in lines
    ]

    assert merged["In-Reply-To"] == alone[0]
    assert merged["References"].split() == alone[::-1]
    assert max(map(len, compose_text(replace(digest(30), lines=lines)).split("\n"))) <= 998


def compose_text(message: Message) -> str:
    return compose(call_for(message), 1.0).message().as_string()


def test_what_is_about_no_alert_is_in_no_thread() -> None:
    assert {"References", "In-Reply-To"}.isdisjoint(headers_of(TEST))


@pytest.mark.parametrize(
    ("story", "state"),
    [
        (Story.TRIGGERED, "[CRITICAL]"),
        (Story.SEVERITY_CHANGED, "[NOW CRITICAL]"),
        (Story.REMINDER, "[STILL CRITICAL]"),
        (Story.NO_DATA, "[NO DATA]"),
        (Story.ACKNOWLEDGED, "[ACKNOWLEDGED]"),
        (Story.CLEARED, "[CLEARED]"),
    ],
)
def test_the_state_stands_in_front_and_the_rest_of_the_subject_stays(story: Story, state: str) -> None:
    subject = payload_of(replace(TRIGGERED, story=story, severity=Severity.CRITICAL))["subject"]

    assert subject == f"{state} #17 Slow checkout on Checkout"


@pytest.mark.parametrize("rule", ["[x] y", "Re: z", "w" * 500, "a\r\nb"])
def test_no_name_of_a_rule_parts_a_thread(rule: str) -> None:
    about = replace(SUBJECT, rule=rule)
    subjects = [payload_of(replace(each, subject=about))["subject"] for each in (TRIGGERED, CLEARED)]

    (base,) = {LEADING.sub("", each) for each in subjects}
    assert base.startswith("#17 ")
    assert base.endswith(" on Checkout")
    assert all(len(each) <= 200 for each in subjects)


def test_a_mail_sent_twice_keeps_its_id_whatever_its_words_are_by_then() -> None:
    first, later = headers_of(TRIGGERED), headers_of(replace(TRIGGERED, summary="This happened 3 h ago."))

    assert first["Message-ID"] == later["Message-ID"]
    assert headers_of(TRIGGERED, "bob@example.com")["Message-ID"] != first["Message-ID"]
    assert headers_of(replace(TRIGGERED, key="event-9"))["Message-ID"] != first["Message-ID"]


def test_who_may_stop_the_mails_is_told_how_in_both_parts_and_in_the_headers() -> None:
    message = replace(TRIGGERED, unsubscribe=STOP)
    payload, headers = payload_of(message), headers_of(message)

    assert headers["List-Unsubscribe"] == f"<{STOP}>"
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert payload["text"].endswith(f"\nStop these mails: {STOP}\n")
    assert re.search(rf'<a href="{STOP}"[^>]*>Stop these mails</a>', payload["html"])


def test_who_may_not_is_told_nothing_of_it() -> None:
    assert not {name for name in headers_of(TRIGGERED) if name.startswith("List-")}
    assert "Stop these mails" not in payload_of(TRIGGERED)["text"] + payload_of(TRIGGERED)["html"]
