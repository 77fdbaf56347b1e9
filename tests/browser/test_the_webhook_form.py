"""The form of a web hook in a real browser: only what counts shows, and Preview shows the body of the alert chosen."""

from datetime import datetime, timedelta

import pytest

from tests.browser.chromium import settle
from tests.browser.conftest import Person
from tests.conftest import Cast
from tests.deliveries.stage import clear, rule_for, trigger

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_fields_show_with_what_they_belong_to_and_preview_takes_the_alert_that_is_chosen(
    cast: Cast, person: Person, now: datetime
) -> None:
    rule = rule_for(cast.team, name="Slow checkout")
    clear(trigger(rule, now), now + timedelta(minutes=5))
    page = person.log_in("member@example.com")
    page.goto(f"{person.base}/t/ops/integrations/new/?kind=webhook")

    assert not page.get_by_label("User").is_visible()
    page.get_by_label("Authentication").select_option("basic")
    assert page.get_by_label("User").is_visible()
    assert page.get_by_label("Password").is_visible()
    page.get_by_label("Authentication").select_option("none")
    assert not page.get_by_label("Password").is_visible()
    page.get_by_label("Body").select_option("template")
    page.get_by_label("Template").fill('{"event": "{{ event }}"}')
    page.get_by_label("URL").fill("https://hooks.example.org/x")

    page.get_by_role("button", name="Preview").click()
    page.get_by_text('"event": "cleared"').wait_for()
    settle(page)
    assert page.evaluate("document.activeElement.innerText") == "Preview"
    page.get_by_label("With the alert").select_option("1-triggered")
    page.get_by_text('"event": "triggered"').wait_for()
    assert page.get_by_label("Template").input_value() == '{"event": "{{ event }}"}'
    assert person.complaints == []


def test_the_popup_previews_too_and_stays_open(cast: Cast, person: Person) -> None:
    page = person.log_in("member@example.com")
    page.goto(f"{person.base}/t/ops/rules/new/")
    page.get_by_role("tab", name="Notifications").click()
    page.get_by_role("link", name="Configure Integrations").click()
    page.get_by_role("link", name="Add New Integration").click()
    page.get_by_role("link", name="Webhook").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("URL").wait_for()
    settle(page)
    assert not dialog.get_by_label("Template").is_visible()

    dialog.get_by_label("URL").fill("https://hooks.example.org/x")
    dialog.get_by_role("button", name="Preview").click()

    dialog.get_by_text("With an alert that is made up").wait_for()
    assert '"rule": "Slow checkout"' in dialog.locator("pre").inner_text()
    assert dialog.get_by_label("URL").input_value() == "https://hooks.example.org/x"
    assert page.url.endswith("/rules/new/")
    assert person.complaints == []
