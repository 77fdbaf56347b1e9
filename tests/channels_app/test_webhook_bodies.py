"""The bodies of web hooks: Bellhop's own JSON, and the shapes of others by the key, whatever text they carry."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels_app.contract import Link, Message
from channels_app.registry import kind
from channels_app.subject import Picture, Reading, Subject
from channels_app.text import cut, line
from channels_app.webhook.alertmanager import fingerprint
from channels_app.words import AlertState, Severity, Story
from tests.channels_app.samples import ACKNOWLEDGED, CLEARED, MESSAGES, SUBJECT, TEST, TRIGGERED, URL, VIEW, digest
from tests.channels_app.strict import texts
from tests.channels_app.test_untrusted_text import HOSTILE, TEXT, many, unseen
from tests.channels_app.test_untrusted_text import MESSAGES as ANY_MESSAGE

WEBHOOK = kind("webhook")
PRESETS = ("generic", "thousandeyes", "alertmanager", "mackerel")
BODY_LIMIT = 128 * 1024
AT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def body(message: Message, preset: str = "generic", **config: Any) -> Any:
    settings = WEBHOOK.spec.settings({"url": "https://hooks.example.org/x", "body": preset, **config})
    payload = WEBHOOK.render(message, settings)
    assert payload["problem"] == ""
    assert payload == WEBHOOK.render(message, settings)
    return json.loads(payload["body"])


def test_the_generic_body_holds_all_of_the_alert() -> None:
    told = body(TRIGGERED)
    assert (told["version"], told["id"], told["event"], told["state"]) == (1, "event-1", "triggered", "triggered")
    assert (told["severity"], told["headline"]) == ("critical", "#17 critical: Slow checkout on Checkout")
    assert (told["at"], told["at_unix"]) == ("2026-03-02T12:00:00Z", 1772452800)
    assert (told["team"], told["url"], told["runbook"]) == ("Ops", VIEW, "https://wiki.example/checkout")
    assert (told["text"], told["note"]) == ("Call the cashiers.", "Ann looks into it")
    assert told["facts"][1] == {"label": "Sources", "value": "fra1, ams2"}
    alert = told["alert"]
    assert (alert["key"], alert["id"], alert["url"], alert["view_url"]) == ("bell.example/ops/17", 17, URL, VIEW)
    assert (alert["rule"], alert["rule_id"], alert["test"], alert["test_slug"]) == (
        "Slow checkout",
        3,
        "Checkout",
        "checkout",
    )
    assert alert["labels"] == {"env": "live", "host": "web01"}
    assert alert["readings"][0] == {"metric": "response_time", "source": "fra1", "value": 812.5}
    assert (alert["violating"], alert["heard"], alert["cleared_at"]) == (2, 3, None)


def test_a_clear_tells_when_and_why() -> None:
    alert = body(CLEARED)["alert"]
    assert (alert["cleared_at"], alert["cleared_unix"]) == ("2026-03-02T12:12:00Z", 1772453520)
    assert alert["cleared_reason"] == "recovered"


def test_what_tells_of_no_alert_has_none() -> None:
    assert body(TEST)["alert"] is None
    many = body(digest(30))
    assert (len(many["alerts"]), many["more"]) == (30, {"critical": 2, "minor": 10})
    assert many["alerts"][0].keys() == {"id", "event", "severity", "text", "url"}


def test_thousandeyes_shape_of_a_trigger() -> None:
    told = body(TRIGGERED, "thousandeyes")
    assert (told["eventType"], told["eventId"]) == ("ALERT_NOTIFICATION_TRIGGER", "event-1")
    alert = told["alert"]
    assert alert.keys() >= {"alertId", "ruleId", "testId", "testLabels", "testTargetsDescription", "apiLinks"}
    assert (alert["alertId"], alert["ruleName"], alert["testName"]) == (17, "Slow checkout", "Checkout")
    assert (alert["severity"], alert["active"], alert["violationCount"]) == ("CRITICAL", 1, 2)
    assert (alert["dateStart"], alert["dateStartZoned"]) == ("2026-03-02 12:00:00", "2026-03-02 12:00:00 UTC")
    assert "dateEnd" not in alert
    assert alert["permalink"] == URL
    first = alert["agents"][0]
    assert (first["agentName"], first["metricsAtStart"], first["metricsAtEnd"]) == ("fra1", "response_time: 812.5", "")
    assert all(isinstance(number, int) for number in (alert["testId"], first["agentId"]))


def test_thousandeyes_shape_of_a_clear_of_other_events_and_of_a_test() -> None:
    told = body(CLEARED, "thousandeyes")
    assert told["eventType"] == "ALERT_NOTIFICATION_CLEAR"
    assert (told["alert"]["active"], told["alert"]["dateEnd"]) == (0, "2026-03-02 12:12:00")
    assert told["alert"]["agents"][0]["metricsAtEnd"] == "response_time: 812.5"
    assert told["alert"]["testId"] == body(TRIGGERED, "thousandeyes")["alert"]["testId"]
    assert body(ACKNOWLEDGED, "thousandeyes")["eventType"] == "ALERT_NOTIFICATION_TRIGGER"
    assert body(TEST, "thousandeyes") == {
        "eventType": "WEBHOOK_TEST",
        "eventId": "test-1",
        "message": "Test from Bellhop",
    }


def test_mackerel_shape() -> None:
    told = body(replace(TRIGGERED, picture=Picture("https://bell.example/p.png", "t", "p")), "mackerel")
    assert (told["orgName"], told["event"], told["type"]) == ("Ops", "alert", "service")
    assert (told["memo"], told["imageUrl"]) == ("Call the cashiers.", "https://bell.example/p.png")
    assert told["service"]["name"] == "Checkout"
    alert = told["alert"]
    assert (alert["id"], alert["status"], alert["isOpen"]) == ("bell.example/ops/17", "critical", True)
    assert (alert["openedAt"], alert["createdAt"], alert["closedAt"]) == (1772452800, 1772452800000, None)
    assert (alert["metricLabel"], alert["metricValue"]) == ("response_time", 812.5)
    closed = body(CLEARED, "mackerel")["alert"]
    assert (closed["status"], closed["isOpen"], closed["closedAt"]) == ("ok", False, 1772453520)
    assert body(replace(TRIGGERED, severity=Severity.MINOR), "mackerel")["alert"]["status"] == "warning"
    assert body(replace(TRIGGERED, story=Story.NO_DATA), "mackerel")["alert"]["status"] == "unknown"
    assert body(TEST, "mackerel") == {"event": "sample", "message": "Test from Bellhop"}


def test_alertmanager_shape() -> None:
    told = body(TRIGGERED, "alertmanager")
    assert (told["version"], told["status"], told["truncatedAlerts"]) == ("4", "firing", 0)
    assert told["externalURL"] == "https://bell.example"
    (alert,) = told["alerts"]
    assert alert["labels"] == {
        "alertname": "Slow checkout",
        "team": "ops",
        "test": "checkout",
        "severity": "critical",
        "env": "live",
        "host": "web01",
    }
    assert told["commonLabels"] == alert["labels"]
    assert alert["annotations"]["summary"] == "#17 critical: Slow checkout on Checkout"
    assert alert["annotations"]["runbook_url"] == "https://wiki.example/checkout"
    assert (alert["startsAt"], alert["endsAt"]) == ("2026-03-02T12:00:00Z", "0001-01-01T00:00:00Z")
    assert alert["generatorURL"] == VIEW


def test_alertmanagers_clear_is_that_of_the_same_alert_however_severe_it_was() -> None:
    first = body(replace(TRIGGERED, severity=Severity.MINOR), "alertmanager")
    last = body(CLEARED, "alertmanager")
    assert (last["status"], last["alerts"][0]["status"]) == ("resolved", "resolved")
    assert last["alerts"][0]["endsAt"] == "2026-03-02T12:12:00Z"
    assert first["alerts"][0]["fingerprint"] == last["alerts"][0]["fingerprint"]
    assert first["groupKey"] == last["groupKey"]
    other = replace(TRIGGERED, subject=replace(SUBJECT, labels={"env": "test"}))
    assert body(other, "alertmanager")["alerts"][0]["fingerprint"] != first["alerts"][0]["fingerprint"]


def test_alertmanagers_digest_is_a_group_and_its_test_opens_nothing() -> None:
    many = body(digest(30), "alertmanager")
    assert (len(many["alerts"]), many["truncatedAlerts"], many["status"]) == (30, 12, "firing")
    assert len({each["fingerprint"] for each in many["alerts"]}) == 30
    assert body(TEST, "alertmanager")["status"] == "resolved"


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ({}, "cbf29ce484222325"),
        ({"name": "garland, briggs", "fear": "love is not enough"}, f"{5799056148416392346:016x}"),
        ({"alertname": "HighCPU", "instance": "web01:9100", "severity": "critical"}, "07ac70f66cfba312"),
    ],
)
def test_the_fingerprint_is_alertmanagers_own(labels: dict[str, str], expected: str) -> None:
    assert fingerprint(labels) == expected


SUBJECTS = st.builds(
    Subject,
    key=st.just("bell.example/ops/17"),
    number=st.integers(1, 10**6),
    team=TEXT,
    team_slug=st.just("ops"),
    rule=TEXT,
    rule_id=st.integers(1, 10**6),
    started_at=st.just(AT),
    url=st.just(URL),
    view_url=st.just(VIEW),
    test=TEXT,
    test_slug=st.sampled_from(["", "checkout"]),
    labels=st.dictionaries(TEXT, TEXT, max_size=5),
    condition=TEXT,
    cleared_at=st.sampled_from([None, AT + timedelta(hours=1)]),
    cleared_reason=TEXT,
    acknowledged_by=TEXT,
    assigned_to=TEXT,
    readings=st.lists(st.builds(Reading, TEXT, TEXT, st.floats(allow_nan=False)), max_size=5).map(tuple),
    violating=st.none() | st.integers(0, 50),
    heard=st.none() | st.integers(0, 50),
)


@many
@given(ANY_MESSAGE, st.none() | SUBJECTS)
def test_every_preset_is_json_and_holds_any_text_as_text(message: Message, subject: Subject | None) -> None:
    whole = replace(message, subject=subject)
    for preset in PRESETS:
        told = body(whole, preset)
        assert not [text for text in texts(told) if unseen(text)]
        assert len(json.dumps(told)) < BODY_LIMIT
        links = [text for text in texts(told) if text.startswith(("http", "javascript", "data:", "//"))]
        assert not [link for link in links if link.startswith(("javascript:", "data:")) and link in _addresses(told)]


def _addresses(value: Any) -> list[str]:
    """What stands where an address belongs."""
    if isinstance(value, dict):
        named = [each for name, each in value.items() if name.lower().endswith(("url", "link", "href"))]
        return [each for each in named if isinstance(each, str)] + [
            address for each in value.values() for address in _addresses(each)
        ]
    return [address for each in value for address in _addresses(each)] if isinstance(value, list) else []


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_arrives_as_the_very_text_that_it_is(text: str) -> None:
    subject = replace(SUBJECT, rule=text, labels={"env": text})
    told = body(replace(TRIGGERED, headline=text, subject=subject))
    kept = [told["headline"], told["alert"]["rule"], told["alert"]["labels"].get("env", "")]
    assert kept == [cut(line(text), limit) for limit in (500, 500, 200)]


@pytest.mark.parametrize("address", ["javascript:alert(1)", "//evil.example", "https://a.example/" + "x" * 3000])
def test_an_address_that_is_none_or_too_long_is_left_out(address: str) -> None:
    told = body(replace(TRIGGERED, runbook=Link("Runbook", address)))
    assert told["runbook"] == ""


@pytest.mark.parametrize("key", ["a b", "x\r\nHost: y", "é", "x" * 200, ""])
def test_a_name_that_cannot_stand_in_a_header_gets_one_that_can(key: str) -> None:
    told = body(replace(TRIGGERED, key=key))
    assert len(told["id"]) == 64
    assert told["id"].isalnum()
    assert told["id"] == body(replace(TRIGGERED, key=key, state=AlertState.ACKNOWLEDGED))["id"]


@pytest.mark.parametrize("message", MESSAGES.values(), ids=list(MESSAGES))
@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_tells_every_message(preset: str, message: Message) -> None:
    assert body(message, preset)
