"""The rule's form: two tabs in, one call of the service out, refusals back at their fields."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from alerts.models import AlertRule, EscalationStep, Test
from alerts.services.rules import as_words
from integrations import services as integration_services
from integrations.models import Group
from teams.access import Actor
from teams.models import AuditEntry
from tests.admin.conftest import World, rule_form
from tests.integrations.factories import make_integration

Enter = Callable[..., Client]
ADD = "/admin/alerts/alertrule/add/"


def test_a_new_rule_holds_both_tabs(world: World, enter: Enter) -> None:
    second = make_integration(world.mine.team, name="second")
    posted = rule_form(
        name="Checkout is slow",
        severity="major",
        tests=[world.mine.test.pk],
        integrations=[world.mine.integration.pk, second.pk],
        recipients="ann@example.com\n bob@example.com \n\n",
        message="Look here first",
        runbook="https://wiki.example.com/slow",
        **{
            "conditions-TOTAL_FORMS": 3,
            "conditions-1-metric": "loss",
            "conditions-1-operator": ">=",
            "conditions-1-threshold": "2.5",
            "conditions-1-severity": "critical",
            "conditions-2-metric": "heartbeat",
            "conditions-2-operator": "absent",
            "conditions-2-threshold": "",
            "conditions-2-severity": "",
        },
    )

    answer = enter(world.cast.member).post(ADD, posted)

    assert answer.status_code == 302
    rule = AlertRule.objects.get(name="Checkout is slow")
    assert [str(condition) for condition in rule.conditions.all()] == [
        "response_time > 500.0",
        "loss >= 2.5",
        "heartbeat absent",
    ]
    assert rule.conditions.get(metric="loss").severity == "critical"
    assert list(rule.tests.all()) == [world.mine.test]
    assert set(rule.integrations.all()) == {world.mine.integration, second}
    assert rule.recipients == ["ann@example.com", "bob@example.com"]
    assert rule.notify_on_clear is True
    entry = AuditEntry.objects.get(action="rule.created", target_id=str(rule.pk))
    assert entry.actor == world.cast.member


def test_a_change_keeps_edits_and_removes_conditions(world: World, enter: Enter) -> None:
    rule = world.mine.rule
    condition = rule.conditions.get()
    url = reverse("admin:alerts_alertrule_change", args=[rule.pk])
    posted = rule_form(
        name="Renamed",
        notify_on_clear="",
        **{
            "conditions-TOTAL_FORMS": 2,
            "conditions-INITIAL_FORMS": 1,
            "conditions-0-id": condition.pk,
            "conditions-0-DELETE": "on",
            "conditions-1-metric": "errors",
            "conditions-1-operator": ">",
            "conditions-1-threshold": "5",
            "conditions-1-severity": "",
        },
    )

    answer = enter(world.cast.member).post(url, posted)

    assert answer.status_code == 302
    rule.refresh_from_db()
    assert (rule.name, rule.notify_on_clear) == ("Renamed", False)
    assert [str(each) for each in rule.conditions.all()] == ["errors > 5.0"]
    assert not rule.tests.exists()


def test_the_form_is_filled_with_what_the_rule_is(world: World, enter: Enter) -> None:
    page = enter(world.cast.member).get(reverse("admin:alerts_alertrule_change", args=[world.mine.rule.pk]))

    form = page.context["adminform"].form
    assert form.initial["tests"] == [world.mine.test.pk]
    assert form.initial["integrations"] == [world.mine.integration.pk]
    html = page.content.decode()
    assert f'value="{world.mine.integration.pk}" checked' in html
    assert "own@example.com" in html


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"name": ""}, "name", "This field is required."),
    ({"rounds_required": 3, "rounds_window": 2}, "rounds_required", "Must not be more than rounds_window (2); got 3."),
    ({"minimum_sources": 2, "minimum_sources_percent": 50}, "minimum_sources", "exclude each other"),
    ({"recipients": "ann@example.com\nno address"}, "recipients", "is not an e-mail address"),
    ({"runbook": "javascript:alert(1)"}, "runbook", "Enter a valid URL."),
    ({"message": "x" * 2001}, "message", "at most 2000 characters"),
    ({"conditions-0-metric": "bad metric!"}, "__all__", "Condition 1, metric: "),
    ({"conditions-0-threshold": ""}, "__all__", "Condition 1, threshold: This field is required."),
    ({"conditions-TOTAL_FORMS": 0}, "__all__", "A rule needs at least one condition."),
]


@pytest.mark.parametrize(("fields", "at", "text"), REFUSED, ids=[text for _, _, text in REFUSED])
def test_what_the_service_refuses_stands_at_its_field(
    fields: dict[str, Any], at: str, text: str, world: World, enter: Enter
) -> None:
    page = enter(world.cast.member).post(ADD, rule_form(**fields))

    assert page.status_code == 200
    assert text in " ".join(page.context["adminform"].form.errors[at])
    assert not AlertRule.objects.filter(name="Slow").exists()


def test_an_error_in_the_notifications_opens_that_tab(world: World, enter: Enter) -> None:
    client = enter(world.cast.member)

    assert 'data-tabs="notifications"' in client.post(ADD, rule_form(recipients="nobody")).content.decode()
    assert 'data-tabs="settings"' in client.post(ADD, rule_form(name="")).content.decode()


def test_the_box_for_clears_is_labelled_in_the_users_words(world: World, enter: Enter) -> None:
    page = enter(world.cast.member).get(ADD).content.decode()

    assert "Send an email when clears - and tell every integration below" in page


def test_the_popups_link_says_configure_until_there_is_something_to_edit(world: World, enter: Enter) -> None:
    client = enter(world.cast.member)
    assert "Edit Integrations" in client.get(ADD).content.decode()

    integration_services.archive(Actor.system(world.mine.team), world.mine.integration, world.mine.alert.started_at)

    page = client.get(ADD).content.decode()
    assert "Configure Integrations" in page
    assert "Edit Integrations" not in page


def test_deleting_says_which_alerts_will_clear_and_clears_them(world: World, enter: Enter) -> None:
    client, rule, alert = enter(world.cast.member), world.mine.rule, world.mine.alert
    url = reverse("admin:alerts_alertrule_delete", args=[rule.pk])

    assert "1 open alert will clear: #1." in client.get(url).content.decode()
    client.post(url, {"post": "yes"})

    rule.refresh_from_db()
    alert.refresh_from_db()
    assert rule.archived_at is not None
    assert (alert.state, alert.cleared_reason) == ("cleared", "rule_deleted")
    assert client.get(reverse("admin:alerts_alertrule_change", args=[rule.pk])).status_code == 404


def test_a_test_is_made_with_labels_and_a_slug_of_its_name(world: World, enter: Enter) -> None:
    posted = {"name": "Login page", "interval": 30, "enabled": "on", "labels": "env=prod\nregion = eu"}

    enter(world.cast.member).post("/admin/alerts/test/add/", posted)

    made = Test.objects.get(name="Login page")
    assert (made.slug, made.interval, made.labels) == ("login-page", 30, {"env": "prod", "region": "eu"})


def test_a_tests_slug_stays(world: World, enter: Enter) -> None:
    url = reverse("admin:alerts_test_change", args=[world.mine.test.pk])

    enter(world.cast.member).post(url, {"name": "New name", "slug": "other", "interval": 60, "enabled": "on"})

    world.mine.test.refresh_from_db()
    assert (world.mine.test.name, world.mine.test.slug) == ("New name", "test-own")


def test_the_history_tells_who_changed_what(world: World, enter: Enter) -> None:
    client = enter(world.cast.member)
    client.post(
        reverse("admin:alerts_test_change", args=[world.mine.test.pk]),
        {"name": "Other name", "interval": 60, "enabled": "on"},
    )

    page = client.get(reverse("admin:alerts_test_history", args=[world.mine.test.pk])).content.decode()

    for words in ("Member", "test changed", "Own test", "Other name"):
        assert words in page


def test_the_policies_are_written_too(world: World, enter: Enter) -> None:
    room, group = world.mine.integration, world.mine.of(Group)
    typed = rule_form(
        **{
            "name": "Quiet",
            "selector": "env=prod\ntier=1",
            "groups": [group.pk],
            "only_these": "on",
            "remind_minutes": 30,
            "hours_mon": "9-17",
            "hours_time_zone": "Europe/Berlin",
            "shadow": "on",
            "escalation_steps-TOTAL_FORMS": 2,
            "escalation_steps-0-after_minutes": 30,
            "escalation_steps-0-recipients": "boss@example.com",
            "escalation_steps-1-after_minutes": 5,
            "escalation_steps-1-integrations": [room.pk],
        }
    )

    assert enter(world.cast.member).post(ADD, typed).status_code == 302

    words = as_words(AlertRule.objects.get(name="Quiet"))
    assert (words["selector"], words["groups"], words["only_these"]) == (["env=prod", "tier=1"], [group.pk], True)
    assert (words["remind_minutes"], words["least_gap_minutes"], words["shadow"]) == (30, None, True)
    assert words["hours"]["days"] == {"mon": [["09:00", "17:00"]]}
    assert [(step["after_minutes"], step["integrations"], step["recipients"]) for step in words["escalation"]] == [
        (5, [room.pk], []),
        (30, [], ["boss@example.com"]),
    ]


def test_what_is_wrong_with_the_policies_is_said_readably(world: World, enter: Enter) -> None:
    wrong = {
        "selector": "env=prod\n=x",
        "hours_tue": "late",
        "hours_time_zone": "UTC",
        "escalation_steps-TOTAL_FORMS": 1,
        "escalation_steps-0-after_minutes": 5,
    }

    form = enter(world.cast.member).post(ADD, rule_form(**wrong)).context["adminform"].form

    assert "Write hours such as 09:00-17:00" in str(form.errors["hours_tue"])

    form = enter(world.cast.member).post(ADD, rule_form(**wrong | {"hours_tue": "17-9"})).context["adminform"].form

    assert "Line 2: Must begin with the name of a label" in str(form.errors["selector"])
    assert "Must end after it begins" in str(form.errors["hours_tue"])
    assert "Step 1: Name an integration or a recipient" in str(form.non_field_errors())


def test_a_test_that_comes_by_its_labels_is_not_chosen_by_saving(world: World, enter: Enter) -> None:
    rule = world.mine.rule
    rule.test_links.update(by_selector=True)

    page = enter(world.cast.member).get(reverse("admin:alerts_alertrule_change", args=[rule.pk]))

    assert page.context["adminform"].form.initial["tests"] == []


def test_who_may_only_read_sees_the_policies_in_words(world: World, enter: Enter) -> None:
    rule = world.mine.rule
    rule.hours = {"time_zone": "Asia/Tokyo", "critical_passes": True, "days": {"mon": [["09:00", "17:00"]]}}
    rule.save()
    EscalationStep.objects.create(team=rule.team, rule=rule, after_minutes=7, recipients=["boss@example.com"])

    page = enter(world.cast.viewer).get(reverse("admin:alerts_alertrule_change", args=[rule.pk])).content.decode()

    assert "Mon 09:00-17:00 (Asia/Tokyo)" in page
    assert "boss@example.com" in page
