"""Rules that attach to tests by label selector: what is meant is watched at once, what is meant no longer is not."""

from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from alerts.models import Alert, AlertRule, RuleState, RuleTest, Test
from alerts.services import rules, tests
from teams.access import Actor
from tests.alerts.conftest import Say
from tests.alerts.factories import SLOW, make_rule, make_test
from tests.conftest import Cast


def links(rule: AlertRule) -> dict[str, bool]:
    """The rule's tests by slug, and whether each came by the selector; all of them must be watched."""
    found = dict(RuleTest.objects.filter(rule=rule).values_list("test__slug", "by_selector"))
    assert set(RuleState.objects.filter(rule=rule).values_list("test__slug", flat=True)) == set(found)
    return found


def add_rule(member: Actor, now: datetime, **fields: Any) -> AlertRule:
    return rules.create_rule(member, {"name": "Too slow", "conditions": [SLOW], **fields}, now)


def add_test(member: Actor, now: datetime, slug: str, **labels: str) -> Test:
    return tests.create_test(member, {"name": slug, "slug": slug, "labels": labels}, now)


def ended() -> list[str]:
    return list(Alert.objects.exclude(cleared_reason="").values_list("cleared_reason", flat=True))


def test_a_new_rule_watches_what_it_means_and_judges_it_at_once(
    cast: Cast, test: Test, member: Actor, now: datetime, say: Say
) -> None:
    make_test(cast.team, "other", labels={"env": "test"})
    make_test(cast.other_team, "theirs", labels={"env": "prod"})
    make_test(cast.team, "gone", labels={"env": "prod"}, archived_at=now)
    say(0, fra1=812.5)

    rule = add_rule(member, now, selector=["env=prod"])

    assert links(rule) == {"checkout": True}
    assert Alert.objects.get().test == test


def test_a_new_test_is_watched_at_once(member: Actor, now: datetime, say: Say) -> None:
    rule = add_rule(member, now, selector=["env=prod", "service=shop*"])
    add_test(member, now, "search", env="prod", service="shop-search")
    add_test(member, now, "bank", env="prod", service="bank")

    assert links(rule) == {"search": True}
    say(0, test="search", fra1=812.5)
    assert Alert.objects.get().rule == rule


def test_labels_attach_and_detach(test: Test, member: Actor, now: datetime, say: Say) -> None:
    rule = add_rule(member, now, selector=["env=prod"])
    say(0, fra1=812.5)

    tests.update_test(member, test, {"labels": {"env": "test"}}, now)

    assert links(rule) == {}
    assert ended() == ["test_detached"]

    tests.update_test(member, test, {"labels": {"env": "prod"}, "interval": 120}, now)

    assert links(rule) == {"checkout": True}
    assert Alert.objects.filter(cleared_at=None).count() == 1, "what is stored is judged at once"


def test_what_was_chosen_by_hand_stays_whatever_its_labels(test: Test, member: Actor, now: datetime, say: Say) -> None:
    rule = add_rule(member, now, selector=["env=prod"], tests=[test])
    say(0, fra1=812.5)
    assert links(rule) == {"checkout": False}

    tests.update_test(member, test, {"labels": {}}, now)
    assert links(rule) == {"checkout": False}

    tests.update_test(member, test, {"labels": {"env": "prod"}}, now)
    rules.update_rule(member, rule, {"tests": []}, now)
    assert links(rule) == {"checkout": True}, "not chosen any more, but meant"

    rules.update_rule(member, rule, {"tests": [test]}, now)
    assert links(rule) == {"checkout": False}

    rules.update_rule(member, rule, {"selector": []}, now)
    assert links(rule) == {"checkout": False}
    assert ended() == []

    rules.update_rule(member, rule, {"tests": []}, now)
    assert links(rule) == {}
    assert ended() == ["test_detached"]


def test_another_selector_means_other_tests(cast: Cast, test: Test, member: Actor, now: datetime) -> None:
    other = make_test(cast.team, "other", labels={"env": "test"})
    rule = add_rule(member, now, selector=["env=prod"])

    rules.update_rule(member, rule, {"selector": ["env!=prod"]}, now)

    assert links(rule) == {other.slug: True}


def test_disabled_rules_and_tests_are_attached_and_judged_once_they_are_on(
    test: Test, member: Actor, now: datetime, say: Say
) -> None:
    say(0, fra1=812.5)
    rule = add_rule(member, now, selector=["env"], enabled=False)
    tests.update_test(member, test, {"labels": {}}, now)
    tests.update_test(member, test, {"labels": {"env": "x"}}, now)
    assert links(rule) == {"checkout": True}
    assert not Alert.objects.exists()

    tests.update_test(member, test, {"enabled": False}, now)
    rules.update_rule(member, rule, {"enabled": True}, now)
    assert not Alert.objects.exists()

    tests.update_test(member, test, {"enabled": True}, now)
    assert Alert.objects.filter(cleared_at=None).count() == 1

    tests.archive_test(member, test, now)
    assert links(rule) == {}
    assert ended() == ["test_detached"]


def test_a_test_that_comes_by_selector_makes_no_form_outdated(test: Test, member: Actor, now: datetime) -> None:
    rule = add_rule(member, now, selector=["env"])
    seen = rules.stamp_of(rule)
    add_test(member, now, "search", env="prod")

    rules.update_rule(member, rule, {"name": "Slower"}, now, seen=seen)

    assert rules.stamp_of(rule) != seen


@pytest.mark.parametrize("many", [1, 30])
def test_a_change_takes_the_same_statements_whatever_the_team_has(
    cast: Cast, member: Actor, now: datetime, many: int
) -> None:
    for n in range(many):
        make_rule(cast.team, [], name=f"Rule {n}", selector=["env=prod"])
        make_test(cast.team, f"test-{n}", labels={"env": "prod"})
    with CaptureQueriesContext(
        connection,
    ) as made:
        found = add_test(member, now, "search", env="prod")
    with CaptureQueriesContext(connection) as changed:
        tests.update_test(member, found, {"labels": {}}, now)
    with CaptureQueriesContext(connection) as ruled:
        add_rule(member, now, selector=["env"])

    assert [len(made) <= 23, len(changed) <= 22, len(ruled) <= 33] == [True] * 3, [*map(len, (made, changed, ruled))]
