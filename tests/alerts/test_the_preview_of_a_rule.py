"""Beside the form of a rule stands what it would have done; half-typed input is no error, and nothing is written."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from alerts.ingest import ingest
from alerts.models import Alert, AlertRule, Test
from alerts.views import preview
from teams.access import Actor
from teams.limits import Limit
from teams.rates import Rate
from tests.alerts.factories import make_rule, make_test, open_alert
from tests.conftest import Cast
from tests.integrations.factories import make_integration

ADDRESS = "/t/ops/rules/preview/"


@pytest.fixture
def browser(cast: Cast, client: Client) -> Client:
    client.force_login(cast.member)
    return client


@pytest.fixture
def measured(member: Actor, test: Test) -> Test:
    """Two hours of one source that is slow twice: for 10 minutes, and now."""
    now = timezone.now()
    slow = {*range(60, 70), *range(115, 121)}
    measurements = [
        {
            "test": "checkout",
            "metric": "response_time",
            "source": "fra1",
            "observed_at": (now - timedelta(minutes=120 - minute)).isoformat(),
            "value": 900 if minute in slow else 100,
        }
        for minute in range(121)
    ]
    ingest(member, {"measurements": measurements}, now)
    return test


def _typed(*tests: Test, **changes: Any) -> dict[str, Any]:
    return {
        "name": "",
        "severity": "major",
        "match": "all",
        "rounds_required": "1",
        "rounds_window": "1",
        "rounds_mode": "any",
        "minimum": "1",
        "minimum_of": "sources",
        "when_data_stops": "keep",
        "no_data_minutes": "10",
        "reopen_after": "43200",
        "notify_on_clear": "on",
        "recipients": "ann@example.com",
        "tests": [test.pk for test in tests],
        "conditions-TOTAL_FORMS": "1",
        "conditions-INITIAL_FORMS": "0",
        "conditions-0-metric": "response_time",
        "conditions-0-operator": ">",
        "conditions-0-threshold": "500",
    } | changes


def _words(browser: Client, data: dict[str, Any], **headers: str) -> str:
    answer = browser.post(ADDRESS, data, headers=headers or None)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_it_says_how_often_how_long_and_how_many_messages(browser: Client, measured: Test, cast: Cast) -> None:
    room = make_integration(cast.team)

    words = _words(browser, _typed(measured, integrations=[room.pk]))

    assert "In the last 3 days this rule would have been violated <strong>2 times</strong>, 15 min" in words
    assert "<strong>6 messages</strong> to 2 destinations." in words
    assert "It would be violated now." in words


def test_it_draws_the_violated_times_and_the_threshold(browser: Client, measured: Test) -> None:
    words = _words(browser, _typed(measured))

    assert words.count('class="band band-major"') == 2
    assert "major: &gt; 500" in words
    assert "<style" not in words
    assert "style=" not in words


def test_a_rule_that_would_not_be_violated_says_so(browser: Client, measured: Test) -> None:
    words = _words(browser, _typed(measured, **{"conditions-0-threshold": "5000", "days": "1"}))

    assert "In the last day this rule would not have been violated: no message." in words


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"tests": []}, "Choose a test for the rule to watch."),
        ({"conditions-0-metric": "", "conditions-0-threshold": ""}, "A rule needs at least one condition."),
        ({"conditions-0-threshold": ""}, "Condition 1, threshold: This field is required."),
        ({"conditions-0-threshold": "5e"}, "Condition 1, threshold: Enter a number."),
        ({"rounds_required": "3"}, "Rounds required: Must not be more than rounds_window (1); got 3."),
        ({"minimum": ""}, "At least: This field is required."),
        ({"tests": ["999999"]}, "no longer there"),
        ({"severity": "awful"}, "Severity: "),
        ({"days": "4000", "minimum": "x"}, "At least: Enter a whole number."),
    ],
)
def test_half_typed_input_says_calmly_what_is_missing(
    changes: dict[str, Any], said: str, browser: Client, measured: Test
) -> None:
    words = _words(browser, _typed(measured, **changes))

    assert said in words
    assert "The preview waits for:" in words
    assert "<svg" not in words


def test_an_empty_form_is_no_error(browser: Client, cast: Cast) -> None:
    assert "The preview waits for:" in _words(browser, {})


@pytest.mark.parametrize("recipients", ["", "not an address", "a@"])
def test_notifications_that_are_not_right_yet_do_not_hinder_it(
    recipients: str, browser: Client, measured: Test
) -> None:
    words = _words(browser, _typed(measured, recipients=recipients, runbook="ftp:x", message="x" * 9000))

    assert "it would have told <strong>nobody</strong>." in words


def test_without_data_it_says_so(browser: Client, test: Test) -> None:
    assert "so there is nothing to try it on." in _words(browser, _typed(test))


def test_an_absent_metric_is_violated_without_data(browser: Client, test: Test) -> None:
    words = _words(browser, _typed(test, **{"conditions-0-operator": "absent", "conditions-0-threshold": "5"}))

    assert "would have been violated <strong>once</strong>" in words


def test_several_tests_stand_in_a_table_and_the_rest_is_counted(browser: Client, measured: Test, cast: Cast) -> None:
    others = [make_test(cast.team, f"z{n}") for n in range(6)]

    words = _words(browser, _typed(measured, *others))

    assert "<td>Checkout</td>" in words
    assert "Tried on the first 5 tests by name; 2 more were left out." in words


def test_it_is_limited_and_says_when_it_goes_on(
    browser: Client, measured: Test, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preview, "PREVIEWS", Limit("preview-test", Rate(1, 60)))
    _words(browser, _typed(measured))

    assert "Many previews were asked for. The next comes in" in _words(browser, _typed(measured))


def test_ids_follow_the_form_that_asked(browser: Client, measured: Test) -> None:
    own = _words(browser, _typed(measured), **{"HX-Target": "rule-12-preview"})
    odd = _words(browser, _typed(measured), **{"HX-Target": '"><script>'})

    assert 'id="rule-12-preview-days"' in own
    assert 'id="rule-preview-days"' in odd


def test_it_changes_nothing(browser: Client, measured: Test) -> None:
    _words(browser, _typed(measured))

    assert not AlertRule.objects.exists()
    assert not Alert.objects.exists()


def test_another_teams_tests_and_rooms_are_no_ones_here(browser: Client, measured: Test, cast: Cast) -> None:
    theirs = make_test(cast.other_team, "theirs", name="Secret test")
    open_alert(make_rule(cast.other_team, [theirs]), theirs)
    room = make_integration(cast.other_team)

    assert "no longer there" in _words(browser, _typed(theirs))
    assert "to 1 destination." in _words(browser, _typed(measured, integrations=[room.pk]))


def test_viewers_may_not_and_outsiders_find_nothing(cast: Cast, client: Client, test: Test) -> None:
    client.force_login(cast.viewer)
    assert client.post(ADDRESS, _typed(test)).status_code == 403
    client.force_login(cast.outsider)
    assert client.post(ADDRESS, _typed(test)).status_code == 404


def test_the_number_of_questions_does_not_grow_with_values_or_periods(
    browser: Client, measured: Test, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(12):
        _words(browser, _typed(measured))
