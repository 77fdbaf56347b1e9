"""Acting from the list: on one alert or on those that are ticked, and being told what really happened."""

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from alerts import lifecycle
from alerts.models import Alert, AlertEvent
from teams.access import Actor
from tests.alerts.factories import make_rule, make_test, open_alert
from tests.conftest import NOW, Cast

ADDRESS = "/t/ops/alerts/act/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def browser(cast: Cast, client: Client) -> Client:
    client.force_login(cast.member)
    return client


@pytest.fixture(autouse=True)
def five(cast: Cast) -> list[Alert]:
    """#1 to #5; #4 is acknowledged, #5 cleared."""
    tests = [make_test(cast.team, f"t{n}") for n in range(5)]
    rule, system = make_rule(cast.team, tests), Actor.system(cast.team)
    alerts = [open_alert(rule, test) for test in tests]
    lifecycle.acknowledge(system, alerts[3], NOW)
    lifecycle.close(system, alerts[4], "", NOW)
    return alerts


def _said(browser: Client, **data: object) -> str:
    answer = browser.post(ADDRESS, data)
    assert answer.status_code == 302
    return " ".join(str(message) for message in get_messages(answer.wsgi_request))


def _states() -> dict[int, str]:
    return dict(Alert.objects.values_list("number", "state"))


def test_each_outcome_is_said(browser: Client) -> None:
    said = _said(browser, do="acknowledge", alert=[1, 2, 3, 4, 5, 99])

    assert said == ("3 acknowledged; 1 was already; #5 is cleared, nothing changed; there is no #99.")
    assert _states() == {1: "acknowledged", 2: "acknowledged", 3: "acknowledged", 4: "acknowledged", 5: "cleared"}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"do": "unacknowledge", "alert": [1, 4]}, "1 no longer acknowledged; 1 was already."),
        ({"do": "assign", "alert": [1, 2], "to": "owner@example.com"}, "2 assigned to Owner."),
        ({"do": "note", "alert": [1, 2], "text": "Looking"}, "2 noted."),
        ({"do": "close", "alert": [1, 2, 3], "reason": "Rollback"}, "3 closed."),
        ({"one": "acknowledge 2"}, "#2 is acknowledged."),
        ({"one": "take 1"}, "#1 is assigned to Member."),
        ({"one": "acknowledge 5"}, "#5 is cleared, nothing changed."),
        ({"do": "acknowledge", "alert": ["x"]}, "Tick the alerts that you mean first."),
        ({"do": "acknowledge", "alert": list(range(1, 202))}, "At most 200 alerts at once; these are 201."),
        ({"do": "explode", "alert": [1]}, "Must be one of"),
    ],
)
def test_what_was_done_is_said_and_nothing_else(browser: Client, data: dict[str, object], words: str) -> None:
    assert words in _said(browser, **data)


def test_one_that_is_over_takes_no_other_back(browser: Client) -> None:
    _said(browser, do="close", alert=[5, 1], reason="Done")
    assert Alert.objects.get(number=1).cleared_text == "Done"


def test_the_list_one_acted_from_comes_back(browser: Client) -> None:
    answer = browser.post(ADDRESS, {"one": "acknowledge 1", "back": "severity=minor&show=active&evil=//x"})
    assert answer.headers["Location"] == "/t/ops/alerts/?severity=minor&show=active"
    assert browser.post(ADDRESS, {"one": "take 1", "back": "all"}).headers["Location"] == "/alerts/"


def test_htmx_gets_the_rows_as_they_are_now_and_the_words(browser: Client) -> None:
    answer = browser.post(ADDRESS, {"one": "acknowledge 1", "back": "", "seen": "5"}, headers=HTMX)

    assert answer.status_code == 200
    assert answer.headers["HX-Retarget"] == "#alerts"
    assert "#1 is acknowledged." in answer.headers["HX-Trigger"]
    assert 'value="unacknowledge 1"' in answer.content.decode()


def test_wrong_fields_are_asked_for_again_and_nothing_is_stored(browser: Client) -> None:
    events = AlertEvent.objects.count()

    answer = browser.post(ADDRESS, {"do": "note", "alert": [1, 2], "text": " "})
    nobody = browser.post(ADDRESS, {"do": "assign", "alert": [1], "to": "outsider@example.com"}, headers=HTMX)

    assert (answer.status_code, nobody.status_code) == (422, 422)
    assert "A note needs a text." in answer.content.decode()
    assert "autofocus" in answer.content.decode(), "the keyboard is led to what was wrong"
    assert "is not a member of this team" in nobody.content.decode()
    assert AlertEvent.objects.count() == events


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_question_names_the_alerts_and_changes_nothing(browser: Client, headers: dict[str, str]) -> None:
    before = _states()

    page = browser.post(ADDRESS, {"ask": "close", "alert": [1, 2]}, headers=headers).content.decode()
    one = browser.get(ADDRESS, {"alert": 1}, headers=headers).content.decode()

    assert "Close 2 alerts" in page
    assert 'name="to"' not in page
    for name in ("to", "text", "reason"):
        assert f'name="{name}"' in one
    assert _states() == before


def test_a_viewer_may_not_and_an_outsider_finds_nothing(cast: Cast, client: Client) -> None:
    before = _states()
    for person, status in ((cast.viewer, 403), (cast.outsider, 404)):
        client.force_login(person)
        assert client.post(ADDRESS, {"do": "acknowledge", "alert": [1]}).status_code == status
        assert client.get(ADDRESS, {"alert": 1}).status_code == status
    assert _states() == before


def test_numbers_of_another_team_are_nobodys(cast: Cast, client: Client) -> None:
    client.force_login(cast.outsider)
    answer = client.post("/t/rivals/alerts/act/", {"do": "acknowledge", "alert": [1]})
    assert [str(message) for message in get_messages(answer.wsgi_request)] == ["there is no #1."]
    assert _states()[1] == "triggered"
