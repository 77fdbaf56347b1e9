"""Settings by which operators watch the house are named when they cannot work, without their secrets."""

import pytest
from pytest_django import Settings

from deliveries.checks import check_watching


def found(settings: Settings, **values: object) -> list[str | None]:
    for name, value in values.items():
        setattr(settings, name, value)
    messages = check_watching()
    assert "hunter2" not in str(messages)
    return [message.id for message in messages]


def test_nothing_set_is_fine(settings: Settings) -> None:
    assert found(settings) == []


def test_operators_have_addresses(settings: Settings) -> None:
    assert found(settings, BELLHOP_OPERATORS=["ann@example.com", "bob"]) == ["deliveries.E001"]


@pytest.mark.parametrize("bind", ["9100", "localhost:x", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:70000", ":9100"])
def test_metrics_need_a_place(settings: Settings, bind: str) -> None:
    assert found(settings, BELLHOP_METRICS_BIND=bind) == ["deliveries.E002"]


@pytest.mark.parametrize(
    ("bind", "ids"), [("127.0.0.1:9100", []), ("[::1]:9100", []), ("0.0.0.0:9100", ["deliveries.W001"])]
)
def test_metrics_for_other_machines_want_a_token(settings: Settings, bind: str, ids: list[str]) -> None:
    assert found(settings, BELLHOP_METRICS_BIND=bind) == ids
    assert found(settings, BELLHOP_METRICS_TOKEN="hunter2") == []


@pytest.mark.parametrize("url", ["hunter2", "ftp://x/hunter2", "https://", "https://a:hunter2@x/", "http://[hunter2"])
def test_the_dead_mans_address_can_be_called(settings: Settings, url: str) -> None:
    assert found(settings, BELLHOP_DEADMAN_URL=url) == ["deliveries.E003"]
    assert found(settings, BELLHOP_DEADMAN_URL="https://checks.example.com/ping/hunter2") == []
