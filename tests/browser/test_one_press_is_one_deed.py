"""A second press while the first is under way does nothing, and a form under way says that it is busy."""

import re

import pytest

from alerts.models import AlertRule
from teams.models import ApiKey
from tests.browser.chromium import settle
from tests.browser.conftest import Person, typed_rule
from tests.conftest import Cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_saving_a_new_rule_with_a_double_click_makes_one_rule(person: Person, cast: Cast) -> None:
    page, form = typed_rule(person, cast)
    settle(page)
    form.get_by_role("button", name="Save").dblclick()
    page.wait_for_url(re.compile(r"/rules/\d+/$"))
    page.wait_for_timeout(500)
    assert AlertRule.objects.of(cast.team).count() == 1
    assert person.complaints == []


def test_a_plain_form_is_sent_once_and_may_be_sent_again_on_the_next_visit(person: Person, cast: Cast) -> None:
    page = person.log_in("owner@example.com")
    page.goto(f"{person.base}/t/ops/team/keys/")
    page.get_by_label("Name").fill("curl")
    page.get_by_role("button", name="Make the key").dblclick()
    page.get_by_label("The key").wait_for()
    assert ApiKey.objects.filter(team=cast.team, name="curl").count() == 1
    page.goto(f"{person.base}/t/ops/team/keys/")
    page.get_by_label("Name").fill("cron")
    page.get_by_role("button", name="Make the key").click()
    page.get_by_label("The key").wait_for()
    assert person.complaints == []
