"""Which tests a rule is attached to: those that people chose, and those that its selector means.

The rows RuleTest say so; every change of a rule's tests or selector, and of a test's labels, brings them in line at
once. Call within the transaction that holds the team's rules.
"""

from collections.abc import Collection, Mapping
from datetime import datetime

from alerts import rebuilding, watches
from alerts.models import AlertRule, ClearedReason, RuleState, RuleTest, Test
from alerts.selecting import selects
from alerts.watches import Watch
from teams.access import Actor
from teams.bulk import Bulk
from teams.models import Team

_LINKS = Bulk(RuleTest, ["team", "rule", "test", "by_selector"])


def selected_by(team: Team, selector: list[str]) -> set[int]:
    """The ids of the team's tests that the selector means; none where it is empty."""
    if not selector:
        return set()
    rows = Test.objects.of(team).order_by().values_list("pk", "labels")
    return {pk for pk, labels in rows if selects(selector, labels)}


def attach_tests(rule: AlertRule, by_hand: Collection[Test] | None = None) -> None:
    """Have the rule's rows be those of the tests `by_hand` (None: as they are) and of what its selector means."""
    rows = dict(RuleTest.objects.filter(rule=rule).values_list("test_id", "by_selector"))
    chosen = {test for test, selected in rows.items() if not selected} if by_hand is None else {t.pk for t in by_hand}
    wanted = dict.fromkeys(selected_by(rule.team, rule.selector), True) | dict.fromkeys(chosen, False)
    links = RuleTest.objects.filter(rule=rule)
    links.filter(test__in=rows.keys() - wanted.keys()).delete()
    for by_selector in (True, False):
        turned = [test for test in rows.keys() & wanted.keys() if wanted[test] is by_selector is not rows[test]]
        links.filter(test__in=turned).update(by_selector=by_selector)
    _LINKS.insert([(rule.team_id, rule.pk, test, wanted[test]) for test in sorted(wanted.keys() - rows.keys())])


def follow_labels(actor: Actor, test: Test, found: list[Watch], now: datetime) -> list[Watch]:
    """Attach the test to the rules whose selectors mean it now, and take it off those that mean it no longer.

    `found` are its watches, locked; those that stay are returned. What is new is judged at once.
    """
    meaning = _rules_meaning(test)
    rows = dict(RuleTest.objects.filter(test=test, rule__archived_at=None).values_list("rule_id", "by_selector"))
    gone = {rule for rule, by_selector in rows.items() if by_selector and rule not in meaning}
    kept = _let_go(actor, test, found, gone, now)
    new = {rule: enabled for rule, enabled in meaning.items() if rule not in rows}
    _LINKS.insert([(test.team_id, rule, test.pk, True) for rule in sorted(new)])
    _watch(actor, test, new, now)
    return kept


def _rules_meaning(test: Test) -> dict[int, bool]:
    """The rules whose selectors mean the test by id, and whether each is enabled."""
    rules = AlertRule.objects.filter(team=test.team_id, archived_at=None).exclude(selector=[]).order_by()
    rows = rules.values_list("pk", "enabled", "selector")
    return {pk: enabled for pk, enabled, selector in rows if selects(selector, test.labels)}


def _let_go(actor: Actor, test: Test, found: list[Watch], rules: set[int], now: datetime) -> list[Watch]:
    if not rules:
        return found
    detached = [watch for watch in found if watch.rule_id in rules]
    rebuilding.retire(actor, detached, ClearedReason.TEST_DETACHED, now, forget=True)
    RuleTest.objects.filter(test=test, rule__in=rules).delete()
    return [watch for watch in found if watch.rule_id not in rules]


def _watch(actor: Actor, test: Test, rules: Mapping[int, bool], now: datetime) -> None:
    if not rules:
        return
    watches.create([(rule, test.pk) for rule in sorted(rules)], now)
    judged = [rule for rule, enabled in rules.items() if enabled]
    rebuilding.rebuild(actor, watches.lock_all(RuleState.objects.filter(test=test, rule__in=judged)), now)
