"""People act on an alert in place: by plain forms, and quicker by htmx. Nothing is written twice, nothing too late."""

from datetime import datetime
from typing import Any
from urllib.parse import unquote

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from alerts import lifecycle
from alerts.models import Alert, Test
from alerts.services.acting import ACTIONS, act, outcome
from teams.access import Actor
from tests.alerts.factories import make_rule, open_alert
from tests.conftest import NOW, Cast

HTMX = {"HX-Request": "true"}
DEEDS: list[tuple[str, dict[str, str], str]] = [
    ("acknowledge", {}, "acknowledged"),
    ("assign", {"to": "owner@example.com"}, "assigned"),
    ("note", {"text": "looking"}, "noted"),
    ("close", {"reason": "known"}, "cleared"),
]


@pytest.fixture
def alert(cast: Cast, test: Test) -> Alert:
    return open_alert(make_rule(cast.team, [test]), test)


@pytest.fixture
def browser(cast: Cast, client: Client) -> Client:
    client.force_login(cast.member)
    return client


def _events(alert: Alert) -> list[str]:
    return list(alert.events.values_list("type", flat=True))


def _post(
    browser: Client, action: str, fields: dict[str, str] | None = None, headers: dict[str, str] | None = None
) -> Any:
    return browser.post(f"/t/ops/alerts/1/{action}/", fields or {}, headers=headers)


@pytest.mark.parametrize(("action", "fields", "event"), DEEDS)
def test_a_plain_form_acts_and_leads_back(
    action: str, fields: dict[str, str], event: str, browser: Client, alert: Alert
) -> None:
    answer = _post(browser, action, fields)

    assert (answer.status_code, answer.headers["Location"]) == (302, "/t/ops/alerts/1/")
    assert _events(alert) == ["triggered", event]
    assert "#1 " in next(iter(browser.get("/t/ops/alerts/1/").context["messages"])).message


@pytest.mark.parametrize(("action", "fields", "event"), DEEDS[:3])
def test_a_second_click_changes_nothing(
    action: str, fields: dict[str, str], event: str, browser: Client, alert: Alert
) -> None:
    _post(browser, action, fields)
    answer = _post(browser, action, fields)

    assert answer.status_code == 302
    assert _events(alert) == ["triggered", event]


def test_an_acknowledgement_can_be_taken_back(browser: Client, alert: Alert) -> None:
    _post(browser, "acknowledge")
    _post(browser, "unacknowledge")

    alert.refresh_from_db()
    assert alert.state == "triggered"
    assert _events(alert)[1:] == ["acknowledged", "unacknowledged"]


@pytest.mark.parametrize(
    "fields", [{"to": "owner@example.com", "text": "x"}, {"to": "", "text": " ", "reason": "\x07"}]
)
@pytest.mark.parametrize("action", ACTIONS)
def test_a_cleared_alert_says_kindly_that_it_is_over(
    action: str, fields: dict[str, str], browser: Client, alert: Alert, member: Actor
) -> None:
    lifecycle.close(member, alert, "", NOW)

    page, part = _post(browser, action, fields), _post(browser, action, fields, headers=HTMX)

    assert (page.status_code, part.status_code) == (409, 409)
    assert "Alert #1 is cleared; it can no longer change." in page.content.decode()
    assert "can no longer change" in unquote(part.headers["X-Refusal"])
    assert _events(alert) == ["triggered", "cleared"]


@pytest.mark.parametrize(
    ("action", "fields", "said"),
    [
        ("note", {"text": "  "}, "A note needs a text."),
        ("note", {"text": "x" * 2001}, "At most 2000 characters"),
        ("close", {"reason": "bell\x07"}, "Control characters are not allowed."),
        ("assign", {}, "Choose somebody."),
        ("assign", {"to": "viewer@example.com"}, "not a member of this team who may act"),
        ("assign", {"to": "outsider@example.com"}, "not a member of this team who may act"),
    ],
)
def test_bad_input_stands_at_its_field_and_changes_nothing(
    action: str, fields: dict[str, str], said: str, browser: Client, alert: Alert
) -> None:
    page, part = _post(browser, action, fields), _post(browser, action, fields, headers=HTMX)

    assert (page.status_code, part.status_code) == (422, 422)
    assert said in page.content.decode()
    assert said in part.content.decode()
    assert 'aria-invalid="true"' in page.content.decode()
    assert "autofocus" in part.content.decode()
    assert part.headers["HX-Retarget"] == f"#{action}-part"
    assert _events(alert) == ["triggered"]


def test_what_was_typed_stays_where_it_was_refused(browser: Client, alert: Alert) -> None:
    assert "looked at it" in _post(browser, "note", {"text": "looked at it \x07"}).content.decode()


def test_htmx_gets_the_parts_that_changed(browser: Client, alert: Alert) -> None:
    answer = _post(browser, "acknowledge", headers=HTMX)
    words = answer.content.decode()

    assert '<section id="standing"' in words
    assert 'id="timeline" aria-labelledby="timeline-title" hx-swap-oob="true"' in words
    assert "Take acknowledgement back" in words
    assert 'id="note-part"' not in words, "a half-typed note would be lost"
    assert "#1 is acknowledged." in answer.headers["HX-Trigger"]


def test_a_note_that_was_taken_empties_its_form(browser: Client, alert: Alert) -> None:
    words = _post(browser, "note", {"text": "seen"}, headers=HTMX).content.decode()

    assert 'id="note-part"' in words
    assert "seen</textarea>" not in words


def test_closing_takes_the_forms_away(browser: Client, alert: Alert) -> None:
    words = _post(browser, "close", {"reason": "planned work"}, headers=HTMX).content.decode()

    assert "planned work" in words
    assert words.count('hx-swap-oob="delete"') == 3
    assert "<form" not in words


@pytest.mark.parametrize(
    ("asked", "leads"),
    [
        ("/t/ops/alerts/?state=triggered", "/t/ops/alerts/?state=triggered"),
        ("https://evil.example/", "/t/ops/alerts/1/"),
        ("//evil.example/", "/t/ops/alerts/1/"),
        ("javascript:alert(1)", "/t/ops/alerts/1/"),
    ],
)
def test_it_leads_to_the_page_it_came_from_and_to_no_other_site(
    asked: str, leads: str, browser: Client, alert: Alert
) -> None:
    assert _post(browser, "acknowledge", {"next": asked}).headers["Location"] == leads


@pytest.mark.parametrize("action", ACTIONS)
def test_a_viewer_cannot_act_and_an_outsider_finds_nothing(
    action: str, cast: Cast, client: Client, alert: Alert
) -> None:
    client.force_login(cast.viewer)
    assert _post(client, action, {"to": "owner@example.com", "text": "x"}).status_code == 403
    client.force_login(cast.outsider)
    assert _post(client, action).status_code == 404
    assert client.get(f"/t/ops/alerts/1/{action}/").status_code == 405
    assert _events(alert) == ["triggered"]


def test_an_unknown_action_is_refused_by_its_name(member: Actor, alert: Alert, now: datetime) -> None:
    with pytest.raises(ValidationError) as refused:
        act(member, alert, "explode", {}, now)

    assert "Must be one of acknowledge" in refused.value.message_dict["action"][0]


def test_every_outcome_has_words(member: Actor, alert: Alert, now: datetime) -> None:
    fields = {"to": "member@example.com", "text": "x", "reason": ""}
    for action in ACTIONS:
        event = act(member, alert, action, fields, now)
        assert outcome(action, alert, event).startswith("#1 ") or action == "note"
        assert outcome(action, alert, None)
