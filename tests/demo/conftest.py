import pytest

from config import public_urls


@pytest.fixture(autouse=True)
def sandbox_is_public(monkeypatch: pytest.MonkeyPatch) -> None:
    """As under `make run`: the tables of addresses are made when the settings are read."""
    sandbox = public_urls.Public("sandbox/", "the demo's own chat", below=True)
    monkeypatch.setattr(public_urls, "PUBLIC", (*public_urls.PUBLIC, sandbox))
