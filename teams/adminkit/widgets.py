"""Unfold's own widgets and column decorator, under types that the checker knows."""

from collections.abc import Callable
from typing import Any

from django.contrib.admin.widgets import AutocompleteSelectMultiple
from django.db.models import Model
from unfold.decorators import display as _display
from unfold.paginator import InfinitePaginator as EndlessPaginator

from teams.adminkit.site import site

__all__ = ["TONES", "EndlessPaginator", "display", "many_of"]

TONES = {
    "critical": "danger",
    "major": "danger",
    "minor": "warning",
    "info": "info",
    "triggered": "danger",
    "acknowledged": "primary",
    "cleared": "success",
    "pending": "info",
    "sending": "info",
    "delivered": "success",
    "rejected": "danger",
    "expired": "danger",
}


def display(
    description: str, *, ordering: str | None = None, tones: dict[str, str] | None = None, boolean: bool = False
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A column of a list. `tones` maps what the method returns to the colour of a label (success, danger...)."""
    decorate: Callable[[Callable[..., Any]], Callable[..., Any]] = _display(
        description=description, ordering=ordering, label=tones, boolean=boolean or None
    )
    return decorate


def many_of(model: type[Model], relation: str) -> AutocompleteSelectMultiple:
    """A field to search and pick rows of `relation`, fed by the scoped autocomplete of the related admin."""
    return AutocompleteSelectMultiple(model._meta.get_field(relation), site, attrs={"style": "width: 100%"})
