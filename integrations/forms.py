"""The form of a kind, filled from what was submitted and what is stored: the same for API, popup and admin."""

from collections.abc import Collection, Mapping
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils.datastructures import MultiValueDict

from channels_app import registry
from channels_app.contract import Spec
from channels_app.fields import KindForm
from integrations import masking


def spec_of(kind: str) -> Spec:
    """The spec of a kind; ValidationError at `kind` that names the known ones."""
    try:
        return registry.kind(kind).spec
    except registry.UnknownKind:
        known = ", ".join(each.spec.kind for each in registry.kinds())
        raise ValidationError({"kind": [f"There is no type “{kind[:30]}”. Known are: {known}."]}) from None


def form_for(
    kind: str, config: Mapping[str, Any], current: Mapping[str, Any] | None = None, excused: Collection[str] = ()
) -> KindForm:
    """The kind's form, bound and cleaned: `config` as submitted, laid over `current` as stored (None: a new one).

    Absent names keep what is stored (a new one: the kind's defaults), None clears, an unchanged mask keeps the secret.
    What the form shows when it is rendered has kept secrets masked; `form.config()` has them whole.
    """
    form_class = spec_of(kind).form
    stored = _stored(form_class, current)
    merged = masking.merge(config, stored, form_class.secret_fields)
    wrong = {**_misplaced(form_class, config), **merged.errors}
    values = {name: value for name, value in merged.values.items() if name not in wrong}
    form = form_class(values, excused={*excused, *_long_accepted(form_class, values, current)})
    form.full_clean()
    _complain(form, wrong)
    if current is not None:
        _ask_again(form, merged, current)
    form.data = masking.masked(values, merged.kept)
    return form


def shown_form(kind: str, masked_config: Mapping[str, Any] | None = None) -> KindForm:
    """The kind's form to be filled in; secrets of `masked_config` stand in it as their masks."""
    return spec_of(kind).form(initial=None if masked_config is None else dict(masked_config))


def posted_config(kind: str, data: MultiValueDict[str, str], prefix: str = "") -> dict[str, Any]:
    """The config that a browser posted. A field that the kind has and the browser left out is cleared."""
    fields = spec_of(kind).form.base_fields
    return {
        name: field.widget.value_from_datadict(data, MultiValueDict(), f"{prefix}{name}")
        for name, field in fields.items()
    }


def doubts(form: KindForm) -> frozenset[str]:
    """The error codes of the form, if they are all such that a successful test lets them pass; else none."""
    codes = _codes(form)
    return codes if codes <= frozenset(form.excusable) else frozenset()


def errors_of(form: KindForm) -> dict[str, list[str]]:
    """`config.<field>` -> texts; what concerns no single field stands at `config`."""
    return {
        "config" if name == NON_FIELD_ERRORS else f"config.{name}": [str(text) for text in texts]
        for name, texts in form.errors.items()
    }


def _stored(form_class: type[KindForm], current: Mapping[str, Any] | None) -> dict[str, Any]:
    defaults = form_class.defaults()
    if current is None:
        return defaults
    # A tick box that came to the kind after this config was stored; stored ones hold False as well as True.
    boxes = {name: value for name, value in defaults.items() if isinstance(value, bool)}
    return {**boxes, **current}


def _long_accepted(
    form_class: type[KindForm], values: Mapping[str, Any], current: Mapping[str, Any] | None
) -> frozenset[str]:
    """Codes that were let pass when `current` was stored, and that concern only what is still the same."""
    if not form_class.excusable or current is None:
        return frozenset()
    addresses = form_class.address_fields
    if masking.origins(values, addresses) != masking.origins(current, addresses):
        return frozenset()
    errors = form_class(values).errors.as_data()
    same = (each.code for name, found in errors.items() if values.get(name) == current.get(name) for each in found)
    return frozenset(code for code in same if code in form_class.excusable)


def _misplaced(form_class: type[KindForm], config: Mapping[str, Any]) -> dict[str, str]:
    """Errors for names that the kind has not, and for values of a type that its field cannot hold."""
    found = {}
    for name, value in config.items():
        field = form_class.base_fields.get(name)
        if field is None:
            found[name] = f"Unknown field. Known are: {', '.join(form_class.base_fields)}."
        elif value is not None and (words := _wrong_type(field, value)):
            found[name] = words
    return found


def _wrong_type(field: forms.Field, value: object) -> str:
    if isinstance(field, forms.BooleanField):
        return "" if isinstance(value, bool) else "Expected true or false."
    if isinstance(value, list) and isinstance(field.widget, forms.Textarea):
        return "" if all(_is_text(item) for item in value) else "Expected a list of texts."
    if not _is_text(value):
        return "Expected a text."
    return ""


def _is_text(value: object) -> bool:
    """Whole numbers count, since a room is often written as one; half surrogate pairs can be stored nowhere."""
    if isinstance(value, str):
        return not any("\ud800" <= character <= "\udfff" for character in value)
    return isinstance(value, int) and not isinstance(value, bool)


def _complain(form: KindForm, wrong: Mapping[str, str]) -> None:
    for name, words in wrong.items():
        form.errors[name] = form.error_class([words])


def _ask_again(form: KindForm, merged: masking.Merged, current: Mapping[str, Any]) -> None:
    after = form.config() if form.is_valid() else merged.values
    again = masking.must_be_entered_again(merged.kept, current, after, form.address_fields)
    for name, words in again.items():
        form.add_error(name, words)


def _codes(form: KindForm) -> frozenset[str]:
    return frozenset(error.code or "" for found in form.errors.as_data().values() for error in found)
