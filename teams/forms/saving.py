"""How a page's form is saved: by a service, whose refusals come back into the form."""

from collections.abc import Callable
from typing import Any, TypeVar

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError

from teams.errors import Conflict, texts_of

T = TypeVar("T")


def saved(form: forms.BaseForm, deed: Callable[[dict[str, Any]], T]) -> T | None:
    """What the deed made of the form's input; None where the input or the service refused, which the form then says."""
    try:
        if form.is_valid():
            return deed(form.cleaned_data)
    except ValidationError as refusal:
        for name, texts in texts_of(refusal).items():
            form.add_error(name if name in form.fields and name != NON_FIELD_ERRORS else None, texts)
    except Conflict as refusal:
        form.add_error(None, refusal.message)
    _lead_to_the_error(form)
    return None


def _lead_to_the_error(form: forms.BaseForm) -> None:
    for name, field in form.fields.items():
        field.widget.attrs.pop("autofocus", None)
        if name == next(iter(form.errors), ""):
            field.widget.attrs["autofocus"] = True
