"""Unfold's own widgets and column decorator, under types that the checker knows."""

from collections.abc import Callable
from typing import Any

from django.contrib.admin.widgets import AutocompleteSelectMultiple
from django.db.models import Model
from django.forms import SelectMultiple
from unfold.decorators import display as _display
from unfold.paginator import InfinitePaginator as EndlessPaginator

from teams.adminkit.site import site

__all__ = ["TONES", "EndlessPaginator", "PossibleIds", "display", "many_of"]

LONGEST_ID = 18
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


class PossibleIds(SelectMultiple):
    """Ids that no row can have, which SQLite fails at, count as 0, which no row has."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        return [pk if len(pk) <= LONGEST_ID else "0" for pk in super().value_from_datadict(data, files, name) or []]


class _ManyOf(PossibleIds, AutocompleteSelectMultiple):
    """Django's, for possible ids."""


def many_of(model: type[Model], relation: str) -> AutocompleteSelectMultiple:
    """A field to search and pick rows of `relation`, fed by the scoped autocomplete of the related admin."""
    return _ManyOf(model._meta.get_field(relation), site, attrs={"style": "width: 100%"})
