from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs

import pytest

from config import public_urls
from demo.models import SandboxApp, SandboxRoom
from demo.sandbox import apps, calling, rooms

HOOKS = "http://127.0.0.1:8000/hooks"


@pytest.fixture(autouse=True)
def sandbox_is_public(monkeypatch: pytest.MonkeyPatch) -> None:
    """As under `make run`: the tables of addresses are made when the settings are read."""
    sandbox = public_urls.Public("sandbox/", "the demo's own chat", below=True)
    monkeypatch.setattr(public_urls, "PUBLIC", (*public_urls.PUBLIC, sandbox))


@dataclass
class Called:
    """One call that the sandbox made."""

    url: str
    body: bytes
    headers: Mapping[str, str]

    @property
    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.body.decode(), keep_blank_values=True).items()}


@dataclass
class Listener:
    """Stands where Bellhop would be called; `answer` is what it says."""

    answer: calling.Answer = field(default_factory=lambda: calling.Answer(200))
    calls: list[Called] = field(default_factory=list)

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> calling.Answer:
        self.calls.append(Called(url, body, headers))
        return self.answer


@pytest.fixture
def bellhop(monkeypatch: pytest.MonkeyPatch) -> Listener:
    listener = Listener()
    monkeypatch.setattr(calling, "post", listener.post)
    return listener


@pytest.fixture
def ops() -> SandboxRoom:
    return rooms.slack_channel("#ops")


@pytest.fixture
def app() -> SandboxApp:
    slack = f"{HOOKS}/slack"
    return apps.make(
        apps.Design("Bellhop", actions_url=f"{slack}/actions/", command="/bellhop", command_url=f"{slack}/commands/")
    )
