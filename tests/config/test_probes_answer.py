"""/healthz says that the process lives, /readyz that it can work; neither names anybody's things."""

from typing import Any

import pytest
from django.db import DatabaseError
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpResponse
from django.test import Client

from config.middleware import Probes
from tests.conftest import Cast


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_probe_answers_strangers_whatever_host_they_name(cast: Cast, path: str) -> None:
    response = Client().get(path, headers={"Host": "10.9.8.7:8000"})

    assert (response.status_code, response.content) == (200, b"ok\n")


def test_healthz_asks_nobody() -> None:
    """No database is allowed in this test."""
    assert Client().get("/healthz").status_code == 200


def ask(rf: Any, path: str = "/readyz") -> HttpResponse:
    return Probes(lambda request: HttpResponse("the rest"))(rf.get(path))


def test_readyz_waits_for_migrations(cast: Cast, rf: Any) -> None:
    MigrationRecorder.Migration.objects.filter(app="alerts").delete()

    response = ask(rf)

    assert (response.status_code, response.content) == (503, b"migrations are missing\n")


def test_readyz_says_when_the_database_does_not_answer(rf: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def cursor(self) -> None:
            raise DatabaseError("password=hunter2")

    monkeypatch.setattr("config.middleware.connection", Broken())

    response = ask(rf)

    assert (response.status_code, response.content) == (503, b"the database does not answer\n")


def test_everything_else_goes_on(rf: Any) -> None:
    assert ask(rf, "/healthz/x").content == b"the rest"
