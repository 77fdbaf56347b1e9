"""Gives plain form fields the look of the admin."""

from typing import Any

from django import forms
from unfold import widgets as unfold_widgets

_CLASSES: tuple[tuple[type[forms.Widget], list[str]], ...] = (
    (forms.HiddenInput, []),
    (forms.CheckboxSelectMultiple, []),
    (forms.RadioSelect, []),
    (forms.CheckboxInput, unfold_widgets.SWITCH_CLASSES),
    (forms.Textarea, unfold_widgets.TEXTAREA_CLASSES),
    (forms.Select, unfold_widgets.SELECT_CLASSES),
    (forms.NumberInput, unfold_widgets.INPUT_CLASSES),
    (forms.PasswordInput, unfold_widgets.INPUT_CLASSES),
    (forms.URLInput, unfold_widgets.INPUT_CLASSES),
    (forms.EmailInput, unfold_widgets.INPUT_CLASSES),
    (forms.TextInput, unfold_widgets.INPUT_CLASSES),
)


def dress(form: Any) -> None:
    """Set the classes that make each widget of the form visible; a widget with classes of its own keeps them."""
    for field in form.fields.values():
        widget = field.widget
        classes = next((classes for kind, classes in _CLASSES if isinstance(widget, kind)), [])
        if classes and not widget.attrs.get("class"):
            widget.attrs["class"] = " ".join(classes)
