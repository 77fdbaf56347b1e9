"""What holds for the code itself: one way out, no branching on kinds outside their folders, one line a kind."""

import ast
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from django import forms

from channels_app.catalog import describe
from channels_app.contract import Kind, Rate
from channels_app.fields import KindForm
from channels_app.registry import UnknownKind, kind, kinds
from tests.channels_app.kinds import SAMPLES

ROOT = Path(__file__).resolve().parents[2]
APPS = ("alerts", "channels_app", "config", "deliveries", "demo", "integrations", "teams")
SOURCES = sorted(path for app in APPS for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts)
WAYS_OUT = {
    "apprise",
    "pycurl",
    "smtplib",
    "http.client",
    "urllib.request",
    "requests",
    "ftplib",
    "telnetlib",
    "poplib",
    "imaplib",
}
NAMES = "|".join(each.spec.kind for each in kinds())
KIND_BRANCH = re.compile(rf"""kind\w*(\.kind)?\s*(==|!=|\bin\b|\bis\b)\s*[\[({{]?\s*["']|(==|!=)\s*["']({NAMES})["']""")
# What may be asked of `socket` elsewhere: this machine's name, and sockets that cannot leave it.
INNER = {"gethostname", "socket", "AF_UNIX", "AF_INET6", "SOCK_DGRAM", "SOCK_STREAM", "SOCK_NONBLOCK"}


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def sockets_out(source: str) -> list[str]:
    """The uses of `socket` that could reach another machine."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module == "socket":
            found.append("from socket import")
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "socket":
            found += [] if node.attr in INNER else [node.attr]
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "socket.socket":
            family = ast.unparse(node.args[0]) if node.args else "none"
            found += [] if family == "socket.AF_UNIX" else [f"socket.socket({family})"]
    return found


def may_speak(path: str) -> bool:
    """The doors; the demo and commands, which are clients of Bellhop."""
    return path.startswith(("channels_app/doors/", "demo/")) or "/management/commands/" in path


def test_only_the_doors_lead_out() -> None:
    leaks = {
        str(path.relative_to(ROOT)): ways
        for path in SOURCES
        if not may_speak(str(path.relative_to(ROOT)))
        and (ways := sorted(imported(path) & WAYS_OUT) + sockets_out(path.read_text()))
    }
    assert leaks == {}


@pytest.mark.parametrize(
    "source",
    [
        "import socket\nsocket.create_connection(x)",
        "from socket import socket",
        "socket.socket()",
        "socket.socket(socket.AF_INET)",
    ],
)
def test_the_search_for_sockets_finds_them(source: str) -> None:
    assert sockets_out(source)


def test_nothing_outside_a_kinds_folder_asks_for_a_kind_by_name() -> None:
    folders = tuple(f"channels_app/{each.spec.kind}/" for each in kinds())
    branches = [
        f"{path.relative_to(ROOT)}:{number}: {row.strip()}"
        for path in SOURCES
        if not str(path.relative_to(ROOT)).startswith((*folders, "demo/"))
        for number, row in enumerate(path.read_text().splitlines(), start=1)
        if KIND_BRANCH.search(row)
    ]
    assert branches == []


@pytest.mark.parametrize(
    "row", ['if kind == "slack":', "if spec.kind != 'email'", 'x == "hipchat"', 'if kind in ("slack", "email")']
)
def test_the_search_for_branches_finds_them(row: str) -> None:
    assert KIND_BRANCH.search(row)


def test_the_kinds_come_in_their_order_and_by_name() -> None:
    assert [each.spec.kind for each in kinds()] == list(SAMPLES)
    assert kind("hipchat") is kinds()[1]


@pytest.mark.parametrize("name", ["", "Slack", "pager", None])
def test_an_unknown_kind_is_named_with_those_there_are(name: str) -> None:
    with pytest.raises(UnknownKind, match="the kinds are slack, hipchat, "):
        kind(name)


@pytest.mark.parametrize("each", kinds(), ids=lambda each: each.spec.kind)
def test_every_kind_says_of_itself_what_pages_and_api_need(each: Kind) -> None:
    told = json.loads(json.dumps(describe(each)))
    assert told.keys() == {"kind", "name", "icon", "summary", "setup", "fields", "abilities", "rate"}
    assert told["setup"]
    assert [field["name"] for field in told["fields"]] == list(each.spec.form.base_fields)
    assert {field["name"] for field in told["fields"] if field["secret"]} == set(each.spec.form.secret_fields)
    for field in told["fields"]:
        assert field["label"]
        assert field["help"]
        assert field["type"] in ("text", "url", "boolean", "choice", "number", "list")
    assert set(each.spec.form.address_fields) <= set(each.spec.form.base_fields)


def test_a_choice_shows_its_choices() -> None:
    class Form(KindForm):
        tone = forms.ChoiceField(label="Tone", help_text="How", choices=[("a", "A"), ("b", "B")])
        count = forms.IntegerField(label="Count", help_text="How many")

    told = describe(replace(kind("slack"), spec=replace(kind("slack").spec, form=Form)))
    fields = {field["name"]: field for field in told["fields"]}
    assert fields["tone"]["choices"] == [{"value": "a", "label": "A"}, {"value": "b", "label": "B"}]
    assert (fields["tone"]["type"], fields["count"]["type"]) == ("choice", "number")


def test_rates_never_let_more_through_than_the_remote_takes() -> None:
    for each in kinds():
        rate = each.spec.rate
        if rate is not None:
            refilled = sum(number * rate.interval < rate.per - 1e-9 for number in range(1, 1000))
            assert rate.burst + refilled <= rate.count
    rates = {each.spec.kind: each.spec.rate for each in kinds()}
    assert (rates["slack"], rates["hipchat"], rates["email"]) == (Rate(1, 1.0), Rate(30, 60.0, burst=5), None)
    assert rates["pagerduty"] == Rate(120, 60.0, burst=20)
