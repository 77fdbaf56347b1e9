"""No log opens a door: there is no access log, and lines about errors leave out the secret part of a path."""

import logging

import pytest
from django.test import Client

from config import gunicorn
from config.logs import JsonLines
from integrations import hooks
from integrations.models import Integration
from tests.conftest import Cast
from tests.integrations.factories import make_integration


@pytest.fixture
def room(cast: Cast) -> Integration:
    return make_integration(cast.team, "hipchat")


def test_the_web_server_writes_no_access_log() -> None:
    assert gunicorn.accesslog is None


@pytest.mark.parametrize(
    "text", ["Internal Server Error: {path}", "Unauthorized: {path}", "Error handling request POST {path}?a=b"]
)
def test_a_line_about_a_call_leaves_the_address_out(text: str, room: Integration) -> None:
    path = f"/hooks/hipchat/{hooks.secret_of(room)}/"
    record = logging.LogRecord("django.request", logging.ERROR, "", 0, text.format(path=path), (), None)

    line = JsonLines().format(record)

    assert hooks.secret_of(room) not in line
    assert "/hooks/hipchat/" in line


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_token_that_comes_in_the_query_is_left_out_too(slash: str, room: Integration) -> None:
    path = f"/hooks/hipchat/{hooks.secret_of(room)}{slash}?signed_request=aaaa.canary.cccc"
    record = logging.LogRecord("gunicorn.error", logging.ERROR, "", 0, f"Error handling request POST {path}", (), None)

    line = JsonLines().format(record)

    assert "canary" not in line
    assert hooks.secret_of(room) not in line


def test_a_refused_call_leaves_no_trace_of_the_address(room: Integration, caplog: pytest.LogCaptureFixture) -> None:
    Client().post(f"/hooks/hipchat/{hooks.secret_of(room)}/", b"{}", content_type="application/json")

    lines = [JsonLines().format(record) for record in caplog.records]

    assert not [line for line in lines if hooks.secret_of(room) in line]
