"""Moments as people type them."""

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from teams.values import read_time, shown


class MomentField(forms.DateTimeField):
    """A moment as typed in the reader's time zone, or ISO 8601 with its zone as in links; shown in the reader's."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local", "step": "any"}, format="%Y-%m-%dT%H:%M:%S")
        super().__init__(required=False, widget=widget, **kwargs)

    def to_python(self, value: Any) -> datetime | None:
        if not value:
            return None
        try:
            at = read_time("at", value) if isinstance(value, str) else None
        except ValidationError:
            at = None
        try:
            at = at or super().to_python(value)
        except (ValidationError, OverflowError, ValueError):
            at = None
        if at is None or not 1970 <= at.year <= 9000:
            raise ValidationError(f"Must be a time such as 2026-03-02T12:00; got {shown(value)}.")
        return at

    def bound_data(self, data: Any, initial: Any) -> Any:
        try:
            at = self.to_python(data)
        except ValidationError:
            return data
        return data if at is None else timezone.localtime(at)
