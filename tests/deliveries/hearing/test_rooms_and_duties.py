"""From Register to the answer in a HipChat room, and from PagerDuty to the alert: through the real doors."""

import json
from collections.abc import Iterator
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from alerts.models import Alert, AlertEvent
from channels_app.words import AlertState
from deliveries.subjects import alert_key
from integrations import enlisting, hooks
from integrations.models import Integration
from teams.access import Actor
from tests.channels_app.strict import Html
from tests.channels_app.test_pagerduty_hears import ANN, BODY, INCIDENT, SECRET, signature, told
from tests.conftest import Cast
from tests.deliveries.stage import rule_for, trigger, without_bell
from tests.integrations.factories import make_integration
from tests.servers.hipchat import NAME, TOKEN, HipChat, spoken
from tests.servers.pagerduty import KEY

JSON = "application/json"
NUMBERS = count()


@pytest.fixture
def hipchat(settings: Settings) -> Iterator[HipChat]:
    settings.BELLHOP_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    with HipChat() as running:
        yield running


def alert_at(cast: Cast, place: Integration) -> Alert:
    with without_bell():
        return trigger(rule_for(cast.team, place), timezone.now())


def room(cast: Cast, hipchat: HipChat, **config: str) -> Integration:
    whole = {"server": hipchat.url, "room": NAME, "token": TOKEN, **config}
    return make_integration(cast.team, "hipchat", "Operations", config=whole)


def say(hipchat: HipChat, text: str, **more: Any) -> list[Any]:
    """What the room's webhooks are answered when somebody says `text`."""
    body = json.dumps(spoken(text, timezone.now().isoformat(), id=f"m-{next(NUMBERS)}", **more))
    paths = [urlsplit(each["url"]).path for each in hipchat.room.webhooks.values()]
    return [Client().post(path, body, content_type=JSON) for path in paths]


def test_a_registered_room_acts_and_its_answers_are_not_heard_again(
    cast: Cast, member: Actor, hipchat: HipChat
) -> None:
    place = room(cast, hipchat, actions="allow")
    alert = alert_at(cast, place)
    assert enlisting.enlist(member, place, timezone.now()).ok

    (answer,) = say(hipchat, f"/bellhop ack {alert.number}")

    alert.refresh_from_db()
    assert (answer.status_code, alert.state) == (200, AlertState.ACKNOWLEDGED)
    posted = answer.json()
    assert f"#{alert.number}" in Html(posted["message"]).text
    assert (posted["color"], posted["notify"], posted["message_format"]) == ("green", False, "html")
    event = AlertEvent.objects.get(alert=alert, type="acknowledged")
    assert (event.via, event.origin_id) == ("hipchat", place.pk)
    assert event.actor is None
    assert event.actor_text == f"Somebody (said in room {NAME} as @Ann)"

    for text in (posted["message"], f"/bellhop close {alert.number}"):
        (again,) = say(hipchat, text, type="notification", color="green", **{"from": "Bellhop"})
        assert (again.status_code, again.content) == (204, b"")
    alert.refresh_from_db()
    assert alert.state == AlertState.ACKNOWLEDGED


def test_a_room_of_which_nothing_was_said_may_ask_and_is_refused_the_rest(
    cast: Cast, member: Actor, hipchat: HipChat
) -> None:
    place = room(cast, hipchat)
    alert = alert_at(cast, place)
    enlisting.enlist(member, place, timezone.now())

    (listed,) = say(hipchat, "/bellhop list")
    refused = [say(hipchat, f"/bellhop {words} {alert.number}")[0] for words in ("ack", "close", "note", "mute")]

    assert f"#{alert.number}" in Html(listed.json()["message"]).text
    assert [(each.status_code, each.json()["color"]) for each in refused] == [(200, "gray")] * 4
    alert.refresh_from_db()
    assert alert.state == AlertState.TRIGGERED
    assert AlertEvent.objects.filter(alert=alert).count() == 1


def test_the_webhook_of_another_room_or_of_an_old_address_gets_nothing(
    cast: Cast, member: Actor, hipchat: HipChat
) -> None:
    place = room(cast, hipchat, actions="allow")
    alert = alert_at(cast, place)
    enlisting.enlist(member, place, timezone.now())
    hooks.change_address(member, place)

    (old,) = say(hipchat, f"/bellhop ack {alert.number}")
    said = spoken(f"/bellhop ack {alert.number}", timezone.now().isoformat())
    said["item"]["room"] |= {"id": 7, "name": "Elsewhere"}
    place.refresh_from_db()
    other = Client().post(urlsplit(hooks.address_of(place)).path, json.dumps(said), content_type=JSON)

    assert [(each.status_code, each.content) for each in (old, other)] == [(401, b"")] * 2
    alert.refresh_from_db()
    assert alert.state == AlertState.TRIGGERED


# PagerDuty


def duty(cast: Cast) -> Integration:
    config = {"routing_key": KEY, "region": "us", "hook_secret": SECRET}
    return make_integration(cast.team, "pagerduty", "duty", config=config)


def event(place: Integration, alert: Alert, event_type: str, **more: Any) -> Any:
    """What a webhook of PagerDuty about the alert's incident is answered."""
    key = more.pop("key", None) or alert_key("http://127.0.0.1:8000", alert.team.slug, alert.number)
    now = timezone.now()
    fields = {"id": f"E-{next(NUMBERS)}", "occurred_at": now.isoformat(), **more}
    return post(place, told(event_type, data={**INCIDENT, "incident_key": key}, **fields))


def post(place: Integration, body: Any) -> Any:
    raw = json.dumps(body).encode()
    headers = {"X-PagerDuty-Signature": f"v2=x,{signature(raw)}"}
    return Client().generic("POST", urlsplit(hooks.address_of(place)).path, raw, content_type=JSON, headers=headers)


def test_what_a_person_does_in_pagerduty_is_done_here_in_their_name(cast: Cast, settings: Settings) -> None:
    settings.BELLHOP_BASE_URL = "http://127.0.0.1:8000"
    place = duty(cast)
    alert = alert_at(cast, place)
    states = []
    for event_type in ("incident.acknowledged", "incident.unacknowledged", "incident.resolved"):
        answer = event(place, alert, event_type)
        assert (answer.status_code, answer.content) == (202, b"")
        alert.refresh_from_db()
        states.append(alert.state)

    assert states == [AlertState.ACKNOWLEDGED, AlertState.TRIGGERED, AlertState.CLEARED]
    events = AlertEvent.objects.filter(alert=alert, origin=place)
    assert {each.actor_text for each in events} == {"Ann Lee (PagerDuty)"}
    assert {each.via for each in events} == {"pagerduty"}


def test_what_pagerduty_says_otherwise_changes_nothing_and_is_taken(cast: Cast, settings: Settings) -> None:
    settings.BELLHOP_BASE_URL = "http://127.0.0.1:8000"
    place = duty(cast)
    alert = alert_at(cast, place)
    bellhop = {"id": "P1", "type": "inbound_integration_reference", "summary": "Bellhop"}

    answers = [
        event(place, alert, "incident.acknowledged", agent=bellhop),
        event(place, alert, "incident.resolved", agent=None),
        event(place, alert, "incident.reassigned"),
        event(place, alert, "incident.resolved", key="elsewhere.example/ops/1"),
        event(place, alert, "incident.resolved", key=alert_key("http://127.0.0.1:8000", "rivals", alert.number)),
        post(place, told("pagey.ping", agent=None, data={"type": "ping", "message": "Hello"})),
    ]

    assert [each.status_code for each in answers] == [202] * len(answers)
    alert.refresh_from_db()
    assert alert.state == AlertState.TRIGGERED
    assert AlertEvent.objects.filter(alert=alert).count() == 1


def test_a_call_that_is_told_again_is_taken_again_and_done_once(cast: Cast, settings: Settings) -> None:
    settings.BELLHOP_BASE_URL = "http://127.0.0.1:8000"
    place = duty(cast)
    alert = alert_at(cast, place)
    fixed = {"id": "E-1", "agent": ANN}

    first = event(place, alert, "incident.acknowledged", **fixed)
    event(place, alert, "incident.unacknowledged", id="E-2")
    again = event(place, alert, "incident.acknowledged", **fixed)

    assert (first.status_code, again.status_code) == (202, 202)
    alert.refresh_from_db()
    assert alert.state == AlertState.TRIGGERED
    assert BODY["event"]["agent"] == ANN
