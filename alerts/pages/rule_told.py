"""Whom rules tell, as their rows and pages say it: ticked integrations and groups, what is used by default, steps."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import BigIntegerField, BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet, Value

from alerts.models import AlertRule, EscalationStep, RuleGroup, RuleIntegration
from channels_app import registry
from integrations.models import Integration

TICK, GROUP, DEFAULT, STEP = ORDER = ("tick", "group", "default", "step")
Row = tuple[int, str, int, str, str, bool]  # rule, way, id, kind, name, whether anything would be sent there


@dataclass(frozen=True, slots=True)
class Told:
    """An integration or a group that a rule tells; `kind` in words. `enabled`: something would be sent there."""

    kind: str
    name: str
    enabled: bool
    by_default: bool = False


@dataclass(slots=True)
class Hearers:
    """`told` hear at once; `steps` counts those of the escalation, `later` says whether one of them reaches somebody.

    `ticked` are ids of integrations.
    """

    told: list[Told] = field(default_factory=list)
    ticked: set[int] = field(default_factory=set)
    steps: int = 0
    later: bool = False

    @property
    def reach_somebody(self) -> bool:
        return self.later or any(each.enabled for each in self.told)

    def take(self, row: Row) -> None:
        """Add what a row says."""
        _, way, pk, kind, name, usable = row
        if way == STEP:
            self.steps += 1
            self.later |= bool(usable)
        elif way == GROUP:
            self.told.append(Told(GROUP, name, bool(usable)))
        elif way == TICK or pk not in self.ticked:
            self.told.append(Told(registry.name_of(kind), name, bool(usable), way == DEFAULT))
        if way == TICK:
            self.ticked.add(pk)


def hearers_of(rules: Sequence[AlertRule]) -> dict[int, Hearers]:
    """Whom each of the rules of one team tells, by id; one query."""
    found = {rule.pk: Hearers() for rule in rules}
    hear_defaults = [rule.pk for rule in rules if not rule.only_these]
    for row in _rows_of(rules):
        for rule in hear_defaults if row[1] == DEFAULT else [row[0]]:
            found[rule].take(row)
    return found


def told_by(rule: AlertRule) -> QuerySet[Integration]:
    """The integrations that the rule tells at once and that are switched on, by name."""
    told = Q(rules=rule) | Q(groups__rules=rule)
    if not rule.only_these:
        told |= Q(used_by_default=True)
    own = Integration.objects.filter(team=rule.team_id, builtin=False)
    return _usable().filter(pk__in=own.filter(told).values("pk")).order_by("name", "pk")


def defaults_of(team: int) -> QuerySet[Integration]:
    """The team's integrations that every rule tells unless it tells only these, by name."""
    return Integration.objects.filter(team=team, archived_at=None, builtin=False, used_by_default=True)


def _rows_of(rules: Sequence[AlertRule]) -> Iterable[Row]:
    """By way, and within it by name; those of the team's defaults name no rule."""
    if not rules:
        return []
    ids = [rule.pk for rule in rules]
    told = _ticks(ids).union(_groups(ids), _steps(ids), _defaults(rules[0].team_id), all=True)
    return sorted(told, key=lambda row: (ORDER.index(row[1]), row[4].lower(), row[2]))


def _ticks(rules: Collection[int]) -> QuerySet[Any, Any]:
    links = RuleIntegration.objects.filter(rule__in=rules, integration__archived_at=None).order_by()
    columns = [f"integration__{name}" for name in ("kind", "name", "enabled")]
    return links.values_list("rule", Value(TICK), "integration", *columns)


def _groups(rules: Collection[int]) -> QuerySet[Any, Any]:
    usable = Exists(_usable().filter(groups=OuterRef("group")))
    links = RuleGroup.objects.filter(rule__in=rules).order_by()
    return links.values_list("rule", Value(GROUP), "group", Value(""), "group__name", usable)


def _steps(rules: Collection[int]) -> QuerySet[Any, Any]:
    usable = Q(Exists(_usable().filter(steps=OuterRef("pk")))) | ~Q(recipients=[])
    steps = EscalationStep.objects.filter(rule__in=rules).order_by()
    heard = ExpressionWrapper(usable, BooleanField())
    return steps.values_list("rule", Value(STEP), "pk", Value(""), Value(""), heard)


def _defaults(team: int) -> QuerySet[Any, Any]:
    no_rule = Value(None, BigIntegerField())
    return defaults_of(team).order_by().values_list(no_rule, Value(DEFAULT), "pk", "kind", "name", "enabled")


def _usable() -> QuerySet[Integration]:
    return Integration.objects.filter(enabled=True, archived_at=None)
