"""Whose is it: every address of the table, as a stranger and as another team's admin, never shows this team's things.

Addresses that are added later are covered by themselves; one with a parameter that OBJECTS (tests/addresses.py) does
not know fails here.
"""

from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.test import Client

from config.public_urls import PROBES, PUBLIC, TOKENED, is_public
from tests.addresses import PARAMETER, World, address, furnish, known, plain, routes
from tests.api.calls import ApiClient, key_of
from tests.conftest import Cast

CANARY = "zanzibar"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
REFUSED = {302, 401, 403, 404, 405}


@pytest.fixture
def world(cast: Cast) -> World:
    return furnish(cast.other_team, cast.outsider, CANARY)


def faults(response: Any, allowed: set[int] | None = None) -> list[str]:
    found = [] if allowed is None or response.status_code in allowed else [f"status {response.status_code}"]
    if response.status_code >= 500:
        found.append(f"status {response.status_code}")
    shown = "" if response.streaming else response.content.decode(errors="replace")
    if CANARY in shown + str(response.headers):
        found.append("shows the canary")
    return found


def send(client: Client, method: str, path: str) -> Any:
    body = {} if method == "GET" else {"data": "{}", "content_type": "application/json"}
    return client.generic(method, path, **body)  # type: ignore[arg-type]


def test_every_parameter_of_the_url_table_is_known() -> None:
    unknown = [
        (route, name) for route in routes() for name in PARAMETER.findall(plain(route)) if not known(route, name)
    ]

    assert not unknown, (
        "add rows to OBJECTS (tests/addresses.py), so that these addresses are tried with another team's things"
    )


def test_every_row_of_the_public_table_is_a_real_address(db: None) -> None:
    table = routes()

    elsewhere = (*PROBES, *TOKENED)
    stale = [row.route for row in PUBLIC if row not in elsewhere and not any(row.covers(route) for route in table)]

    assert not stale
    assert all(row.why for row in PUBLIC)
    for probe in PROBES:
        assert Client().get(f"/{probe.route}", headers={"Host": "any"}).status_code == 200
    for tokened in TOKENED:
        assert Client().get(f"/{tokened.route}", headers={"Host": "any"}).status_code == 401


def test_the_world_really_shows_the_canary_to_its_own_people(world: World, cast: Cast) -> None:
    client = Client()
    client.force_login(cast.outsider)
    api = ApiClient(key_of(world.team, "viewer"))

    shown = [client.get("/t/rivals/team/")]
    shown += [api.get(f"/api/v1/{noun}/") for noun in ("tests", "rules", "integrations")]

    assert all(CANARY in response.content.decode() for response in shown)


def test_a_stranger_is_sent_to_the_login_or_refused_everywhere(world: World) -> None:
    stranger, before, found = Client(), world.fingerprint(), []
    for route in routes():
        path, _ = address(route, world)
        for method in METHODS:
            stranger.cookies.clear()
            response = send(stranger, method, path)
            wrong = faults(response, None if is_public(route) else REFUSED)
            to = response.headers.get("Location", "/login/")
            if not is_public(route) and not to.startswith("/login/"):
                wrong.append(f"leads to {to}")
            found += [f"{method} {path}: {each}" for each in wrong]

    assert not found
    assert world.fingerprint() == before


def test_another_teams_admin_finds_nothing_at_any_address(world: World, cast: Cast) -> None:
    client, before, found = Client(), world.fingerprint(), []
    for route in routes():
        if route.startswith(("api/", "^api/")):
            continue
        path, theirs = address(route, world)
        for method in ("GET", "POST"):
            client.cookies.clear()
            client.force_login(cast.owner)
            response = send(client, method, path)
            wrong = faults(response, REFUSED if theirs and not is_public(route) else None)
            if response.status_code == 302 and response.headers["Location"].startswith("/"):
                wrong += faults(client.get(response.headers["Location"]))
            found += [f"{method} {path}: {each}" for each in wrong]

    assert not found
    assert world.fingerprint() == before


def test_another_teams_things_are_not_below_ones_own_team_either(world: World, cast: Cast) -> None:
    client, found = Client(), []
    client.force_login(cast.owner)
    for route in routes():
        things = [name for name in PARAMETER.findall(plain(route)) if (known(route, name) or (None,))[0]]
        if route.startswith("t/") and len(things) > 1:
            path = address(route, world)[0].replace(f"/t/{world.team.slug}/", "/t/ops/", 1)
            found += [
                f"{method} {path}: {w}"
                for method in ("GET", "POST")
                for w in faults(send(client, method, path), {404, 405})
            ]

    assert not found


def test_another_teams_key_finds_nothing_at_any_call(world: World, cast: Cast) -> None:
    api, before, found = ApiClient(key_of(cast.team, "admin")), world.fingerprint(), []
    for route in (route for route in routes() if route.startswith("api/")):
        path, theirs = address(route, world)
        for method in METHODS:
            response = send(api, method, path)
            found += [f"{method} {path}: {each}" for each in faults(response, {400, 404, 405} if theirs else None)]
            if theirs and response.content != send(api, method, address(route, world, nobodys=True)[0]).content:
                found.append(f"{method} {path}: differs from what nobody has")

    assert not found
    after = world.fingerprint()
    assert {name: rows for name, rows in after.items() if name != "apikey"} == {
        name: rows for name, rows in before.items() if name != "apikey"
    }


def test_a_content_type_of_the_admin_reveals_nothing(world: World, cast: Cast) -> None:
    client, found = Client(), []
    client.force_login(cast.owner)
    for each in world.objects.values():
        kind = ContentType.objects.get_for_model(type(each))
        found += faults(client.get(f"/admin/r/{kind.pk}/{each.pk}/"), {404})

    assert not found
