"""What the list of rules is narrowed to."""

from typing import Any
from urllib.parse import urlencode

from django import forms

from alerts.models.rule import choices
from channels_app.words import Severity
from integrations.models import Integration
from teams.models import Team
from teams.values import number_in

OFFERED = 200
LARGEST = 2**63 - 1


class RuleFilters(forms.Form):
    """A field that is wrong narrows nothing and says so."""

    name = forms.CharField(required=False, max_length=100, label="Name", widget=forms.TextInput({"type": "search"}))
    show = forms.ChoiceField(
        required=False,
        label="Show",
        choices=[
            ("", "All rules"),
            ("violated", "Violated now"),
            ("disabled", "Disabled"),
            ("quiet", "Telling nobody"),
        ],
    )
    severity = forms.ChoiceField(required=False, choices=[("", "All severities"), *choices(list(Severity))])
    test = forms.CharField(required=False, max_length=100, label="Test")
    integration = forms.TypedChoiceField(required=False, coerce=int, empty_value=None, label="Tells")
    after = forms.IntegerField(required=False, min_value=1, max_value=LARGEST, widget=forms.HiddenInput)

    def __init__(self, team: Team, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        own = Integration.objects.of(team).order_by("name").values_list("pk", "name")
        offered = list(own[:OFFERED])
        asked = number_in(str(self.data.get("integration", "")))
        if asked is not None and asked not in dict(offered):
            offered += list(own.filter(pk=asked))
        self.fields["integration"].choices = [("", "Any integration"), *offered]  # type: ignore[attr-defined]

    def filters(self) -> dict[str, Any]:
        """What is sound, as rules_of takes it."""
        sound = self.cleaned_data
        show = sound.get("show")
        return {
            "name": sound.get("name") or "",
            "severity": sound.get("severity") or "",
            "test": sound.get("test") or "",
            "integration": sound.get("integration"),
            "violated": show == "violated",
            "disabled": show == "disabled",
            "quiet": show == "quiet",
        }

    def beyond(self, after: int | None) -> str:
        """The query of the page that begins behind `after`; empty where there is none."""
        kept = {name: value for name, value in self.cleaned_data.items() if value and name != "after"}
        return urlencode({**kept, "after": after}) if after else ""

    @property
    def narrows(self) -> bool:
        """Whether anything was asked for."""
        return any(value for name, value in self.cleaned_data.items() if name != "after")
