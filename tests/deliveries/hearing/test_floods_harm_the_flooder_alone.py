"""Whoever calls too often is asked to wait; others at the same address, with the same app or of the team go on."""

import threading
from collections.abc import Callable
from concurrent.futures import wait

import pytest
from django.test import Client

from channels_app.registry import kind
from deliveries.hearing import later, limits
from deliveries.hearing.finding import Caller
from integrations.models import Integration
from teams.limits import Limit
from teams.rates import Rate
from tests.conftest import Cast
from tests.deliveries.hearing.calls import (
    OTHER_SECRET,
    hipchat_room,
    history,
    mark_of,
    press_body,
    signed,
    slack_app,
    slack_call,
    slash_body,
    speak,
)
from tests.deliveries.hearing.conftest import Room
from tests.patience import PATIENT

Lowered = Callable[[str, int], None]


@pytest.fixture
def lowered(monkeypatch: pytest.MonkeyPatch) -> Lowered:
    """Lower one of the limits; the clock stands still, so that a window does not end meanwhile."""

    def lower(name: str, limit: int) -> None:
        was: Limit = getattr(limits, name)
        monkeypatch.setattr(limits, name, Limit(was.name, Rate(limit, was.rate.seconds)))

    return lower


def forged() -> int:
    body = slash_body("ack 1")
    status: int = slack_call("commands", body, signed(body, OTHER_SECRET)).status_code
    return status


def said(text: str, client: Client | None = None, channel: str = "ops") -> int:
    body = slash_body(text, channel=channel)
    status: int = slack_call("commands", body, signed(body), client).status_code
    return status


def test_whoever_has_slack_forge_calls_silences_nobody_who_is_behind_the_same_address(
    room: Room, lowered: Lowered
) -> None:
    lowered("UNPROVEN", 3)

    assert [forged() for _ in range(5)] == [401, 401, 401, 429, 429]
    assert [said("ack 1"), said("unack 1")] == [200, 200]

    assert [each[0] for each in history(room.alert)] == ["acknowledged", "unacknowledged"]
    assert forged() == 429


def test_what_floods_is_not_even_looked_at(room: Room, lowered: Lowered) -> None:
    lowered("UNPROVEN", 1)
    lowered("FLOODING", 2)

    assert [forged() for _ in range(4)] == [401, 429, 429, 429]

    assert said("ack 1") == 429
    assert said("ack 1", Client(REMOTE_ADDR="192.0.2.7")) == 200


def test_calls_that_prove_themselves_are_no_flood(room: Room, lowered: Lowered) -> None:
    lowered("UNPROVEN", 1)
    lowered("FLOODING", 1)
    forged()

    assert {said("list") for _ in range(4)} == {200}


def test_who_shares_an_app_uses_up_nothing_that_is_anothers_alone(room: Room, cast: Cast, lowered: Lowered) -> None:
    slack_app(cast.other_team, "rivals", channel="#rivals")
    lowered("OF_TEAM", 3)

    assert [said("list", channel="rivals") for _ in range(4)] == [200, 200, 200, 429]

    assert speak(hipchat_room(cast.team), "/bellhop help").status_code == 200


def test_answers_to_an_app_that_is_shared_take_no_room_of_one_team_alone(
    room: Room, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    slack_app(cast.other_team, "rivals", channel="#rivals")
    asked: list[str] = []
    monkeypatch.setattr(later.under_way, "take", asked.append)

    refused = press_body(mark_of(room.slack, room.alert), person="U9")
    slack_call("actions", refused, signed(refused))

    assert asked == [",".join(map(str, sorted((cast.team.pk, cast.other_team.pk))))]


@pytest.mark.django_db(transaction=True)
def test_the_deeds_of_a_team_that_brings_many_take_turns_with_those_of_others(
    room: Room, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(later, "THREADS", 1)  # so that they are done in the order in which they begin
    mine, theirs = (_caller(each) for each in (room.slack, slack_app(cast.other_team, "rivals", OTHER_SECRET)))
    go_on, done = threading.Event(), []

    def deed(caller: Caller, number: int) -> None:
        go_on.wait(PATIENT)
        done.append((caller is theirs, number))

    with later.Workers() as workers:
        deeds = [workers.submit(deed, theirs, number) for number in range(later.MOST_WAITING - 3)]
        deeds += [workers.submit(deed, mine, number) for number in range(2)]
        go_on.set()
        wait(deeds, PATIENT)

    assert len(done) == len(deeds)
    assert {each for each in done[:5] if not each[0]} == {(False, 0), (False, 1)}


@pytest.mark.django_db(transaction=True)
def test_a_deed_that_fails_holds_up_no_other(room: Room) -> None:
    def fail(_: Caller) -> None:
        raise KeyboardInterrupt

    with later.Workers() as workers:
        failed = [workers.submit(fail, _caller(room.slack)) for _ in range(2 * later.THREADS)]
        assert workers.submit(lambda _: "done", _caller(room.slack)).result(PATIENT) == "done"

    assert all(isinstance(each.exception(PATIENT), KeyboardInterrupt) for each in failed)


def _caller(place: Integration) -> Caller:
    found = kind(place.kind)
    assert found.hear
    return Caller(found, found.hear, (place,), None, "")


@pytest.mark.parametrize("name", ["PROVEN", "OF_TEAM"])
def test_several_alerts_in_one_call_count_as_several(name: str, room: Room, lowered: Lowered) -> None:
    lowered(name, 25)
    twenty = f"ack {' '.join(map(str, range(1, 21)))}"

    assert [said(twenty), said(twenty)] == [200, 429]
    assert len(history(room.alert)) == 1
