"""docs/adding-a-kind.md, followed to the letter."""

import hashlib
import hmac
import importlib.util
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.test import override_settings

import channels_app
from channels_app.catalog import describe
from channels_app.contract import Delivered, Reason, Rejected
from channels_app.doors import run
from channels_app.hearing import Answer as Said
from channels_app.hearing import Forged, Garbled, Person, Request, Trust
from channels_app.registry import kinds as known_kinds
from tests.channels_app.samples import MESSAGES
from tests.conftest import NOW
from tests.servers.http import Answer, Receiver

ROOT = Path(__file__).resolve().parents[2]
RECIPE = (ROOT / "docs" / "adding-a-kind.md").read_text()
FILES = re.findall(r"```python\n# (channels_app/\S+)\n(.*?)```", RECIPE, re.DOTALL)
DIFF = re.findall(r"```diff\n(.*?)```", RECIPE, re.DOTALL)
TOKEN = "a-token-of-the-board"


def registered(source: str) -> str:
    """The registry's source with the recipe's change made."""
    rows = source.splitlines()
    position = 0
    for row in DIFF[0].splitlines():
        sign, text = row[0], row[1:]
        if sign == "+":
            rows.insert(position, text)
            position += 1
            continue
        position = rows.index(text)
        if sign == "-":
            del rows[position]
        else:
            position += 1
    return "\n".join(rows) + "\n"


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """A registry as it is after the recipe was followed, in a folder of its own."""
    for name, source in FILES:
        target = tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(source)
    changed = tmp_path / "registry.py"
    changed.write_text(registered((ROOT / "channels_app" / "registry.py").read_text()))
    monkeypatch.setattr(channels_app, "__path__", [*channels_app.__path__, str(tmp_path / "channels_app")])
    before = set(sys.modules)
    spec = importlib.util.spec_from_file_location("registry_by_the_recipe", changed)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    for name in set(sys.modules) - before:
        if name.startswith("channels_app.jot"):
            del sys.modules[name]
    vars(channels_app).pop("jot", None)


@override_settings(BELLHOP_ALLOWED_NETWORKS=["127.0.0.0/8"])
def test_a_kind_made_by_the_recipe_works(registry: ModuleType, receiver: Receiver) -> None:
    jot = registry.kind("jot")
    form = jot.spec.form({"server": receiver.url, "board": "ops", "token": TOKEN})
    assert form.is_valid(), form.errors
    settings = jot.spec.settings(form.config())
    receiver.script(Answer(201, b"noted"), Answer(401, f"bad {TOKEN}".encode()))

    took, _ = run(jot.send(jot.render(MESSAGES["triggered"], settings), settings, ""))
    refused, _ = run(jot.send(jot.render(MESSAGES["digest"], settings), settings, ""))

    assert took == Delivered(words="noted")
    assert refused == Rejected(Reason.BAD_CREDENTIALS, "bad [secret]")
    first, second = receiver.received
    assert (first.path, first.headers["authorization"]) == ("/boards/ops", f"Bearer {TOKEN}")
    assert json.loads(first.body)["line"].startswith("#17 critical: Slow checkout on Checkout - ")
    assert len(json.loads(second.body)["line"]) <= 500
    assert TOKEN not in repr(settings)


def called(said: dict[str, Any], token: str = TOKEN) -> Request:
    """A call of the board, signed."""
    body = json.dumps(said).encode()
    return Request("", {"x-jot-signature": hmac.new(token.encode(), body, hashlib.sha256).hexdigest()}, {}, body)


def test_a_kind_made_by_the_recipe_hears_back(registry: ModuleType) -> None:
    hear = registry.kind("jot").hear
    settings = registry.kind("jot").spec.settings({"server": "https://jot.example", "board": "ops", "token": TOKEN})
    by = {"id": "7", "name": "Ann"}
    asks = called({"id": "x1", "line": "/bellhop ack 17", "by": by, "at": "2026-03-02T12:00:00Z"})

    hear.verify(asks, settings, NOW)
    heard = hear.read(asks, settings)
    answered = hear.answer(Said("Ann has acknowledged #17", more="Well done."), heard)

    assert (heard.words, heard.person, heard.once, heard.at) == (
        "ack 17",
        Person("https://jot.example", "7", "Ann"),
        "x1",
        NOW,
    )
    assert json.loads(answered.body) == {"line": "Ann has acknowledged #17 - Well done."}
    assert (hear.trust(settings), hear.key(settings)) == (Trust.PEOPLE, TOKEN)
    with pytest.raises(Forged):
        hear.verify(called({"line": "/bellhop ack 17"}, token="another"), settings, NOW)
    with pytest.raises(Garbled):
        hear.read(called({"line": "/bellhop ack 17"}), settings)
    assert hear.read(called({"id": "x2", "line": "Lunch?", "by": by}), settings).status == 204


def test_the_recipe_registers_with_one_line_beside_the_import(registry: ModuleType) -> None:
    names = [kind.spec.kind for kind in registry.kinds()]
    assert names[names.index("email") + 1] == "jot"
    assert [name for name in names if name != "jot"] == [kind.spec.kind for kind in known_kinds()]
    told: dict[str, Any] = describe(registry.kind("jot"))
    assert [field["name"] for field in told["fields"] if field["secret"]] == ["token"]


def test_the_recipe_names_files_that_exist() -> None:
    named = set(re.findall(r"`((?:tests|channels_app)/[\w/]+\.py)`", RECIPE)) - {
        f"channels_app/jot/{name}.py" for name in ("spec", "render", "send", "inbound", "__init__")
    }
    assert named
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []
