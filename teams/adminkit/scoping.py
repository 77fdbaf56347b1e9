"""Narrows any queryset to one team; fails closed for what has no way to a team."""

from typing import Any, TypeVar

from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.forms import Form, ModelChoiceField

from teams.models import Team, User

M = TypeVar("M", bound=models.Model)


def has_field(model: type[models.Model], name: str) -> bool:
    """Whether the table has this column or relation."""
    return any(field.name == name for field in model._meta.get_fields())


def scoped(rows: models.QuerySet[M], team: Team | None) -> models.QuerySet[M]:
    """The rows of `team`, without archived ones. People belong to a team by membership.

    Raises ImproperlyConfigured for a model that belongs to no team.
    """
    if team is None:
        return rows.none()
    if issubclass(rows.model, User):
        return rows.filter(memberships__team=team)
    if not has_field(rows.model, "team"):
        raise ImproperlyConfigured(f"{rows.model.__name__} belongs to no team, so no form may offer it")
    narrowed: dict[str, Any] = {"team": team}
    if has_field(rows.model, "archived_at"):
        narrowed["archived_at"] = None
    return rows.filter(**narrowed)


def narrow(form: Form | Any, team: Team | None) -> None:
    """Let every choice of rows in the form offer, and take, the team's own only."""
    for field in form.fields.values():
        if isinstance(field, ModelChoiceField) and field.queryset is not None:
            field.queryset = scoped(field.queryset, team)
