"""Forms of the alert pages."""

from typing import Any
from urllib.parse import urlencode

from django import forms

from channels_app.words import AlertState, Severity


class AlertFilters(forms.Form):
    """What the list of alerts is narrowed to. A field that is wrong narrows nothing and says so."""

    state = forms.ChoiceField(
        required=False, choices=[("", "All states"), *((state, state.capitalize()) for state in AlertState)]
    )
    severity = forms.ChoiceField(
        required=False, choices=[("", "All severities"), *((word, word.capitalize()) for word in Severity)]
    )
    test = forms.SlugField(required=False, max_length=60, label="Test (slug)")
    rule = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1, label="Rule (id)")
    before = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput)

    def filters(self) -> dict[str, Any]:
        """What is sound, as alerts_of takes it."""
        sound = self.cleaned_data
        return {
            "states": [sound["state"]] if sound.get("state") else [],
            "severities": [sound["severity"]] if sound.get("severity") else [],
            "test": sound.get("test") or None,
            "rule": sound.get("rule"),
        }

    def older(self, number: int) -> str:
        """The query of the next page, which begins below `number`."""
        kept = {name: value for name, value in self.cleaned_data.items() if value and name != "before"}
        return urlencode({**kept, "before": number})
