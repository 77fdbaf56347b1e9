"""PagerDuty: what a person does to an incident is heard, once it is signed; all else is taken and left alone."""

import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from channels_app.hearing import Answer, Forged, Garbled, Heard, Person, Request, Response, Trust
from channels_app.pagerduty import KIND
from channels_app.pagerduty.inbound import HEAR
from channels_app.pagerduty.render import incident_key
from channels_app.pagerduty.spec import PagerDutySettings
from tests.channels_app.samples import MESSAGES as ALL_SORTS
from tests.channels_app.samples import SUBJECT
from tests.channels_app.test_hipchat_hears import VALUES, within
from tests.channels_app.test_untrusted_text import many, unseen
from tests.servers.pagerduty import KEY

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SECRET = "bellhop-test-secret"
DEAF = PagerDutySettings.of({"routing_key": KEY})
SIGNED = replace(DEAF, hook_secret=SECRET)
VECTOR = b'{"event":{"id":"E1"}}'
VECTOR_SIGNATURE = "v1=b2df612643a6adde45b0c401f0ad11c6b90ac87df087609261c3525ead912577"
ANN = {"id": "PANN123", "type": "user_reference", "summary": "Ann Lee", "html_url": "https://x.example", "self": "x"}
INCIDENT: dict[str, Any] = {
    "id": "Q1",
    "type": "incident",
    "number": 12,
    "status": "acknowledged",
    "incident_key": SUBJECT.key,
    "title": "web01",
    "resolve_reason": None,
    "priority": None,
}
EVENT: dict[str, Any] = {
    "id": "01DEN7J2SAYJ4ZLQH5QZ3VCFQ3",
    "event_type": "incident.acknowledged",
    "resource_type": "incident",
    "occurred_at": "2026-03-02T11:59:00.000Z",
    "agent": ANN,
    "client": None,
    "data": INCIDENT,
}
BODY = {"event": EVENT}


def signature(body: bytes, secret: str = SECRET) -> str:
    return f"v1={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"


def request(body: Any = BODY, header: str | None = None) -> Request:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    told = signature(raw) if header is None else header
    return Request("", {"x-pagerduty-signature": told} if told else {}, {}, raw)


def hear(call: Request, settings: PagerDutySettings = SIGNED) -> Heard | Response:
    HEAR.verify(call, settings, NOW)
    return HEAR.read(call, settings)


def told(event_type: str, **more: Any) -> dict[str, Any]:
    return {"event": {**EVENT, "event_type": event_type, **more}}


def test_what_is_not_signed_is_not_heard_and_the_page_says_so() -> None:
    assert HEAR.trust(DEAF) is Trust.NOBODY
    assert "signing secret" in HEAR.lacks(DEAF)
    assert HEAR.trust(SIGNED) is Trust.SERVICE
    assert HEAR.lacks(SIGNED) == ""
    assert HEAR.key(SIGNED) == SECRET
    for settings in (DEAF, replace(DEAF, hook_secret="")):
        with pytest.raises(Forged):
            HEAR.verify(request(header=signature(json.dumps(BODY).encode(), "")), settings, NOW)


def test_the_signature_of_the_reference_is_right() -> None:
    HEAR.verify(Request("", {"x-pagerduty-signature": VECTOR_SIGNATURE}, {}, VECTOR), SIGNED, NOW)


RIGHT = VECTOR_SIGNATURE
WRONG = f"v1={'0' * 64}"


@pytest.mark.parametrize(
    "header",
    [
        f"{WRONG},{RIGHT}",
        f"{RIGHT},{WRONG}",
        f"v2=abc, {RIGHT}",
        f"  {RIGHT}  ",
        f"v1=,{WRONG},{RIGHT},",
        f"é=1,{RIGHT}",
    ],
)
def test_any_right_signature_of_several_is_enough(header: str) -> None:
    HEAR.verify(Request("", {"x-pagerduty-signature": header}, {}, VECTOR), SIGNED, NOW)


@pytest.mark.parametrize(
    "header",
    [
        "",
        WRONG,
        RIGHT.removeprefix("v1="),
        RIGHT.replace("v1=", "v0="),
        RIGHT.replace("v1=", "V1="),
        RIGHT.replace("v1=", "v1=v1="),
        RIGHT.upper().replace("V1=", "v1="),
        RIGHT[:-1],
        f"{RIGHT}0",
        "v1=",
        "v1=é\udcff",
        f"{WRONG};{RIGHT}",
        signature(VECTOR, "another-test-secret"),
        signature(VECTOR + b" "),
    ],
)
def test_no_other_header_proves_anything(header: str) -> None:
    with pytest.raises(Forged):
        HEAR.verify(Request("", {"x-pagerduty-signature": header} if header else {}, {}, VECTOR), SIGNED, NOW)


@given(st.text(max_size=80))
def test_a_header_of_any_text_is_refused_and_never_an_error(text: str) -> None:
    for header in (text, f"v1={text}"):
        with pytest.raises(Forged):
            HEAR.verify(Request("", {"x-pagerduty-signature": header}, {}, VECTOR), SIGNED, NOW)


@pytest.mark.parametrize(
    ("event_type", "words"),
    [("incident.acknowledged", "ack"), ("incident.unacknowledged", "unack"), ("incident.resolved", "close")],
)
def test_what_a_person_does_is_heard_by_the_key_that_we_gave(event_type: str, words: str) -> None:
    heard = hear(request(told(event_type)))

    assert heard == Heard(
        words=words,
        person=Person("", "PANN123", "Ann Lee"),
        once=EVENT["id"],
        at=datetime(2026, 3, 2, 11, 59, tzinfo=UTC),
        alert_key=SUBJECT.key,
        heeds_answer=False,
    )


@pytest.mark.parametrize("name", sorted(name for name, each in ALL_SORTS.items() if each.subject))
def test_the_key_of_an_alert_comes_back_as_it_went(name: str) -> None:
    key = incident_key(ALL_SORTS[name])

    heard = hear(request(told("incident.resolved", data={**INCIDENT, "incident_key": key})))

    assert isinstance(heard, Heard)
    assert heard.alert_key == SUBJECT.key


@pytest.mark.parametrize(
    "body",
    [
        told("pagey.ping", agent=None, data={"message": "Hello from your friend Pagey!", "type": "ping"}),
        told("incident.triggered"),
        told("incident.reassigned"),
        told("incident.reopened"),
        told("incident.priority_updated"),
        told("incident.annotated", data={"id": "N1", "type": "incident_note", "content": "x", "incident": INCIDENT}),
        told("incident.responder.added", data={"type": "incident_responder", "incident": INCIDENT}),
        told("incident.resolved", data={**INCIDENT, "type": "incident_reference"}),
        told("service.updated", data={"id": "S1", "type": "service"}),
        told("incident.of_tomorrow"),
        told(""),
        {"event": {**EVENT, "event_type": 7}},
        {"event": {"id": "E1"}},
    ],
)
def test_other_events_are_taken_and_left_alone(body: dict[str, Any]) -> None:
    assert hear(request(body)) == Response(202)


@pytest.mark.parametrize(
    "agent",
    [
        None,
        {},
        {"id": "P1", "type": "integration_reference", "summary": "Bellhop"},
        {"id": "P1", "type": "inbound_integration_reference", "summary": "Bellhop"},
        {"id": "P1", "type": "service_reference", "summary": "Web shop"},
        {"id": "P1", "type": "workflow_reference", "summary": "Night"},
        {"id": "P1", "type": ["user_reference"]},
        {"id": "P1"},
        "Ann",
        7,
    ],
)
@pytest.mark.parametrize("event_type", ["incident.acknowledged", "incident.unacknowledged", "incident.resolved"])
def test_what_bellhop_or_nobody_did_is_never_heard_again(event_type: str, agent: Any) -> None:
    assert hear(request(told(event_type, agent=agent))) == Response(202)


def test_an_incident_that_was_merged_into_another_is_not_over() -> None:
    merged = {"type": "merge_resolve_reason", "incident": {"id": "Q2", "type": "incident_reference"}}

    assert hear(request(told("incident.resolved", data={**INCIDENT, "resolve_reason": merged}))) == Response(202)
    other = {"type": "resolve_reason", "summary": "done"}
    assert isinstance(hear(request(told("incident.resolved", data={**INCIDENT, "resolve_reason": other}))), Heard)


@pytest.mark.parametrize("key", [None, "", ["x"], "x" * 256])
def test_an_incident_that_no_event_of_ours_opened_is_left_alone(key: Any) -> None:
    assert hear(request(told("incident.resolved", data={**INCIDENT, "incident_key": key}))) == Response(202)


def test_the_key_of_another_installation_is_handed_on_as_it_is_and_leads_to_none_of_our_alerts() -> None:
    heard = hear(request(told("incident.resolved", data={**INCIDENT, "incident_key": "elsewhere.example/ops/17"})))

    assert isinstance(heard, Heard)
    assert heard.alert_key == "elsewhere.example/ops/17" != SUBJECT.key
    assert (heard.mark, heard.words) == ("", "close")


@pytest.mark.parametrize("path", ["event", "event.id", "event.occurred_at", "event.agent.id"])
def test_an_event_without_what_it_must_have_is_garbled(path: str) -> None:
    with pytest.raises(Garbled):
        hear(request(within(BODY, path, None)))


@pytest.mark.parametrize("at", ["", "today", 7, "2026-03-02T11:59:00", "0001-01-01T00:00:00+23:59"])
def test_an_event_without_a_real_time_is_garbled_since_it_could_be_any_old_one(at: Any) -> None:
    with pytest.raises(Garbled):
        hear(request(told("incident.resolved", occurred_at=at)))


def test_a_person_without_a_name_is_called_by_the_id() -> None:
    heard = hear(request(told("incident.resolved", agent={**ANN, "summary": None})))

    assert isinstance(heard, Heard)
    assert heard.person.name == "PANN123"


PATHS = st.sampled_from(
    [
        *("event", "event.id", "event.event_type", "event.occurred_at", "event.agent", "event.agent.id"),
        *("event.agent.type", "event.agent.summary", "event.data", "event.data.type", "event.data.incident_key"),
        "event.data.resolve_reason",
    ]
)


def heard_or_left(body: bytes) -> None:
    try:
        found = hear(request(body))
    except Garbled:
        return
    assert isinstance(found, Heard) or found == Response(202)
    if isinstance(found, Heard):
        assert found.once
        assert found.at
        assert not unseen(found.person.name + found.alert_key)
        assert len(found.person.name) <= 100


@many
@given(PATHS, VALUES)
def test_a_value_of_any_shape_anywhere_is_heard_or_left_alone_and_never_an_error(path: str, value: Any) -> None:
    heard_or_left(json.dumps(within(BODY, path, value)).encode())


@many
@given(st.binary(max_size=200) | VALUES.map(lambda value: json.dumps(value).encode()))
@example(b"")
@example(b'{"event":"\\ud800"}')
def test_a_body_of_any_shape_is_garbled_or_left_alone(body: bytes) -> None:
    heard_or_left(body)


def test_pagerduty_is_told_that_it_was_taken_and_no_more() -> None:
    heard = hear(request())
    assert isinstance(heard, Heard)
    assert HEAR.answer(Answer("#17 is yours", done=True), heard) == Response(202)
    assert HEAR.waiting(heard) == Response(202)
    assert HEAR.later(Answer("#17 is yours"), heard, SIGNED) is None


def test_the_kind_hears() -> None:
    assert KIND.hear is HEAR
    assert HEAR.doors == ()
    assert HEAR.enlist is None
    assert SECRET not in repr(SIGNED)
    assert set(KIND.spec.secrets(SIGNED)) == {KEY, SECRET}
    assert KIND.spec.secrets(DEAF) == (KEY,)
