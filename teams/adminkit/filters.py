"""List filters that offer the team's own rows only."""

from typing import Any

from django.contrib.admin import ModelAdmin, RelatedFieldListFilter
from django.http import HttpRequest

from teams.adminkit.scoping import scoped
from teams.adminkit.tenancy import current_team

MOST_CHOICES = 200


class ScopedRelatedFilter(RelatedFieldListFilter):
    """A related filter whose choices are the team's rows, the first 200 by the related model's order."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> list[tuple[str, Any]]:
        rows = scoped(field.remote_field.model._default_manager.all(), current_team(request))
        return [(row.pk, str(row)) for row in rows[:MOST_CHOICES]]
