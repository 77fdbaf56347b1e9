"""Forms of the delivery pages."""

from typing import Any
from urllib.parse import urlencode

from django import forms

from deliveries.models import DeliveryState

LARGEST = 2**63 - 1


class DeliveryFilters(forms.Form):
    """What the log is narrowed to. A field that is wrong narrows nothing and says so."""

    alert = forms.IntegerField(required=False, min_value=1, max_value=LARGEST, label="Alert (number)")
    state = forms.ChoiceField(required=False, choices=[("", "All states"), *DeliveryState.choices])
    integration = forms.IntegerField(required=False, min_value=1, max_value=LARGEST, widget=forms.HiddenInput)
    before = forms.IntegerField(required=False, min_value=1, max_value=LARGEST, widget=forms.HiddenInput)

    def filters(self) -> dict[str, Any]:
        """What is sound, as deliveries_of takes it."""
        sound = self.cleaned_data
        return {
            "alert": sound.get("alert"),
            "integration": sound.get("integration"),
            "states": [sound["state"]] if sound.get("state") else [],
        }

    def older(self, pk: int) -> str:
        """The query of the next page, which begins below `pk`."""
        kept = {name: value for name, value in self.cleaned_data.items() if value and name != "before"}
        return urlencode({**kept, "before": pk})
