"""Alert Settings says of each rule what it watches, whom it tells and whether it is violated now."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from alerts.models import AlertRule, RuleIntegration, Test
from alerts.services.rules import stamp_of
from channels_app.words import Severity
from integrations.models import Integration
from tests.alerts.factories import SLOW, make_rule, make_test, open_alert
from tests.alerts.rule_pages import PART, RULES, address
from tests.conftest import Cast
from tests.integrations.factories import make_integration


@pytest.fixture
def browser(cast: Cast, client: Client) -> Client:
    client.force_login(cast.member)
    return client


@pytest.fixture
def test(cast: Cast) -> Test:
    return make_test(cast.team)


def tick(rule: AlertRule, integration: Integration) -> None:
    RuleIntegration.objects.create(team=rule.team, rule=rule, integration=integration)


def seen(browser: Client, **query: Any) -> str:
    answer = browser.get(RULES, query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_row_says_what_the_rule_watches_whom_it_tells_and_what_is_open(cast: Cast, browser: Client) -> None:
    tests = [make_test(cast.team, f"page-{n}", name=f"Page {n}") for n in range(4)]
    rule = make_rule(cast.team, tests, rounds_required=2, rounds_window=3, recipients=["a@example.com"])
    tick(rule, make_integration(cast.team, name="Night room"))
    open_alert(rule, tests[0], severity=Severity.MAJOR)
    open_alert(rule, tests[1], severity=Severity.MINOR)

    page = seen(browser)

    for words in ("response_time &gt; 500", "2 of 3 rounds", "Page 0 and 3 more", "Night room", "1 e-mail", "Slack"):
        assert words in page
    assert f'href="/t/ops/alerts/?rule={rule.pk}"' in page
    assert "2 open alerts" in page
    assert "severity-major" in page
    assert f'aria-controls="rule-{rule.pk}-panel"' in page


def test_a_rule_that_reaches_nobody_is_marked(cast: Cast, browser: Client, test: Test) -> None:
    rule = make_rule(cast.team, [test])
    assert "tells nobody" in seen(browser)

    tick(rule, make_integration(cast.team, enabled=False))
    assert "tells nobody" in seen(browser)

    tick(rule, make_integration(cast.team, name="awake"))
    assert "tells nobody" not in seen(browser)


def test_a_page_does_not_begin_behind_another_teams_rule(cast: Cast, browser: Client, test: Test) -> None:
    make_rule(cast.team, [test], name="Apples")
    theirs = make_rule(cast.other_team, [make_test(cast.other_team)], name="Middle")

    assert "Apples" in seen(browser, after=theirs.pk), "else its place would tell their rule's name"


def test_filters_leave_what_they_name(cast: Cast, browser: Client, test: Test) -> None:
    room = make_integration(cast.team)
    red = make_rule(cast.team, [test], name="Red rule", severity="critical")
    off = make_rule(cast.team, [], name="Off rule", enabled=False, recipients=["a@example.com"])
    told = make_rule(cast.team, [], name="Told rule")
    tick(told, room)
    open_alert(red, test)
    rows = {red: "Red rule", off: "Off rule", told: "Told rule"}

    for query, expected in (
        ({"name": "red"}, {red}),
        ({"severity": "critical"}, {red}),
        ({"test": "checkout"}, {red}),
        ({"integration": room.pk}, {told}),
        ({"show": "violated"}, {red}),
        ({"show": "disabled"}, {off}),
        ({"show": "quiet"}, {red}),
    ):
        page = seen(browser, **query)
        assert {rule for rule, name in rows.items() if f">{name}<" in page} == expected, query


def test_a_filter_that_means_nothing_is_said_to_and_narrows_nothing(cast: Cast, browser: Client, test: Test) -> None:
    make_rule(cast.team, [test])

    for query in ({"severity": "loud"}, {"integration": "9" * 30}, {"after": "x"}):
        page = seen(browser, **query)
        assert "Too slow" in page
        assert "errorlist" in page


def test_fifty_rules_stand_on_a_page_and_none_is_left_out(cast: Cast, browser: Client) -> None:
    AlertRule.objects.bulk_create(AlertRule(team=cast.team, name=f"Same {n % 2}") for n in range(53))

    first = browser.get(RULES)
    second = browser.get(f"{RULES}?{first.context['next']}")

    ids = [row.rule.pk for answer in (first, second) for row in answer.context["page"].rows]
    assert len(first.context["page"].rows) == 50
    assert sorted(ids) == sorted(AlertRule.objects.values_list("pk", flat=True))
    assert "Next page" not in second.content.decode()


def test_more_rules_take_no_more_queries(
    cast: Cast, browser: Client, test: Test, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    room = make_integration(cast.team)
    for n in range(12):
        rule = make_rule(cast.team, [test], [SLOW, SLOW], name=f"Rule {n}")
        tick(rule, room)
        open_alert(rule, test)

    with django_assert_max_num_queries(13):
        seen(browser)


def test_the_list_says_by_itself_when_a_rule_is_violated(cast: Cast, browser: Client, test: Test) -> None:
    rule, theirs = make_rule(cast.team, [test]), make_rule(cast.other_team, [])
    assert f"/t/ops/rules/now/?id={rule.pk}&amp;" in seen(browser)
    open_alert(rule, test, severity=Severity.MAJOR)

    part = browser.get(f"{RULES}now/?id={rule.pk}&id={theirs.pk}&id=x").content.decode()

    assert f'id="rule-{rule.pk}-now" hx-swap-oob="true"' in part
    assert "1 open alert" in part
    assert f"rule-{theirs.pk}-now" not in part


def test_a_team_without_rules_is_led_to_the_first(browser: Client) -> None:
    page = seen(browser)

    assert "no alert rules yet" in page
    assert 'href="/t/ops/rules/new/"' in page


def test_the_switch_says_what_became_of_the_alerts(cast: Cast, browser: Client, test: Test) -> None:
    rule = make_rule(cast.team, [test])
    alert = open_alert(rule, test)

    answer = browser.post(address(rule, "enabled/"), {"enabled": "0"}, follow=True)

    rule.refresh_from_db()
    assert not rule.enabled
    assert f"#{alert.number} cleared: the rule was disabled." in answer.content.decode()
    part = browser.post(address(rule, "enabled/"), {"enabled": "1"}, headers=PART)
    assert 'aria-checked="true"' in part.content.decode()
    assert "is on" in part["HX-Trigger"]


def test_an_open_form_follows_the_switch_of_its_row_unless_somebody_else_came_between(
    cast: Cast, browser: Client, test: Test
) -> None:
    rule = make_rule(cast.team, [test])
    stamp = stamp_of(rule)

    followed = browser.post(address(rule, "enabled/"), {"enabled": "0", "stamp": stamp}, headers=PART).content.decode()
    outdated = browser.post(address(rule, "enabled/"), {"enabled": "1", "stamp": stamp}, headers=PART).content.decode()

    assert 'name="stamp"' in followed
    assert f'id="rule-{rule.pk}-enabled" hx-swap-oob="true"' in followed
    assert "hx-swap-oob" not in outdated


def test_deleting_says_before_what_it_will_do_and_then_does_it(cast: Cast, browser: Client, test: Test) -> None:
    rule = make_rule(cast.team, [test], recipients=["a@example.com"])
    tick(rule, make_integration(cast.team, name="Night room"))
    alert = open_alert(rule, test)

    asked = browser.get(address(rule, "delete/")).content.decode()
    assert AlertRule.objects.filter(pk=rule.pk, archived_at=None).exists()
    for words in (f"1 open alert will clear: #{alert.number}.", "Night room, 1 e-mail address", "are kept"):
        assert words in asked

    answer = browser.post(address(rule, "delete/"), headers=PART)

    rule.refresh_from_db()
    assert rule.archived_at is not None
    assert answer.content == b""
    assert "close-dialog" in answer["HX-Trigger"]
    assert f"#{alert.number} cleared: the rule was deleted." in answer["HX-Trigger"]
    assert browser.get(address(rule)).status_code == 404


def test_a_rule_that_keeps_the_end_to_itself_says_so_before_it_is_deleted(
    cast: Cast, browser: Client, test: Test
) -> None:
    rule = make_rule(cast.team, [test], recipients=["a@example.com"], notify_on_clear=False)
    open_alert(rule, test)

    assert "Nobody will be told" in browser.get(address(rule, "delete/")).content.decode()


def test_a_viewer_reads_all_of_it_and_changes_nothing(cast: Cast, client: Client, test: Test) -> None:
    rule = make_rule(cast.team, [test], message="Call Ann", runbook="https://wiki.example/x")
    client.force_login(cast.viewer)

    pages = [client.get(RULES).content.decode(), client.get(address(rule)).content.decode()]
    panel = client.get(address(rule), headers=PART).content.decode()

    assert all("Too slow" in page and "Add New Alert Rule" not in page for page in pages)
    assert "Call Ann" in panel
    assert "https://wiki.example/x" in panel
    assert not any(control in panel for control in ("<form", "<input", "<select", "hx-post"))
    for tail in ("", "enabled/", "delete/"):
        assert client.post(address(rule, tail), {"enabled": "0"}).status_code == 403
    for page in (f"{RULES}new/", address(rule, "copy/"), address(rule, "delete/")):
        assert client.get(page).status_code == 403


def test_an_outsider_finds_no_rule_here(cast: Cast, client: Client, test: Test) -> None:
    rule = make_rule(cast.team, [test])
    client.force_login(cast.outsider)

    for tail in ("", "copy/", "delete/", "enabled/"):
        assert client.get(address(rule, tail)).status_code == 404
        assert client.get(f"/t/rivals/rules/{rule.pk}/{tail}").status_code in (404, 405)
