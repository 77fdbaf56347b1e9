"""Reads of tests, rules and alerts, each within one team and in a constant number of queries."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.db.models import Prefetch, Q, QuerySet, prefetch_related_objects

from alerts.models import Alert, AlertEvent, AlertRule, Mute, RuleTest, Series, Test
from integrations.models import Group, Integration
from teams.models import Team, User


def list_tests(team: Team, name: str | None = None) -> QuerySet[Test]:
    """The team's tests; `name` is the whole name."""
    tests = Test.objects.of(team)
    return tests if name is None else tests.filter(name=name)


def list_rules(team: Team, name: str | None = None) -> QuerySet[AlertRule]:
    """The team's rules with conditions, tests and all whom they tell loaded; `name` is the whole name."""
    rules = _loaded(AlertRule.objects.of(team))
    return rules if name is None else rules.filter(name=name)


def stored_rule(rule: AlertRule) -> AlertRule:
    """The rule as it is stored now, loaded as `list_rules` loads it."""
    return _loaded(AlertRule.objects.filter(pk=rule.pk)).get()


def load_rule(rule: AlertRule) -> AlertRule:
    """The same rule, with what `list_rules` loads; what was loaded before stays as it is."""
    prefetch_related_objects([rule], *_parts())
    return rule


def _loaded(rules: QuerySet[AlertRule]) -> QuerySet[AlertRule]:
    return rules.prefetch_related(*_parts())


def _parts() -> list[Any]:
    live = Integration.objects.filter(archived_at=None)
    links = RuleTest.objects.select_related("test").only("rule_id", "test_id", "by_selector", "test__slug")
    return [
        "conditions",
        Prefetch("test_links", links),
        Prefetch("integrations", live),
        "groups",
        Prefetch("escalation_steps__integrations", live),
    ]


def alerts_of(
    team: Team | QuerySet[Team],
    *,
    states: Collection[str] = (),
    severities: Collection[str] = (),
    rule: int | None = None,
    test: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    active: bool | None = None,
    assignee: str | None = None,
    mine: User | None = None,
    unclaimed: bool = False,
    still_violated: bool = False,
    drills: bool = False,
) -> QuerySet[Alert]:
    """The alerts of a team, or of several, newest first, with team, rule, test and people loaded.

    `since` and `until` leave those that were open at some time between. `test` is a slug, of archived tests too;
    `assignee` an e-mail. `mine` leaves those given to that person, or acknowledged by them and given to nobody;
    `unclaimed` those that nobody was given or acknowledged. With `drills` the alerts of fire drills are among them.
    """
    asked = Q(team=team) if isinstance(team, Team) else Q(team__in=team)
    if states:
        asked &= Q(state__in=states)
    if severities:
        asked &= Q(severity__in=severities)
    if rule is not None:
        asked &= Q(rule=rule)
    if test is not None:
        asked &= Q(test__in=Test.objects.filter(slug=test))
    if not drills:
        asked &= Q(drill=False)
    if still_violated:
        asked &= Q(still_violated=True)
    asked &= _at_a_time(since, until, active) & _of_people(assignee, mine, unclaimed)
    people = ("acknowledged_by", "assigned_to")
    return Alert.objects.filter(asked).select_related("team", "rule", "test", *people).order_by("-number")


def _at_a_time(since: datetime | None, until: datetime | None, active: bool | None) -> Q:
    """By cleared_at, not by state: the partial index of open alerts is found by it."""
    asked = Q() if active is None else Q(cleared_at__isnull=active)
    if since is not None:
        asked &= Q(cleared_at=None) | Q(cleared_at__gte=since)
    return asked if until is None else asked & Q(started_at__lte=until)


def _of_people(assignee: str | None, mine: User | None, unclaimed: bool) -> Q:
    asked = Q()
    if assignee is not None:
        asked &= Q(assigned_to__in=User.objects.with_email(assignee).values("pk"))
    if mine is not None:
        asked &= Q(assigned_to=mine) | Q(assigned_to=None, acknowledged_by=mine)
    return asked & Q(assigned_to=None, acknowledged_at=None) if unclaimed else asked


def alert_by_number(team: Team, number: int) -> Alert | None:
    """The team's alert with that number, with its timeline loaded."""
    return with_events(alerts_of(team, drills=True).filter(number=number)).first()


def with_events(alerts: QuerySet[Alert]) -> QuerySet[Alert]:
    """The same alerts with their timelines, oldest entry first."""
    return alerts.prefetch_related(Prefetch("events", AlertEvent.objects.select_related("actor").order_by("id")))


def find_tests(team: Team, slugs: Iterable[str]) -> dict[str, Test]:
    """The team's tests among `slugs`."""
    possible = {slug for slug in slugs if "\x00" not in slug}  # PostgreSQL refuses to look for a NUL
    return {test.slug: test for test in Test.objects.of(team).filter(slug__in=possible)}


def find_integrations(team: Team, ids: Iterable[int]) -> dict[int, Integration]:
    """The team's integrations among `ids`."""
    return Integration.objects.of(team).in_bulk(set(ids))


def find_groups(team: Team, ids: Iterable[int]) -> dict[int, Group]:
    """The team's groups of integrations among `ids`."""
    return Group.objects.filter(team=team).in_bulk(set(ids))


def mutes_of(team: Team) -> QuerySet[Mute]:
    """The team's mutes, newest first."""
    return Mute.objects.filter(team=team).select_related("rule", "test").order_by("-began_at", "-pk")


def mutes_on(team: Team, now: datetime) -> QuerySet[Mute]:
    """The team's mutes that hold something back now, newest first."""
    return on_at(mutes_of(team), now)


def on_at(mutes: QuerySet[Mute], now: datetime) -> QuerySet[Mute]:
    """Those of the mutes that are not over."""
    return mutes.filter(Q(until=None) | Q(until__gt=now), ended_at=None)


def unseen_metrics(team: Team, metrics: Collection[str]) -> set[str]:
    """Those of `metrics` that no source of the team has sent yet."""
    seen = Series.objects.filter(team=team, metric__in=set(metrics)).values_list("metric", flat=True)
    return set(metrics) - set(seen.distinct())


def find_test(team: Team, slug: str, at: datetime) -> Test | None:
    """The test that a link with the slug and a moment means: slugs of archived tests are given out again.

    It is the one with an alert that began or ended then, as in messages; else the one that bore the slug then.
    """
    tests = list(Test.objects.filter(team=team, slug=slug).order_by("archived_at", "pk"))
    if len(tests) > 1:
        told = Alert.objects.filter(Q(started_at=at) | Q(cleared_at=at), test__in=tests).order_by("-number").first()
        if told is not None:
            return next(test for test in tests if test.pk == told.test_id)
    live = [test for test in tests if test.archived_at is None]
    archived = [test for test in tests if test.archived_at is not None]
    then = [test for test in archived if test.archived_at is not None and test.archived_at >= at]
    return next(iter([*then, *live, *reversed(archived)]), None)
