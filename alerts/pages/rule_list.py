"""Alert Settings as the page reads it: what each rule watches, whom it tells, whether it is violated now.

A page takes the same six queries, whatever the number of rules, tests and alerts.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, prefetch_related_objects

from alerts.models import Alert, AlertRule, RuleIntegration, RuleTest
from alerts.snapshots import conditions_in_words, rounds_in_short
from channels_app import registry
from channels_app.words import SEVERITIES
from teams.models import Team
from teams.paging import behind, cut
from teams.words import listed

PAGE = 50
NAMED = 3


@dataclass(frozen=True, slots=True)
class Told:
    """An integration that a rule tells; `kind` in words."""

    kind: str
    name: str
    enabled: bool


@dataclass(frozen=True, slots=True)
class RuleNow:
    """Whether a rule is violated: `open` counts its open alerts, `worst` is the highest severity among them, or ""."""

    rule: AlertRule
    open: int
    worst: str


@dataclass(frozen=True, slots=True)
class RuleRow(RuleNow):
    """One rule at a glance."""

    conditions: str
    rounds: str
    tests: str
    told: list[Told]

    @property
    def named(self) -> list[Told]:
        """The integrations that the row names."""
        return self.told[:NAMED]

    @property
    def more(self) -> int:
        """How many it does not name."""
        return len(self.told[NAMED:])

    @property
    def tells_nobody(self) -> bool:
        """Whether no message of this rule would reach anybody."""
        return not self.rule.recipients and not any(each.enabled for each in self.told)


@dataclass(frozen=True, slots=True)
class RulePage:
    """Rules by name; `after` is the id that the next page begins behind, or None."""

    rows: list[RuleRow]
    after: int | None


def rules_of(
    team: Team,
    *,
    name: str = "",
    severity: str = "",
    test: str = "",
    integration: int | None = None,
    violated: bool = False,
    disabled: bool = False,
    quiet: bool = False,
) -> QuerySet[AlertRule]:
    """The team's rules by name. `name` and `test` (or its slug) may be parts; `quiet` leaves those that tell nobody."""
    rules = AlertRule.objects.of(team)
    if name:
        rules = rules.filter(name__icontains=name)
    if severity:
        rules = rules.filter(severity=severity)
    if test:
        meant = Q(test__slug=test) | Q(test__name__icontains=test)
        rules = rules.filter(Exists(RuleTest.objects.filter(meant, rule=OuterRef("pk"))))
    if integration is not None:
        rules = rules.filter(Exists(RuleIntegration.objects.filter(rule=OuterRef("pk"), integration=integration)))
    if violated:
        rules = rules.filter(pk__in=Alert.objects.filter(team=team, cleared_at=None).values("rule"))
    if disabled:
        rules = rules.filter(enabled=False)
    if quiet:
        rules = rules.telling_nobody()
    return rules.order_by("name", "pk")


def page_of(team: Team, rules: QuerySet[AlertRule], after: int | None = None) -> RulePage:
    """Fifty of the team's `rules`, from behind the rule with the id `after`."""
    shown, more = cut(rules.filter(behind(AlertRule.objects.filter(team=team), after, "name")), PAGE)
    return RulePage(rows_of(shown), more)


def rows_of(rules: Sequence[AlertRule]) -> list[RuleRow]:
    """The rules as rows, in their order."""
    ids = [rule.pk for rule in rules]
    told, tests = _told(ids), _tests(ids)
    prefetch_related_objects(list(rules), "conditions")
    return [
        RuleRow(
            now.rule,
            now.open,
            now.worst,
            conditions_in_words(now.rule),
            rounds_in_short(now.rule),
            tests.get(now.rule.pk, ""),
            told[now.rule.pk],
        )
        for now in now_of(rules)
    ]


def now_of(rules: Sequence[AlertRule]) -> list[RuleNow]:
    """Which of the rules are violated, in their order; one query."""
    found = Alert.objects.filter(rule__in=[rule.pk for rule in rules], cleared_at=None).order_by()
    counts: dict[int, dict[str, int]] = defaultdict(dict)
    for rule, severity, n in found.values_list("rule", "severity").annotate(n=Count("pk")):
        counts[rule][severity] = n
    worst = {rule: max(held, key=SEVERITIES.index) for rule, held in counts.items()}
    return [RuleNow(rule, sum(counts[rule.pk].values()), worst.get(rule.pk, "")) for rule in rules]


def _told(ids: list[int]) -> dict[int, list[Told]]:
    links = RuleIntegration.objects.filter(rule__in=ids, integration__archived_at=None).order_by("integration__name")
    told = defaultdict(list)
    for rule, kind, name, enabled in links.values_list(
        "rule", "integration__kind", "integration__name", "integration__enabled"
    ):
        told[rule].append(Told(registry.name_of(kind), name, enabled))
    return told


def _tests(ids: list[int]) -> dict[int, str]:
    """The name of the first test, and how many more: names of all would be thousands."""
    links = RuleTest.objects.filter(rule=OuterRef("rule")).order_by("pk")
    counted = RuleTest.objects.filter(rule__in=ids).order_by().values("rule").annotate(n=Count("pk"))
    rows = counted.annotate(first=Subquery(links.values("test__name")[:1])).values_list("rule", "first", "n")
    return {rule: listed([first], 1, n) for rule, first, n in rows}
