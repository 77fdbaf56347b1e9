"""The widget that draws a rule's integrations as a list to tick."""

from typing import Any

from django.urls import reverse

from alerts.forms.fields import possible_ids
from alerts.pages.ticks import ticks_of
from teams.adminkit import PossibleIds
from teams.models import Team


class TicksWidget(PossibleIds):
    """Draws the integrations as a list to tick."""

    template_name = "alerts/admin/ticks_widget.html"
    team: Team | None = None

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        ticked = possible_ids(value or [])
        assert self.team is not None  # noqa: S101 - set by the form
        return {
            "name": name,
            "ticks": ticks_of(self.team, ticked),
            "ticks_url": reverse("admin:alerts_alertrule_ticks"),
            "popup_url": f"{reverse('admin:integrations_integration_changelist')}configure/",
        }
