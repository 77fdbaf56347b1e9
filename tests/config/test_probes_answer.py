"""/healthz says that the process lives, /readyz that it can work; neither names anybody's things."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.handlers.base import BaseHandler
from django.db import DatabaseError
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from config.middleware import Probes
from deliveries import heartbeats
from deliveries.models import Heartbeat
from tests.conftest import Cast


@pytest.fixture
def sender(db: None) -> Heartbeat:
    """One that was seen just now."""
    now = timezone.now()
    return Heartbeat.objects.create(owner="here:1:2:3", role="sender", version="1", started_at=now, seen_at=now)


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_probe_answers_strangers_whatever_host_they_name(cast: Cast, sender: Heartbeat, path: str) -> None:
    response = Client().get(path, headers={"Host": "10.9.8.7:8000"})

    assert response.status_code == 200


def test_healthz_asks_nobody() -> None:
    """No database is allowed in this test."""
    response = Client().get("/healthz")

    assert (response.status_code, response.content) == (200, b"ok\n")


def ask(rf: Any, path: str = "/readyz") -> HttpResponse:
    return Probes(lambda request: HttpResponse("the rest"))(rf.get(path))


def said(response: HttpResponse) -> tuple[int, Any]:
    return response.status_code, json.loads(response.content)


def test_readyz_says_that_nothing_is_missing(cast: Cast, sender: Heartbeat, rf: Any) -> None:
    for path in ("/readyz", "/readyz?sender"):
        assert said(ask(rf, path)) == (200, {"ready": True, "missing": []})


def test_readyz_waits_for_migrations(cast: Cast, rf: Any) -> None:
    MigrationRecorder.Migration.objects.filter(app="alerts").delete()

    assert said(ask(rf)) == (503, {"ready": False, "missing": ["migrations"]})


def test_readyz_says_when_the_database_does_not_answer(rf: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def cursor(self) -> None:
            raise DatabaseError("password=hunter2")

    monkeypatch.setattr("config.probes.connection", Broken())

    assert said(ask(rf)) == (503, {"ready": False, "missing": ["database"]})


def test_without_a_sender_the_web_is_ready_and_only_who_asks_for_one_is_refused(
    cast: Cast, sender: Heartbeat, rf: Any
) -> None:
    Heartbeat.objects.update(seen_at=timezone.now() - timedelta(seconds=70))

    assert said(ask(rf)) == (200, {"ready": True, "missing": ["sender"]})
    assert said(ask(rf, "/readyz?sender")) == (503, {"ready": False, "missing": ["sender"]})


def test_a_heartbeat_of_a_clock_that_was_ahead_is_no_sign_of_life(sender: Heartbeat) -> None:
    now = timezone.now()
    Heartbeat.objects.update(seen_at=now + timedelta(hours=1))

    assert not heartbeats.alive(now).exists()


def test_everything_else_goes_on(rf: Any) -> None:
    assert ask(rf, "/healthz/x").content == b"the rest"


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/login/", "/no-such-page"])
def test_who_asks_for_the_head_alone_gets_no_body(cast: Cast, rf: Any, path: str) -> None:
    """Django sends one, of which the web server warns in the log each time that a balancer asks."""
    responses = {method: _through_all(getattr(rf, method)(path)) for method in ("head", "get")}

    assert responses["head"].content == b""
    assert responses["head"].status_code == responses["get"].status_code
    assert responses["get"].content
    assert responses["head"]["Content-Length"] == str(len(responses["get"].content))


def _through_all(request: Any) -> HttpResponse:
    handler = BaseHandler()
    handler.load_middleware()
    response = handler.get_response(request)
    assert isinstance(response, HttpResponse)
    return response
