"""What a rule's Notifications tab ticks: groups, and integrations with kind, target and health; the popup's link."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from django.db.models import Case, Q, Value, When
from django.utils import timezone

from channels_app import registry
from integrations.models import Group, Integration
from integrations.standing import Standing, standings_of
from teams.models import Team

SHOWN = 200
MEMBERS = 2_000  # of all groups together


@dataclass(frozen=True, slots=True)
class Tick:
    """One integration as the tab shows it."""

    integration: Integration
    kind: str
    standing: Standing
    ticked: bool


@dataclass(frozen=True, slots=True)
class GroupTick:
    """A group as the tab shows it, with the names of its members. `usable`: one of them is switched on."""

    group: Group
    members: list[str]
    usable: bool
    ticked: bool


@dataclass(frozen=True, slots=True)
class Ticks:
    """The ticked integrations and the first 200 others by name that hold `search`; `total` counts all of the team.

    `groups` are the ticked ones and those that hold `search`.
    """

    rows: list[Tick]
    total: int
    search: str
    groups: list[GroupTick]

    @property
    def defaults(self) -> list[Tick]:
        """Those that rules tell by default, and that are not ticked."""
        return [row for row in self.rows if row.integration.used_by_default and not row.ticked]

    @property
    def link_text(self) -> str:
        """The popup's link, in the words of the field."""
        return "Edit Integrations" if self.total else "Configure Integrations"

    @property
    def hidden(self) -> int:
        """How many are not shown."""
        return self.total - len(self.rows)


def ticks_of(team: Team, ticked: Collection[int], search: str = "", groups: Collection[int] = ()) -> Ticks:
    """What the tab shows for the team."""
    own = Integration.objects.of(team)
    chosen = list(own.filter(pk__in=ticked).select_related("health"))
    matching = own.exclude(pk__in=ticked).select_related("health")
    if search:
        matching = matching.filter(Q(name__icontains=search) | Q(target__icontains=search) | Q(kind__icontains=search))
    others = list(matching[:SHOWN])
    standings = standings_of((*chosen, *others), timezone.now())
    rows = [
        Tick(row, registry.name_of(row.kind), standings[row.pk], row.pk in {each.pk for each in chosen})
        for row in sorted((*chosen, *others), key=lambda each: (each.name.lower(), each.pk))
    ]
    return Ticks(rows, own.count(), search, _groups(team, groups, search))


def _groups(team: Team, ticked: Collection[int], search: str) -> list[GroupTick]:
    """With their members in the same query, a row for each."""
    own = Group.objects.filter(team=team)
    if search:
        own = own.filter(Q(name__icontains=search) | Q(pk__in=ticked))
    live = Q(integrations__archived_at=None, integrations__isnull=False)
    rows = own.order_by("name", "pk").annotate(
        member=Case(When(live, then="integrations__name"), default=Value("")),
        usable=Case(When(live & Q(integrations__enabled=True), then=True), default=False),
    )
    found: dict[int, GroupTick] = {}
    for group in rows[:MEMBERS]:
        known = found.get(group.pk) or GroupTick(group, [], False, group.pk in ticked)
        members = sorted([*known.members, group.member], key=str.lower) if group.member else known.members
        found[group.pk] = replace(known, members=members, usable=known.usable or group.usable)
    return list(found.values())
