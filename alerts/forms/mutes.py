"""The form of a mute: what, for how long, and why. What may be muted, the service says."""

from datetime import UTC, datetime, time, timedelta
from math import ceil
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from alerts.models import AlertRule
from alerts.pages.mutes import OFFERED, Choices, thing_meant
from alerts.services.mutes import MAX_REASON
from teams.models import Team

MORNING = time(9)
TOMORROW, OPEN = "tomorrow", "open"
MINUTES = {"30": "30 minutes", "60": "1 hour", "240": "4 hours"}
WEEK = "10080"


class MuteForm(forms.Form):
    """What to mute, for how long, and why. `things` are the choices of what."""

    what = forms.CharField(label="What", widget=forms.Select)
    length = forms.ChoiceField(label="For how long")
    reason = forms.CharField(
        label="Reason", required=False, widget=forms.TextInput(attrs={"maxlength": MAX_REASON}), max_length=MAX_REASON
    )

    def __init__(self, team: Team, things: Choices, now: datetime, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, auto_id="mute-%s", **kwargs)
        self.team, self.now = team, now
        self.fields["what"].widget.choices = things
        if any(len(offered) >= OFFERED for _, offered in things if isinstance(offered, list)):
            self.fields["what"].help_text = "There are more rules or tests: mute them on their own pages."
        self.fields["length"].choices = lengths(now)  # type: ignore[attr-defined]
        self.fields["reason"].help_text = "Shown to everybody who wonders why it is quiet."

    def asked(self) -> dict[str, Any]:
        """What the service takes; a ValidationError where it names nothing of the team's. Of a valid form."""
        thing = thing_meant(self.team, self.cleaned_data["what"])
        named = {} if thing is None else {"rule" if isinstance(thing, AlertRule) else "test": thing}
        minutes = minutes_of(self.cleaned_data["length"], self.now)
        return {**named, "minutes": minutes, "reason": self.cleaned_data["reason"]}

    def refuse(self, refusal: ValidationError) -> None:
        """Show what was refused at its field."""
        places = {"rule": "what", "test": "what", "minutes": "length"}
        for name, texts in refusal.message_dict.items():
            self.add_error(places.get(name, name if name in self.fields else None), texts)


def lengths(now: datetime) -> list[tuple[str, str]]:
    """The lengths to choose from."""
    morning = timezone.localtime(_tomorrow(now))
    until = f"until tomorrow, {morning:%a %H:%M}"
    return [*MINUTES.items(), (TOMORROW, until), (WEEK, "1 week"), (OPEN, "until I end it")]


def minutes_of(length: str, now: datetime) -> int | None:
    """How many minutes a chosen length is; None where somebody has to end it."""
    if length == OPEN:
        return None
    return ceil((_tomorrow(now) - now) / timedelta(minutes=1)) if length == TOMORROW else int(length)


def _tomorrow(now: datetime) -> datetime:
    """9:00 of the reader's next day."""
    here = timezone.localtime(now)
    return datetime.combine(here.date() + timedelta(days=1), MORNING, here.tzinfo).astimezone(UTC)
