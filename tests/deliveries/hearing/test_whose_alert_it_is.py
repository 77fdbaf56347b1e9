"""Who proves to be an app acts on what was told through that app and nothing else: row 12 of the threat model."""

import json
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from alerts.models import Alert
from channels_app.hearing import Answer, Heard
from deliveries.hearing import later
from deliveries.hearing.finding import Caller
from deliveries.models import Delivery, DeliveryState
from integrations import services
from teams.access import Actor
from tests.alerts.factories import make_test
from tests.conftest import Cast
from tests.deliveries.hearing.calls import (
    OTHER_SECRET,
    hipchat_room,
    history,
    linked,
    mark_of,
    page,
    pager,
    press,
    press_body,
    signed,
    slack_app,
    slack_call,
    slash,
    speak,
)
from tests.deliveries.hearing.conftest import Room
from tests.deliveries.stage import rule_for, trigger

Told = list[bytes]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    """What is said after a press, as it would go to the chat."""
    found: Told = []

    def tell(caller: Caller, heard: Heard, answer: Answer) -> None:
        call = caller.hear.later(answer, heard, caller.settings)
        found.append(call.body if call and call.body else b"")

    monkeypatch.setattr(later, "tell", tell)
    return found


def press_as(secret: str, mark: str, person: str) -> Any:
    body = press_body(mark, "ack", person)
    return slack_call("actions", body, signed(body, secret))


@pytest.mark.parametrize("person", ["U1", "U9"])
def test_an_alert_of_another_team_is_answered_like_one_that_never_was(
    person: str, room: Room, cast: Cast, told: Told
) -> None:
    theirs = slack_app(cast.other_team, "rivals", OTHER_SECRET)
    linked(cast.outsider, theirs, "U1")

    answers = [
        press_as(OTHER_SECRET, mark_of(room.slack, room.alert), person),  # B's signature, A's alert
        press_as(OTHER_SECRET, f"{uuid4()}:{room.alert.number}", person),  # nobody's integration
        press_as(OTHER_SECRET, mark_of(theirs, room.alert.number), person),  # B's own, no such alert
    ]

    assert {(each.status_code, each.content) for each in answers} == {(200, b"")}
    assert len(told) == 3
    assert len(set(told)) == 1
    assert history(room.alert) == []
    if person == "U1":
        assert b"There is no alert #1 that was told here." in told[0]


def test_a_command_of_another_team_finds_only_its_own(room: Room, cast: Cast) -> None:
    theirs = slack_app(cast.other_team, "rivals", OTHER_SECRET)
    linked(cast.outsider, theirs, "U1")

    answers = [slash(said, "U1", OTHER_SECRET)["text"] for said in ("ack 1", "who 1", "close 1", "mute 1", "list")]

    assert set(answers[:4]) == {"There is no alert #1 that was told here."}
    assert answers[4] == "No alert that was told here is open."
    assert history(room.alert) == []


def test_an_alert_of_the_team_that_was_never_told_there_is_unknown_too(room: Room, cast: Cast) -> None:
    elsewhere = trigger(rule_for(cast.team, name="Quiet", test=make_test(cast.team, "quiet")), timezone.now())

    known, unknown = slash(f"ack {elsewhere.number}"), slash("ack 99")

    assert known == {**unknown, **_renumbered(unknown, 99, elsewhere.number)}
    assert history(elsewhere) == []


def _renumbered(answer: dict[str, Any], number: int, to: int) -> dict[str, Any]:
    renumbered: dict[str, Any] = json.loads(json.dumps(answer).replace(f"#{number}", f"#{to}"))
    return renumbered


@pytest.mark.parametrize("state", list(DeliveryState))
def test_told_is_what_was_delivered_or_is_about_to_be(state: str, room: Room, now: datetime) -> None:
    final = {"delivered", "rejected", "suppressed", "superseded", "expired"}
    row = Delivery.objects.get(alert=room.alert)
    row.state, row.finished_at = state, now if state in final else None
    row.reason = {"superseded": "newer_event", "held": "muted"}.get(state, "network" if state in final else "")
    row.reason = "" if state == "delivered" else row.reason
    row.held_until = now if state == "held" else None
    row.replaced_by = row if state == "superseded" else None
    row.save()

    slash("ack 1")

    assert bool(history(room.alert)) is (state in {"delivered", "sending", "pending", "superseded"})


def test_an_identity_of_one_app_is_none_of_another(room: Room, cast: Cast) -> None:
    """Both apps of one team: who is U1 in one is nobody in the other, whose maker could claim any id."""
    slack_app(cast.team, "second", OTHER_SECRET, "#second")

    answer = slash("list", "U1", OTHER_SECRET)

    assert "does not know yet who you are" in answer["text"]


def test_another_workspace_is_somebody_else(room: Room) -> None:
    assert "does not know yet" in slash("ack 1", workspace="T0002")["text"]
    assert history(room.alert) == []


def test_a_changed_secret_asks_everybody_anew(room: Room, cast: Cast, now: datetime) -> None:
    services.update(Actor.system(cast.team), room.slack, config={"signing_secret": OTHER_SECRET}, now=now)

    assert "does not know yet" in slash("ack 1", secret=OTHER_SECRET)["text"]


def test_teams_that_share_an_app_are_told_apart_by_the_channel(room: Room, cast: Cast) -> None:
    theirs = slack_app(cast.other_team, "rivals", channel="#rivals")
    linked(cast.outsider, theirs, "U1")
    alert = trigger(rule_for(cast.other_team, theirs, test=make_test(cast.other_team, "r")), timezone.now())

    slash("ack 1", channel="rivals")
    nowhere = slash("ack 1", channel="random")

    assert alert.number == room.alert.number == 1
    assert [each[1] for each in history(alert)] == ["Outsider"]
    assert history(room.alert) == []
    assert "tells no alerts in this channel" in nowhere["text"]


def test_where_two_teams_share_a_channel_the_member_of_one_means_that_one(room: Room, cast: Cast) -> None:
    theirs = slack_app(cast.other_team, "rivals")
    trigger(rule_for(cast.other_team, theirs, test=make_test(cast.other_team, "r")), timezone.now())

    slash("ack 1")
    linked(cast.outsider, theirs, "U1")
    unclear = slash("unack 1")

    assert history(room.alert) == [("acknowledged", "Member", "slack")]
    assert "Several teams" in unclear["text"]


def test_a_button_names_its_team_where_two_share_an_app(room: Room, cast: Cast, told: Told) -> None:
    theirs = slack_app(cast.other_team, "rivals")
    linked(cast.outsider, theirs, "U1")
    alert = trigger(rule_for(cast.other_team, theirs, test=make_test(cast.other_team, "r")), timezone.now())

    press(mark_of(theirs, alert))

    assert [each[1] for each in history(alert)] == ["Outsider"]
    assert history(room.alert) == []


def test_a_room_acts_on_what_was_told_in_it_alone(room: Room, cast: Cast) -> None:
    hipchat = hipchat_room(cast.team, actions="allow")

    answer = speak(hipchat, "/bellhop ack 1")

    assert b"There is no alert #1 that was told here." in answer.content
    assert history(room.alert) == []


def test_a_pager_knows_alerts_by_their_whole_key(room: Room, cast: Cast) -> None:
    on_call = pager(cast.team)
    alert = trigger(rule_for(cast.team, on_call, test=make_test(cast.team, "p")), timezone.now())
    here = f"127.0.0.1:8000/ops/{alert.number}"

    for key in (f"elsewhere/ops/{alert.number}", f"127.0.0.1:8000/rivals/{alert.number}", str(alert.number), "x/y/z"):
        assert page(on_call, "acknowledged", key, timezone.now()).status_code == 202
    assert history(alert) == []
    assert page(on_call, "acknowledged", here, timezone.now()).status_code == 202

    assert history(alert) == [("acknowledged", "Paula Pager (PagerDuty)", "pagerduty")]
    assert history(room.alert) == []
    assert Alert.objects.get(pk=alert.pk).acknowledged_by is None
