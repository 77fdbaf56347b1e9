"""Every error is RFC 9457 problem details: what was wrong, at which field, at which item."""

import sqlite3
from typing import Any

import psycopg
import pytest
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import InterfaceError, OperationalError
from django.http import Http404
from pytest_django import Settings
from rest_framework.exceptions import NotAcceptable, Throttled, ValidationError

from teams.api import problems
from teams.errors import Conflict
from tests.api.calls import ApiClient


@pytest.mark.parametrize(
    ("error", "status", "detail"),
    [
        (Conflict("The alert is cleared."), 409, "The alert is cleared."),
        (PermissionDenied("No."), 403, "No."),
        (PermissionDenied(), 403, "This is not allowed."),
        (Http404("No Test matches the given query."), 404, "There is no such thing in this team."),
        (RequestDataTooBig(), 413, "The body is larger than 5,242,880 bytes"),
        (Throttled(wait=7.2), 429, "Too many requests for this API key. Try again in 8 s."),
        (NotAcceptable(), 406, "Could not satisfy the request Accept header."),
        (ValidationError({"name": ["Too long."]}), 400, "name: Too long."),
        (DjangoValidationError({"name": ["Too long."]}), 400, "name: Too long."),
        (DjangoValidationError("All wrong."), 400, "non_field_errors: All wrong."),
    ],
)
def test_each_refusal_is_a_problem(error: Exception, status: int, detail: str) -> None:
    response = problems.handle(error, {})

    assert response is not None
    assert (response.status_code, response.data["status"]) == (status, status)
    assert response.data["detail"].startswith(detail)
    assert response.data["type"] == "about:blank"
    assert response.data["title"]
    assert ("errors" in response.data) == (status == 400)
    assert response.content_type == "application/problem+json"


def full_sqlite() -> sqlite3.OperationalError:
    """What SQLite raises where its file may not grow."""
    with sqlite3.connect(":memory:") as connection:
        connection.execute("PRAGMA max_page_count = 1")
        with pytest.raises(sqlite3.OperationalError) as full:
            connection.execute("CREATE TABLE t (x)")
    return full.value


@pytest.mark.parametrize(
    ("cause", "status", "detail"),
    [
        (full_sqlite(), 507, "There is no room left to store anything. Nothing was stored"),
        (psycopg.errors.DiskFull("could not extend file"), 507, "There is no room left"),
        (sqlite3.OperationalError("database is locked"), 503, "The database does not answer in time."),
        (psycopg.OperationalError("the connection is closed"), 503, "The database does not answer in time."),
    ],
)
@pytest.mark.parametrize("kind", [OperationalError, InterfaceError])
def test_a_database_that_is_away_or_full_is_a_problem_to_try_again(
    kind: type[Exception], cause: Exception, status: int, detail: str
) -> None:
    error = kind("secret words of the server")
    error.__cause__ = cause

    response = problems.handle(error, {})

    assert response is not None
    assert (response.status_code, response.headers["Retry-After"]) == (status, "5")
    assert response.data["detail"].startswith(detail)
    assert "secret" not in str(response.data)


def test_a_bug_is_no_problem_of_the_callers() -> None:
    assert problems.handle(RuntimeError("x"), {}) is None


@pytest.mark.parametrize(
    ("detail", "flat"),
    [
        ({"name": ["a", "b"]}, {"name": ["a", "b"]}),
        ({"name": "a"}, {"name": ["a"]}),
        (["a"], {"non_field_errors": ["a"]}),
        ({"__all__": ["a"]}, {"non_field_errors": ["a"]}),
        ({"tests": {2: ["unknown"]}}, {"tests": ["tests[2]: unknown"]}),
        (
            {"conditions": [{}, {"threshold": ["not a number"], "non_field_errors": ["odd"]}]},
            {"conditions": ["conditions[1].threshold: not a number", "conditions[1]: odd"]},
        ),
        ({"config": {"url": ["missing"]}}, {"config": ["config.url: missing"]}),
        ([{"name": ["a"]}], {"non_field_errors": ["[0].name: a"]}),
    ],
)
def test_nested_errors_stand_at_their_field_and_name_their_item(detail: Any, flat: dict[str, list[str]]) -> None:
    assert problems.flat(detail) == flat


@pytest.fixture
def client(keys: dict[str, str], settings: Settings) -> ApiClient:
    settings.ROOT_URLCONF = "tests.api.echo"
    return ApiClient(keys["member"])


@pytest.mark.parametrize(
    ("method", "path", "body", "extra", "status", "words"),
    [
        ("GET", "/api/v1/nothing/", "", {}, 404, "There is no call /api/v1/nothing/"),
        ("POST", "/api/v1/echo", "{}", {}, 404, "end with a slash"),
        ("GET", "/api/", "", {}, 404, "There is no call"),
        ("DELETE", "/api/v1/echo/", "", {}, 405, 'Method "DELETE" not allowed.'),
        ("POST", "/api/v1/echo/", "name: a", {"content_type": "text/plain"}, 415, "Send application/json"),
        ("POST", "/api/v1/echo/", "a=1", {"content_type": "application/x-www-form-urlencoded"}, 415, "Send appl"),
        ("POST", "/api/v1/echo/", "{,}", {}, 400, "at line 1, column 2"),
        ("POST", "/api/v1/echo/", "[]", {}, 400, "must be a JSON object, not a list"),
        ("POST", "/api/v1/echo/", '{"name": "' + "x" * 5_300_000 + '"}', {}, 413, "5,242,880 bytes"),
        ("POST", "/api/v1/echo/", "{}", {"headers": {"Transfer-Encoding": "chunked"}}, 411, "Content-Length"),
        ("GET", "/api/v1/echo/", "", {"headers": {"Accept": "text/html"}}, 406, "Accept header"),
    ],
)
def test_over_http_too(
    client: ApiClient, method: str, path: str, body: str, extra: dict[str, Any], status: int, words: str
) -> None:
    response = client.send(method, path, body, **extra)

    problem = response.json()
    assert (response.status_code, problem["status"]) == (status, status)
    assert words in problem["detail"]
    assert response["Content-Type"] == "application/problem+json"


def test_a_wrong_method_says_which_are_right(client: ApiClient) -> None:
    assert client.send("DELETE", "/api/v1/echo/")["Allow"] == "GET, POST, PUT, HEAD, OPTIONS"


def test_an_unknown_field_is_refused_beside_the_others(client: ApiClient) -> None:
    errors = client.send("POST", "/api/v1/echo/", {"name": "too long", "nmae": 1}).json()["errors"]

    assert errors == {
        "name": ["Ensure this field has no more than 5 characters."],
        "nmae": ["Unknown field. Known are: name."],
    }
    assert client.send("POST", "/api/v1/echo/", {"name": "ok", "x": 1}).json()["errors"]["x"]


def test_what_was_read_can_be_sent_back(client: ApiClient) -> None:
    response = client.send("POST", "/api/v1/echo/", {"id": 7, "name": "ok"})

    assert (response.status_code, response.json()) == (200, {"name": "ok"})


def test_no_body_is_an_empty_object(client: ApiClient) -> None:
    assert client.send("POST", "/api/v1/echo/").json()["errors"] == {"name": ["This field is required."]}


def test_a_bug_tells_the_caller_nothing(client: ApiClient) -> None:
    client.raise_request_exception = False

    response = client.send("PUT", "/api/v1/echo/", {"crash": "canary"})

    assert response.status_code == 500
    assert response["Content-Type"] == "application/problem+json"
    assert "canary" not in response.content.decode()
