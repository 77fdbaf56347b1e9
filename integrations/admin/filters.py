"""Filters of admin lists that show integrations, or what belongs to one."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from channels_app import registry


class KindFilter(admin.SimpleListFilter):
    """By type, in the kinds' own names. `column` leads from a row of the list to its type."""

    title = "type"
    parameter_name = "kind"
    column = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(kind.spec.kind, kind.spec.name) for kind in registry.kinds()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(**{self.column: self.value()}) if self.value() else queryset
