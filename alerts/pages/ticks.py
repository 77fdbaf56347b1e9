"""The integrations of a rule's Notifications tab: each with its box, kind, target and health, and the popup's link."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone

from channels_app import registry
from integrations.models import Integration
from integrations.standing import Standing, standings_of
from teams.models import Team

SHOWN = 200


@dataclass(frozen=True, slots=True)
class Tick:
    """One integration as the tab shows it."""

    integration: Integration
    kind: str
    standing: Standing
    ticked: bool


@dataclass(frozen=True, slots=True)
class Ticks:
    """The ticked integrations and the first 200 others by name that hold `search`; `total` counts all of the team."""

    rows: list[Tick]
    total: int
    search: str

    @property
    def link_text(self) -> str:
        """The popup's link, in the words of the field."""
        return "Edit Integrations" if self.total else "Configure Integrations"

    @property
    def hidden(self) -> int:
        """How many are not shown."""
        return self.total - len(self.rows)


def ticks_of(team: Team, ticked: Collection[int], search: str = "") -> Ticks:
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
    return Ticks(rows, own.count(), search)
