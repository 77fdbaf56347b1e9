"""A rule's policies in a real browser: days are copied, steps come and go, and the page says whether anybody hears."""

from typing import TYPE_CHECKING

import pytest

from alerts.models import AlertRule
from alerts.services.rules import as_words
from integrations.models import Group, GroupMember, Integration
from tests.alerts.factories import make_rule, make_test
from tests.browser.chromium import settle
from tests.browser.conftest import Person
from tests.conftest import Cast
from tests.integrations.factories import make_integration

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NOBODY = "This rule tells nobody"


@pytest.fixture
def room(cast: Cast) -> Integration:
    return make_integration(cast.team, name="Night room")


@pytest.fixture
def group(room: Integration) -> Group:
    group = Group.objects.create(team=room.team, name="Night shift")
    GroupMember.objects.create(team=room.team, group=group, integration=room)
    return group


@pytest.fixture
def page(cast: Cast, person: Person, group: Group) -> "Page":
    """The Notifications tab of a rule that tells nobody yet."""
    rule = make_rule(cast.team, [make_test(cast.team, labels={"env": "prod"})], name="Slow")
    page = person.log_in("member@example.com")
    page.goto(f"{person.base}/t/ops/rules/{rule.pk}/?tab=notifications")
    settle(page)
    return page


def opened(page: "Page", words: str) -> None:
    page.locator("summary", has_text=words).click()


def test_hours_and_steps_are_filled_in_with_few_keys(page: "Page", room: Integration, person: Person) -> None:
    opened(page, "Quiet hours")
    page.get_by_role("textbox", name="Monday").fill("9-17")
    page.get_by_role("button", name="Copy down Monday to the days below").press("Enter")
    settle(page)
    page.get_by_role("textbox", name="Sunday").fill("")
    opened(page, "Escalation")
    for minutes in ("5", "30"):
        page.get_by_role("button", name="Add step").press("Enter")
        settle(page)
        page.keyboard.type(minutes)  # the keyboard was led there
    page.get_by_role("group", name="Step 1").get_by_label("Night room").check()
    page.get_by_role("button", name="Remove step 2").press("Enter")
    settle(page)
    assert page.locator("summary", has_text="Escalation").inner_text().endswith("changed, not saved yet")

    page.get_by_role("button", name="Save", exact=True).last.click()
    page.get_by_text("“Slow” was saved.").wait_for()

    words = as_words(AlertRule.objects.get())
    assert list(words["hours"]["days"]) == ["mon", "tue", "wed", "thu", "fri", "sat"]
    assert words["escalation"] == [{"after_minutes": 5, "integrations": [room.pk], "recipients": []}]
    assert page.get_by_role("textbox", name="Monday").input_value() == "09:00-17:00", "what holds something is open"
    assert person.complaints == []


def test_the_page_says_at_once_whether_anybody_hears(page: "Page", room: Integration, person: Person) -> None:
    warning = page.get_by_text(NOBODY)
    warning.wait_for()

    page.get_by_role("checkbox", name="Night shift").check()
    warning.wait_for(state="hidden")
    page.get_by_role("checkbox", name="Night shift").uncheck()
    warning.wait_for()
    Integration.objects.update(used_by_default=True)
    page.reload()
    warning.wait_for(state="hidden")
    page.get_by_role("checkbox", name="Only these").check()
    warning.wait_for()
    opened(page, "Escalation")
    page.get_by_role("button", name="Add step").click()
    settle(page)
    page.get_by_role("group", name="Step 1").get_by_label("Send emails to").fill("boss@example.com")
    warning.wait_for(state="hidden")
    assert person.complaints == []


def test_labels_show_what_they_mean_as_they_are_typed(page: "Page", person: Person) -> None:
    page.get_by_role("tab", name="Settings").click()
    opened(page, "By labels")
    page.get_by_label("And tests whose labels match").fill("env=pr*")
    page.keyboard.press("Tab")
    page.get_by_text("By labels, 1 test: Checkout").wait_for()
    assert person.complaints == []
