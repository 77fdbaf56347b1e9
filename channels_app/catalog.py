"""What the API, the docs and the tests know of a kind, derived from its spec."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any, cast

from django import forms

from channels_app.contract import Kind
from channels_app.fields import KindForm


def describe(kind: Kind) -> dict[str, Any]:
    """The kind as JSON values: names, set-up steps, fields, abilities, rate."""
    spec = kind.spec
    return {
        "kind": spec.kind,
        "name": spec.name,
        "icon": spec.icon,
        "summary": spec.summary,
        "setup": list(spec.setup),
        "fields": [_field(spec.form, name, field) for name, field in spec.form.base_fields.items()],
        "abilities": asdict(spec.abilities),
        "rate": asdict(spec.rate) if spec.rate else None,
    }


def _field(form: type[KindForm], name: str, field: forms.Field) -> dict[str, Any]:
    return {
        "name": name,
        "label": str(field.label or name),
        "help": str(field.help_text),
        "required": field.required,
        "secret": name in form.secret_fields,
        "type": _type(field),
        "default": field.initial,
        "placeholder": str(field.widget.attrs.get("placeholder", "")),
        "choices": _choices(field),
    }


def _type(field: forms.Field) -> str:
    """A field may name its own type for programs; Django's own are told apart here."""
    if isinstance(field, forms.BooleanField):
        return "boolean"
    if isinstance(field, forms.ChoiceField):
        return "choice"
    if isinstance(field, forms.IntegerField):
        return "number"
    return str(getattr(field, "api_type", "text"))


def _choices(field: forms.Field) -> list[dict[str, str]]:
    if not isinstance(field, forms.ChoiceField):
        return []
    pairs = cast("Iterable[tuple[object, object]]", field.choices)
    return [{"value": str(value), "label": str(label)} for value, label in pairs]
