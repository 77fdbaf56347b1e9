"""Which rules tell an integration: the relation's other end, since integrations know nothing of rules.

A rule tells it where it is ticked, where a group with it is ticked, by a step of the escalation, or, unless the rule
tells only what it names, since it is used by default.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import BooleanField, Count, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet

from integrations.models import Group, Integration
from teams.models import Team
from teams.statements import fetch
from teams.words import listed

NAMED_RULES = 20
# Of each pair once, however many ways lead from the rule to the integration.
COUNTS = "SELECT told, COUNT(*), COUNT(*) FILTER (WHERE only_these) FROM ({pairs}) AS pairs GROUP BY told"
WAYS = (("ticked", ""), ("by_group", "by a group"), ("by_default", "by default"), ("by_step", "by its escalation"))


@dataclass(frozen=True, slots=True)
class Teller:
    """A rule that tells an integration. `alone`: without it no message of the rule would reach anybody.

    `way` says how it is told where it is not ticked itself. `named`: it can be taken off the rule itself.
    """

    pk: int
    name: str
    address: str
    alone: bool
    way: str = ""
    named: bool = True


@dataclass(frozen=True, slots=True)
class Usage:
    """`total` rules tell it, `alone` of them nobody else; `named` of them name it, itself or in their escalation.

    `rules` are some of them, those that tell nobody else first; `more` are not among them. `address` lists them all.
    """

    total: int
    alone: int
    rules: tuple[Teller, ...]
    address: str
    named: int = 0

    @property
    def more(self) -> int:
        return self.total - len(self.rules)


def usage_of(integration: Integration, most: int) -> Usage:
    """How the integration is used; at most `most` rules are named."""
    rules = _tellers(integration)
    only_here, named = Q(recipients=[], has_others=False), Q(ticked=True) | Q(by_step=True)
    counts = rules.aggregate(total=Count("pk"), alone=Count("pk", filter=only_here), named=Count("pk", filter=named))
    # Those that would be left with nobody to tell come first: they are what one must know.
    first = [*rules.filter(only_here)[:most]] if counts["alone"] else []
    others = counts["total"] > counts["alone"] and len(first) < most
    rest = [*rules.exclude(only_here)[: most - len(first)]] if others else []
    team = integration.team
    told = [_teller(team, rule, rule in first) for rule in (*first, *rest)]
    return Usage(counts["total"], counts["alone"], tuple(told), rules_address(team, integration.pk), counts["named"])


def counts_of(integrations: Iterable[Integration]) -> dict[int, int]:
    """How many rules tell each of them, by id; those that no rule tells are left out."""
    shown = list(integrations)
    if not shown:
        return {}
    pairs = _pairs([each.pk for each in shown])
    statement, params = pairs[0].union(*pairs[1:]).query.sql_with_params()
    found = fetch(COUNTS.format(pairs=statement), params)
    counts, only_these = {pk: n for pk, n, _ in found}, {pk: n for pk, _, n in found}
    if defaults := [each.pk for each in shown if each.used_by_default]:
        everywhere = _rules(shown[0].team_id).filter(only_these=False).count()
        counts |= {pk: everywhere + only_these.get(pk, 0) for pk in defaults}
    return {pk: count for pk, count in counts.items() if count}


def now_tell_nobody(names: Sequence[str], total: int | None = None) -> str:
    """What is to be said of these rules, `total` in all, once they have nobody left to tell; names the first 20."""
    return f"These rules now tell nobody: {listed(names, NAMED_RULES, total)}."


def rule_address(team: Team, rule_id: int) -> str:
    """Where the rule is edited; the pages of rules stand above integrations, so the address is built by hand."""
    return f"/t/{team.slug}/rules/{rule_id}/"


def rules_address(team: Team, integration_id: int) -> str:
    """Where the rules that tell an integration are listed."""
    return f"/t/{team.slug}/rules/?integration={integration_id}"


def ways_to(integration: Integration) -> dict[str, Any]:
    """For each of WAYS the condition, on a query over rules, that a rule tells the integration so."""
    own = OuterRef("pk")
    by_default = Q(only_these=False) if integration.used_by_default else Q(pk__in=[])
    return {
        "ticked": Exists(_links(Integration, "rules").filter(rule=own, integration=integration)),
        "by_group": Exists(_links(Group, "rules").filter(rule=own, group__members__integration=integration)),
        "by_default": by_default,
        "by_step": Exists(_links(Integration, "steps").filter(step__rule=own, integration=integration)),
    }


def tellers_of(rules: QuerySet[Any], integration: Integration) -> QuerySet[Any]:
    """Those of the rules that tell the integration in any way."""
    told: QuerySet[Any] = rules.filter(reduce(or_, map(Q, ways_to(integration).values())))
    return told


def _tellers(integration: Integration) -> QuerySet[Any]:
    own = OuterRef("pk")
    others = Integration.objects.filter(archived_at=None, enabled=True).exclude(pk=integration.pk)
    by_default = others.filter(team=integration.team_id, used_by_default=True)
    steps = Integration.steps.rel.related_model._default_manager.filter(rule=own)
    heard = Exists(others.filter(rules=own)) | Exists(others.filter(groups__rules=own))
    later = Exists(others.filter(steps__rule=own)) | Exists(steps.exclude(recipients=[]))
    has_others = Q(heard) | Q(later) | Q(Exists(by_default), only_these=False)
    rules: QuerySet[Any] = tellers_of(_rules(integration.team_id), integration).only("pk", "name")
    ways = {name: _flag(condition) for name, condition in ways_to(integration).items()}
    rules = rules.annotate(has_others=_flag(has_others), **ways)
    return rules.order_by("name", "pk")


def _teller(team: Team, rule: Any, alone: bool) -> Teller:
    way = next(words for name, words in WAYS if getattr(rule, name))
    return Teller(rule.pk, rule.name, rule_address(team, rule.pk), alone, way, rule.ticked or rule.by_step)


def _pairs(ids: Sequence[int]) -> list[QuerySet[Any, tuple[int, int, bool]]]:
    """Queries for (integration, rule, whether it tells only these) where the rule names the integration in a way."""
    return [
        Integration.objects.filter(**{"pk__in": ids, f"{rule}__isnull": False, f"{rule}__archived_at": None})
        .order_by()
        .annotate(told=F("pk"), rule=F(rule), only_these=F(f"{rule}__only_these"))
        .values_list("told", "rule", "only_these")
        for rule in ("rules", "groups__rules", "steps__rule")
    ]


def _rules(team_id: int) -> QuerySet[Any]:
    rules: Any = Integration.rules.rel.related_model
    own: QuerySet[Any] = rules._default_manager.filter(team=team_id, archived_at=None)
    return own


def _links(model: Any, name: str) -> QuerySet[Any]:
    """The rows that tie integrations or groups to rules or steps."""
    links: QuerySet[Any] = getattr(model, name).through._default_manager.all()
    return links


def _flag(condition: Any) -> Any:
    return ExpressionWrapper(Q(condition), output_field=BooleanField())
