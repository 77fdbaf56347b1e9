"""Without proof of who it is, the integration's setting decides, and a name is only a name: row 14."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from alerts.models import Alert, AlertEvent, Mute
from channels_app.hearing import Person
from deliveries.hearing import people
from deliveries.models import HeardOnce
from integrations.models import Integration
from tests.alerts.factories import make_test
from tests.conftest import Cast
from tests.deliveries.hearing.calls import (
    JWT_SECRET,
    hipchat_room,
    history,
    page,
    pager,
    speak,
    speech,
    token,
)
from tests.deliveries.stage import rule_for, trigger

EVERYTHING = ("ack 1", "unack 1", "assign 1 member@example.com", "note 1 x", "close 1", "mute 1", "unmute 1")


def told_in(integration: Integration) -> Alert:
    return trigger(rule_for(integration.team, integration, test=make_test(integration.team, "h")), timezone.now())


def changed() -> bool:
    return AlertEvent.objects.exclude(type="triggered").exists() or Mute.objects.exists()


@pytest.mark.parametrize("actions", [{}, {"actions": "refuse"}])
def test_by_default_a_room_reads_and_changes_nothing(actions: dict[str, str], cast: Cast) -> None:
    room = hipchat_room(cast.team, **actions)
    told_in(room)

    answers = [speak(room, f"/bellhop {each}").content for each in EVERYTHING]

    assert not changed()
    assert all(b"From here nothing can be changed" in each for each in answers)
    assert b"1 alert is open" in speak(room, "/bellhop list").content
    assert b"Nobody has it" in speak(room, "/bellhop who 1").content


def test_a_room_that_may_acknowledge_may_do_no_more(cast: Cast) -> None:
    room = hipchat_room(cast.team, actions="acknowledge")
    alert = told_in(room)

    answers = [speak(room, f"/bellhop {each}").content for each in EVERYTHING[1:]]
    assert not changed()
    assert all(b"can only be acknowledged" in each for each in answers)
    speak(room, "/bellhop ack 1")

    assert history(alert) == [("acknowledged", "Somebody (said in room Operations as @ann)", "hipchat")]


def test_a_room_that_may_act_is_recorded_as_what_it_is(cast: Cast) -> None:
    room = hipchat_room(cast.team, actions="allow")
    alert = told_in(room)

    for each in EVERYTHING[:5]:
        speak(room, f"/bellhop {each}")

    events = AlertEvent.objects.filter(alert=alert).exclude(type="triggered")
    assert [each.type for each in events] == ["acknowledged", "unacknowledged", "assigned", "noted", "cleared"]
    assert {(e.actor, e.actor_text, e.origin) for e in events} == {
        (None, "Somebody (said in room Operations as @ann)", room)
    }


def test_nobody_in_such_a_room_is_me(cast: Cast) -> None:
    room = hipchat_room(cast.team, actions="allow")
    alert = told_in(room)

    assert b"Nobody proves here who they are" in speak(room, "/bellhop assign 1 me").content
    assert b"Nobody proves here who they are" in speak(room, "/bellhop link").content
    assert history(alert) == []


def test_a_forged_name_speaks_for_nobody(cast: Cast) -> None:
    """Whoever is called like a member is not that member, and cannot write themselves out of the room's words."""
    room = hipchat_room(cast.team, actions="allow")
    alert = told_in(room)
    name = "Member\u202e) (Slack, " + "x" * 300

    speak(room, "", speech("/bellhop ack 1", timezone.now(), name=name))

    ((_, who, _),) = history(alert)
    assert who.startswith("Somebody (said in room Operations as @Member")
    assert "\u202e" not in who
    assert len(who) <= 200
    assert Alert.objects.get(pk=alert.pk).acknowledged_by is None


@pytest.mark.parametrize("how", ["another room", "a day ago", "tomorrow", "a notification", "no command"])
def test_what_is_no_command_of_this_room_and_hour_does_nothing(how: str, cast: Cast) -> None:
    room, now = hipchat_room(cast.team, actions="allow"), timezone.now()
    told_in(room)
    said = speech("/bellhop ack 1", now)
    if how == "another room":
        said = speech("/bellhop ack 1", now, room=99)
    elif how in ("a day ago", "tomorrow"):
        said = speech("/bellhop ack 1", now + timedelta(days=-1 if how == "a day ago" else 1))
    elif how == "a notification":
        said["item"]["message"]["type"] = "notification"
    else:
        said["item"]["message"]["message"] = "say /bellhop ack 1"

    speak(room, "", said)

    assert not changed()


def test_what_came_before_is_done_once(cast: Cast) -> None:
    room = hipchat_room(cast.team, actions="allow")
    alert, said = told_in(room), speech("/bellhop ack 1", timezone.now(), message="m-of-ann")
    speak(room, "", said)
    speak(room, "/bellhop unack 1")

    again = speak(room, "", said)

    assert (again.status_code, again.content) == (202, b"")
    assert [each[0] for each in history(alert)] == ["acknowledged", "unacknowledged"]


def test_with_a_secret_people_are_members(cast: Cast) -> None:
    room = hipchat_room(cast.team, oauth_secret=JWT_SECRET, actions="allow")
    alert, now = told_in(room), timezone.now()

    unknown = speak(room, "/bellhop ack 1", jwt_token=token(now))
    assert b"does not know yet who you are" in unknown.content
    assert history(alert) == []
    people.connect(cast.member, room, Person("hipchat.example.org", "661743", "Ann"), now)
    speak(room, "/bellhop ack 1", jwt_token=token(now))

    assert history(alert) == [("acknowledged", "Member", "hipchat")]


def _tokens() -> dict[str, str]:
    now = timezone.now()
    return {
        "none": "",
        "junk": "a.b.c",
        "alg none": token(now, algorithm="none"),
        "another secret": token(now, secret="x" * 40),
        "HS512": token(now, algorithm="HS512"),
        "over": token(now, exp=int(now.timestamp()) - 120),
        "another room": token(now, room=99),
        "another person": token(now, sub="1"),
    }


@pytest.mark.parametrize("name", list(_tokens()))
def test_a_token_that_proves_nothing_is_refused(name: str, cast: Cast) -> None:
    room = hipchat_room(cast.team, oauth_secret=JWT_SECRET)
    told_in(room)
    people.connect(cast.member, room, Person("hipchat.example.org", "661743", "Ann"), timezone.now())

    assert speak(room, "/bellhop ack 1", jwt_token=_tokens()[name]).status_code == 401
    assert not changed()


def test_a_token_is_good_once(cast: Cast) -> None:
    room, now = hipchat_room(cast.team, oauth_secret=JWT_SECRET), timezone.now()
    alert, used = told_in(room), token(now)
    people.connect(cast.member, room, Person("hipchat.example.org", "661743", "Ann"), now)
    speak(room, "/bellhop ack 1", jwt_token=used)

    speak(room, "/bellhop close 1", jwt_token=used)

    assert [each[0] for each in history(alert)] == ["acknowledged"]


@pytest.mark.parametrize("second", ["ack 2", "ack 2 3", "close 1 2", "ack 1 2 3", "close 3 2 1", "list"])
@pytest.mark.parametrize("first", ["ack 1", "ack 1 3", "list", "nonsense"])
def test_a_token_does_not_cover_what_is_said_and_is_good_for_one_saying(first: str, second: str, cast: Cast) -> None:
    room, now = hipchat_room(cast.team, oauth_secret=JWT_SECRET), timezone.now()
    for name in ("one", "two", "three"):
        trigger(rule_for(cast.team, room, name=name, test=make_test(cast.team, name)), now)
    people.connect(cast.member, room, Person("hipchat.example.org", "661743", "Ann"), now)
    used = token(now)
    speak(room, f"/bellhop {first}", jwt_token=used)
    before = AlertEvent.objects.count()

    again = speak(room, f"/bellhop {second}", jwt_token=used)

    assert (again.status_code, again.content) == (202, b"")
    assert AlertEvent.objects.count() == before


@pytest.mark.parametrize(("hours", "obeyed"), [(0, True), (-71, True), (-73, False), (2, False)])
def test_a_service_may_be_late_but_not_for_ever(hours: int, obeyed: bool, cast: Cast) -> None:
    on_call = pager(cast.team)
    alert = told_in(on_call)

    response = page(
        on_call, "acknowledged", f"127.0.0.1:8000/ops/{alert.number}", timezone.now() + timedelta(hours=hours)
    )

    assert response.status_code == 202
    assert bool(history(alert)) is obeyed


def test_an_event_of_a_service_counts_once_also_days_later(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    on_call, now = pager(cast.team), timezone.now()
    alert = told_in(on_call)
    key = f"127.0.0.1:8000/ops/{alert.number}"
    page(on_call, "acknowledged", key, now, once="e-of-paula")
    page(on_call, "unacknowledged", key, now)
    marks = set(HeardOnce.objects.values_list("mark", "at"))
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(days=2))

    again = page(on_call, "acknowledged", key, now, once="e-of-paula")

    assert (again.status_code, again.content) == (202, b"")
    assert [each[0] for each in history(alert)] == ["acknowledged", "unacknowledged"]
    assert set(HeardOnce.objects.values_list("mark", "at")) == marks


@pytest.mark.parametrize("secret", ["", "another-signing-secret-of-pagerduty"])
def test_a_service_that_signs_wrongly_is_not_heard(secret: str, cast: Cast) -> None:
    on_call = pager(cast.team)
    alert = told_in(on_call)

    response: Any = page(on_call, "resolved", f"127.0.0.1:8000/ops/{alert.number}", timezone.now(), secret=secret)

    assert response.status_code == 401
    assert history(alert) == []
