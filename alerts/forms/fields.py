"""Form fields that read lists and labels as people and pages write them."""

from typing import Any

from django import forms
from django.conf import settings
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
        labels: dict[str, str] = {}
        for line in filter(None, (line.strip() for line in str(value or "").splitlines())):
            name, equals, text = (part.strip() for part in line.partition("="))
            if not equals or not name:
                raise ValidationError(f"“{line[:80]}” is no label: write name=value.")
            if name in labels:
                raise ValidationError(f"The label “{name[:80]}” stands here twice.")
            labels[name] = text
        return labels


class IdsInput(forms.MultipleHiddenInput):
    """Reads ids from any number of inputs of one name; an input may hold several, with commas between."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        given = data.getlist(name) if hasattr(data, "getlist") else data.get(name) or []
        parts = (part.strip() for text in given for part in str(text).split(","))
        return list(dict.fromkeys(part for part in parts if part))[: most_ids() + 1]


class IdsField(forms.Field):
    """Database ids as whole numbers, in the order given, each once."""

    widget = IdsInput

    def to_python(self, value: Any) -> list[int]:
        ids = possible_ids(value or [])
        if len(ids) != len(value or []) or len(ids) > most_ids():
            raise ValidationError("This is no choice of this page. Open the page anew and choose again.")
        return ids


def most_ids() -> int:
    """How many ids an honest page can name; more would be more than a database takes in one question."""
    return max(settings.BELLHOP_MAX_TESTS, settings.BELLHOP_MAX_INTEGRATIONS)


def possible_ids(values: Any) -> list[int]:
    """Those of the texts or numbers that a database id can be."""
    texts = (str(value) for value in values)
    return [int(text) for text in texts if text.isascii() and text.isdecimal() and len(text) < 19]
