"""The API's word on integrations and kinds: names, masks, errors at their fields, one team at a time."""

import json
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from channels_app import registry
from channels_app.advice import ADVICE
from channels_app.contract import Payload, Reason
from integrations import services, vault
from integrations.masking import DOTS, ENTER_AGAIN
from integrations.models import Integration
from teams.models import Role, Team
from teams.services import create_api_key
from tests.channels_app.kinds import SAMPLES
from tests.conftest import Cast
from tests.integrations.factories import SLACK_URL, make_integration
from tests.servers.http import Answer, Receiver

URL = "/api/v1/integrations/"
SECRET = "XXXXsecretslacktokenXXXX"
CANARY = "canary-of-the-rivals"

Call = Callable[..., Any]


def caller(team: Team, role: Role, raise_errors: bool = True) -> Call:
    _, plain = create_api_key(None, team, f"{role} key", role, None, timezone.now())
    client = Client(headers={"Authorization": f"Bearer {plain}"}, raise_request_exception=raise_errors)

    def call(method: str, path: str, body: object = None) -> Any:
        data = "" if body is None else json.dumps(body)
        return client.generic(method, path, data, content_type="application/json")

    return call


@pytest.fixture
def call(cast: Cast) -> Call:
    return caller(cast.team, Role.MEMBER)


@pytest.fixture
def rival(cast: Cast) -> Call:
    return caller(cast.other_team, Role.ADMIN)


def errors(response: Any) -> dict[str, list[str]]:
    assert response.status_code == 400, response.content
    assert response["Content-Type"] == "application/problem+json"
    found: dict[str, list[str]] = response.json()["errors"]
    return found


def test_an_integration_is_made_and_comes_back_with_its_secret_masked(call: Call) -> None:
    body = {"kind": "slack", "name": "ops", "config": {"url": SLACK_URL, "channel": "#ops"}}

    made = call("POST", URL, body)

    assert made.status_code == 201
    answer = made.json()
    assert {name: answer[name] for name in ("kind", "name", "enabled", "target", "problem")} == {
        "kind": "slack",
        "name": "ops",
        "enabled": True,
        "target": "#ops",
        "problem": "",
    }
    assert answer["config"] == {"url": f"https://hooks.slack.com/{DOTS}XXXX", "channel": "#ops", "legacy": False}
    read = call("GET", f"{URL}{answer['id']}/")
    assert read.json() == answer
    assert SECRET not in made.content.decode() + read.content.decode()


@pytest.mark.parametrize("kind", [kind.spec.kind for kind in registry.kinds()])
def test_the_answer_of_a_get_can_be_patched_back_and_the_next_send_still_works(
    call: Call, cast: Cast, kind: str, receiver: Receiver, mailoutbox: list[object]
) -> None:
    sample = SAMPLES[kind]
    receiver.default = sample.good or Answer()
    with sample.remote() if sample.remote else nullcontext(receiver) as server:
        made = make_integration(cast.team, kind, config=sample.config(server.url))
        before = vault.unseal(made)

        whole = call("GET", f"{URL}{made.pk}/").json()
        patched = call("PATCH", f"{URL}{made.pk}/", whole)

        assert patched.status_code == 200
        made.refresh_from_db()
        assert vault.unseal(made) == before
        assert call("POST", f"{URL}{made.pk}/test/").json()["ok"] is True
    assert len(server.received) + len(mailoutbox) == sample.calls.get("test", 1)


def test_a_patch_merges_and_answers_with_the_whole(call: Call, cast: Cast) -> None:
    made = make_integration(cast.team)

    answer = call("PATCH", f"{URL}{made.pk}/", {"enabled": False, "config": {"channel": "#night"}}).json()

    assert (answer["enabled"], answer["target"], answer["name"]) == (False, "#night", "ops")
    assert answer["config"]["url"] == f"https://hooks.slack.com/{DOTS}XXXX"
    made.refresh_from_db()
    assert vault.unseal(made)["url"] == SLACK_URL


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["config", "kind", "name"]),
        ({"kind": "slack", "name": "ops", "config": []}, ["config"]),
        ({"kind": "slack", "name": "ops", "config": None}, ["config"]),
        ({"kind": "slack", "name": "ops", "config": {}}, ["config.url"]),
        ({"kind": "pager", "name": "ops", "config": {}}, ["kind"]),
        ({"kind": ["slack"], "name": "ops", "config": {}}, ["kind"]),
        ({"kind": "slack", "name": "a\nb", "config": {"url": SLACK_URL}}, ["name"]),
        ({"kind": "slack", "name": "x" * 101, "config": {"url": SLACK_URL}}, ["name"]),
        ({"kind": "slack", "name": "ops", "enabled": "yes", "config": {"url": SLACK_URL}}, ["enabled"]),
        ({"kind": "slack", "name": "ops", "team": 2, "config": {"url": SLACK_URL}}, ["team"]),
        ({"kind": "slack", "name": "ops", "config": {"url": SLACK_URL, "token": "x"}}, ["config.token"]),
        ({"kind": "slack", "name": "ops", "config": {"url": {"a": 1}}}, ["config.url"]),
        ({"kind": "slack", "name": "ops", "config": {"url": f"https://hooks.slack.com/{DOTS}XXXX"}}, ["config.url"]),
        ({"kind": "slack", "name": "ops", "config": {"url": "https://10.0.0.1/services/a"}}, ["config.url"]),
        ({"kind": "hipchat", "name": "ops", "config": {"url": SLACK_URL}}, ["config.url"]),
        (
            {"kind": "hipchat", "name": "ops", "config": {"server": "https://a.example"}},
            ["config.room", "config.token"],
        ),
        ({"kind": "email", "name": "ops", "config": {"to": ["not an address"]}}, ["config.to"]),
    ],
)
def test_bad_input_names_its_field_and_stores_nothing(call: Call, body: dict[str, Any], fields: list[str]) -> None:
    assert sorted(errors(call("POST", URL, body))) == fields
    assert not Integration.objects.exists()


def test_the_kind_cannot_change(call: Call, cast: Cast) -> None:
    made = make_integration(cast.team)

    assert list(errors(call("PATCH", f"{URL}{made.pk}/", {"kind": "hipchat"}))) == ["kind"]
    assert call("PATCH", f"{URL}{made.pk}/", {"kind": "slack", "name": "night"}).json()["name"] == "night"


def test_a_token_does_not_follow_to_another_server(call: Call, cast: Cast, receiver: Receiver) -> None:
    made = make_integration(cast.team, "hipchat")
    moved = {"config": {"server": receiver.url}}

    assert errors(call("PATCH", f"{URL}{made.pk}/", moved)) == {"config.token": [ENTER_AGAIN]}
    draft = {"kind": "hipchat", "integration": made.pk, **moved}
    assert errors(call("POST", f"{URL}test/", draft)) == {"config.token": [ENTER_AGAIN]}
    assert receiver.connections == 0


def test_null_clears_and_hipchat_switches_its_form(call: Call, cast: Cast) -> None:
    slack, room = make_integration(cast.team), make_integration(cast.team, "hipchat")

    assert call("PATCH", f"{URL}{slack.pk}/", {"config": {"channel": None}}).json()["config"].get("channel") is None
    url = "https://other.example.org/v2/room/8/notification?auth_token=AnotherLongTokenWithMixedCase"
    config = {"url": url, "server": None, "room": None, "token": None}
    answer = call("PATCH", f"{URL}{room.pk}/", {"config": config}).json()

    assert (answer["target"], answer["config"]["server"]) == ("room 8", "https://other.example.org")
    assert answer["config"]["token"] == f"{DOTS}Case"


def test_a_test_answers_200_whether_it_went_well_or_not(call: Call, cast: Cast, receiver: Receiver) -> None:
    made = make_integration(cast.team, config={"url": f"{receiver.url}/services/T0/B0/{SECRET}"})

    well = call("POST", f"{URL}{made.pk}/test/")
    receiver.default = Answer(404, b"no_service")
    badly = call("POST", f"{URL}{made.pk}/test/")

    assert (well.status_code, well.json()) == (200, {"ok": True, "status": 200, "detail": "ok", "advice": ""})
    advice = ADVICE[Reason.DESTINATION_GONE]
    assert badly.status_code == 200
    assert badly.json() == {"ok": False, "status": 404, "detail": "no_service", "advice": advice}
    health = call("GET", f"{URL}{made.pk}/").json()["health"]
    assert (health["last_test_ok"], health["last_test_words"]) == (False, "no_service")


def test_a_draft_is_tested_and_not_stored(call: Call, receiver: Receiver) -> None:
    config = {"url": f"{receiver.url}/services/T0/B0/{SECRET}"}

    answer = call("POST", f"{URL}test/", {"kind": "slack", "name": "new room", "config": config})

    assert answer.json() == {"ok": True, "status": 200, "detail": "ok", "advice": ""}
    assert "new room" in receiver.received[0].body.decode()
    assert not Integration.objects.exists()


def test_the_seventh_test_of_a_minute_is_told_when_to_come_back(call: Call, cast: Cast, receiver: Receiver) -> None:
    made = make_integration(cast.team, config={"url": f"{receiver.url}/services/T0/B0/{SECRET}"})

    # Thirteen cannot all fall into two windows of six.
    answers = [call("POST", f"{URL}{made.pk}/test/") for _ in range(13)]

    (refused, *_) = [answer for answer in answers if answer.status_code == 429]
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert "6 tests a minute" in refused.json()["detail"]
    assert len(receiver.received) <= 12


def test_viewers_read_and_do_nothing_else(cast: Cast, receiver: Receiver) -> None:
    made = make_integration(cast.team, config={"url": f"{receiver.url}/services/T0/B0/{SECRET}"})
    call = caller(cast.team, Role.VIEWER)

    assert call("GET", URL).status_code == 200
    assert call("GET", f"{URL}{made.pk}/").status_code == 200
    for method, path in (("POST", URL), ("PATCH", f"{URL}{made.pk}/"), ("DELETE", f"{URL}{made.pk}/")):
        assert call(method, path, {}).status_code == 403
    for path in (f"{URL}{made.pk}/test/", f"{URL}test/"):
        assert call("POST", path, {}).status_code == 403
    assert receiver.connections == 0


def test_another_teams_integration_is_not_there(call: Call, rival: Call, cast: Cast) -> None:
    theirs = make_integration(cast.other_team, name=CANARY, config={"url": f"https://chat.example.org/{CANARY}"})
    nobody = f"{URL}{theirs.pk + 1000}/"

    for method, path in (("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "test/")):
        foreign = call(method, f"{URL}{theirs.pk}/{path}", {} if method != "GET" else None)
        unknown = call(method, f"{nobody}{path}", {} if method != "GET" else None)
        assert (foreign.status_code, foreign.content) == (404, unknown.content)

    assert CANARY not in call("GET", URL).content.decode()
    assert CANARY not in call("GET", f"{URL}?name={CANARY}").content.decode()
    assert rival("GET", URL).json()["results"][0]["name"] == CANARY
    theirs.refresh_from_db()
    assert theirs.archived_at is None


def test_a_foreign_id_in_a_draft_reads_like_an_unknown_one(call: Call, cast: Cast) -> None:
    theirs = make_integration(cast.other_team)
    draft = {"kind": "slack", "config": {"url": f"https://hooks.slack.com/{DOTS}XXXX"}}

    foreign = errors(call("POST", f"{URL}test/", {**draft, "integration": theirs.pk}))
    unknown = errors(call("POST", f"{URL}test/", {**draft, "integration": theirs.pk + 1000}))

    assert list(foreign) == ["integration"]
    assert str(foreign).replace(str(theirs.pk), "N") == str(unknown).replace(str(theirs.pk + 1000), "N")


@pytest.mark.parametrize("pk", ["x", "1.5", "-1", "9" * 18, "9" * 40, "%00"])
def test_an_impossible_id_is_not_there(call: Call, pk: str) -> None:
    assert call("GET", f"{URL}{pk}/").status_code == 404


def test_a_removed_integration_and_the_built_in_one_are_not_there(call: Call, cast: Cast) -> None:
    made, builtin = make_integration(cast.team), services.builtin_email(cast.team)

    assert call("DELETE", f"{URL}{made.pk}/").status_code == 204

    for pk in (made.pk, builtin.pk):
        assert call("GET", f"{URL}{pk}/").status_code == 404
        assert call("DELETE", f"{URL}{pk}/").status_code == 404
    assert call("GET", URL).json()["results"] == []
    assert Integration.objects.count() == 2


def test_lists_are_paginated_and_filtered(call: Call, cast: Cast) -> None:
    for name in ("ops", "night", "opsy"):
        make_integration(cast.team, name=name)
    make_integration(cast.team, "hipchat", name="ops")

    def found(query: str) -> list[tuple[str, str]]:
        return sorted((row["kind"], row["name"]) for row in call("GET", f"{URL}?{query}").json()["results"])

    assert found("name=ops") == [("hipchat", "ops"), ("slack", "ops")]
    assert found("kind=hipchat") == [("hipchat", "ops")]
    assert found("name=ops&kind=slack") == [("slack", "ops")]
    assert found("name=nobody") == []
    assert list(errors(call("GET", f"{URL}?kind=pager"))) == ["kind"]
    assert list(errors(call("GET", f"{URL}?nmae=ops"))) == ["nmae"], "or all would look like the answer"
    first = call("GET", f"{URL}?page_size=3").json()
    assert len(first["results"]) == 3
    assert len(call("GET", first["next"]).json()["results"]) == 1


def test_a_page_costs_the_same_queries_however_long_it_is(call: Call, cast: Cast) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert call("GET", URL).status_code == 200
        return len(captured)

    make_integration(cast.team)
    call("GET", URL)
    few = queries()
    for number in range(20):
        make_integration(cast.team, name=f"room {number}")

    assert queries() == few


def test_unreadable_settings_spoil_neither_the_list_nor_the_others(call: Call, cast: Cast) -> None:
    broken, _ = make_integration(cast.team, name="broken"), make_integration(cast.team, name="fine")
    Integration.objects.filter(pk=broken.pk).update(sealed="nonsense")

    rows = {row["name"]: row for row in call("GET", URL).json()["results"]}

    assert rows["broken"]["config"] == {}
    assert "“broken” cannot be decrypted" in rows["broken"]["problem"]
    assert rows["fine"]["config"]["channel"] == "#ops"


def test_kinds_are_a_plain_list_with_their_fields(call: Call) -> None:
    answer = call("GET", "/api/v1/kinds/").json()

    assert [kind["kind"] for kind in answer] == [kind.spec.kind for kind in registry.kinds()]
    slack = answer[0]
    assert {"kind", "name", "fields", "abilities"} <= set(slack)
    assert {field["name"]: field["secret"] for field in slack["fields"]} == {
        "url": True,
        "bot_token": True,
        "signing_secret": True,
        "channel": False,
        "thread": False,
        "broadcast_clears": False,
        "server": False,
        "legacy": False,
        "mention_critical": False,
        "mention_major": False,
        "mention_minor": False,
        "mention_info": False,
    }
    assert slack["abilities"]["updates_in_place"] is True


@pytest.mark.parametrize("path", [URL, f"{URL}1/", f"{URL}1/test/", f"{URL}test/", "/api/v1/kinds/"])
def test_strangers_get_401(db: None, path: str) -> None:
    for method in ("GET", "POST", "PATCH", "DELETE"):
        assert Client().generic(method, path).status_code == 401


def test_a_change_is_stamped_with_the_time_it_was_made(call: Call, cast: Cast, now: datetime) -> None:
    made = make_integration(cast.team)

    answer = call("PATCH", f"{URL}{made.pk}/", {"name": "night"}).json()

    assert answer["created_at"] <= answer["updated_at"]
    assert answer["updated_at"].endswith("Z")


def test_a_crash_in_the_middle_of_a_test_puts_no_secret_into_logs_or_the_answer(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    made = make_integration(cast.team)
    call = caller(cast.team, Role.MEMBER, raise_errors=False)

    def broken(message: object, settings: object) -> Payload:
        raise RuntimeError(f"cannot render {message!r} for {settings!r}")

    kind = replace(registry.kind("slack"), render=broken)
    monkeypatch.setattr(registry, "kind", lambda name: kind)
    answer = call("POST", f"{URL}{made.pk}/test/")

    assert answer.status_code == 500
    assert "cannot render" in caplog.text
    assert SECRET not in caplog.text + answer.content.decode()
