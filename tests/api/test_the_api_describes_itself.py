"""OpenAPI and its docs: without warnings, for strangers too, under the strict policy."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client


@pytest.fixture(scope="module")
def schema() -> Any:
    return Client().get("/api/v1/schema/", headers={"Accept": "application/json"}).json()


def test_the_schema_is_valid_and_free_of_warnings() -> None:
    call_command("spectacular", validate=True, fail_on_warn=True, stdout=StringIO())


def test_every_call_asks_for_a_key_and_answers_errors_as_problems(schema: Any) -> None:
    calls = [call for operations in schema["paths"].values() for call in operations.values()]

    assert calls
    assert all(call["security"] == [{"apiKey": []}] for call in calls)
    assert all("application/problem+json" in call["responses"]["default"]["content"] for call in calls)
    assert schema["components"]["securitySchemes"]["apiKey"]["scheme"] == "bearer"


def test_the_docs_need_nothing_that_the_policy_forbids(db: None) -> None:
    page, script = Client().get("/api/v1/docs/"), Client().get("/api/v1/docs/?script=")

    html = page.content.decode()
    assert (page.status_code, script.status_code) == (200, 200)
    assert "<style" not in html
    assert "<script>" not in html
    assert html.count('src="/static/') == 2
    assert 'src="/api/v1/docs/?script="' in html
    assert "://" not in html
    assert b"/api/v1/schema/" in script.content
    assert "unsafe" not in page.headers["Content-Security-Policy"]
