"""The form of a maintenance window. It reads; what may be stored is judged by the service.

Its times are what clocks show in the window's own time zone, so that they stay true whoever looks at them.
"""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import QueryDict
from django.utils import timezone

from alerts.forms.fields import LinesField
from alerts.maintenance.fields import MAX_EVERY
from alerts.maintenance.recurring import WEEKDAYS
from alerts.models import MaintenanceWindow, Test
from teams.errors import texts_of
from teams.models import Team
from teams.readers import zones

FEW = 60  # tests, up to which they are shown to tick
_SHOWN = "%Y-%m-%dT%H:%M"
_DAYS = {"mon": "Monday", "tue": "Tuesday", "wed": "Wednesday", "thu": "Thursday", "fri": "Friday", "sat": "Saturday"}
_DAY_CHOICES = [(day, _DAYS.get(day, "Sunday")) for day in WEEKDAYS]


class _Ticks(forms.MultipleChoiceField):
    """Tests as boxes to tick, by slug."""

    widget = forms.CheckboxSelectMultiple


class WallField(forms.CharField):
    """What a clock shows, as a naive time."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=_SHOWN), **kwargs)

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        try:
            return datetime.fromisoformat(text).replace(tzinfo=None) if text else None
        except ValueError:
            raise ValidationError("Must be a time such as 2026-03-02T12:00.") from None


class WindowForm(forms.Form):
    """A maintenance window as people enter it."""

    name = forms.CharField(max_length=100, help_text="What is done, such as “Database upgrade”.")
    time_zone = forms.CharField(
        label="Time zone",
        max_length=50,
        help_text="All times here are of its clocks.",
        widget=forms.TextInput(attrs={"list": "zones"}),
    )
    starts_at = WallField(label="Begins")
    ends_at = WallField(label="Ends", help_text="Of the first time, where it repeats.")
    repeat = forms.ChoiceField(choices=MaintenanceWindow.Repeat.choices)
    every = forms.IntegerField(
        label="Every so many", min_value=1, max_value=MAX_EVERY, initial=1, help_text="2 with weeks: every other week."
    )
    weekdays = forms.MultipleChoiceField(
        choices=_DAY_CHOICES, required=False, widget=forms.CheckboxSelectMultiple, label="On these days of the week"
    )
    until = forms.DateField(
        label="Last day",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="Needed where it repeats.",
    )
    everything = forms.BooleanField(label="All tests of the team", required=False)
    selector = LinesField(
        label="Tests with these labels", help_text="One a line, all must hold: env=live, service=shop-*."
    )

    def __init__(
        self, team: Team, data: QueryDict | None = None, *, window: MaintenanceWindow | None = None, test: str = ""
    ) -> None:
        super().__init__(data, initial=_initial(window, test), auto_id="window-%s")
        tests = list(Test.objects.of(team).order_by("name").values_list("slug", "name")[: FEW + 1])
        self.few = len(tests) <= FEW
        labels = {"tests": "These tests", "excluded": "Never these tests"}
        for name, label in labels.items():
            self.fields[name] = (
                _Ticks(choices=tests, required=False, label=label)
                if self.few
                else LinesField(label=label, help_text="By the word that programs call them, one a line.")
            )

    def clean_time_zone(self) -> str:
        zone = str(self.cleaned_data["time_zone"])
        if zone not in zones():
            raise ValidationError("Must be a time zone such as Europe/Berlin.")
        return zone

    def clean(self) -> dict[str, Any]:
        """The fields as the service takes them, but for tests, which are slugs."""
        found = self.cleaned_data
        zone = ZoneInfo(found.get("time_zone", "UTC"))
        for name in ("starts_at", "ends_at"):
            if found.get(name):
                found[name] = self._moment(name, found[name], zone)
        day = found.pop("until", None)
        repeats = found.get("repeat") != "never"
        found["repeats_until"] = datetime.combine(day, time(23, 59, 59), zone) if day and repeats else None
        if not repeats:
            found["every"] = 1
        if found.get("repeat") != "weekly":
            found["weekdays"] = []
        return found

    def _moment(self, name: str, wall: datetime, zone: ZoneInfo) -> datetime:
        """The moment that was shown, where it was not changed: a clock may show the same twice."""
        shown = self.initial.get(f"{name}_moment")
        if shown is not None and shown.astimezone(zone).replace(tzinfo=None, second=0) == wall.replace(second=0):
            return datetime.fromtimestamp(shown.timestamp(), zone)
        return wall.replace(tzinfo=zone)

    def refuse(self, refusal: ValidationError) -> None:
        """Show what the service refused at its field."""
        places = {"repeats_until": "until", "minutes": "ends_at"}
        for name, texts in texts_of(refusal).items():
            place = places.get(name, name)
            self.add_error(place if place in self.fields and place != NON_FIELD_ERRORS else None, texts)

    @property
    def plain(self) -> list[forms.BoundField]:
        """The fields that stand in a row of their own kind."""
        return [self[name] for name in ("name", "time_zone", "starts_at", "ends_at", "repeat", "every", "until")]


def _initial(window: MaintenanceWindow | None, test: str) -> dict[str, Any]:
    if window is None:
        now = timezone.localtime().replace(second=0, microsecond=0)
        return {
            "time_zone": timezone.get_current_timezone_name(),
            "starts_at": now.strftime(_SHOWN),
            "ends_at": (now + timedelta(hours=1)).strftime(_SHOWN),
            "tests": [test] if test else [],
        }
    zone, end = ZoneInfo(window.time_zone), window.starts_at + timedelta(minutes=window.minutes)
    links = [(link.test.slug, link.excluded) for link in window.test_links.all()]
    return {
        **{name: getattr(window, name) for name in ("name", "time_zone", "repeat", "every", "weekdays", "everything")},
        "selector": window.selector,
        "starts_at": window.starts_at.astimezone(zone).strftime(_SHOWN),
        "starts_at_moment": window.starts_at,
        "ends_at": end.astimezone(zone).strftime(_SHOWN),
        "ends_at_moment": end,
        "until": window.repeats_until.astimezone(zone).date() if window.repeats_until else None,
        "tests": [slug for slug, excluded in links if not excluded],
        "excluded": [slug for slug, excluded in links if excluded],
    }
