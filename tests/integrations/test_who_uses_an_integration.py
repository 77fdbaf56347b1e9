"""Which rules tell an integration, in whatever way: counted, named and listed alike, unlinked where they name it."""

from datetime import datetime

import pytest
from django.test import Client

from alerts.models import AlertRule
from alerts.pages.rule_list import rules_of
from alerts.services import rules
from alerts.services.rules import unlinking
from integrations.models import Group, GroupMember, Integration
from integrations.usage import counts_of, usage_of
from teams.access import Actor
from tests.alerts.factories import SLOW
from tests.conftest import Cast
from tests.integrations.factories import make_integration


@pytest.fixture
def room(cast: Cast) -> Integration:
    return make_integration(cast.team, name="Room")


@pytest.fixture
def other(cast: Cast) -> Integration:
    return make_integration(cast.team, name="Other")


def group_of(*integrations: Integration) -> Group:
    group = Group.objects.create(team=integrations[0].team, name=f"Group of {integrations[0].name}")
    for each in integrations:
        GroupMember.objects.create(team=group.team, group=group, integration=each)
    return group


def add(member: Actor, now: datetime, name: str, **fields: object) -> AlertRule:
    return rules.create_rule(member, {"name": name, "conditions": [SLOW], **fields}, now)


@pytest.fixture
def told_in_every_way(member: Actor, room: Integration, other: Integration, now: datetime) -> list[AlertRule]:
    """Rules that tell the room in each way, and one that does not."""
    step = {"after_minutes": 5, "integrations": [room]}
    add(member, now, "E others", integrations=[other], only_these=True)
    return [
        add(member, now, "A ticks", integrations=[room], only_these=True),
        add(member, now, "B group", groups=[group_of(room, other)], only_these=True),
        add(member, now, "C step", escalation=[step, {"after_minutes": 9, "recipients": ["a@example.com"]}]),
        add(member, now, "D all", integrations=[room], groups=[group_of(other)], escalation=[step], only_these=True),
    ]


def test_every_way_is_counted_once(told_in_every_way: list[AlertRule], room: Integration, other: Integration) -> None:
    usage = usage_of(room, 20)

    assert [(rule.name, rule.way, rule.alone, rule.named) for rule in usage.rules] == [
        ("A ticks", "", True, True),
        ("B group", "by a group", False, False),
        ("C step", "by its escalation", False, True),
        ("D all", "", False, True),
    ]
    assert (usage.total, usage.alone, usage.named) == (4, 1, 3)
    assert counts_of([room, other]) == {room.pk: 4, other.pk: 3}
    assert list(rules_of(room.team, integration=room.pk)) == told_in_every_way


def test_what_is_used_by_default_is_told_by_all_rules_but_those_of_only_these(
    told_in_every_way: list[AlertRule], member: Actor, room: Integration, other: Integration, now: datetime
) -> None:
    add(member, now, "F nobody")
    Integration.objects.filter(pk=room.pk).update(used_by_default=True)
    room.refresh_from_db()

    usage = usage_of(room, 20)

    assert [(rule.name, rule.way, rule.alone) for rule in usage.rules][0:2] == [
        ("A ticks", "", True),
        ("F nobody", "by default", True),
    ]
    assert (usage.total, counts_of([room, other])) == (5, {room.pk: 5, other.pk: 3})
    assert not AlertRule.objects.telling_nobody().exists()


def test_a_rule_tells_nobody_only_if_no_way_leads_to_anybody(
    told_in_every_way: list[AlertRule], member: Actor, room: Integration, other: Integration, now: datetime
) -> None:
    lonely = add(member, now, "G lonely", groups=[Group.objects.create(team=member.team, name="Empty")])
    assert list(AlertRule.objects.telling_nobody()) == [lonely]

    Integration.objects.update(enabled=False)

    names = AlertRule.objects.telling_nobody().order_by("name").values_list("name", flat=True)
    assert list(names) == ["A ticks", "B group", "D all", "E others", "G lonely"], "C mails by its escalation"
    shown = rules_of(member.team, quiet=True)
    assert list(shown.values_list("name", flat=True)) == list(names)


def test_unlinking_takes_it_out_of_the_escalation_too(
    told_in_every_way: list[AlertRule], member: Actor, room: Integration, now: datetime
) -> None:
    changed = unlinking.unlink_all(member, room, now, 10)

    assert [rule.name for rule in changed] == ["A ticks", "C step", "D all"]
    assert [(rule.name, rule.way) for rule in usage_of(room, 20).rules] == [("B group", "by a group")]
    steps = [list(rule.escalation_steps.values_list("after_minutes", flat=True)) for rule in told_in_every_way]
    assert steps == [[], [], [9], []], "a step that would tell nobody goes"


def test_its_page_says_how_it_is_told_and_unlinks_only_what_names_it(
    told_in_every_way: list[AlertRule], cast: Cast, room: Integration, client: Client
) -> None:
    client.force_login(cast.member)

    page = client.get(f"/t/ops/integrations/{room.pk}/").content.decode()

    assert "by a group" in page
    assert "by its escalation" in page
    assert page.count('aria-label="Unlink from') == 3
    assert "Unlink from all 3 rules" in page
