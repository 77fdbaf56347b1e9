"""Forms of the delivery pages."""

from datetime import datetime, tzinfo
from typing import Any
from urllib.parse import urlencode

from django import forms

from alerts.models import EventType
from deliveries.decisions import ACTING, OPENING
from deliveries.log import Filters
from deliveries.models import DeliveryState
from deliveries.sentences import WHY
from deliveries.since import DEFAULT, read_since
from integrations.models import Integration
from teams.forms.moments import MomentField
from teams.models import Team

LARGEST = 2**63 - 1
MOST_PLACES = 500
FURTHER = ("event", "reason", "since", "until")
TOLD = [each for each in EventType if each in OPENING | ACTING or each == EventType.CLEARED]


class LogFilters(forms.Form):
    """What the log is narrowed to. A field that is wrong narrows nothing and says so."""

    state = forms.ChoiceField(required=False, choices=[("", "All states"), *DeliveryState.choices])
    integration = forms.TypedChoiceField(required=False, coerce=int, empty_value=None)
    alert = forms.IntegerField(required=False, min_value=1, max_value=LARGEST, label="Alert (number)")
    event = forms.ChoiceField(required=False, choices=[("", "All events"), *((each, each.label) for each in TOLD)])
    reason = forms.ChoiceField(
        required=False,
        choices=[("", "All reasons"), *((word, why[0].upper() + why[1:]) for word, why in WHY.items())],
    )
    since = MomentField()
    until = MomentField()
    before = forms.IntegerField(required=False, min_value=1, max_value=LARGEST, widget=forms.HiddenInput)

    def __init__(self, *args: Any, team: Team, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = Integration.objects.filter(team=team).order_by("archived_at", "name", "pk")
        choices = [(place.pk, _named(place)) for place in places.only("name", "archived_at")[:MOST_PLACES]]
        self.fields["integration"].choices = [("", "All integrations"), *choices]  # type: ignore[attr-defined]
        self.is_valid()

    def filters(self) -> Filters:
        """What is sound."""
        sound = {name: value for name, value in self.cleaned_data.items() if value and name != "before"}
        return Filters(**sound)

    @property
    def is_further(self) -> bool:
        """Whether one of the filters that are folded away is in use, or wrong."""
        return any(self.cleaned_data.get(name) or name in self.errors for name in FURTHER)

    @property
    def below(self) -> int | None:
        """Below which delivery the page begins."""
        found: int | None = self.cleaned_data.get("before")
        return found

    def query(self, before: int | None = None) -> str:
        """The same filters as the query of an address, for the page that begins below `before`."""
        kept = {name: self.data[name] for name, value in self.cleaned_data.items() if value and name != "before"}
        return urlencode({**kept, "before": before} if before else kept)


def _named(place: Integration) -> str:
    return f"{place.name} (removed)" if place.archived_at else place.name


class SinceForm(forms.Form):
    """Since when the hand-over tells; empty means the last 12 hours. `cleaned_data["since"]` is a time."""

    since = forms.CharField(
        required=False,
        max_length=40,
        label="Since, such as 18:00",
        widget=forms.TextInput(attrs={"placeholder": DEFAULT, "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, now: datetime, zone: tzinfo, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._now, self._zone = now, zone

    def clean_since(self) -> datetime:
        return read_since(self.cleaned_data["since"] or DEFAULT, self._now, self._zone)
