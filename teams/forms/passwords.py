"""The fields that choose a password."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import password_validators_help_texts


def password_field(label: str, complete: str = "new-password", help_text: str = "") -> forms.CharField:
    """A field for a password that is never shown again; `complete` tells the browser which one."""
    widget = forms.PasswordInput(attrs={"autocomplete": complete})
    return forms.CharField(label=label, strip=False, max_length=1000, widget=widget, help_text=help_text)


class NewPasswordForm(forms.Form):
    """A new password, typed twice."""

    password = password_field("New password")
    again = password_field("New password, again")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = " ".join(password_validators_help_texts())

    def clean_again(self) -> str:
        again: str = self.cleaned_data["again"]
        if again != self.cleaned_data.get("password", again):
            raise forms.ValidationError("The two passwords differ.")
        return again
