"""Register: the room gets Bellhop's webhook once, whatever stands there already, and says so in words that are safe."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from pytest_django import Settings

from integrations import enlisting, hooks, services, trials
from integrations.models import Integration
from integrations.testing import UNREACHABLE
from teams.access import Actor
from teams.errors import Conflict, TooOften
from teams.models import AuditEntry
from tests.integrations.factories import make_integration
from tests.patience import PATIENT
from tests.servers.hipchat import NAME, OAUTH_SECRET, TOKEN, HipChat, refusal
from tests.servers.http import Answer


@pytest.fixture
def hipchat(settings: Settings) -> Iterator[HipChat]:
    settings.BELLHOP_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    settings.BELLHOP_CALL_SECONDS = PATIENT
    with HipChat() as running:
        yield running


def room(member: Actor, hipchat: HipChat, **more: str) -> Integration:
    config = {"server": hipchat.url, "room": NAME, "token": TOKEN, **more}
    return make_integration(member.team, "hipchat", "Operations", config=config)


def webhook(made: Integration, **more: Any) -> dict[str, Any]:
    """What should stand there."""
    wanted = {"url": hooks.address_of(made), "event": "room_message", "pattern": r"^/bellhop\b", "name": "Bellhop"}
    return {**wanted, "authentication": "none", **more}


def test_a_room_that_knows_nothing_of_bellhop_gets_its_webhook(member: Actor, hipchat: HipChat, now: datetime) -> None:
    made = room(member, hipchat)

    result = enlisting.enlist(member, made, now)

    assert (result.ok, result.status, result.advice) == (True, 201, "")
    assert "say “/bellhop help” in the room" in result.detail
    assert list(hipchat.room.webhooks.values()) == [webhook(made)]
    entry = AuditEntry.objects.get(action="integration.registered")
    assert (entry.target_id, entry.changes, entry.actor_text) == (str(made.pk), {"ok": [None, True]}, member.text)


@pytest.mark.parametrize("tells", [True, False])
def test_registering_twice_leaves_one(member: Actor, hipchat: HipChat, now: datetime, tells: bool) -> None:
    hipchat.tells_authentication = tells
    made = room(member, hipchat)
    enlisting.enlist(member, made, now)

    result = enlisting.enlist(member, made, now)

    assert (result.ok, result.detail) == (True, "HipChat had the webhook already.")
    assert hipchat.calls == ["GET", "POST", "GET"]


@pytest.mark.parametrize("tells", [True, False])
def test_with_a_jwt_secret_the_webhook_is_signed_and_an_unsigned_one_is_gone(
    member: Actor, hipchat: HipChat, now: datetime, tells: bool
) -> None:
    hipchat.tells_authentication = tells
    made = room(member, hipchat)
    enlisting.enlist(member, made, now)
    made = services.update(member, made, config={"oauth_secret": OAUTH_SECRET}, now=now)

    result = enlisting.enlist(member, made, now)

    assert result.ok
    assert list(hipchat.room.webhooks.values()) == [webhook(made, authentication="jwt")]
    assert hipchat.calls[-3:] == ["GET", "POST", "DELETE"]


def test_after_a_change_of_address_the_old_one_goes_last_and_those_of_others_stay(
    member: Actor, hipchat: HipChat, now: datetime
) -> None:
    made, other = room(member, hipchat), room(member, hipchat)
    foreign = {"url": "https://elsewhere.example/hooks/hipchat/x/", "event": "room_message", "pattern": "^/x"}
    hipchat.add(**webhook(made))
    hipchat.add(**webhook(other))
    hipchat.add(**foreign)
    changed = hooks.change_address(member, made)

    assert enlisting.enlist(member, changed, now).ok

    assert hipchat.calls == ["GET", "POST", "DELETE"]
    assert list(hipchat.room.webhooks.values()) == [webhook(other), foreign, webhook(changed)]


def test_a_room_of_many_webhooks_is_read_to_its_end(member: Actor, hipchat: HipChat, now: datetime) -> None:
    made = room(member, hipchat)
    for number in range(150):
        hipchat.add(url=f"https://elsewhere.example/{number}", event="room_enter")
    hipchat.add(**webhook(made))

    assert enlisting.enlist(member, made, now).detail == "HipChat had the webhook already."
    assert hipchat.calls == ["GET", "GET"]


def test_a_token_that_may_not_is_told_how_to_do_it_by_hand(member: Actor, hipchat: HipChat, now: datetime) -> None:
    hipchat.scopes = frozenset(("send_notification",))
    made = room(member, hipchat)

    result = enlisting.enlist(member, made, now)

    assert (result.ok, result.status) == (False, 403)
    assert result.detail == "This token lacks the scope admin_room"
    assert "by hand" in result.advice
    assert hipchat.room.webhooks == {}
    assert AuditEntry.objects.get(action="integration.registered").changes == {"ok": [None, False]}


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (refusal(500, "later"), 500),
        (Answer(200, b"<html>Log in</html>"), 200),
        (Answer(200, b"[]"), 200),
        (Answer(200, b'{"items": {}}'), 200),
        (Answer(204, b""), 204),
        (Answer(302, b"", {"Location": "https://elsewhere.example/"}), 302),
        (Answer(429, b"", {"X-Ratelimit-Reset": "1"}), 429),
    ],
)
def test_an_answer_that_is_no_list_makes_nothing(
    member: Actor, hipchat: HipChat, now: datetime, answer: Answer, status: int
) -> None:
    made = room(member, hipchat)
    hipchat.decide = lambda request: answer

    result = enlisting.enlist(member, made, now)

    assert (result.ok, result.status) == (False, status)
    assert hipchat.calls == ["GET"]


def test_items_of_any_shape_are_passed_over(member: Actor, hipchat: HipChat, now: datetime) -> None:
    made = room(member, hipchat)
    items = b'{"items": [7, null, [], {"url": 7}, {"url": null}, {"id": {}}]}'
    hipchat.decide = lambda request: Answer(200, items) if request.method == "GET" else Answer(201, b"{}")

    assert enlisting.enlist(member, made, now).ok
    assert hipchat.calls == ["GET", "POST"]


def test_an_old_webhook_that_cannot_be_removed_is_told(member: Actor, hipchat: HipChat, now: datetime) -> None:
    made = room(member, hipchat)
    hipchat.add(**webhook(made))
    changed, real = hooks.change_address(member, made), hipchat.decide
    assert real is not None
    hipchat.decide = lambda request: refusal(403, "no") if request.method == "DELETE" else real(request)

    result = enlisting.enlist(member, changed, now)

    assert result.ok
    assert "could not be removed" in result.detail


def test_a_remote_that_says_the_address_and_the_secrets_back_is_not_quoted(
    member: Actor, hipchat: HipChat, now: datetime
) -> None:
    made = room(member, hipchat, oauth_secret=OAUTH_SECRET)
    real, address = hipchat.decide, hooks.address_of(made)
    assert real is not None
    echo = refusal(400, f"not {address} {TOKEN} {OAUTH_SECRET}")
    hipchat.decide = lambda request: echo if request.method == "POST" else real(request)

    result = enlisting.enlist(member, made, now)

    assert not result.ok
    assert "[secret]" in result.detail
    for secret in (address, hooks.secret_of(made), TOKEN, OAUTH_SECRET):
        assert secret not in result.detail


def test_it_is_no_tool_for_looking_around_inside(member: Actor, settings: Settings, now: datetime) -> None:
    settings.BELLHOP_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    config = {"server": "http://127.0.0.1:9", "room": NAME, "token": TOKEN}
    made = make_integration(member.team, "hipchat", config=config)
    settings.BELLHOP_ALLOWED_NETWORKS = []

    result = enlisting.enlist(member, made, now)

    assert (result.ok, result.status, result.detail) == (False, None, UNREACHABLE)


def test_it_is_throttled_together_with_test(member: Actor, hipchat: HipChat, now: datetime) -> None:
    made = room(member, hipchat)
    for _ in range(trials.TESTS_A_MINUTE - 1):
        enlisting.enlist(member, made, now)
    services.test_saved(member, made, now)
    before = len(hipchat.received)

    with pytest.raises(TooOften):
        enlisting.enlist(member, made, now)

    assert len(hipchat.received) == before
    assert enlisting.enlist(member, made, now + timedelta(minutes=1)).ok


def test_only_who_may_edit_the_teams_own_can_ask(
    member: Actor, viewer: Actor, outsider: Actor, hipchat: HipChat, now: datetime
) -> None:
    made = room(member, hipchat)
    for actor in (viewer, outsider, replace(member, team=outsider.team)):
        with pytest.raises(PermissionDenied):
            enlisting.enlist(actor, made, now)
    services.archive(member, made, now)
    made.refresh_from_db()
    with pytest.raises(Conflict):
        enlisting.enlist(member, made, now)

    assert hipchat.received == []


def test_a_kind_whose_remote_cannot_be_asked_says_so(member: Actor, now: datetime) -> None:
    with pytest.raises(Conflict, match="PagerDuty cannot be asked"):
        enlisting.enlist(member, make_integration(member.team, "pagerduty"), now)


def test_settings_that_cannot_be_opened_ask_nobody(member: Actor, hipchat: HipChat, now: datetime) -> None:
    made = room(member, hipchat)
    Integration.objects.filter(pk=made.pk).update(sealed="x")
    made.refresh_from_db()

    result = enlisting.enlist(member, made, now)

    assert not result.ok
    assert "cannot be decrypted" in result.detail
    assert hipchat.received == []
