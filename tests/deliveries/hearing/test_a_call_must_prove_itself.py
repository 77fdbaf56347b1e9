"""Whatever proves nothing gets one and the same answer, changes nothing, and is soon asked to wait."""

import logging
from datetime import timedelta
from typing import Any
from unittest.mock import Mock

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from deliveries.hearing import limits
from deliveries.hearing.finding import most_bytes
from deliveries.models import HeardOnce
from integrations import services, vault
from integrations.hooks import change_address, secret_of
from integrations.models import Integration
from teams.access import Actor
from teams.models import Counter
from teams.rates import Rate
from tests.conftest import Cast
from tests.deliveries.hearing.calls import (
    OTHER_SECRET,
    SECRET,
    hipchat_room,
    history,
    linked,
    mark_of,
    pager,
    press_body,
    signed,
    slack_app,
    slack_call,
    slash,
    slash_body,
)
from tests.deliveries.hearing.conftest import Room

BODY = slash_body("ack 1")


def whole(response: Any) -> tuple[int, bytes, dict[str, str]]:
    """All of a response but when it was made."""
    headers = {name: value for name, value in response.headers.items() if name != "Expires"}
    return response.status_code, response.content, headers


def forgeries() -> dict[str, dict[str, str]]:
    now = timezone.now()
    good = signed(BODY)
    stamp, mac = "X-Slack-Request-Timestamp", "X-Slack-Signature"
    return {
        "nothing": {},
        "no signature": {stamp: good[stamp]},
        "no time": {mac: good[mac]},
        "another secret": signed(BODY, OTHER_SECRET),
        "another body": signed(BODY + b"&x=1"),
        "the empty secret": signed(BODY, ""),
        "six minutes ago": signed(BODY, at=now - timedelta(minutes=6)),
        "in six minutes": signed(BODY, at=now + timedelta(minutes=6)),
        "junk for a time": {**good, stamp: "soon"},
        "another time": {**good, stamp: str(int(good[stamp]) - 1)},
        "junk for a signature": {**good, mac: "v0=ä"},
        "another version": {**good, mac: good[mac].replace("v0=", "v1=")},
    }


@pytest.mark.parametrize("name", list(forgeries()))
def test_a_forged_call_changes_nothing(name: str, room: Room) -> None:
    response = slack_call("commands", BODY, forgeries()[name])

    assert (response.status_code, response.content) == (401, b"")
    assert history(room.alert) == []
    assert not HeardOnce.objects.exists()


def test_all_that_prove_nothing_are_answered_alike(room: Room, cast: Cast) -> None:
    hipchat, on_call = hipchat_room(cast.team), pager(cast.team)
    off = hipchat_room(cast.team, "Off")
    Integration.objects.filter(pk=off.pk).update(enabled=False)
    gone = hipchat_room(cast.team, "Gone")
    Integration.objects.filter(pk=gone.pk).update(archived_at=timezone.now())
    changed = secret_of(hipchat)[:-1] + ("0" if secret_of(hipchat)[-1] != "0" else "1")
    paths = [
        ("slack", "actions"),
        ("slack", "commands"),
        ("slack", "events"),
        ("slack", secret_of(room.slack)),
        ("nothing", "actions"),
        ("discord", "actions"),
        ("hipchat", "actions"),
        ("hipchat", "0" * 72),
        ("hipchat", changed),
        ("hipchat", secret_of(off)),
        ("hipchat", secret_of(gone)),
        ("hipchat", secret_of(on_call)),
        ("hipchat", "é" * 80),
        ("pagerduty", secret_of(on_call)),
        ("pagerduty", secret_of(hipchat)),
    ]

    answers = [Client().post(reverse("hook", args=path), b"{}", "application/json") for path in paths]

    assert {str(whole(answer)) for answer in answers} == {str(whole(answers[0]))}
    assert whole(answers[0])[:2] == (401, b"")


def test_an_address_that_was_changed_is_good_no_more(room: Room, cast: Cast) -> None:
    hipchat = hipchat_room(cast.team)
    before = secret_of(hipchat)
    after = secret_of(change_address(Actor.system(cast.team), hipchat))

    assert Client().post(reverse("hook", args=["hipchat", before]), b"{}", "application/json").status_code == 401
    assert Client().post(reverse("hook", args=["hipchat", after]), b"{}", "application/json").status_code != 401


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete", "head", "options"])
def test_only_posts_are_heard(method: str, room: Room) -> None:
    assert getattr(Client(), method)(reverse("hook", args=["slack", "commands"])).status_code == 405


def test_a_body_that_is_too_large_is_not_read(room: Room) -> None:
    body = BODY + b"&x=" + b"y" * most_bytes("slack")

    assert slack_call("commands", body, signed(body)).status_code == 413
    assert history(room.alert) == []


@pytest.mark.parametrize(("size", "status"), [(256 * 1024, 401), (256 * 1024 + 1, 413)])
def test_an_event_of_a_pager_is_read_as_large_as_it_may_come(size: int, status: int, cast: Cast) -> None:
    address = reverse("hook", args=["pagerduty", secret_of(pager(cast.team))])

    assert Client().post(address, b"y" * size, "application/json").status_code == status


@pytest.mark.parametrize("door", ["commands", "actions"])
def test_a_replay_is_a_forgery(door: str, room: Room) -> None:
    body = BODY if door == "commands" else press_body(mark_of(room.slack, room.alert))
    headers = signed(body)
    first = slack_call(door, body, headers)
    slash("unack 1")

    again = slack_call(door, body, headers)

    assert first.status_code == 200
    assert whole(again) == whole(slack_call(door, body, {}))
    assert [each[0] for each in history(room.alert)] == ["acknowledged", "unacknowledged"]


def test_a_call_that_was_refused_is_not_obeyed_when_it_comes_again(room: Room, cast: Cast) -> None:
    body = slash_body("ack 1", "U9")
    headers = signed(body)
    assert slack_call("commands", body, headers).status_code == 200
    linked(cast.owner, room.slack, "U9")

    assert slack_call("commands", body, headers).status_code == 401
    assert history(room.alert) == []


def test_guessing_is_soon_asked_to_wait_and_harms_nobody_else(room: Room) -> None:
    guesses = [slack_call("commands", BODY, {}) for _ in range(limits.UNPROVEN.rate.limit + 1)]
    elsewhere = Client(REMOTE_ADDR="192.0.2.7")

    body = slash_body("ack 1")
    other = slack_call("commands", body, signed(body), elsewhere)

    assert {guess.status_code for guess in guesses[:-1]} == {401}
    assert guesses[-1].status_code == 429
    assert 1 <= int(guesses[-1]["Retry-After"]) <= 60
    assert other.status_code == 200
    # In the database: as many processes as there are share the one count.
    assert Counter.objects.get(key__startswith="hook-address", count__gte=limits.UNPROVEN.rate.limit)


def test_proven_calls_use_up_no_guesses_but_have_a_limit_of_their_own(
    room: Room, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "PROVEN", type(limits.PROVEN)("hook-caller", Rate(3, 60)))
    monkeypatch.setattr(limits, "UNPROVEN", type(limits.UNPROVEN)("hook-address", Rate(1, 60)))
    slack_app(cast.other_team, secret=OTHER_SECRET)
    bodies = [slash_body("help") for _ in range(4)]

    statuses = [slack_call("commands", body, signed(body)).status_code for body in bodies]
    other = slack_call("commands", BODY, signed(BODY, OTHER_SECRET))

    assert statuses == [200, 200, 200, 429]
    assert other.status_code == 200


def test_many_apps_of_one_team_share_a_limit_and_leave_the_others_theirs(
    room: Room, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "OF_TEAM", type(limits.OF_TEAM)("hook-team", Rate(3, 60)))
    slack_app(cast.other_team, secret=OTHER_SECRET)
    secrets = [f"{number:032x}" for number in range(4)]
    for secret in secrets:
        slack_app(cast.team, secret, secret=secret)

    statuses = [slack_call("commands", BODY, signed(BODY, secret)).status_code for secret in secrets]

    assert statuses == [200, 200, 200, 429]
    assert slack_call("commands", BODY, signed(BODY, OTHER_SECRET)).status_code == 200


def test_a_proven_call_that_cannot_be_read_is_no_500(room: Room) -> None:
    for door, body in (("actions", b"payload=no"), ("commands", b"\xff\xfe"), ("actions", b"payload=%5B%5D")):
        assert slack_call(door, body, signed(body)).status_code == 400


def test_slacks_probe_is_answered(room: Room) -> None:
    body = b"ssl_check=1&token=x"

    assert slack_call("commands", body, signed(body)).status_code == 200


def test_nothing_of_a_call_stands_in_the_log(room: Room, cast: Cast, caplog: pytest.LogCaptureFixture) -> None:
    hipchat = hipchat_room(cast.team)
    with caplog.at_level(logging.DEBUG, logger="deliveries"):
        slack_call("commands", BODY, forgeries()["another secret"])
        body = slash_body("ack 1 canary-word", "U1")
        slack_call("commands", body, signed(body))
        Client().post(reverse("hook", args=["hipchat", secret_of(hipchat)]), b"canary-word", "text/plain")

    assert "a call of slack was refused: " in caplog.text
    for secret in (SECRET, OTHER_SECRET, "canary-word", secret_of(hipchat), "v0="):
        assert secret not in caplog.text


@pytest.mark.parametrize("broken", ["no key opens it", "another row's"])
def test_one_unreadable_integration_silences_no_other_of_its_app(broken: str, room: Room, cast: Cast) -> None:
    slack_app(cast.team, "second", channel="#second")
    other = slack_app(cast.team, "third", secret=OTHER_SECRET)
    sealed = "rubbish" if broken == "no key opens it" else other.sealed
    Integration.objects.filter(pk=room.slack.pk).update(sealed=sealed)

    assert "acknowledged" in slash("ack 1")["text"]


def test_a_disabled_app_hears_nothing(room: Room) -> None:
    Integration.objects.filter(pk=room.slack.pk).update(enabled=False)

    assert slack_call("commands", BODY, signed(BODY)).status_code == 401


def test_many_apps_cost_few_queries(room: Room, cast: Cast, django_assert_max_num_queries: Any) -> None:
    for number in range(20):
        slack_app(cast.team, f"app {number}", secret=f"{number:032x}")

    with django_assert_max_num_queries(12):
        slack_call("commands", BODY, signed(BODY, "f" * 32))


def test_forged_calls_open_no_secret_twice(room: Room, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(20):
        slack_app(cast.team, f"app {number}", secret=f"{number:032x}")
    slack_call("commands", BODY, signed(BODY, "f" * 32))
    unsealing = Mock(wraps=vault.unseal)
    monkeypatch.setattr(vault, "unseal", unsealing)

    assert slack_call("commands", BODY, signed(BODY, "f" * 32)).status_code == 401
    assert not unsealing.called


def test_a_secret_that_was_changed_is_good_no_more_at_once(room: Room, cast: Cast) -> None:
    assert slack_call("commands", BODY, signed(BODY)).status_code == 200

    services.update(Actor.system(cast.team), room.slack, config={"signing_secret": OTHER_SECRET}, now=timezone.now())

    other = slash_body("list")
    assert slack_call("commands", other, signed(other)).status_code == 401
    assert slack_call("commands", other, signed(other, OTHER_SECRET)).status_code == 200
