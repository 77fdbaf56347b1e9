"""Form fields that show lists and labels as people write them."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError


class LinesField(forms.CharField):
    """A list of texts, one a line; empty lines and spaces around do not count."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": 4}), required=False, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        lines = value if isinstance(value, list) else str(value or "").replace(",", "\n").splitlines()
        return [line.strip() for line in lines if line.strip()]


class LabelsField(forms.CharField):
    """Labels, one `name=value` a line."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": 3}), required=False, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(f"{name}={text}" for name, text in value.items()) if isinstance(value, dict) else value

    def to_python(self, value: Any) -> Any:
        if isinstance(value, dict):
            return value
        labels = {}
        for line in filter(None, (line.strip() for line in str(value or "").splitlines())):
            name, equals, text = line.partition("=")
            if not equals or not name.strip():
                raise ValidationError(f"“{line[:80]}” is no label: write name=value.")
            labels[name.strip()] = text.strip()
        return labels
