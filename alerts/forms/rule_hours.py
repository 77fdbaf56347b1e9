"""The weekly hours of a rule as people type them: a line for each day, such as `09:00-12:00, 13:00-17:00` or `all`."""

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone

from alerts.hours import ALL_DAY, DAYS

PREFIX = "hours_"
NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
HELP = "Such as 09:00-17:00, or 09:00-12:00, 13:00-17:00, or all. A day without hours is quiet."
ALWAYS = "While no day has hours, messages go out at any time."
_WHOLE_DAY = [["00:00", "24:00"]]
_PLACE = re.compile(r"(?:days\.(?P<day>\w{3})|(?P<field>time_zone|critical_passes)): ")


class DayField(forms.CharField):
    """The hours of a day, a line; its value is as the rule's service wants it, empty for none."""

    def __init__(self, label: str) -> None:
        hint = {"placeholder": "quiet", "autocomplete": "off", "spellcheck": "false"}
        super().__init__(label=label, required=False, max_length=200, widget=forms.TextInput(attrs=hint))

    def clean(self, value: Any) -> Any:
        text = super().clean(value).strip()
        if text.lower() in (ALL_DAY, "all day"):
            return ALL_DAY
        spans = [part.strip() for part in re.split(r"[,;]", text) if part.strip()]
        pairs = [re.split(r"\s*(?:-|–|—|\bto\b)\s*", span) for span in spans]
        for span, pair in zip(spans, pairs, strict=True):
            if len(pair) != 2:
                raise ValidationError(f"Write hours such as 09:00-17:00, or all; got “{span[:60]}”.")
        return [[_clock(time) for time in pair] for pair in pairs]


class HoursFields(forms.Form):
    """The fields of a form that has hours: those of `hours_in` are its initial values, `hours_of` reads them."""

    hours_time_zone = forms.CharField(
        label="Time zone",
        required=False,
        max_length=100,
        help_text="Of these hours, such as Europe/Berlin.",
        widget=forms.TextInput(attrs={"list": "zones", "autocomplete": "off", "spellcheck": "false"}),
    )
    hours_critical_passes = forms.BooleanField(label="Critical alerts are told at any time", required=False)
    hours_mon, hours_tue, hours_wed, hours_thu, hours_fri, hours_sat, hours_sun = map(DayField, NAMES)

    def days(self) -> list[forms.BoundField]:
        """The fields of the days, in their order."""
        return [self[f"{PREFIX}{day}"] for day in DAYS]

    @property
    def has_hours(self) -> bool:
        """Whether a day has hours, as the form stands now."""
        return any(field.value() for field in self.days())


def hours_in(hours: Mapping[str, Any] | None) -> dict[str, Any]:
    """The values that the fields begin with; without hours: the reader's zone, and no hours on any day."""
    shown = hours or {"time_zone": timezone.get_current_timezone_name(), "critical_passes": True, "days": {}}
    days = {f"{PREFIX}{day}": _typed(shown["days"].get(day, [])) for day in DAYS}
    passes = shown["critical_passes"]
    return days | {f"{PREFIX}time_zone": shown["time_zone"], f"{PREFIX}critical_passes": passes}


def hours_of(values: dict[str, Any]) -> dict[str, Any] | None:
    """Take the fields out of the form's values: hours as the rule's service wants them, None where no day has any."""
    typed = {name.removeprefix(PREFIX): values.pop(name) for name in [*values] if name.startswith(PREFIX)}
    days = {day: typed[day] for day in DAYS if typed.get(day)}
    if not days:
        return None
    return {"time_zone": typed.get("time_zone"), "critical_passes": typed.get("critical_passes", True), "days": days}


def place_of(text: str) -> tuple[str, str]:
    """The field that a text of the service about the hours belongs to, and the text for people there."""
    found = _PLACE.match(text)
    if found is None:
        return f"{PREFIX}{DAYS[0]}", text
    return f"{PREFIX}{found['day'] or found['field']}", text[found.end() :]


def copy_day(values: QueryDict, day: str) -> None:
    """Give the days below `day` its hours."""
    if day in DAYS:
        for other in DAYS[DAYS.index(day) + 1 :]:
            values[f"{PREFIX}{other}"] = values.get(f"{PREFIX}{day}", "")


def _typed(spans: list[list[str]]) -> str:
    return ALL_DAY if spans == _WHOLE_DAY else ", ".join("-".join(span) for span in spans)


def _clock(text: str) -> str:
    """`9` means 9:00."""
    return f"{text}:00" if text.isdecimal() and len(text) <= 2 else text
