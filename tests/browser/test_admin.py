"""The admin as a team's admin uses it, in a real browser under its own content policy."""

import re
from collections.abc import Iterator

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from alerts.models import AlertRule, Test
from integrations.models import Integration
from teams.models import Team, User
from tests.admin.conftest import make_half
from tests.alerts.factories import make_test
from tests.browser.conftest import Person, press_what_closes
from tests.conftest import Cast
from tests.servers.http import Answer, Receiver

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

HOSTILE = """<script>alert(1)</script>'"><img src=x onerror=alert(2)>{{7*7}}${alert(3)}"""


@pytest.fixture
def slack(settings: Settings) -> Iterator[Receiver]:
    settings.BELLHOP_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    with Receiver() as receiver:
        yield receiver


def test_a_rule_gets_its_first_integration_through_the_popup(cast: Cast, person: Person, slack: Receiver) -> None:
    make_test(cast.team, name="Checkout")
    page = person.log_in("member@example.com")

    page.goto(f"{person.base}/admin/alerts/alertrule/add/")
    page.fill("#id_name", "Checkout is slow")
    page.fill("#id_conditions-0-metric", "response_time")
    page.select_option("#id_conditions-0-operator", ">")
    page.fill("#id_conditions-0-threshold", "500")
    page.locator(".field-tests, #settings").first.locator(".select2-selection").click()
    page.get_by_role("option", name="Checkout").click()
    page.get_by_role("tab", name="Notifications").click()
    with page.expect_popup() as opened:
        page.get_by_role("link", name="Configure Integrations").click()
    popup = person.watch(opened.value)
    popup.get_by_role("link", name="Add New Integration").click()
    popup.get_by_role("link", name=re.compile("^Slack")).click()
    popup.get_by_label("Name").fill("ops room")
    popup.get_by_label("Webhook URL").fill(f"{slack.url}/services/T00/B00/abcdefgh")
    slack.script(Answer(404, b"no_service"))
    popup.get_by_role("button", name="Test").click()
    popup.get_by_text("status 404").wait_for()
    popup.get_by_text("no_service").wait_for()
    popup.get_by_role("button", name="Test").click()
    popup.get_by_text("The test message was accepted: status 200").wait_for()
    popup.get_by_role("button", name="Save").click()
    popup.get_by_text("ops room is saved and ticked for the rule").wait_for()

    ticked = page.get_by_role("checkbox", name=re.compile("ops room"))
    ticked.wait_for()
    assert ticked.is_checked()
    page.get_by_role("link", name="Edit Integrations").wait_for()
    press_what_closes(popup, "Done")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("was added successfully").wait_for()

    rule = AlertRule.objects.get(name="Checkout is slow")
    assert [each.name for each in rule.integrations.all()] == ["ops room"]
    assert [each.name for each in rule.tests.all()] == ["Checkout"]
    assert [request.path for request in slack.received] == ["/services/T00/B00/abcdefgh"] * 2
    assert person.complaints == []


def test_the_popups_edit_leaves_what_was_ticked_and_typed(cast: Cast, person: Person) -> None:
    half = make_half(cast.team, cast.owner, "Own")
    page = person.log_in("member@example.com")
    page.goto(f"{person.base}/admin/alerts/alertrule/{half.rule.pk}/change/#notifications")
    page.fill("#id_message", "typed, not saved")

    with page.expect_popup() as opened:
        page.get_by_role("link", name="Edit Integrations").click()
    popup = person.watch(opened.value)
    popup.get_by_role("link", name="Edit").click()
    popup.get_by_label("Name").fill("New name")
    popup.get_by_role("button", name="Save").click()

    ticked = page.get_by_role("checkbox", name=re.compile("New name"))
    ticked.wait_for()
    assert ticked.is_checked()
    assert page.input_value("#id_message") == "typed, not saved"
    assert person.complaints == []


def test_hostile_names_run_nothing(cast: Cast, person: Person) -> None:
    half = make_half(cast.team, cast.owner, "Own")
    Team.objects.filter(pk=cast.team.pk).update(name=HOSTILE)
    User.objects.filter(pk=cast.owner.pk).update(name=HOSTILE)
    Test.objects.filter(pk=half.test.pk).update(name=HOSTILE, target=HOSTILE, labels={HOSTILE: HOSTILE})
    AlertRule.objects.filter(pk=half.rule.pk).update(name=HOSTILE, message=HOSTILE, recipients=[HOSTILE])
    Integration.objects.filter(pk=half.integration.pk).update(name=HOSTILE, target=HOSTILE)
    page = person.log_in("owner@example.com")

    for address in (
        "",
        f"alerts/alert/{half.alert.pk}/change/",
        "alerts/alert/?q=<script>alert(4)</script>",
        f"alerts/alertrule/{half.rule.pk}/change/#notifications",
        f"alerts/test/{half.test.pk}/change/",
        f"alerts/test/{half.test.pk}/delete/",
        "alerts/test/",
        f"integrations/integration/{half.integration.pk}/change/",
        "integrations/integration/configure/?_popup=1",
        f"deliveries/delivery/{half.delivery.pk}/change/",
        "deliveries/delivery/",
        "teams/membership/",
        "teams/auditentry/",
    ):
        page.goto(f"{person.base}/admin/{address}")
        assert page.locator("h1").count() == 1, address

    assert person.complaints == []


@pytest.mark.parametrize("width", [1440, 390])
def test_no_page_is_wider_than_the_screen(width: int, cast: Cast, person: Person) -> None:
    half = make_half(cast.team, cast.owner, "Own")
    page = person.log_in("owner@example.com")
    page.set_viewport_size({"width": width, "height": 844})

    for address in (
        "",
        "alerts/alert/",
        f"alerts/alert/{half.alert.pk}/change/",
        f"alerts/alertrule/{half.rule.pk}/change/",
        f"alerts/alertrule/{half.rule.pk}/change/#notifications",
        f"integrations/integration/{half.integration.pk}/change/",
        "integrations/integration/add/?kind=hipchat",
        "deliveries/delivery/",
        f"deliveries/delivery/{half.delivery.pk}/change/",
        "teams/auditentry/",
    ):
        page.goto(f"{person.base}/admin/{address}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address


def test_a_person_of_two_teams_switches_with_one_choice(cast: Cast, person: Person) -> None:
    make_half(cast.other_team, cast.outsider, "Their")
    cast.owner.memberships.create(team=cast.other_team, role="viewer", created_at=timezone.now())
    page = person.log_in("owner@example.com")
    page.get_by_text("All is quiet.").wait_for()

    page.select_option("#team-switcher", label="Rivals")

    page.get_by_text("You are looking at Rivals now.").wait_for()
    page.get_by_text("Their rule on Their test").wait_for()
    assert person.complaints == []
