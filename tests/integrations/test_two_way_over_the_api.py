"""Two-way over the API: whether people can act from there, the hook for keys that may edit, and its two deeds."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from integrations import hooks
from integrations.models import Integration
from integrations.two_way import SHARED
from teams.models import Role, Team
from teams.services import create_api_key
from tests.conftest import Cast
from tests.integrations.factories import HIPCHAT, make_integration
from tests.servers.hipchat import NAME, TOKEN, HipChat

URL = "/api/v1/integrations/"
APP = {
    "bot_token": "xoxb-1-2-abcdefghijklmnop",
    "signing_secret": "0123456789abcdef0123456789abcdef",
    "channel": "#ops",
}

Call = Callable[..., Any]


def caller(team: Team, role: Role) -> Call:
    _, plain = create_api_key(None, team, f"{role} key", role, None, timezone.now())
    client = Client(headers={"Authorization": f"Bearer {plain}"})

    def call(method: str, path: str, body: object = None) -> Any:
        data = "" if body is None else json.dumps(body)
        return client.generic(method, path, data, content_type="application/json")

    return call


@pytest.fixture
def call(cast: Cast) -> Call:
    return caller(cast.team, Role.MEMBER)


@pytest.fixture
def room(cast: Cast) -> Integration:
    return make_integration(cast.team, "hipchat", config={**HIPCHAT, "actions": "allow"})


@pytest.mark.parametrize(
    ("kind", "config", "two_way", "own"),
    [
        ("hipchat", HIPCHAT, False, True),
        ("hipchat", {**HIPCHAT, "actions": "acknowledge"}, True, True),
        ("slack", APP, True, False),
        ("slack", None, False, False),
        ("webhook", None, False, False),
    ],
)
def test_each_says_whether_people_can_act_from_there_and_where_it_is_called(
    kind: str, config: dict[str, Any] | None, two_way: bool, own: bool, call: Call, cast: Cast
) -> None:
    made = make_integration(cast.team, kind, config=config)

    answer = call("GET", f"{URL}{made.pk}/").json()

    assert answer["two_way"] is two_way
    assert answer["hook"] == (hooks.address_of(made) if own else None)


def test_a_key_that_may_not_edit_gets_no_address(cast: Cast, room: Integration) -> None:
    viewer = caller(cast.team, Role.VIEWER)

    answer = viewer("GET", f"{URL}{room.pk}/")

    assert (answer.json()["two_way"], answer.json()["hook"]) == (True, None)
    assert hooks.secret_of(room) not in answer.content.decode()


def test_a_list_has_no_address(call: Call, room: Integration) -> None:
    answer = call("GET", URL)

    assert [each["hook"] for each in answer.json()["results"]] == [None]
    assert hooks.secret_of(room) not in answer.content.decode()


def test_what_was_read_can_be_sent_back(call: Call, room: Integration) -> None:
    whole = call("GET", f"{URL}{room.pk}/").json()

    patched = call("PATCH", f"{URL}{room.pk}/", whole)

    assert patched.status_code == 200
    assert patched.json()["hook"] == whole["hook"]


def test_changing_it_answers_with_the_new_one(call: Call, room: Integration) -> None:
    before = hooks.secret_of(room)

    answer = call("POST", f"{URL}{room.pk}/hook/change/")

    room.refresh_from_db()
    assert answer.status_code == 200
    assert answer.json()["hook"] == hooks.address_of(room)
    assert before not in answer.content.decode()
    assert call("GET", f"{URL}{room.pk}/").json()["hook"] == answer.json()["hook"]


@pytest.mark.parametrize(
    ("scopes", "ok"), [({"admin_room", "send_notification"}, True), ({"send_notification"}, False)]
)
def test_registering_says_whether_the_room_took_it(
    scopes: set[str], ok: bool, call: Call, cast: Cast, settings: Settings
) -> None:
    settings.BELLHOP_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    with HipChat(scopes=frozenset(scopes)) as hipchat:
        made = make_integration(cast.team, "hipchat", config={"server": hipchat.url, "room": NAME, "token": TOKEN})

        answer = call("POST", f"{URL}{made.pk}/hook/register/")

        assert answer.status_code == 200
        assert set(answer.json()) == {"ok", "status", "detail", "advice"}
        assert answer.json()["ok"] is ok
        assert bool(hipchat.room.webhooks) is ok
    assert hooks.secret_of(made) not in answer.content.decode()


def test_what_it_has_not_is_a_conflict(call: Call, cast: Cast) -> None:
    app, pager = make_integration(cast.team, config=APP), make_integration(cast.team, "pagerduty")

    change, register = call("POST", f"{URL}{app.pk}/hook/change/"), call("POST", f"{URL}{pager.pk}/hook/register/")

    for answer in (change, register):
        assert answer.status_code == 409
        assert answer["Content-Type"] == "application/problem+json"
    assert change.json()["detail"] == SHARED


def test_only_keys_that_may_edit_change_or_register(cast: Cast, room: Integration) -> None:
    viewer, rival = caller(cast.team, Role.VIEWER), caller(cast.other_team, Role.ADMIN)
    member = caller(cast.team, Role.MEMBER)

    for tail in ("hook/change/", "hook/register/"):
        assert viewer("POST", f"{URL}{room.pk}/{tail}").status_code == 403
        assert rival("POST", f"{URL}{room.pk}/{tail}").status_code == 404
        assert member("GET", f"{URL}{room.pk}/{tail}").status_code == 405

    room.refresh_from_db()
    assert room.hook_turn == 0


def test_too_many_tries_are_refused_as_tests_are(call: Call, cast: Cast, settings: Settings) -> None:
    settings.BELLHOP_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    with HipChat() as hipchat:
        made = make_integration(cast.team, "hipchat", config={"server": hipchat.url, "room": NAME, "token": TOKEN})

        answers = [call("POST", f"{URL}{made.pk}/hook/register/") for _ in range(7)]

    assert [answer.status_code for answer in answers] == [200] * 6 + [429]
    assert int(answers[-1]["Retry-After"]) > 0
