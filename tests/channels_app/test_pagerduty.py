"""PagerDuty: one incident for each alert, opened, acknowledged and resolved by events that its API takes."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from channels_app.contract import Delivered, Fact, HttpCall, Link, Message, Outcome, Reason, Rejected, RetryLater
from channels_app.doors import Doors, run
from channels_app.pagerduty import KIND
from channels_app.pagerduty.render import incident_key, render
from channels_app.pagerduty.send import BUSY_SECONDS
from channels_app.pagerduty.spec import PagerDutySettings
from channels_app.subject import Picture, Reading, Subject
from channels_app.words import Severity, Story
from tests.channels_app.samples import ACKNOWLEDGED, AT, CLEARED, MESSAGES, SUBJECT, TEST, TRIGGERED, URL, VIEW, digest
from tests.channels_app.strict import texts
from tests.channels_app.test_untrusted_text import MESSAGES as ANY_MESSAGE
from tests.channels_app.test_untrusted_text import OURS, TEXT, all_ours, many, unseen
from tests.servers.http import Answer, Request
from tests.servers.pagerduty import KEY, PagerDuty, problems

OTHER = "fedcba9876543210FEDCBA9876543210"
SETTINGS = PagerDutySettings("https://remote.example", KEY)
PUBLIC = override_settings(BELLHOP_ALLOWED_NETWORKS=[])
AGAIN = replace(TRIGGERED, story=Story.SEVERITY_CHANGED)


@pytest.fixture
def pagerduty() -> Iterator[PagerDuty]:
    with PagerDuty(KEY, OTHER) as running:
        yield running


def told(doors: Doors, pagerduty: PagerDuty, *messages: Message, key: str = KEY) -> list[Outcome]:
    settings = PagerDutySettings(pagerduty.url, key)
    return [run(KIND.send(render(each, settings), settings, ""), doors)[0] for each in messages]


def event_of(message: Message, settings: PagerDutySettings = SETTINGS) -> dict[str, Any]:
    """The first event of a message, as it goes out."""
    call = next(KIND.send(render(message, settings), settings, ""))
    assert isinstance(call, HttpCall)
    assert (call.method, call.url) == ("POST", f"{settings.base}/v2/enqueue")
    found: dict[str, Any] = json.loads(call.body)
    return found


def test_an_alert_is_one_incident_from_its_trigger_to_its_clear(doors: Doors, pagerduty: PagerDuty) -> None:
    seen = []
    for message in (TRIGGERED, AGAIN, ACKNOWLEDGED, replace(ACKNOWLEDGED, story=Story.NOTED), CLEARED):
        assert told(doors, pagerduty, message) == [Delivered(SUBJECT.key, "Event processed")]
        seen.append(pagerduty.state(SUBJECT.key))

    assert seen == ["triggered", "triggered", "acknowledged", "acknowledged", "resolved"]
    assert len(pagerduty.incidents) == len(pagerduty.incidents[KEY, SUBJECT.key]) == 1
    assert len(pagerduty.incidents[KEY, SUBJECT.key][0].log) == 5


def test_an_alert_that_opens_again_is_a_new_incident(doors: Doors, pagerduty: PagerDuty) -> None:
    told(doors, pagerduty, TRIGGERED, CLEARED, replace(TRIGGERED, story=Story.NO_DATA))

    assert [each.state for each in pagerduty.incidents[KEY, SUBJECT.key]] == ["resolved", "triggered"]


def test_two_alerts_and_two_services_share_no_incident(doors: Doors, pagerduty: PagerDuty) -> None:
    other = replace(TRIGGERED, subject=replace(SUBJECT, key="bell.example/ops/18"))
    told(doors, pagerduty, TRIGGERED, other)
    told(doors, pagerduty, TRIGGERED, CLEARED, key=OTHER)

    assert pagerduty.open == ["bell.example/ops/17", "bell.example/ops/18"]
    assert pagerduty.state(SUBJECT.key, OTHER) == "resolved"


def test_a_clear_whose_trigger_was_never_told_is_taken(doors: Doors, pagerduty: PagerDuty) -> None:
    assert told(doors, pagerduty, CLEARED, ACKNOWLEDGED) == [Delivered(SUBJECT.key, "Event processed")] * 2
    assert pagerduty.incidents == {}


@pytest.mark.parametrize("story", Story)
def test_every_story_is_an_event_that_pagerduty_takes(story: Story, doors: Doors, pagerduty: PagerDuty) -> None:
    message = replace(TRIGGERED, story=story)
    actions = {Story.ACKNOWLEDGED: "acknowledge", Story.CLEARED: "resolve", Story.MENDED: "resolve"}

    assert isinstance(told(doors, pagerduty, message)[0], Delivered)
    assert pagerduty.events[0]["event_action"] == actions.get(story, "trigger")


@pytest.mark.parametrize("name", MESSAGES)
def test_every_sort_of_message_is_taken(name: str, doors: Doors, pagerduty: PagerDuty) -> None:
    assert isinstance(told(doors, pagerduty, MESSAGES[name])[0], Delivered)


def test_a_test_leaves_no_incident_open(doors: Doors, pagerduty: PagerDuty) -> None:
    assert told(doors, pagerduty, TEST) == [Delivered(TEST.key, "Event processed")]

    assert [event["event_action"] for event in pagerduty.events] == ["trigger", "resolve"]
    assert pagerduty.state(TEST.key) == "resolved"
    assert pagerduty.events[0]["payload"]["summary"] == "Test from Bellhop"
    assert pagerduty.events[0]["payload"]["severity"] == "info"


def test_a_test_that_is_refused_is_not_resolved(doors: Doors, pagerduty: PagerDuty) -> None:
    assert told(doors, pagerduty, TEST, key="f" * 32) == [
        Rejected(Reason.BAD_CREDENTIALS, "Event object is invalid: Invalid routing key")
    ]
    assert len(pagerduty.received) == 1


def test_a_test_whose_incident_stays_open_says_so(doors: Doors) -> None:
    with PagerDuty(most=1) as busy:
        outcome = told(doors, busy, TEST)[0]

        words = "the incident was opened, but not resolved: Rate limit exceeded"
        assert outcome == RetryLater(Reason.RATE_LIMITED, words, BUSY_SECONDS)
        assert busy.open == [TEST.key]


def test_trouble_with_an_integration_is_one_incident_until_it_is_over(doors: Doors, pagerduty: PagerDuty) -> None:
    page = Link("Integration ops", "https://bell.example/t/ops/integrations/3/")
    trouble = replace(TEST, key="outage-3-begun", story=Story.TROUBLE, link=page)
    over = replace(TEST, key="outage-3-4-over", story=Story.MENDED, link=page)
    elsewhere = replace(trouble, link=Link("Integration night", "https://bell.example/t/ops/integrations/4/"))

    told(doors, pagerduty, trouble, elsewhere, over)

    assert pagerduty.open == ["https://bell.example/t/ops/integrations/4/"]
    assert pagerduty.events[0]["payload"]["severity"] == "error"


def test_a_trigger_tells_all_that_is_known() -> None:
    picture = Picture("https://bell.example/pictures/x.png", "x", "response_time of Checkout")

    event = event_of(replace(TRIGGERED, picture=picture))

    assert event == {
        "routing_key": KEY,
        "event_action": "trigger",
        "dedup_key": "bell.example/ops/17",
        "client": "Bellhop",
        "client_url": URL,
        "links": [
            {"href": VIEW, "text": "Open in Bellhop"},
            {"href": "https://wiki.example/checkout", "text": "Runbook"},
        ],
        "images": [{"src": picture.url, "alt": picture.text, "href": URL}],
        "payload": {
            "summary": "#17 critical: Slow checkout on Checkout",
            "source": "Checkout",
            "severity": "critical",
            "timestamp": "2026-03-02T12:00:00+00:00",
            "component": "response_time",
            "group": "Ops",
            "class": "Slow checkout",
            "custom_details": {
                "summary": "response_time 812.5 > 500",
                "Value": "response_time 812.5 > 500",
                "Sources": "fra1, ams2",
                "Since": "12:00 UTC",
                "number": 17,
                "condition": "response_time > 500; 1 of 1 round, any sources, at least 1 source",
                "readings": {"response_time": {"fra1": 812.5, "ams2": 640.0}},
                "sources": "2 of 3 violating",
                "labels": {"env": "live", "host": "web01"},
                "alert": URL,
                "message": "Call the cashiers.",
                "note": "Ann looks into it",
            },
        },
    }


@pytest.mark.parametrize("message", [CLEARED, ACKNOWLEDGED], ids=["cleared", "acknowledged"])
def test_what_follows_names_the_incident_and_nothing_else(message: Message) -> None:
    assert event_of(message).keys() == {"routing_key", "event_action", "dedup_key"}


@pytest.mark.parametrize(
    ("severity", "named"),
    [
        (Severity.CRITICAL, "critical"),
        (Severity.MAJOR, "error"),
        (Severity.MINOR, "warning"),
        (Severity.INFO, "info"),
        (None, "warning"),
    ],
)
def test_severities_are_those_of_pagerduty(severity: Severity | None, named: str) -> None:
    message = replace(TRIGGERED, severity=severity)

    assert event_of(message)["payload"]["severity"] == named
    assert event_of(message, replace(SETTINGS, severity="info"))["payload"]["severity"] == "info"


def test_a_picture_behind_plain_http_is_a_link() -> None:
    event = event_of(replace(TRIGGERED, picture=Picture("http://127.0.0.1/x.png", "x", "x")))

    assert "images" not in event
    assert event["links"][-1] == {"href": "http://127.0.0.1/x.png", "text": "Graph"}


def test_an_alert_without_a_test_is_about_its_rule() -> None:
    message = replace(TRIGGERED, subject=replace(SUBJECT, test="", test_slug="", readings=()))

    payload = event_of(message)["payload"]

    assert (payload["source"], "component" in payload) == ("Slow checkout", False)


def test_an_event_that_would_be_too_large_goes_without_its_details(doors: Doors, pagerduty: PagerDuty) -> None:
    facts = tuple(Fact(f"fact {number}", "é" * 1_000) for number in range(300))

    assert isinstance(told(doors, pagerduty, replace(TRIGGERED, facts=facts))[0], Delivered)

    payload = pagerduty.events[0]["payload"]
    assert payload["custom_details"].keys() == {"note"}
    assert (payload["summary"], payload["class"]) == (TRIGGERED.headline, "Slow checkout")


def test_keys_that_are_too_long_stay_apart() -> None:
    keys = {incident_key(replace(TEST, key="k" * 300 + end)) for end in "ab"}

    assert len(keys) == 2
    assert all(0 < len(key) <= 255 for key in keys)
    assert incident_key(replace(TEST, key="k" * 255)) == "k" * 255


SUBJECTS = st.builds(
    Subject,
    key=st.just("bell.example/ops/17"),
    number=st.integers(1, 10**6),
    team=TEXT,
    team_slug=st.just("ops"),
    rule=TEXT,
    rule_id=st.just(3),
    started_at=st.just(AT),
    url=st.just(OURS + "t/ops/alerts/17/"),
    view_url=st.just(OURS + "t/ops/views/x/"),
    test=TEXT,
    labels=st.dictionaries(TEXT, TEXT, max_size=5),
    condition=TEXT,
    readings=st.lists(st.builds(Reading, TEXT, TEXT, st.floats(allow_nan=False)), max_size=5).map(tuple),
    violating=st.none() | st.integers(0, 9),
    heard=st.none() | st.integers(0, 9),
)


def keys_of(value: Any) -> list[str]:
    """Every name inside a JSON value."""
    if isinstance(value, dict):
        return [*value, *(key for each in value.values() for key in keys_of(each))]
    return [key for each in value for key in keys_of(each)] if isinstance(value, list) else []


@many
@given(ANY_MESSAGE, st.none() | SUBJECTS, st.none() | st.builds(Picture, st.just(OURS + "x.png"), TEXT, TEXT))
def test_whatever_stands_in_a_message_pagerduty_takes_it_and_links_are_ours(
    message: Message, subject: Subject | None, picture: Picture | None
) -> None:
    whole = replace(message, subject=subject, picture=picture)
    sending = KIND.send(render(whole, SETTINGS), SETTINGS, "")
    call = next(sending)
    assert isinstance(call, HttpCall)
    assert list(problems(call.body, KEY)) == []
    event = json.loads(call.body)
    assert [text for text in [*texts(event), *keys_of(event)] if unseen(text)] == []
    links = [each.get("href", OURS) for name in ("links", "images") for each in event.get(name, [])]
    assert all_ours([*links, *(each["src"] for each in event.get("images", [])), event.get("client_url", OURS)])


BUSY = RetryLater(Reason.RATE_LIMITED, "Rate limit exceeded", BUSY_SECONDS)


def test_what_pagerduty_says_of_us_holds_no_key(doors: Doors, pagerduty: PagerDuty) -> None:
    def echo(request: Request) -> Answer:
        return Answer(400, json.dumps({"message": request.body.decode(), "errors": [KEY]}).encode())

    pagerduty.decide = echo
    outcome = told(doors, pagerduty, TRIGGERED)[0]

    assert "[secret]" in outcome.words
    assert KEY not in repr((outcome, PagerDutySettings(pagerduty.url, KEY)))


def test_more_than_a_minute_holds_is_told_to_wait(doors: Doors) -> None:
    with PagerDuty(most=2) as busy:
        assert told(doors, busy, TRIGGERED, AGAIN, CLEARED)[2] == BUSY
        assert busy.state(SUBJECT.key) == "triggered"


def test_no_digest_is_made_where_each_alert_has_its_incident() -> None:
    abilities = KIND.spec.abilities
    assert (abilities.tracks_state, abilities.digestible, KIND.spec.reads_subject) == (True, False, True)
    assert event_of(digest(3))["payload"]["severity"] == "error"
