"""Fire drills where people and programs meet them: run from the rule, watched there, flagged where they fail."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from alerts.models import Alert, AlertRule
from deliveries import drilling
from deliveries.models import Drill
from teams.models import Team
from tests.api.calls import ApiClient, key_of
from tests.conftest import NOW, Cast
from tests.deliveries.stage import rule_for, send_all, slack
from tests.servers.http import Answer, Receiver

PART = {"HX-Request": "true"}
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def at_noon() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def browser(cast: Cast, client: Client) -> Client:
    client.force_login(cast.member)
    return client


@pytest.fixture
def api(cast: Cast) -> ApiClient:
    return ApiClient(key_of(cast.team))


@pytest.fixture
def rule(cast: Cast, receiver: Receiver) -> AlertRule:
    receiver.default = Answer(200, b"ok")
    return rule_for(cast.team, slack(cast.team, receiver, "ops"), name="Slow")


def seen(browser: Client, address: str, **headers: str) -> str:
    answer = browser.get(address, headers=headers or None)
    assert answer.status_code == 200, address
    return " ".join(answer.content.decode().split())


def run(browser: Client, rule: AlertRule) -> Any:
    return browser.post(f"/t/ops/rules/{rule.pk}/drill/run/")


def finish() -> None:
    for later in (6, 12, 50, 60):
        send_all(NOW + later * SECOND)
        drilling.run(NOW + later * SECOND)


def test_the_page_of_a_rule_leads_to_a_dialog_that_names_who_will_be_told(browser: Client, rule: AlertRule) -> None:
    AlertRule.objects.update(recipients=["ann@example.com"])
    address = f"/t/ops/rules/{rule.pk}/drill/"
    assert f'hx-get="{address}"' in seen(browser, f"/t/ops/rules/{rule.pk}/")
    assert f'data-dialog="{address}run/"' in seen(browser, address, **PART)

    dialog = seen(browser, f"{address}run/", **PART)

    assert "<li>Slack ops</li><li>ann@example.com</li>" in dialog
    assert "<html" not in dialog
    assert "<html" in seen(browser, f"{address}run/")
    assert "<html" in seen(browser, address)
    assert not Drill.objects.exists()


def test_what_comes_of_it_stands_at_the_rule_while_it_is_under_way_and_after(browser: Client, rule: AlertRule) -> None:
    address = f"/t/ops/rules/{rule.pk}/drill/"
    assert "None was run yet" in seen(browser, address, **PART)

    answer = run(browser, rule)
    assert answer.headers["Location"] == address
    begun = seen(browser, address, **PART)
    assert ('data-live="2"' in begun, "under way" in begun, "run/" in begun) == (True, True, False)
    known = re.findall(r"stamp=\w+", begun)[0]
    assert browser.get(f"{address}?{known}", headers=PART).status_code == 204

    finish()
    over = seen(browser, address, **PART)
    assert f"{known}&quot;" not in over
    assert browser.get(f"{address}?{known}", headers=PART).status_code == 200
    assert ("went well" in over, over.count("reached</span>"), "run/" in over) == (True, 2, True)
    assert "Delivered at 12:00:06." in over


def test_a_failed_or_overdue_drill_is_flagged_at_the_rule_and_in_the_list(
    cast: Cast, browser: Client, receiver: Receiver, rule: AlertRule
) -> None:
    receiver.default = Answer(404, b"no_service")
    rule_for(cast.team, name="Weekly", drill_weekly=True, test=rule.tests.get())
    AlertRule.objects.filter(name="Weekly").update(updated_at=NOW - timedelta(days=9))
    run(browser, rule)
    finish()
    Drill.objects.exclude(rule=rule).delete()

    rows = seen(browser, "/t/ops/rules/").split('<li class="rule"')
    assert ["fire drill failed" in row for row in rows[1:]] == [True, False]
    assert ["fire drill overdue" in row for row in rows[1:]] == [False, True]
    part = seen(browser, f"/t/ops/rules/{rule.pk}/drill/", **PART)
    assert 'state-bad">failed' in part
    assert "Not everybody was reached: ops" in part
    weekly = AlertRule.objects.get(name="Weekly")
    assert "The weekly fire drill is overdue." in seen(browser, f"/t/ops/rules/{weekly.pk}/drill/", **PART)


def test_more_rules_and_drills_take_no_more_queries(
    cast: Cast, browser: Client, rule: AlertRule, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for n in range(12):
        each = rule_for(cast.team, name=f"Rule {n}", test=rule.tests.get())
        for number in range(3):
            Drill.objects.create(team=cast.team, rule=each, number=number, began_at=NOW, ok=False, finished_at=NOW)
    with django_assert_max_num_queries(13):
        assert seen(browser, "/t/ops/rules/").count(">fire drill failed<") == 12


def test_the_page_of_its_alert_says_plainly_what_it_is_and_leads_back(
    browser: Client, api: ApiClient, receiver: Receiver, rule: AlertRule
) -> None:
    run(browser, rule)
    finish()
    link = re.findall(rb"/t/ops/[\w/]+/", receiver.received[0].body)[0].decode()

    page = seen(browser, link)

    assert link == "/t/ops/alerts/1/"
    assert "This is a fire drill: nothing is wrong, and nobody needs to act." in page
    assert f'href="/t/ops/rules/{rule.pk}/drill/"' in page
    assert "Fire drill: Slow on Checkout</h1>" in page
    assert "Mute" not in page
    assert api.get("/api/v1/alerts/1/").json()["drill"] is True


def test_it_is_refused_in_words_while_one_runs_or_where_nobody_would_hear(browser: Client, rule: AlertRule) -> None:
    run(browser, rule)
    again = run(browser, rule)
    assert (again.status_code, "is under way" in again.content.decode()) == (409, True)
    AlertRule.objects.update(enabled=False)
    assert run(browser, rule).status_code == 409
    assert "The rule is off" in seen(browser, f"/t/ops/rules/{rule.pk}/drill/run/", **PART)
    AlertRule.objects.update(enabled=True)
    Team.objects.update(shadow=True)
    assert "in shadow mode" in seen(browser, f"/t/ops/rules/{rule.pk}/drill/run/", **PART)
    assert Drill.objects.count() == 1


def test_viewers_see_what_came_of_it_and_run_none(cast: Cast, browser: Client, rule: AlertRule) -> None:
    run(browser, rule)
    finish()
    browser.force_login(cast.viewer)
    part = seen(browser, f"/t/ops/rules/{rule.pk}/drill/", **PART)
    assert ("went well" in part, "run/" in part) == (True, False)
    assert run(browser, rule).status_code == 403


def test_over_the_api_it_is_run_and_read_until_it_is_over(api: ApiClient, rule: AlertRule) -> None:
    made = api.send("POST", f"/api/v1/rules/{rule.pk}/drill/")
    assert made.status_code == 201
    drill = made.json()
    assert (drill["rule"], drill["alert"], drill["ok"], drill["by"]) == (rule.pk, 1, None, "API key member")
    assert [(each["destination"], each["event"], each["ok"]) for each in drill["results"]] == [
        ("ops (webhook at 127.0.0.1)", "triggered", None)
    ]
    assert api.send("POST", f"/api/v1/rules/{rule.pk}/drill/").status_code == 409

    finish()

    over = api.get(f"/api/v1/drills/{drill['id']}/").json()
    assert (over["ok"], over["detail"]) == (True, "")
    assert [(each["event"], each["ok"]) for each in over["results"]] == [("triggered", True), ("cleared", True)]
    deliveries = [api.get(f"/api/v1/deliveries/{each['delivery']}/").json() for each in over["results"]]
    assert [each["state"] for each in deliveries] == ["delivered", "delivered"]
    listed = api.get(f"/api/v1/drills/?rule={rule.pk}").json()["results"]
    assert listed == [{name: value for name, value in over.items() if name != "results"}]
    assert api.get("/api/v1/drills/?rule=987654321").json()["results"] == []
    assert api.get("/api/v1/drills/?test=x").status_code == 400


def test_nothing_of_another_team_is_drilled_or_read(cast: Cast, api: ApiClient, receiver: Receiver) -> None:
    theirs = rule_for(cast.other_team)
    drill = Drill.objects.create(team=cast.other_team, rule=theirs, number=1, began_at=NOW)
    assert api.send("POST", f"/api/v1/rules/{theirs.pk}/drill/").status_code == 404
    assert api.get(f"/api/v1/drills/{drill.pk}/").status_code == 404
    assert api.get("/api/v1/drills/").json()["results"] == []
    viewer = ApiClient(key_of(cast.team, "viewer"))
    assert viewer.send("POST", f"/api/v1/rules/{rule_for(cast.team).pk}/drill/").status_code == 403
    assert not Alert.objects.exists()


def test_the_admin_runs_one_beside_the_rule_and_shows_what_came_of_it(
    cast: Cast, browser: Client, rule: AlertRule
) -> None:
    browser.force_login(cast.owner)
    page = f"/admin/alerts/alertrule/{rule.pk}/change/"
    assert f"/admin/alerts/alertrule/{rule.pk}/do/drill/" in seen(browser, page)
    answer = browser.post(f"/admin/alerts/alertrule/{rule.pk}/do/drill/", follow=True)
    assert "is under way" in answer.content.decode()
    finish()
    shown = seen(browser, page)
    assert "all whom the rule tells were reached" in shown
    assert "Delivered at 12:00:06." in shown
