"""The fields that every integration has, whatever its type."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.db.models import Case, Value, When
from django.forms.models import ModelChoiceIterator, ModelChoiceIteratorValue
from django.http import QueryDict

from channels_app import registry
from integrations.drafts import NAME_LENGTH
from integrations.models import Integration
from teams.models import Team

# The page's own fields are prefixed, so that a type's fields can have any name.
PREFIX = "integration"
MOST_OFFERED = 500


class _First(ModelChoiceIterator):  # type: ignore[type-arg]
    """A select is no place for thousands; the chosen one is among the first."""

    def __iter__(self) -> Iterator[tuple[ModelChoiceIteratorValue | str, str]]:
        yield "", "Nobody"
        for each in self.queryset[:MOST_OFFERED]:
            yield self.choice(each)


class PlaceField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """Another integration of the team."""

    iterator = _First

    def __init__(self, **kwargs: Any) -> None:
        words = {"invalid_choice": "Choose another integration of the team."}
        super().__init__(Integration.objects.none(), required=False, error_messages=words, **kwargs)

    def offer(self, team: Team, integration: Integration | None) -> None:
        """All of the team's but `integration` itself."""
        others = Integration.objects.of(team)
        if integration is not None:
            first = Case(When(pk=integration.fallback_id or 0, then=Value(0)), default=Value(1))
            others = others.exclude(pk=integration.pk).order_by(first, "name", "pk")
        self.queryset = others

    def label_from_instance(self, obj: Integration) -> str:
        return f"{obj.name} ({registry.name_of(obj.kind)})"


class Basics(forms.Form):
    """Name, whether it is on, and who hears what it cannot tell."""

    name = forms.CharField(max_length=NAME_LENGTH, help_text="How people recognise it: the channel or the room.")
    enabled = forms.BooleanField(required=False, initial=True, help_text="Nothing is sent while it is switched off.")
    fallback = PlaceField(
        label="Fallback", help_text="Is told in its place what it refuses, and what waits while it is on hold."
    )
    hears_trouble = forms.BooleanField(
        label="Tell here which integrations do not work",
        required=False,
        help_text="Instead of by e-mail to the admins of the team. One integration of a team can do this.",
    )

    def __init__(
        self, team: Team, integration: Integration | None, data: QueryDict | None = None, **kwargs: Any
    ) -> None:
        super().__init__(data, prefix=PREFIX, **kwargs)
        field = self.fields["fallback"]
        if isinstance(field, PlaceField):
            field.offer(team, integration)


def initial_of(integration: Integration) -> dict[str, Any]:
    """What the fields hold for a saved one."""
    return {
        "name": integration.name,
        "enabled": integration.enabled,
        "fallback": integration.fallback_id,
        "hears_trouble": integration.hears_trouble,
    }
