"""One alert to take along: all that is known of it, as Markdown in which text stays text, or as JSON."""

import json
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from alerts import lifecycle
from alerts.models import Alert
from deliveries.markdown import plain, table
from integrations.models import Integration
from teams.access import Actor
from teams.models import Role, User
from tests.alerts.factories import make_test
from tests.api.calls import ApiClient, key_of
from tests.conftest import Cast
from tests.deliveries.stage import clear, rule_for, send_all, slack, trigger
from tests.integrations.factories import make_integration
from tests.servers.http import Answer, Receiver

HOSTILE = [
    "# heading",
    "```\ncode\n```",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "[click](javascript:alert(1))",
    "![x](https://evil.example/x.png)",
    "<https://evil.example>",
    "https://evil.example www.evil.example",
    "a | b | c",
    "\n\n---\n\n1. one\n- two\n> three",
    "**bold** _it_ ~~no~~ `code` \\`x",
    "&lt;b&gt; &#35; @channel :boom:",
    "setext\n===",
    "\u202eright\u202c to left\u2028new line",
]
ESCAPED = re.compile(r"\\[!-/:-@\[-`{-~]")


def enter(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def alert(cast: Cast, now: datetime) -> Alert:
    return trigger(rule_for(cast.team, make_integration(cast.team, enabled=False)), now)


@pytest.mark.parametrize("text", HOSTILE)
def test_text_of_users_stays_text(text: str) -> None:
    shown = plain(text)
    assert "\n" not in shown
    assert not re.search(r"[\u2028\u202e]", shown)
    bare = ESCAPED.sub("x", shown)
    assert not re.search(r"[\\`*_\[\]<>&|~$]|://|www\.|^\s*(?:[#+=-]|\d+[.)])", bare)


def test_text_of_users_makes_no_cell() -> None:
    row = table(["A"], [[plain("x | y \\| z")]]).splitlines()[-1]
    assert re.sub(r"\\.", "", row).count("|") == 2


@pytest.mark.django_db
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_change_nothing_of_the_document(cast: Cast, now: datetime, text: str) -> None:
    plainly: list[str] = []
    hostile: list[str] = []
    for slug, name, into in (("plain", "Plain", plainly), ("hostile", text, hostile)):
        place, test = make_integration(cast.team, enabled=False), make_test(cast.team, slug, name=name)
        Integration.objects.filter(pk=place.pk).update(name=name)
        rule = rule_for(cast.team, place, test=test, name=name)
        found = trigger(rule, now)
        lifecycle.note(Actor(cast.team, Role.MEMBER, user=cast.member), found, name, now)
        into += _export(cast, found, "md").content.decode().splitlines()

    assert [_shape(line) for line in hostile] == [_shape(line) for line in plainly]


def _shape(line: str) -> str:
    """What begins the line, and its cells: all that makes blocks."""
    bare = ESCAPED.sub("", line)
    return (re.match(r"^(#+ |- \*\*|\| |)", bare) or [""])[0] + "|" * bare.count("|")


def _export(cast: Cast, alert: Alert, format: str) -> Any:
    return enter(cast.viewer).get(f"/t/ops/alerts/{alert.number}/export.{format}")


@pytest.mark.django_db(transaction=True)
def test_markdown_tells_what_happened_who_did_it_and_who_was_told(
    cast: Cast, receiver: Receiver, now: datetime
) -> None:
    receiver.script(Answer(503, b"busy"))
    alert = trigger(rule_for(cast.team, slack(cast.team, receiver)), now)
    send_all(now)
    lifecycle.acknowledge(Actor(cast.team, Role.MEMBER, user=cast.member), alert, now)
    clear(alert, now + timedelta(minutes=5))
    send_all(now + timedelta(minutes=6))
    User.objects.filter(pk=cast.viewer.pk).update(time_zone="Europe/Berlin")
    cast.viewer.refresh_from_db()

    response = _export(cast, alert, "md")
    text = response.content.decode()

    assert response["Content-Disposition"] == 'attachment; filename="ops-alert-1.md"'
    assert response["Content-Type"] == "text/markdown; charset=utf-8"
    assert text.startswith("# Alert #1: Too slow on Checkout\n")
    assert "2026-03-02T12:00:00Z (2026-03-02 13:00:00 Europe/Berlin)" in text
    assert re.search(r"\| Acknowledged \| Member \|", text)
    assert "| Retry Later | 503 | busy |" in text
    assert "XXXXsecretXXXX" not in text


@pytest.mark.django_db(transaction=True)
def test_json_says_it_in_the_words_of_the_api(cast: Cast, receiver: Receiver, now: datetime) -> None:
    alert = trigger(rule_for(cast.team, slack(cast.team, receiver), recipients=["ann@example.com"]), now)
    send_all(now)
    User.objects.filter(pk=cast.viewer.pk).update(time_zone="Asia/Tokyo")
    cast.viewer.refresh_from_db()

    response = _export(cast, alert, "json")
    found = json.loads(response.content)
    api = ApiClient(key_of(cast.team))

    assert response["Content-Disposition"] == 'attachment; filename="ops-alert-1.json"'
    snapshot = found["alert"].pop("snapshot")
    assert snapshot["text"].startswith("response_time > 500")
    assert found["alert"] == api.get("/api/v1/alerts/1/").json()
    assert found["deliveries"] == api.get("/api/v1/deliveries/?alert=1").json()["results"][::-1]
    assert {each["id"] for each in found["integrations"]} == {each["integration"] for each in found["deliveries"]}
    assert b"XXXXsecretXXXX" not in response.content


@pytest.mark.django_db
@pytest.mark.parametrize("text", HOSTILE)
def test_json_comes_back_equal(cast: Cast, now: datetime, text: str) -> None:
    alert = trigger(rule_for(cast.team, name=text), now)
    assert json.loads(_export(cast, alert, "json").content)["alert"]["snapshot"]["rule"] == text


@pytest.mark.django_db
def test_there_is_no_other_format_and_no_alert_of_others(cast: Cast, alert: Alert) -> None:
    assert _export(cast, alert, "csv").status_code == 404
    assert enter(cast.viewer).get("/t/ops/alerts/77/export.md").status_code == 404
    assert enter(cast.viewer).get(f"/t/ops/alerts/{'9' * 25}/export.md").status_code == 404
    assert enter(cast.outsider).get("/t/ops/alerts/1/export.json").status_code == 404
    assert enter(cast.outsider).get("/t/rivals/alerts/1/export.json").status_code == 404
