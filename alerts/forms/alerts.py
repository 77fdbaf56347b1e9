"""What the lists of alerts are narrowed to."""

from typing import Any
from urllib.parse import urlencode

from django import forms

from alerts.pages.listing import Cursor
from channels_app.words import AlertState, Severity
from teams.forms.moments import MomentField
from teams.models import User

_LARGEST = 2**63 - 1
SEGMENTS = ("active", "history", "all")


class Filters(forms.Form):
    """What all lists of alerts know. A field that is wrong narrows nothing and says so."""

    state = forms.ChoiceField(
        required=False, choices=[("", "All states"), *((state, state.capitalize()) for state in AlertState)]
    )
    severity = forms.ChoiceField(
        required=False, choices=[("", "All severities"), *((word, word.capitalize()) for word in reversed(Severity))]
    )
    who = forms.ChoiceField(required=False, choices=[("mine", ""), ("nobody", "")], widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_valid()

    def sound(self, **changed: Any) -> str:
        """The query of what is sound and set, with other values for `changed`; None leaves a field out."""
        kept = {name: self.data[name] for name in self.fields if self.cleaned_data.get(name) and name in self.data}
        return urlencode({name: value for name, value in {**kept, **changed}.items() if value is not None})

    def asked(self, me: User | None) -> dict[str, Any]:
        """What is sound, as alerts_of takes it."""
        sound = self.cleaned_data
        return {
            "states": [sound["state"]] if sound.get("state") else [],
            "severities": [sound["severity"]] if sound.get("severity") else [],
            "mine": me if sound.get("who") == "mine" else None,
            "unclaimed": sound.get("who") == "nobody",
        }


class AlertFilters(Filters):
    """The filters of a team's list.

    The list shows active alerts, unless it was asked for others: by `show`; by a state, which none but its own segment
    has; by `still`, which only closed ones can be; or by any other filter without `show`, as links from messages and
    rules have it: such a link finds the alerts that it speaks of, cleared or not.
    """

    rule = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=_LARGEST,
        label="Rule (number)",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "list": "known-rules"}),
    )
    test = forms.SlugField(
        required=False, max_length=60, label="Test (slug)", widget=forms.TextInput(attrs={"list": "known-tests"})
    )
    assignee = forms.EmailField(
        required=False, max_length=254, label="Assigned to", widget=forms.EmailInput(attrs={"list": "known-people"})
    )
    since = MomentField(label="Open since")
    until = MomentField(label="Started until")
    show = forms.ChoiceField(required=False, choices=[(name, name) for name in SEGMENTS], widget=forms.HiddenInput)
    still = forms.BooleanField(required=False, widget=forms.HiddenInput)
    before = forms.RegexField(
        r"\A(?:(?:info|minor|major|critical)-)?[0-9]{1,18}\Z", required=False, widget=forms.HiddenInput
    )

    @property
    def segment(self) -> str:
        """Which of SEGMENTS is shown."""
        sound = self.cleaned_data
        if sound.get("state"):
            return "history" if sound["state"] == AlertState.CLEARED else "active"
        if sound.get("still"):
            return "history"
        narrowed = any(sound.get(name) for name in ("severity", "rule", "test", "assignee", "since", "until"))
        return sound.get("show") or ("all" if narrowed else "active")

    def plain(self) -> list[forms.BoundField]:
        """The filters that are always in sight."""
        return [self["state"], self["severity"]]

    def finer(self) -> list[forms.BoundField]:
        """The others."""
        return [field for field in self.visible_fields() if field.name not in ("state", "severity")]

    def is_fine(self) -> bool:
        """Whether one of the others is set, rightly or wrongly."""
        return any(field.value() for field in self.finer())

    def is_narrowed(self) -> bool:
        """Whether anything but the segment is asked for."""
        return any(value for name, value in self.cleaned_data.items() if name != "show")

    def cursor(self) -> Cursor | None:
        """Where the page begins."""
        severity, _, number = str(self.cleaned_data.get("before") or "").rpartition("-")
        return Cursor(int(number), severity if self.segment == "active" else "") if number else None

    def asked(self, me: User | None) -> dict[str, Any]:
        sound = self.cleaned_data
        active = {"active": True, "history": False, "all": None}[self.segment]
        plain = {name: sound.get(name) or None for name in ("rule", "test", "assignee", "since", "until")}
        return super().asked(me) | plain | {"active": active, "still_violated": bool(sound.get("still"))}
