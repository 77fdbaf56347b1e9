"""An alert is called as its rule and test were when it opened, whatever they are called since."""

import pytest

from alerts.models import Alert, AlertRule, Test
from tests.alerts.factories import make_rule, open_alert
from tests.conftest import Cast


@pytest.fixture
def alert(cast: Cast, test: Test) -> Alert:
    return open_alert(make_rule(cast.team, [test], name="Too slow"), test)


def test_names_stay_those_of_when_it_opened(alert: Alert) -> None:
    AlertRule.objects.update(name="Slower")
    Test.objects.update(name="Till")

    assert Alert.objects.get().about == "Too slow on Checkout"


def test_an_alert_that_kept_no_names_has_those_of_now(alert: Alert) -> None:
    alert.snapshot = {}

    assert (alert.rule_name, alert.test_name) == ("Too slow", "Checkout")


def test_an_alert_about_no_test_is_called_by_its_rule(alert: Alert) -> None:
    alert.test = None

    assert alert.about == "Too slow"
