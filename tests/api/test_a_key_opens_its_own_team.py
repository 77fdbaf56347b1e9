"""The key's team is the scope of a call, its role the bound, and its rate holds over all processes."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from teams import services
from teams.access import Actor
from teams.models import ApiKey, Counter, Membership, Role
from tests.api.calls import ApiClient, key_of
from tests.conftest import Cast

ECHO, MANAGE = "/api/v1/echo/", "/api/v1/manage/"


@pytest.fixture(autouse=True)
def echo(settings: Settings) -> None:
    settings.ROOT_URLCONF = "tests.api.echo"


def test_the_keys_team_is_the_scope(cast: Cast) -> None:
    ours, theirs = key_of(cast.team, name="prometheus"), key_of(cast.other_team)

    assert ApiClient(ours).get(ECHO).json() == {"team": "ops", "actor": "API key prometheus"}
    assert ApiClient(theirs).get(ECHO).json()["team"] == "rivals"


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (None, "This call needs an API key"),
        ("Bearer", "holds no API key"),
        ("Bearer ", "holds no API key"),
        ("Basic YTpi", "holds no API key"),
        ("Bearer " + "x" * 10_000, "holds no API key"),
        ("Bearer bh_unknown_key", "unknown"),
        ("Bearer bh_ünknown", "unknown"),
    ],
)
def test_who_holds_no_key_is_told_how(cast: Cast, header: str | None, words: str) -> None:
    response = Client().get(ECHO, headers={"Authorization": header} if header is not None else None)

    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Bearer"
    assert response["Content-Type"] == "application/problem+json"
    assert words in response.json()["detail"]


def test_a_login_in_the_browser_opens_no_call(cast: Cast) -> None:
    client = Client()
    client.force_login(cast.owner)

    assert client.get(ECHO).status_code == 401


def test_expired_and_revoked_keys_say_so(cast: Cast) -> None:
    past = datetime(2020, 1, 1, tzinfo=UTC)
    _, expired = services.create_api_key(None, cast.team, "a", Role.VIEWER, past + timedelta(hours=1), past)
    revoked = key_of(cast.team)
    ApiKey.objects.filter(name="member").update(revoked_at=past)

    for key, words in ((expired, "expired on 2020-01-01 01:00 UTC"), (revoked, "revoked on 2020-01-01 00:00 UTC")):
        response = ApiClient(key).get(ECHO)
        assert response.status_code == 401
        assert words in response.json()["detail"]


@pytest.mark.parametrize(
    ("role", "allowed"),
    [("viewer", {"GET"}), ("member", {"GET", "POST", "PUT"}), ("admin", {"GET", "POST", "PUT"})],
)
def test_a_keys_role_bounds_its_methods(keys: dict[str, str], role: str, allowed: set[str]) -> None:
    client = ApiClient(keys[role])
    statuses = {method: client.send(method, ECHO, {"name": "a"}).status_code for method in ("GET", "POST", "PUT")}

    assert {method for method, status in statuses.items() if status == 200} == allowed
    assert {status for status in statuses.values() if status != 200} <= {403}


@pytest.mark.parametrize("role", Role.values)
def test_no_key_manages_people_or_keys(keys: dict[str, str], role: str) -> None:
    response = ApiClient(keys[role]).send("POST", MANAGE, {})

    assert response.status_code == 403
    assert response.json()["detail"] == f"The API key {role} ({role}) may not manage."


def test_a_demoted_makers_key_is_shut_out_at_the_next_call(cast: Cast, now: datetime) -> None:
    seat = Membership.objects.get(user=cast.owner)
    actor = Actor(team=cast.team, role=Role.ADMIN, user=cast.owner)
    _, plain = services.create_api_key(actor, cast.team, "a", Role.MEMBER, None, now)
    assert ApiClient(plain).get(ECHO).status_code == 200

    seat.role = Role.VIEWER
    seat.save()

    assert ApiClient(plain).get(ECHO).status_code == 401


def test_the_last_use_is_kept(cast: Cast) -> None:
    ApiClient(key_of(cast.team)).get(ECHO)

    assert ApiKey.objects.get().last_used_at is not None


def test_a_call_costs_one_statement_and_a_minutes_first_one_two_more(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = ApiClient(key_of(cast.team))

    for statements in (3, 1, 1, 1):
        with django_assert_num_queries(statements):
            client.get(ECHO)


def test_each_key_has_its_own_rate(cast: Cast, settings: Settings) -> None:
    settings.BELLHOP_API_RATE = "3/day"
    busy, calm = ApiClient(key_of(cast.team, name="busy")), ApiClient(key_of(cast.team, name="calm"))

    statuses = [busy.get(ECHO).status_code for _ in range(5)]
    refusal = busy.get(ECHO)

    assert statuses == [200, 200, 200, 429, 429]
    assert 1 <= int(refusal["Retry-After"]) <= 86_400
    assert refusal.json()["detail"] == (f"Too many requests for this API key. Try again in {refusal['Retry-After']} s.")
    assert calm.get(ECHO).status_code == 200
    assert Counter.objects.count() == 2


def test_a_malformed_rate_leaves_the_default(cast: Cast, settings: Settings) -> None:
    settings.BELLHOP_API_RATE = "lots"

    assert ApiClient(key_of(cast.team)).get(ECHO).status_code == 200
