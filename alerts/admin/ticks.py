"""The integrations of a rule's Notifications tab: each with its box, kind, target and health, and the popup's link."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from channels_app import registry
from integrations.models import Integration
from integrations.standing import Standing, standing_of
from teams.adminkit import PossibleIds
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
    now, names = timezone.now(), {kind.spec.kind: kind.spec.name for kind in registry.kinds()}
    rows = [
        Tick(row, names.get(row.kind, row.kind), standing_of(row, now), row.pk in {each.pk for each in chosen})
        for row in sorted((*chosen, *others), key=lambda each: (each.name.lower(), each.pk))
    ]
    return Ticks(rows, own.count(), search)


class TicksWidget(PossibleIds):
    """Draws the integrations as a list to tick."""

    template_name = "alerts/admin/ticks_widget.html"
    team: Team | None = None

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        ticked = [int(each) for each in value or [] if str(each).isdecimal()]
        assert self.team is not None  # noqa: S101 - set by the form
        return {
            "name": name,
            "ticks": ticks_of(self.team, ticked),
            "ticks_url": reverse("admin:alerts_alertrule_ticks"),
            "popup_url": f"{reverse('admin:integrations_integration_changelist')}configure/",
        }
