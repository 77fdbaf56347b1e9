"""Whoever works with the keyboard, or listens, goes on where something happened and not at the top of the page."""

import re

import pytest

from tests.browser.chromium import settle
from tests.browser.conftest import Person, typed_rule
from tests.conftest import Cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FOCUSED = "document.activeElement.id || document.activeElement.name"


def test_adding_and_removing_conditions_and_saving_lead_on(person: Person, cast: Cast) -> None:
    page, form = typed_rule(person, cast)

    form.get_by_role("button", name="Add condition").press("Enter")
    settle(page)
    assert page.evaluate("document.activeElement.name") == "conditions-1-metric"
    form.get_by_role("button", name="Remove condition 2").press("Enter")
    settle(page)
    assert page.evaluate("document.activeElement.name") == "add_condition"
    form.get_by_role("button", name="Save").press("Enter")
    page.wait_for_url(re.compile(r"/rules/\d+/$"))
    settle(page)

    assert page.evaluate(FOCUSED) == "notices"
    assert "was added" in page.locator("#notices").inner_text()
    assert person.complaints == []


def test_a_page_without_news_or_with_a_field_that_asks_keeps_its_focus(person: Person, cast: Cast) -> None:
    page = person.page()
    page.goto(f"{person.base}/login/")
    assert page.evaluate(FOCUSED) == "id_username"
    page = person.log_in("member@example.com")
    page.goto(f"{person.base}/t/ops/rules/")
    assert page.evaluate("document.activeElement === document.body")
