"""Which rules tell an integration: the relation's other end, since integrations know nothing of rules."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from integrations.models import Integration
from teams.models import Team
from teams.words import listed

NAMED_RULES = 20


@dataclass(frozen=True, slots=True)
class Teller:
    """A rule that tells an integration. `alone`: without it no message of the rule would reach anybody."""

    pk: int
    name: str
    address: str
    alone: bool


@dataclass(frozen=True, slots=True)
class Usage:
    """`total` rules tell it, `alone` of them nobody else.

    `rules` are some of them, those that tell nobody else first; `more` are not among them. `address` lists them all.
    """

    total: int
    alone: int
    rules: tuple[Teller, ...]
    address: str

    @property
    def more(self) -> int:
        return self.total - len(self.rules)


def usage_of(integration: Integration, most: int) -> Usage:
    """How the integration is used; at most `most` rules are named."""
    rules = _tellers(integration)
    only_here = Q(recipients=[], has_others=False)
    counts = rules.aggregate(total=Count("pk"), alone=Count("pk", filter=only_here))
    # Those that would be left with nobody to tell come first: they are what one must know.
    first = [*rules.filter(only_here)[:most]] if counts["alone"] else []
    others = counts["total"] > counts["alone"] and len(first) < most
    rest = [*rules.exclude(only_here)[: most - len(first)]] if others else []
    team = integration.team
    told = [Teller(rule.pk, rule.name, rule_address(team, rule.pk), rule in first) for rule in (*first, *rest)]
    return Usage(counts["total"], counts["alone"], tuple(told), rules_address(team, integration.pk))


def counts_of(integrations: Iterable[Integration]) -> dict[int, int]:
    """How many rules tell each of them, by id; those that no rule tells are left out."""
    live = Q(rules__archived_at=None, rules__isnull=False)
    found = Integration.objects.filter(live, pk__in=[each.pk for each in integrations]).order_by()
    return dict(found.values_list("pk").annotate(Count("rules")))


def now_tell_nobody(names: Sequence[str], total: int | None = None) -> str:
    """What is to be said of these rules, `total` in all, once they have nobody left to tell; names the first 20."""
    return f"These rules now tell nobody: {listed(names, NAMED_RULES, total)}."


def rule_address(team: Team, rule_id: int) -> str:
    """Where the rule is edited; the pages of rules stand above integrations, so the address is built by hand."""
    return f"/t/{team.slug}/rules/{rule_id}/"


def rules_address(team: Team, integration_id: int) -> str:
    """Where the rules that tell an integration are listed."""
    return f"/t/{team.slug}/rules/?integration={integration_id}"


def _tellers(integration: Integration) -> QuerySet[Any]:
    others = Integration.objects.filter(rules=OuterRef("pk"), archived_at=None, enabled=True)
    live = integration.rules.filter(archived_at=None).only("pk", "name")
    return live.annotate(has_others=Exists(others.exclude(pk=integration.pk))).order_by("name", "pk")
