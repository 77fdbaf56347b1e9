"""The sandbox calls this installation and this machine, whatever address it is given."""

from typing import Any

import pytest
import requests  # noqa: TID251 - what must not be called

from demo.sandbox import calling


@pytest.fixture(autouse=True)
def home(settings: Any) -> None:
    settings.BELLHOP_BASE_URL = "https://bell.example"


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8000/hooks/", "http://localhost/x", "http://[::1]:9/", "https://bell.example/hooks/"]
)
def test_its_own_addresses_are_good(url: str) -> None:
    assert calling.is_ours(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://evil.example/",
        "http://bell.example/",
        "https://bell.example.evil.example/",
        "https://bell.example@evil.example/",
        "http://10.0.0.1/",
        "http://127.0.0.1.evil.example/",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "//127.0.0.1/",
        "http://[::1/",
    ],
)
def test_no_other_is_called(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests.Session, "send", lambda *_, **__: pytest.fail("it was called"))
    assert calling.post(url, b"", {}).status == 0
