"""What no keyboard sends: NUL characters, infinite ids, addresses with control characters. Refused, never a 500."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from teams.models import Role
from tests.alerts.factories import make_rule, make_test, open_alert
from tests.api.calls import ApiClient, key_of
from tests.conftest import Cast

NUL = "\x00"


@pytest.fixture
def strict_database(db: None) -> Iterator[None]:
    """SQLite takes NUL characters; here it refuses them as PostgreSQL does."""

    def refuse(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        assert NUL not in repr(params).replace("\\x00", NUL), "a NUL character reached the database"
        return execute(sql, params, many, context)

    with connection.execute_wrapper(refuse):
        yield


@pytest.fixture
def api(cast: Cast, strict_database: None) -> ApiClient:
    make_rule(cast.team, [make_test(cast.team)])
    return ApiClient(key_of(cast.team, Role.ADMIN))


def errors_of(response: Any) -> dict[str, list[str]]:
    assert response.status_code == 400, response.content
    assert response["Content-Type"] == "application/problem+json"
    found: dict[str, list[str]] = response.json()["errors"]
    return found


def test_a_measurement_of_a_test_with_a_nul_is_refused_alone(api: ApiClient) -> None:
    good = {"test": "checkout", "metric": "m", "source": "s", "observed_at": "2026-03-02T12:00:00Z", "value": 1}

    response = api.send("POST", "/api/v1/measurements/", {"measurements": [good, good | {"test": f"a{NUL}"}]})

    assert response.status_code == 202
    assert response.json()["accepted"] == 1
    assert [(item["index"], list(item["errors"])) for item in response.json()["rejected"]] == [(1, ["test"])]


def test_a_rule_on_a_test_with_a_nul_names_the_field(api: ApiClient) -> None:
    conditions = [{"metric": "m", "operator": ">", "threshold": 1}]

    response = api.send("POST", "/api/v1/rules/", {"name": "n", "conditions": conditions, "tests": [NUL]})

    assert errors_of(response) == {"tests": ['There is no test "\\u0000" in this team.']}


def test_a_filter_with_a_nul_names_the_parameter(api: ApiClient) -> None:
    for noun in ("integrations", "rules", "tests"):
        assert "name" in errors_of(api.get(f"/api/v1/{noun}/?name=%00")), noun
    assert "test" in errors_of(api.get("/api/v1/alerts/?test=%00"))


@pytest.mark.parametrize("to", [NUL, "OUTSIDER@Example.com", "NOBODY@Example.com"])
def test_nobody_outside_the_team_can_be_told_from_nobody_at_all(api: ApiClient, cast: Cast, to: str) -> None:
    test = make_test(cast.team, "home")
    open_alert(make_rule(cast.team, [test]), test)

    response = api.send("POST", "/api/v1/alerts/1/assign/", {"to": to})

    assert errors_of(response) == {"to": [f"{to} is not a member of this team who may act on alerts."]}


@pytest.mark.parametrize("number", ["1e400", "NaN", "1180591620717411303424", "1.5", '"\\u0000"', "true", "[]", "-1"])
def test_an_integration_that_cannot_be_is_no_integration(api: ApiClient, number: str) -> None:
    body = f'{{"kind": "email", "config": {{"to": ["a@example.com"]}}, "integration": {number}}}'

    response = api.send("POST", "/api/v1/integrations/test/", body)

    assert "integration" in errors_of(response)


@pytest.mark.parametrize(
    "address", ['"\x01"@example.com', "a@ex\u2028ample.com", "a@example.com\r\nBcc: b@example.com"]
)
def test_no_address_with_characters_that_cannot_be_printed(api: ApiClient, address: str) -> None:
    rule = api.get("/api/v1/rules/").json()["results"][0]["id"]

    patched = api.send("PATCH", f"/api/v1/rules/{rule}/", {"recipients": [address]})
    made = api.send("POST", "/api/v1/integrations/", {"kind": "email", "name": "n", "config": {"to": [address]}})

    assert "recipients" in errors_of(patched)
    assert "config.to" in errors_of(made)


@pytest.mark.parametrize("path", ["/", "/admin/", "/t/ops/alerts/"])
def test_a_cookie_with_a_nul_is_no_session(strict_database: None, path: str) -> None:
    response = Client().get(path, headers={"Cookie": 'sessionid="aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\\000"'})

    assert response.status_code == 400


def test_a_query_with_a_nul_is_refused_before_any_page(cast: Cast, strict_database: None) -> None:
    client = Client()
    client.force_login(cast.owner)

    for path in ("/admin/alerts/alert/", "/admin/deliveries/delivery/", "/t/ops/alerts/"):
        for name in ("state", "severity__exact", "rule__id__exact", "q", "test"):
            assert client.get(f"{path}?{name}=%00").status_code == 400, (path, name)


def test_no_team_is_called_by_a_nul(cast: Cast, strict_database: None) -> None:
    client = Client()
    client.force_login(cast.owner)

    assert client.post("/admin/team/", {"team": NUL}).status_code == 404


def test_a_strange_host_is_a_problem_to_programs(api: ApiClient) -> None:
    response = api.get("/api/v1/tests/", headers={"Host": "elsewhere.example"})

    assert (response.status_code, response["Content-Type"]) == (400, "application/problem+json")
    assert "elsewhere" not in response.content.decode()
