"""Test: posts a marked message, tells the remote's own status and words, and is no tool for looking around inside."""

import json
import time
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import Settings

from channels_app import registry
from channels_app.contract import DoorError, HttpCall, Payload, Reason, Rejected, Reply, Sending
from channels_app.doors import house
from channels_app.doors.guard import REFUSED_WORDS, Policy
from integrations import masking, services, testing, trials, vault
from integrations.models import Health, Integration
from integrations.testing import UNREACHABLE
from teams.access import Actor
from teams.errors import TooOften
from teams.models import AuditEntry, Team
from tests.conftest import Cast
from tests.factories import TeamFactory
from tests.integrations.factories import make_integration
from tests.patience import PATIENT
from tests.servers.http import Answer, Receiver

TOKEN = "V2mixedCaseTokenOfFortyLettersAndDigits40"
V1_TOKEN = "0123456789abcdef0123456789abcd"
SLACK_TOKEN = "XXXXsecretslacktokenXXXX"


def slack(server: str) -> dict[str, Any]:
    return {"url": f"{server}/services/T0/B0/{SLACK_TOKEN}", "channel": "#ops"}


def room(server: str, token: str = TOKEN) -> dict[str, Any]:
    return {"server": server, "room": "Ops & Co", "token": token}


def draft(actor: Actor, kind: str, config: dict[str, Any], now: datetime, **more: Any) -> testing.TestResult:
    return services.test_draft(actor, kind=kind, name="ops", config=config, now=now, **more)


def test_a_saved_integration_gets_a_marked_message_and_remembers_the_answer(
    member: Actor, receiver: Receiver, now: datetime
) -> None:
    made = make_integration(member.team, config=slack(receiver.url))

    result = services.test_saved(member, made, now)

    assert (result.ok, result.status, result.detail) == (True, 200, "ok")
    (request,) = receiver.received
    assert request.path.endswith(SLACK_TOKEN)
    assert "Test message for “ops”" in json.dumps(json.loads(request.body), ensure_ascii=False)
    health = Health.objects.get(pk=made.pk)
    assert (health.last_test_at, health.last_test_ok, health.last_test_words) == (now, True, "ok")
    assert AuditEntry.objects.filter(action="integration.tested").count() == 1


@pytest.mark.parametrize("status", [200, 204])
def test_200_and_204_of_a_room_are_success(member: Actor, receiver: Receiver, now: datetime, status: int) -> None:
    receiver.default = Answer(status, b"")

    result = draft(member, "hipchat", room(receiver.url), now)

    assert (result.ok, result.status) == (True, status)
    assert result.detail
    assert not Integration.objects.exists()
    assert receiver.received[0].headers["authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize(
    ("kind", "answer", "words"),
    [
        ("slack", Answer(404, b"no_service"), "no_service"),
        ("slack", Answer(200, b"<html>Please log in</html>"), "Please log in"),
        ("slack", Answer(429, b"rate_limited", {"Retry-After": "30"}), "rate_limited"),
        (
            "hipchat",
            Answer(401, b'{"error": {"code": 401, "message": "Invalid OAuth session"}}'),
            "Invalid OAuth session",
        ),
        ("hipchat", Answer(500, b"oops"), "oops"),
    ],
)
def test_a_failure_tells_the_remotes_status_and_words(
    member: Actor, receiver: Receiver, now: datetime, kind: str, answer: Answer, words: str
) -> None:
    receiver.default = answer
    config = {"slack": slack, "hipchat": room}[kind](receiver.url)
    made = make_integration(member.team, kind, config=config)

    result = services.test_saved(member, made, now)

    assert (result.ok, result.status) == (False, answer.status)
    assert words in result.detail
    assert len(result.detail) <= 200
    health = Health.objects.get(pk=made.pk)
    assert (health.last_test_ok, health.last_test_words) == (False, result.detail)


@pytest.mark.parametrize("manner", ["reset", "close", "garbage", "truncate"])
def test_a_broken_answer_is_a_failure_in_our_words(
    member: Actor, receiver: Receiver, now: datetime, manner: Any
) -> None:
    receiver.default = Answer(manner=manner)

    result = draft(member, "slack", slack(receiver.url), now)

    assert (result.ok, result.status) == (False, None)
    assert result.detail
    assert SLACK_TOKEN not in result.detail


@pytest.mark.parametrize("status", [200, 400, 500])
def test_an_echoing_remote_brings_no_secret_back(
    member: Actor, receiver: Receiver, now: datetime, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    receiver.default = Answer(status, manner="echo")
    rows = [
        make_integration(member.team, "slack", config=slack(receiver.url)),
        make_integration(member.team, "hipchat", config=room(receiver.url)),
    ]

    details = [services.test_saved(member, row, now).detail for row in rows]

    stored = str(list(Health.objects.values())) + str(list(AuditEntry.objects.values())) + caplog.text
    for secret in (SLACK_TOKEN, TOKEN):
        assert secret not in " ".join(details) + stored


@pytest.mark.parametrize(
    ("fixed", "detail"), [(True, "you are [secret]"), (False, "The destination answered with status 403.")]
)
def test_words_are_scrubbed_whatever_the_kind_did_and_hidden_where_they_may_be_anything(
    member: Actor, receiver: Receiver, now: datetime, fixed: bool, detail: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_integration(member.team, config=slack(receiver.url))
    receiver.default = Answer(403)

    def careless(payload: Payload, settings: Any, recipient: str) -> Sending:
        yield HttpCall("POST", settings.url)
        return Rejected(Reason.NOT_ALLOWED, f"you are {SLACK_TOKEN}")

    real = registry.kind("slack")
    kind = replace(real, send=careless, spec=replace(real.spec, fixed_answer=fixed))
    monkeypatch.setattr(registry, "kind", lambda name: kind)

    assert services.test_saved(member, made, now).detail == detail


def test_a_kept_secret_stands_in_for_its_mask_in_a_draft(member: Actor, receiver: Receiver, now: datetime) -> None:
    made = make_integration(member.team, "hipchat", config=room(receiver.url))
    config = {"room": "9", "token": masking.mask(TOKEN)}

    result = draft(member, "hipchat", config, now, integration=made)

    assert result.ok
    assert receiver.received[0].headers["authorization"] == f"Bearer {TOKEN}"
    assert "/room/9/" in receiver.received[0].path
    assert vault.unseal(made)["room"] == "Ops & Co"


def test_another_host_gets_no_request_while_a_secret_is_only_kept(
    member: Actor, receiver: Receiver, now: datetime
) -> None:
    made = make_integration(member.team, "hipchat", config={**room("https://chat.example.org")})

    for config in (
        {"server": receiver.url},
        {"server": receiver.url, "token": masking.mask(TOKEN)},
        {"url": f"{receiver.url}/v2/room/7/notification"},
    ):
        with pytest.raises(ValidationError) as caught:
            draft(member, "hipchat", config, now, integration=made)
        assert list(caught.value.message_dict) == ["config.token"]
        with pytest.raises(ValidationError):
            services.update(member, made, config=config, now=now)

    made.refresh_from_db()
    assert vault.unseal(made)["server"] == "https://chat.example.org"
    assert receiver.connections == 0


def test_a_draft_of_another_type_than_the_integration_is_refused(
    member: Actor, receiver: Receiver, now: datetime
) -> None:
    made = make_integration(member.team, "hipchat")

    with pytest.raises(ValidationError, match="cannot change"):
        draft(member, "slack", slack(receiver.url), now, integration=made)
    assert receiver.connections == 0


def test_six_tests_a_minute_and_no_more(member: Actor, receiver: Receiver, now: datetime) -> None:
    first, second = (make_integration(member.team, name=name, config=slack(receiver.url)) for name in "ab")

    for _ in range(6):
        services.test_saved(member, first, now)
    with pytest.raises(TooOften, match="6 tests a minute") as caught:
        services.test_saved(member, first, now)

    assert len(receiver.received) == 6
    assert 0 < caught.value.wait <= 60
    assert services.test_saved(member, second, now).ok
    assert services.test_saved(member, first, now + timedelta(seconds=60)).ok


def test_many_integrations_bring_a_team_no_more_than_sixty_tests_a_minute(
    member: Actor, outsider: Actor, receiver: Receiver, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trials, "TEAM_TESTS_A_MINUTE", 3)
    mine = [make_integration(member.team, name=name, config=slack(receiver.url)) for name in "abcd"]
    theirs = make_integration(outsider.team, config=slack(receiver.url))

    for integration in mine[:3]:
        services.test_saved(member, integration, now)
    with pytest.raises(TooOften, match="3 tests a minute"):
        services.test_saved(member, mine[3], now)

    assert len(receiver.received) == 3
    assert services.test_saved(outsider, theirs, now).ok


def test_drafts_of_a_team_share_one_limit_and_refused_ones_do_not_count(
    member: Actor, outsider: Actor, receiver: Receiver, now: datetime
) -> None:
    for _ in range(10):
        with pytest.raises(ValidationError):
            draft(member, "slack", {"url": "nonsense"}, now)
    for number in range(6):
        draft(member, "slack", {"url": f"{receiver.url}/services/{number}"}, now)
    with pytest.raises(TooOften):
        draft(member, "slack", slack(receiver.url), now)

    assert draft(outsider, "slack", slack(receiver.url), now).ok


def test_refused_addresses_all_look_alike_whatever_listens_there(
    member: Actor, now: datetime, settings: Settings, receiver: Receiver
) -> None:
    settings.BELLHOP_ALLOWED_NETWORKS = []
    refused = set()
    for host in ("10.255.255.1", f"127.0.0.1:{receiver.port}", "127.0.0.1:9", "[::1]", "0x7f.1", "localhost"):
        with pytest.raises(ValidationError) as caught:
            draft(member, "slack", {"url": f"https://{host}/services/a"}, now)
        refused.add(str(caught.value.message_dict))

    assert refused == {str({"config.url": [f"{REFUSED_WORDS.capitalize()}."]})}
    assert receiver.connections == 0


@pytest.mark.parametrize("error", ["address_refused", "dns", "bad_address"])
def test_a_name_that_leads_inside_is_told_like_a_name_that_does_not_exist(
    member: Actor, now: datetime, error: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def carry(call: object, doors: object = None) -> Reply:
        return Reply(None, error=DoorError(error), error_words=f"what the door knows of {error}")

    monkeypatch.setattr(house, "carry", carry)

    result = draft(member, "slack", slack("https://chat.example.org"), now)

    assert (result.ok, result.status, result.detail) == (False, None, UNREACHABLE)


def test_refusal_takes_the_same_short_time_whether_a_port_is_open_or_not(
    member: Actor, receiver: Receiver, now: datetime, settings: Settings
) -> None:
    rows = [
        make_integration(member.team, config=slack(address))
        for address in (receiver.url, "http://127.0.0.1:9", "http://127.255.255.254")
    ]
    settings.BELLHOP_ALLOWED_NETWORKS = []
    quickest, results, began = dict.fromkeys(rows, PATIENT), [], time.monotonic()
    while max(quickest.values()) >= 0.5 and time.monotonic() - began < PATIENT:  # some turn meets no stall
        for row in rows:
            started = time.perf_counter()
            results.append(services.test_saved(member, row, now))
            quickest[row] = min(quickest[row], time.perf_counter() - started)

    assert {(result.ok, result.status, result.detail) for result in results} == {(False, None, UNREACHABLE)}
    assert max(quickest.values()) < 0.5
    assert receiver.connections == 0


def test_unreadable_settings_fail_in_words(member: Actor, now: datetime) -> None:
    made = make_integration(member.team)
    Integration.objects.filter(pk=made.pk).update(sealed="nonsense")
    made.refresh_from_db()

    result = services.test_saved(member, made, now)

    assert (result.ok, result.status) == (False, None)
    assert "cannot be decrypted" in result.detail


def test_a_hanging_remote_holds_a_test_no_longer_than_the_operator_allows(
    member: Actor, receiver: Receiver, now: datetime, settings: Settings
) -> None:
    settings.BELLHOP_CALL_SECONDS = 0.3
    receiver.default = Answer(manner="hang")

    def seconds() -> float:
        started = time.monotonic()
        result = draft(member, "slack", slack(receiver.url), now)
        assert (result.ok, result.status) == (False, None)
        return time.monotonic() - started

    longest = Policy().total_seconds  # which nobody asked for here
    assert any(seconds() < longest for _ in range(3))  # some turn meets no stall


@pytest.mark.django_db(transaction=True)
def test_no_test_runs_inside_a_transaction(receiver: Receiver, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    team: Team = TeamFactory.create()
    seen, attempt = [], testing.attempt

    def watched(*given: Any) -> testing.TestResult:
        seen.append(connection.in_atomic_block)
        return attempt(*given)

    monkeypatch.setattr(testing, "attempt", watched)
    actor = Actor.system(team)
    made = make_integration(team, config=slack(receiver.url))

    services.test_saved(actor, made, now)
    draft(actor, "slack", slack(receiver.url), now)

    assert seen == [False, False]


@pytest.mark.django_db(transaction=True)
def test_a_v1_token_is_saved_if_the_server_takes_it(receiver: Receiver, now: datetime) -> None:
    actor = Actor.system(TeamFactory.create())
    receiver.default = Answer(204)

    made = services.create(actor, kind="hipchat", name="old", config=room(receiver.url, V1_TOKEN), now=now)

    assert len(receiver.received) == 1
    assert vault.unseal(made)["token"] == V1_TOKEN
    services.update(actor, made, config={"room": "9"}, now=now)
    assert len(receiver.received) == 1


@pytest.mark.django_db(transaction=True)
def test_a_v1_token_is_refused_with_the_reason_if_the_server_refuses_it(receiver: Receiver, now: datetime) -> None:
    actor = Actor.system(TeamFactory.create())
    receiver.default = Answer(401, b'{"error": {"message": "Invalid OAuth session"}}')

    with pytest.raises(ValidationError) as caught:
        services.create(actor, kind="hipchat", name="old", config=room(receiver.url, V1_TOKEN), now=now)

    (text,) = caught.value.message_dict["config.token"]
    assert "API v1" in text
    assert not Integration.objects.exists()


def test_within_a_transaction_a_v1_token_needs_a_test_of_exactly_this_before(
    member: Actor, receiver: Receiver, now: datetime
) -> None:
    receiver.default = Answer(204)
    config = room(receiver.url, V1_TOKEN)
    with pytest.raises(ValidationError):
        services.create(member, kind="hipchat", name="old", config=config, now=now)
    assert receiver.received == []

    assert draft(member, "hipchat", config, now).ok

    other = {**config, "room": "another room"}
    with pytest.raises(ValidationError):
        services.create(member, kind="hipchat", name="old", config=other, now=now)
    late = now + timedelta(seconds=2 * trials.PROOF_SECONDS)
    with pytest.raises(ValidationError):
        services.create(member, kind="hipchat", name="old", config=config, now=late)
    assert services.create(member, kind="hipchat", name="old", config=config, now=now + timedelta(minutes=5)).pk


def test_a_v1_token_with_another_mistake_is_not_even_tried(member: Actor, receiver: Receiver, now: datetime) -> None:
    with pytest.raises(ValidationError) as caught:
        draft(member, "hipchat", {**room(receiver.url, V1_TOKEN), "room": ""}, now)

    assert "config.room" in caught.value.message_dict
    assert receiver.connections == 0


def test_the_operator_can_send_a_test_from_the_command_line(
    cast: Cast, receiver: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    made = make_integration(cast.team, config=slack(receiver.url))

    call_command("sendtest", str(made.pk))
    assert "ops (slack): status 200: ok" in capsys.readouterr().out

    receiver.default = Answer(404, b"no_service")
    with pytest.raises(CommandError, match="status 404: no_service"):
        call_command("sendtest", str(made.pk))
    with pytest.raises(CommandError, match="There is no integration 999999"):
        call_command("sendtest", "999999")
