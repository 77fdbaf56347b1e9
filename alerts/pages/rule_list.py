"""Alert Settings as the page reads it: what each rule watches, whom it tells, whether it is violated now.

A page takes the same eight queries, whatever the number of rules, tests and alerts.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, prefetch_related_objects
from django.utils import timezone

from alerts.models import Alert, AlertRule, RuleTest
from alerts.pages.mutes import Muting, longest, muted_rules
from alerts.pages.rule_flags import Flag, flags_of
from alerts.pages.rule_told import Hearers, Told, hearers_of
from alerts.snapshots import conditions_in_words, rounds_in_short
from channels_app.words import SEVERITIES
from integrations.models import Integration
from integrations.usage import tellers_of
from teams.models import Team
from teams.paging import behind, cut
from teams.words import listed

PAGE = 50
NAMED = 3


@dataclass(frozen=True, slots=True)
class RuleNow:
    """Whether a rule is violated: `open` counts its open alerts, `worst` is the highest severity among them, or ""."""

    rule: AlertRule
    open: int
    worst: str


@dataclass(frozen=True, slots=True)
class RuleRow(RuleNow):
    """One rule at a glance; `flags` is what other parts say of it."""

    conditions: str
    rounds: str
    tests: str
    hearers: Hearers
    muting: list[Muting] = field(default_factory=list)
    flags: list[Flag] = field(default_factory=list)

    @property
    def muted(self) -> Muting | None:
        """The longest of the mutes that concern it."""
        return longest(self.muting)

    @property
    def told(self) -> list[Told]:
        """The integrations and groups that hear at once."""
        return self.hearers.told

    @property
    def named(self) -> list[Told]:
        """Those of them that the row names."""
        return self.told[:NAMED]

    @property
    def more(self) -> int:
        """How many it does not name."""
        return len(self.told[NAMED:])

    @property
    def tells_nobody(self) -> bool:
        """Whether no message of this rule would reach anybody."""
        return not self.rule.recipients and not self.hearers.reach_somebody


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
    rules: QuerySet[AlertRule] = AlertRule.objects.of(team)
    if name:
        rules = rules.filter(name__icontains=name)
    if severity:
        rules = rules.filter(severity=severity)
    if test:
        meant = Q(test__slug=test) | Q(test__name__icontains=test)
        rules = rules.filter(Exists(RuleTest.objects.filter(meant, rule=OuterRef("pk"))))
    if integration is not None:
        told = Integration.objects.of(team).filter(pk=integration).first()
        rules = tellers_of(rules, told) if told else rules.none()
    if violated:
        rules = rules.filter(pk__in=Alert.objects.filter(team=team, cleared_at=None).values("rule"))
    if disabled:
        rules = rules.filter(enabled=False)
    if quiet:
        rules = rules.filter(pk__in=AlertRule.objects.of(team).telling_nobody().values("pk"))
    return rules.order_by("name", "pk")


def page_of(team: Team, rules: QuerySet[AlertRule], after: int | None = None) -> RulePage:
    """Fifty of the team's `rules`, from behind the rule with the id `after`."""
    shown, more = cut(rules.filter(behind(AlertRule.objects.filter(team=team), after, "name")), PAGE)
    return RulePage(rows_of(shown), more)


def rows_of(rules: Sequence[AlertRule]) -> list[RuleRow]:
    """The rules as rows, in their order."""
    ids = [rule.pk for rule in rules]
    at = timezone.now()
    hearers, tests = hearers_of(rules), _tests(ids)
    muted, flags = muted_rules(rules, at), flags_of(rules, at)
    prefetch_related_objects(list(rules), "conditions")
    return [
        RuleRow(
            now.rule,
            now.open,
            now.worst,
            conditions_in_words(now.rule),
            rounds_in_short(now.rule),
            tests.get(now.rule.pk, ""),
            hearers[now.rule.pk],
            muted[now.rule.pk],
            flags[now.rule.pk],
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


def _tests(ids: list[int]) -> dict[int, str]:
    """The name of the first test, and how many more: names of all would be thousands."""
    links = RuleTest.objects.filter(rule=OuterRef("rule")).order_by("pk")
    counted = RuleTest.objects.filter(rule__in=ids).order_by().values("rule").annotate(n=Count("pk"))
    rows = counted.annotate(first=Subquery(links.values("test__name")[:1])).values_list("rule", "first", "n")
    return {rule: listed([first], 1, n) for rule, first, n in rows}
