"""The fields of what an integration is told, and how: the same for pages, popup and admin."""

from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.forms import BoundField
from django.http import QueryDict

from channels_app.words import SEVERITIES
from integrations import policies
from integrations.basics import PREFIX, Basics
from integrations.models import Integration, Language, Telling
from integrations.policies import Policy
from teams.models import Team
from teams.readers import zones

# Says that the page had these fields: where none of them came along, what is stored stays.
MARK = f"{PREFIX}-policies"
TOLD = ("used_by_default", "minimum_severity", "events", "hears_changes")
MANNER = ("picture", "time_zone", "language")


class PolicyForm(forms.Form):
    """What it is told, and how. Left as it is where the page that was posted had none of these fields."""

    used_by_default = forms.BooleanField(label="Every rule tells it", required=False)
    minimum_severity = forms.ChoiceField(
        label="From severity",
        choices=[(each, each.capitalize()) for each in SEVERITIES],
        help_text="Milder alerts are not told.",
    )
    events = forms.MultipleChoiceField(
        choices=Telling.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Escalations are always told. With nothing ticked, nothing else is.",
    )
    hears_changes = forms.BooleanField(
        label="Tell here what is changed",
        required=False,
        help_text="Who changed which rule, integration, key or member: one message for what was changed together.",
    )
    picture = forms.BooleanField(
        label="Graph image",
        required=False,
        help_text="Messages show the measurements, where the type can: as a picture, else as a link to it.",
    )
    time_zone = forms.CharField(
        required=False,
        max_length=64,
        widget=forms.TextInput(
            attrs={"list": "zones", "autocomplete": "off", "spellcheck": "false", "placeholder": "UTC"}
        ),
        help_text="Of the times in messages. Type a city to search. Empty: UTC.",
    )
    language = forms.ChoiceField(choices=Language.choices, help_text="Of the messages.")

    def __init__(self, team: Team, kind: str, integration: Integration | None, data: QueryDict | None = None) -> None:
        usual = policies.facts(integration or Integration())
        super().__init__(data if data is not None and MARK in data else None, prefix=PREFIX, initial=usual)
        told, total = policies.rules_that_tell_defaults(team)
        self.fields["used_by_default"].help_text = _reach(told, total)
        if not policies.can_hear_changes(kind):
            del self.fields["hears_changes"]

    def policy(self) -> Policy:
        """As posted, for the services to judge; empty where the page had no such fields."""
        if not self.is_bound:
            return {}
        values = {name: self[name].value() for name in self.fields}
        zone = {"time_zone": str(values["time_zone"] or "").strip()}
        return cast("Policy", values | zone)

    def groups(self, basics: Basics) -> "list[Group]":
        """Its fields as one reads them, with the one of `basics` that says what it is told."""
        told = [*(self[name] for name in TOLD if name in self.fields), basics["hears_trouble"]]
        return [Group("What it is told", told), Group("How it is told", [self[name] for name in MANNER])]

    @property
    def zones(self) -> list[str]:
        """What the time zone can be, to choose from."""
        return sorted(zones())


class Group:
    """Fields that one opens and closes together."""

    def __init__(self, title: str, fields: Iterable[BoundField]) -> None:
        self.title, self.fields = title, list(fields)

    @property
    def open(self) -> bool:
        """Whether anything in it is wrong, or not what a new integration has."""
        usual = {"hears_trouble": False, **policies.facts(Integration())}
        return any(each.errors or _plain(each.value()) != _plain(usual[each.name]) for each in self.fields)


def _plain(value: Any) -> Any:
    return sorted(value) if isinstance(value, list) else value or ""


def _reach(told: int, total: int) -> str:
    if not total:
        return "Also those that do not tick it, unless they say “only these”."
    rules = "1 rule" if told == 1 else f"{told:,} rules"
    left = total - told
    if not left:
        return f"Also those that do not tick it: {rules} now, and each new one."
    others = "1 says" if left == 1 else f"{left:,} say"
    return f"Also those that do not tick it: {rules} now, and each new one; {others} “only these”."
