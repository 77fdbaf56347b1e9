"""What is known of groups of integrations: who is in them, and which rules tell them."""

from dataclasses import dataclass
from typing import Any

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Prefetch, Q, QuerySet

from integrations.models import Group, GroupMember, Integration
from integrations.usage import Teller, rule_address
from teams.models import Team


@dataclass(frozen=True, slots=True)
class GroupUsage:
    """`total` rules tell the group; `rules` are some of them, those first that would tell nobody without it."""

    total: int
    rules: tuple[Teller, ...]

    @property
    def more(self) -> int:
        return self.total - len(self.rules)

    @property
    def alone(self) -> list[str]:
        """The names of those that would tell nobody without it."""
        return [rule.name for rule in self.rules if rule.alone]


def groups_of(team: Team, name: str | None = None) -> QuerySet[Group]:
    """The team's groups with their integrations and rules loaded, but archived ones; `name` must match whole."""
    places, rules = Integration.objects.of(team), _rules().filter(team=team, archived_at=None).only("pk", "name")
    found = Group.objects.filter(team=team).select_related("team")
    found = found.prefetch_related(Prefetch("integrations", places), Prefetch("rules", rules))
    return found if name is None else found.filter(name=name)


def members_of(group: Group) -> QuerySet[Integration]:
    """Its integrations by name, with their health; without archived ones."""
    return Integration.objects.of(group.team).filter(group_links__group=group).select_related("health")


def rules_of(group: Group) -> QuerySet[Any]:
    """The rules that tell it, by name."""
    return _rules().filter(group_links__group=group, archived_at=None).order_by("name", "pk")


def usage_of(group: Group, most: int) -> GroupUsage:
    """How it is used; at most `most` rules are named."""
    rules = rules_of(group).annotate(alone=_alone(group)).order_by("-alone", "name", "pk")
    told = [Teller(each.pk, each.name, rule_address(group.team, each.pk), each.alone) for each in rules[:most]]
    return GroupUsage(rules.count() if len(told) == most else len(told), tuple(told))


def _alone(group: Group) -> Any:
    """Whether a rule would tell nobody without the group: at once, by default or by a step of its escalation."""
    rule = OuterRef("pk")
    places = Integration.objects.filter(team=group.team_id, archived_at=None, enabled=True)
    links = GroupMember.objects.filter(integration__in=places).exclude(group=group)
    steps = Integration.steps.rel.related_model._default_manager.filter(rule=rule)
    others = Q(Exists(places.filter(rules=rule))) | Q(Exists(links.filter(group__rules=rule)))
    later = Q(Exists(places.filter(steps__rule=rule))) | Q(Exists(steps.exclude(recipients=[])))
    by_default = Q(Exists(places.filter(used_by_default=True)), only_these=False)
    return ExpressionWrapper(Q(recipients=[]) & ~others & ~later & ~by_default, output_field=BooleanField())


def _rules() -> QuerySet[Any]:
    rules: Any = Group.rules.rel.related_model
    return rules._default_manager.all()  # type: ignore[no-any-return]
