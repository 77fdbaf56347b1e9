"""Alert Settings: groups, selector, reminders, hours, escalation, shadow and drill, as people type them."""

from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client
from django.utils import timezone

from alerts.forms.rules import RuleForm, fields_of, initial_of
from alerts.models import AlertRule, Test
from alerts.services import rules as services
from integrations.models import Group, GroupMember, Integration
from teams.access import Actor
from tests.alerts.factories import SLOW, make_rule, make_test
from tests.alerts.rule_pages import PART, RULES, address, filled
from tests.conftest import Cast
from tests.integrations.factories import make_integration

NEW = f"{RULES}new/"
HIDDEN = 'data-tells-nobody role="status" hidden'


@pytest.fixture
def browser(cast: Cast, client: Client) -> Client:
    client.force_login(cast.member)
    return client


@pytest.fixture
def room(cast: Cast) -> Integration:
    return make_integration(cast.team, name="Night room")


@pytest.fixture
def night(room: Integration) -> Group:
    group = Group.objects.create(team=room.team, name="Night shift")
    GroupMember.objects.create(team=room.team, group=group, integration=room)
    return group


def steps(*rows: dict[str, Any]) -> dict[str, Any]:
    typed = {f"escalation-{n}-{name}": value for n, row in enumerate(rows) for name, value in row.items()}
    return typed | {"escalation-TOTAL_FORMS": len(rows), "escalation-INITIAL_FORMS": 0}


def hours(**days: str) -> dict[str, Any]:
    return {f"hours_{name}": text for name, text in days.items()}


def test_all_that_was_typed_is_stored(cast: Cast, browser: Client, room: Integration, night: Group, test: Test) -> None:
    typed = steps(
        {"after_minutes": 5, "integrations": [room.pk]}, {}, {"after_minutes": 30, "recipients": "boss@example.com"}
    )
    week = hours(mon="9-17", tue="09:00 - 12:00, 13:00–17:30", sat="all", time_zone="Europe/Berlin")
    more: dict[str, Any] = {
        "selector": "env=prod\n\nservice=shop, bank*",
        "groups": [night.pk],
        "only_these": "on",
        "shadow": "on",
    }
    numbers: dict[str, Any] = {"remind_minutes": 30, "least_gap_minutes": 5, "drill_weekly": "on"}

    answer = browser.post(NEW, filled(None, **typed, **week, **more, **numbers))

    rule = AlertRule.objects.get()
    assert answer["Location"] == address(rule)
    words = services.as_words(rule)
    assert {name: words[name] for name in ("selector", "groups", "only_these", "shadow", "drill_weekly")} == {
        "selector": ["env=prod", "service=shop, bank*"],
        "groups": [night.pk],
        "only_these": True,
        "shadow": True,
        "drill_weekly": True,
    }
    assert (rule.remind_minutes, rule.least_gap_minutes) == (30, 5)
    assert words["hours"] == {
        "time_zone": "Europe/Berlin",
        "critical_passes": False,
        "days": {
            "mon": [["09:00", "17:00"]],
            "tue": [["09:00", "12:00"], ["13:00", "17:30"]],
            "sat": [["00:00", "24:00"]],
        },
    }
    assert words["escalation"] == [
        {"after_minutes": 5, "integrations": [room.pk], "recipients": []},
        {"after_minutes": 30, "integrations": [], "recipients": ["boss@example.com"]},
    ]


def everything(team: Any, room: Integration, night: Group) -> dict[str, Any]:
    return {
        "name": "All of it",
        "conditions": [SLOW],
        "selector": ["env=prod"],
        "groups": [night],
        "only_these": True,
        "remind_minutes": 15,
        "least_gap_minutes": 3,
        "hours": {"time_zone": "Asia/Tokyo", "days": {"mon": [["9:00", "12:00"], ["13:00", "24:00"]], "sun": "all"}},
        "escalation": [{"after_minutes": 5, "integrations": [room], "recipients": ["a@example.com"]}],
        "shadow": True,
        "drill_weekly": True,
    }


def posted(form_of: dict[str, Any]) -> QueryDict:
    """What a browser posts of a form that begins with these values."""
    values = {name: value for name, value in form_of.items() if value not in (None, "", False)}
    rows, conditions = values.pop("escalation"), values.pop("conditions")
    values["selector"] = "\n".join(values["selector"])
    query = QueryDict(mutable=True)
    for name, value in (filled(None, conditions) | values | steps(*rows)).items():
        query.setlist(name, value if isinstance(value, list) else [value])
    return query


def test_saving_or_copying_what_the_form_shows_keeps_everything(
    cast: Cast, member: Actor, room: Integration, night: Group
) -> None:
    rule = services.create_rule(member, everything(cast.team, room, night), timezone.now())
    first = initial_of(rule)

    form = RuleForm(cast.team, posted(first), rule=rule)
    assert form.is_valid(), form.errors
    services.update_rule(member, rule, fields_of(form), timezone.now(), seen=first["stamp"])
    assert services.stamp_of(rule) == first["stamp"]

    copy = RuleForm(cast.team, copied=rule, initial={"name": "Copy"})
    form = RuleForm(cast.team, posted(dict(copy.initial)))
    assert form.is_valid(), form.errors
    made = services.create_rule(member, fields_of(form), timezone.now())
    assert services.as_words(made) == services.as_words(AlertRule.objects.get(pk=rule.pk)) | {"name": "Copy"}


@pytest.mark.parametrize(
    ("wrong", "field", "words"),
    [
        (
            hours(mon="9-17", tue="early", time_zone="UTC"),
            "hours_tue",
            "Write hours such as 09:00-17:00, or all; got “early”.",
        ),
        (hours(wed="17-9", time_zone="UTC"), "hours_wed", "Must end after it begins"),
        (hours(fri="9-25", time_zone="UTC"), "hours_fri", "Must be a time such as 09:00 or 24:00"),
        (hours(mon="all", time_zone="Mars/Crater"), "hours_time_zone", "Must be the name of a time zone"),
        ({"selector": "env=prod\n=x"}, "selector", "Line 2: Must begin with the name of a label"),
        ({"remind_minutes": "0"}, "remind_minutes", "from 1 to 10080; got 0"),
        ({"least_gap_minutes": "5000"}, "least_gap_minutes", "from 1 to 1440; got 5000"),
        ({"groups": ["77"]}, "groups", "1 chosen group is no longer there"),
    ],
)
def test_what_is_wrong_is_said_at_its_place_in_the_open_part(
    browser: Client, wrong: dict[str, Any], field: str, words: str
) -> None:
    answer = browser.post(NEW, filled(None, **wrong))

    assert answer.status_code == 422
    form = answer.context["form"]
    assert words in str(form.errors[field]).replace("&quot;", '"')
    assert answer.context["tab"] == ("settings" if field == "selector" else "notifications")
    assert '<details class="policy" open>' in answer.content.decode() or field == "groups"
    assert not AlertRule.objects.exists()


def test_what_is_wrong_with_a_step_stands_in_its_row(browser: Client) -> None:
    rows = steps(
        {}, {"after_minutes": 30, "recipients": "a@example.com"}, {"after_minutes": 5, "recipients": "b@example.com"}
    )

    answer = browser.post(NEW, filled(None, **rows))

    assert answer.status_code == 422
    wrong = answer.context["form"].steps.forms[2].errors["after_minutes"]
    assert "Must be more than the step before it has (30); got 5." in str(wrong)


def test_a_step_that_is_only_begun_is_not_lost(browser: Client) -> None:
    answer = browser.post(NEW, filled(None, **steps({"after_minutes": 0})))

    assert answer.status_code == 422
    assert "from 1 to 10080; got 0" in str(answer.context["form"].steps.forms[0].errors)


def test_steps_come_and_go_and_days_are_copied_by_plain_posts(browser: Client, room: Integration) -> None:
    typed = filled(None, **steps({"after_minutes": 5, "integrations": [room.pk]}), **hours(tue="9-17"))

    added = browser.post(NEW, typed | {"add_step": "1"}).context["form"]
    assert [row["after_minutes"].value() for row in added.steps] == ["5", None]
    assert [row.ticked for row in added.steps] == [[room.pk], []]

    two = steps({"after_minutes": 5}, {"after_minutes": 9, "integrations": [room.pk]})
    removed = browser.post(NEW, typed | two | {"remove_step": "0"}).context["form"]
    assert [(row["after_minutes"].value(), row.ticked) for row in removed.steps] == [("9", [room.pk])]

    copied = browser.post(NEW, typed | {"copy_day": "tue"}).context["form"]
    assert [day.value() for day in copied.days()] == [None, *["9-17"] * 6]
    assert not AlertRule.objects.exists()


def test_the_form_warns_only_while_nobody_would_hear(
    cast: Cast, browser: Client, room: Integration, night: Group
) -> None:
    def warned(**fields: Any) -> bool:
        return RuleForm(cast.team, posted(initial_of(None) | {"selector": [], **fields})).tells_nobody

    step = {"after_minutes": 5, "integrations": [room.pk]}
    assert warned()
    assert not warned(groups=[night.pk])
    assert not warned(integrations=[room.pk])
    assert not warned(escalation=[step])
    assert not warned(escalation=[{"after_minutes": 5, "recipients": "a@example.com"}])

    Integration.objects.update(used_by_default=True)
    assert not warned()
    assert warned(only_these="on")

    Integration.objects.update(enabled=False)
    assert warned(groups=[night.pk], integrations=[room.pk], escalation=[step])


def test_the_page_says_what_comes_by_labels_and_who_is_told_by_default(
    cast: Cast, browser: Client, test: Test, room: Integration, night: Group
) -> None:
    make_test(cast.team, "other", labels={"env": "test", "tier": "2"})
    Integration.objects.filter(pk=room.pk).update(used_by_default=True)
    rule = make_rule(cast.team, [], selector=["env=prod"])

    page = " ".join(browser.get(address(rule), headers=PART).content.decode().split())

    assert "By labels, 1 test: Checkout" in page
    assert "Told too, since they are used by default" in page
    assert f'name="groups" value="{night.pk}"' in page
    typed = filled(rule, selector="env=test\ntier", look="1")
    assert "By labels, 1 test: Other" in browser.post(address(rule), typed).content.decode()


def test_who_may_only_read_sees_all_of_it(
    cast: Cast, client: Client, member: Actor, room: Integration, night: Group
) -> None:
    rule = services.create_rule(member, everything(cast.team, room, night), timezone.now())
    client.force_login(cast.viewer)

    page = " ".join(client.get(address(rule), headers=PART).content.decode().split())

    for words in ("every 15 min", "3 min", "Mon 09:00-12:00, 13:00-24:00", "(Asia/Tokyo)", "Night shift", "env=prod"):
        assert words in page
    assert "after 5 min: Night room a@example.com" in page
    listed = client.get(RULES).content.decode()
    assert "1 escalation step" in listed
    assert "shadow: nothing is sent" in listed
