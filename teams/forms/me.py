"""The forms of one's own profile."""

from typing import Any

from django import forms

from teams.forms.passwords import NewPasswordForm, password_field
from teams.models import Theme
from teams.services.inputs import NAME_LENGTH

THEMES = [("", "As the system"), *Theme.choices]


class ThemeForm(forms.Form):
    """Light or dark."""

    theme = forms.ChoiceField(choices=THEMES, required=False)


class ProfileForm(ThemeForm):
    """Name, time zone and theme. `browser_zone` is what the time zone is while none is chosen."""

    name = forms.CharField(max_length=NAME_LENGTH, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    time_zone = forms.CharField(
        max_length=64,
        required=False,
        widget=forms.TextInput(attrs={"list": "zones", "autocomplete": "off", "spellcheck": "false"}),
    )
    field_order = ("name", "time_zone", "theme")

    def __init__(self, *args: Any, browser_zone: str = "UTC", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        says = f"as this browser says ({browser_zone})"
        self.fields["time_zone"].widget.attrs["placeholder"] = says[0].upper() + says[1:]
        self.fields["time_zone"].help_text = f"Type a city to search. Empty: {says}."


class PasswordForm(NewPasswordForm):
    """One's own new password."""

    current = password_field("Current password", "current-password")
    field_order = ("current", "password", "again")
