"""The tabs of a rule: what is typed is stored whole or refused at its place, and never overwrites others unseen."""

import re
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client
from pytest_django import Settings

from alerts.forms.rules import RuleForm, fields_of, initial_of
from alerts.models import AlertRule, Series, Test
from alerts.services import rules as services
from teams.access import Actor
from tests.alerts.conftest import Say
from tests.alerts.factories import SLOW, make_rule, make_test, open_alert
from tests.alerts.rule_pages import PART, RULES, address, filled
from tests.conftest import Cast
from tests.integrations.factories import make_integration

NEW = f"{RULES}new/"


@pytest.fixture
def browser(cast: Cast, client: Client) -> Client:
    client.force_login(cast.member)
    return client


def refused(answer: Any) -> RuleForm:
    assert answer.status_code == 422
    form: RuleForm = answer.context["form"]
    return form


def test_a_rule_is_added_with_all_that_was_typed(cast: Cast, browser: Client, test: Test) -> None:
    room = make_integration(cast.team)
    conditions = [SLOW, {"metric": "beat", "operator": "absent", "threshold": 5, "severity": "critical"}]
    values = filled(None, conditions, tests=[test.pk], integrations=[room.pk], minimum=50, minimum_of="percent")
    texts = {"recipients": "a@example.com\nb@example.com", "message": "Call Ann", "runbook": "https://wiki.example/x"}

    answer = browser.post(NEW, values | texts)

    rule = AlertRule.objects.get()
    assert answer["Location"] == address(rule)
    assert (rule.minimum_sources, rule.minimum_sources_percent) == (None, 50)
    assert rule.recipients == ["a@example.com", "b@example.com"]
    assert [str(each) for each in rule.conditions.all()] == ["response_time > 500.0", "beat absent 5.0"]
    assert (list(rule.tests.all()), list(rule.integrations.all())) == ([test], [room])
    assert (rule.message, rule.runbook) == ("Call Ann", "https://wiki.example/x")


def test_saving_what_the_form_shows_changes_nothing(cast: Cast, member: Actor, test: Test) -> None:
    rule = make_rule(
        cast.team, [test], [SLOW | {"severity": "major"}], minimum_sources=None, minimum_sources_percent=30
    )
    first = initial_of(rule)
    rows = first.pop("conditions")
    shown = {name: value for name, value in first.items() if value not in (None, "", False)}

    form = RuleForm(cast.team, _query(filled(rule, rows, **shown)), rule=rule)

    assert form.is_valid(), form.errors
    services.update_rule(member, rule, fields_of(form), rule.created_at, seen=first["stamp"])
    assert services.stamp_of(AlertRule.objects.get()) == first["stamp"]


def test_what_a_change_does_to_open_alerts_is_said_after_saving(
    cast: Cast, browser: Client, test: Test, say: Say
) -> None:
    rule = make_rule(cast.team, [test])
    say(0, fra1=812.5)
    alert = rule.alerts.get()
    higher = SLOW | {"threshold": 5000}

    answer = browser.post(address(rule), filled(rule, [higher], tests=[test.pk]), headers=PART)

    assert answer.status_code == 200
    assert f"#{alert.number} cleared: the rule was changed." in answer["HX-Trigger"]
    assert f'id="rule-{rule.pk}"' in answer.content.decode()


def test_errors_stand_at_their_fields_and_their_tab_is_opened(cast: Cast, browser: Client, test: Test) -> None:
    wrong: dict[str, Any] = {"recipients": "a@example.com\nnobody@", "runbook": "ftp://x.example/"}

    answer = browser.post(NEW, filled(None, tests=[test.pk], **wrong))

    form = refused(answer)
    assert "nobody@" in str(form.errors["recipients"])
    assert form.wrong_tabs == {"notifications"}
    assert answer.context["tab"] == "notifications"
    assert not AlertRule.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"metric": "response time!"}, "metric"),
        ({"threshold": ""}, "threshold"),
        ({"threshold": "fast"}, "threshold"),
        ({"operator": "absent", "threshold": -3}, "threshold"),
    ],
)
def test_a_wrong_condition_says_so_in_its_own_row(
    browser: Client, wrong: dict[str, Any], field: str, cast: Cast
) -> None:
    empty = {"metric": "", "operator": ">", "threshold": ""}

    form = refused(browser.post(NEW, filled(None, [SLOW, empty, SLOW | wrong])))

    assert [list(row.errors) for row in form.conditions] == [[], [], [field]]
    assert form.wrong_tabs == {"settings"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"rounds_required": 4, "rounds_window": 3}, "rounds_required"),
        ({"minimum": 101, "minimum_of": "percent"}, "minimum"),
        ({"tests": ["1,2,x"]}, "tests"),
        ({"tests": ["999"]}, "tests"),
        ({"integrations": ["999"]}, "integrations"),
        ({"reopen_after": 1}, "reopen_after"),
        ({"conditions-TOTAL_FORMS": "many"}, "__all__"),
    ],
)
def test_a_wrong_field_is_refused_and_nothing_is_stored(
    browser: Client, changes: dict[str, Any], field: str, cast: Cast
) -> None:
    assert field in refused(browser.post(NEW, filled(None, **changes))).errors
    assert not AlertRule.objects.exists()


def test_another_teams_tests_and_integrations_cannot_be_chosen(cast: Cast, browser: Client) -> None:
    theirs, room = make_test(cast.other_team, name="Secret"), make_integration(cast.other_team, name="Secret")

    answer = browser.post(NEW, filled(None, tests=[theirs.pk], integrations=[room.pk]))

    assert {"tests", "integrations"} <= set(refused(answer).errors)
    assert "Secret" not in answer.content.decode()


@pytest.mark.parametrize("field", ["tests", "integrations"])
def test_more_choices_than_there_can_be_are_refused(
    field: str, cast: Cast, browser: Client, test: Test, settings: Settings
) -> None:
    settings.BELLHOP_MAX_TESTS = settings.BELLHOP_MAX_INTEGRATIONS = 3
    form = RuleForm(cast.team, QueryDict(f"{field}=1,2,3,4,5,6"))

    answer = browser.post(f"{RULES}new/", filled(tests=test.pk) | {field: "1,2,3,4,5,6"})

    assert (answer.status_code, AlertRule.objects.count()) == (422, 0)
    assert "This is no choice of this page." in answer.content.decode()
    assert len(form[field].value()) == 4, "what is shown again is asked for in the database too"


def test_a_change_by_somebody_else_is_not_overwritten_unseen(cast: Cast, browser: Client, test: Test, now: Any) -> None:
    rule = make_rule(cast.team, [test])
    mine = filled(rule, name="Mine", tests=[test.pk])
    services.update_rule(Actor.system(cast.team), rule, {"severity": "critical"}, now)

    answer = browser.post(address(rule), mine, headers=PART)

    rule.refresh_from_db()
    assert (rule.name, rule.severity) == ("Too slow", "critical")
    page = answer.content.decode()
    assert "Bellhop changed this rule" in page
    assert "(severity)" in page
    assert 'value="Mine"' in page
    again = mine | {"stamp": refused(answer)["stamp"].value()}
    assert browser.post(address(rule), again).status_code == 302
    rule.refresh_from_db()
    assert rule.name == "Mine"


def test_a_copy_stores_nothing_before_it_is_saved(cast: Cast, browser: Client, test: Test) -> None:
    rule = make_rule(cast.team, [test], recipients=["a@example.com"])

    page = browser.get(address(rule, "copy/")).content.decode()

    assert 'value="Copy of Too slow"' in page
    assert "a@example.com" in page
    assert f'action="{NEW}"' in page
    assert AlertRule.objects.count() == 1


def test_rows_come_and_go_while_one_types_and_nothing_is_stored_or_complained_of(cast: Cast, browser: Client) -> None:
    rows: list[dict[str, Any]] = [SLOW, {"metric": "loss", "operator": ">=", "threshold": "two"}]
    typed = filled(None, rows, name="")

    more = browser.post(NEW, typed | {"add_condition": "1"})
    fewer = browser.post(NEW, typed | {"remove_condition": "0"})

    assert more.status_code == fewer.status_code == 200
    assert len(more.context["form"].conditions.forms) == 3
    assert [row["metric"].value() for row in fewer.context["form"].conditions] == ["loss"]
    assert 'value="two"' in fewer.content.decode()
    assert "errorlist" not in more.content.decode()
    assert not AlertRule.objects.exists()


def test_the_keyboard_is_led_to_the_row_that_was_added_and_back_when_one_goes(cast: Cast, browser: Client) -> None:
    typed = filled(None, [SLOW, SLOW])
    more = browser.post(NEW, typed | {"add_condition": "1"}).content.decode()
    fewer = browser.post(NEW, typed | {"remove_condition": "0"}).content.decode()
    assert re.findall(r'name="([^"]+)"[^>]* autofocus', more) == ["conditions-2-metric"]
    assert re.findall(r'name="([^"]+)"[^>]* autofocus', fewer) == ["add_condition"]


def test_metrics_are_offered_from_what_the_chosen_tests_have_measured(cast: Cast, browser: Client, test: Test) -> None:
    other = make_test(cast.team, "other")
    Series.objects.create(team=cast.team, test=test, metric="response_time", source="a")
    Series.objects.create(team=cast.team, test=other, metric="queue", source="a")

    page = browser.post(NEW, filled(None, [SLOW, SLOW | {"metric": "lost"}], tests=[test.pk], look="1"))

    assert page.context["metrics"] == ["response_time"]
    assert page.context["unseen"] == ["lost"]
    assert "has sent the metric <code>lost</code> yet" in page.content.decode()


def test_thousands_of_tests_are_found_by_name_and_all_of_them_can_be_chosen(cast: Cast, browser: Client) -> None:
    Test.objects.bulk_create(Test(team=cast.team, slug=f"page-{n}", name=f"Page {n}") for n in range(1200))
    one = Test.objects.get(slug="page-1100")
    typed = filled(None, tests=[one.pk])

    found = browser.post(NEW, typed | {"look": "1", "look_for": "page 77"}, headers=PART)
    everything = browser.post(NEW, typed | {"choose_all": "1", "look_for": "page"}, headers=PART)

    assert [each.name for each in found.context["choice"].chosen] == ["Page 1100"]
    assert len(found.context["choice"].others) == 11
    choice = everything.context["choice"]
    assert (choice.count, len(choice.chosen)) == (1200, 50)
    assert everything.content.decode().count('name="tests"') == 51
    kept = [str(each.pk) for each in choice.chosen] + [choice.kept_text]
    browser.post(NEW, filled(None, tests=kept))
    assert AlertRule.objects.get().tests.count() == 1200


def test_a_form_of_many_tests_and_conditions_takes_no_more_queries(
    cast: Cast, browser: Client, django_assert_max_num_queries: Any
) -> None:
    tests = [make_test(cast.team, f"page-{n}") for n in range(40)]
    rule = make_rule(cast.team, tests, [SLOW] * 5)
    for n in range(12):
        make_integration(cast.team, name=f"room {n}")

    with django_assert_max_num_queries(22):
        browser.get(address(rule), headers=PART)


def test_the_ticks_keep_what_is_ticked_and_add_what_was_saved(cast: Cast, browser: Client) -> None:
    none = browser.get(f"{RULES}ticks/").content.decode()
    rooms = [make_integration(cast.team, name=name) for name in ("Day room", "Night room", "Attic")]

    page = browser.get(f"{RULES}ticks/?integrations={rooms[0].pk}&ticked={rooms[1].pk}&q=attic")

    ticks = page.context["ticks"]
    assert [(row.integration.name, row.ticked) for row in ticks.rows] == [
        ("Attic", False),
        ("Day room", True),
        ("Night room", True),
    ]
    assert "Configure Integrations" in none
    assert "Edit Integrations" in page.content.decode()


def test_the_form_warns_while_the_rule_tells_nobody(cast: Cast, browser: Client, test: Test) -> None:
    hidden = 'data-tells-nobody role="status" hidden'
    rule = make_rule(cast.team, [test])
    told = make_rule(cast.team, [test], name="Told", recipients=["a@example.com"])

    assert hidden not in browser.get(address(rule)).content.decode()
    assert hidden in browser.get(address(told)).content.decode()


def test_the_box_of_the_cleared_message_has_the_words_users_know(cast: Cast, browser: Client) -> None:
    page = browser.get(NEW).content.decode()

    assert "<span>Send an email when clears - and tell every integration below</span>" in page


def test_what_people_type_cannot_become_markup(cast: Cast, browser: Client, test: Test) -> None:
    evil = "<script>alert(1)</script>"
    rule = make_rule(cast.team, [test], name=evil, message=evil)
    make_integration(cast.team, name=evil)
    open_alert(rule, test)

    for page in (RULES, address(rule), address(rule, "copy/"), address(rule, "delete/")):
        assert evil not in browser.get(page).content.decode()


def _query(values: dict[str, Any]) -> QueryDict:
    data = QueryDict(mutable=True)
    for name, value in values.items():
        data.setlist(name, value if isinstance(value, list) else [value])
    return data
