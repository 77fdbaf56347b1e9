"""The forms of the admin: they read input and leave judging and writing to the services."""

from typing import Any, ClassVar, TypeVar

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models

from teams.adminkit.bases import ModelForm
from teams.adminkit.dress import dress
from teams.adminkit.scoping import narrow
from teams.errors import texts_of
from teams.models import Team

M = TypeVar("M", bound=models.Model)


def add_refusal(form: forms.BaseForm, refusal: ValidationError) -> None:
    """Show what a service refused at the form's own fields; what the form has no field for stands above them."""
    for name, messages in texts_of(refusal).items():
        if name in form.fields:
            form.add_error(name, messages)
        elif name == NON_FIELD_ERRORS:
            form.add_error(None, messages)
        else:
            form.add_error(None, [f"{name}: {message}" for message in messages])


class TeamForm(ModelForm[M]):
    """A model's form in which every choice is narrowed to `team`. The instance is not touched: services write."""

    team: ClassVar[Team | None] = None
    refusal: ClassVar[ValidationError | None] = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        narrow(self, self.team)
        dress(self)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.refusal is not None:
            add_refusal(self, self.refusal)
        return cleaned

    def _post_clean(self) -> None:
        """The services judge, so the model's own validation would only say the same twice."""


class DeedForm(forms.Form):
    """What an action asks for, within a team and about one object."""

    def __init__(self, *args: Any, team: Team, target: models.Model, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.team, self.target = team, target
        narrow(self, team)
        dress(self)
