"""The form of a group: its name, and the integrations to tick."""

from django import forms
from django.db.models import Case, Exists, OuterRef, QuerySet, Value, When
from django.http import QueryDict

from channels_app import registry
from integrations.basics import MOST_OFFERED
from integrations.drafts import NAME_LENGTH
from integrations.models import Group, GroupMember, Integration
from teams.models import Team


class MembersField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # Django takes none at run time
    """Integrations of the team, those first that are in the group."""

    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, obj: Integration) -> str:
        off = "" if obj.enabled else ", switched off"
        return f"{obj.name} ({registry.name_of(obj.kind)}{off})"


class GroupForm(forms.Form):
    """The service judges; the form only knows whom it can offer."""

    name = forms.CharField(
        max_length=NAME_LENGTH, help_text="What a rule ticks: “the night shift”, “everybody at payments”."
    )
    integrations = MembersField(
        Integration.objects.none(),
        required=False,
        error_messages={"invalid_choice": "This is no integration of the team any more. Open the page anew."},
    )

    def __init__(self, team: Team, group: Group | None = None, data: QueryDict | None = None) -> None:
        initial = {"name": group.name, "integrations": members(group)} if group else {}
        super().__init__(data, initial=initial)
        field = self.fields["integrations"]
        if isinstance(field, MembersField):
            field.queryset = offered(team, group)
            self.unoffered = max(0, Integration.objects.of(team).count() - MOST_OFFERED)

    @property
    def ticks(self) -> list[forms.BoundField]:
        """The boxes, as many as a page can show; those of the group are among the first."""
        return list(self["integrations"].subwidgets[:MOST_OFFERED])  # type: ignore[arg-type]


def members(group: Group) -> list[int]:
    """The ids of its live integrations."""
    return list(Integration.objects.of(group.team).filter(group_links__group=group).values_list("pk", flat=True))


def offered(team: Team, group: Group | None) -> QuerySet[Integration]:
    """All of the team's, those of the group first."""
    mine = GroupMember.objects.filter(group=group.pk if group else None, integration=OuterRef("pk"))
    rank = Case(When(Exists(mine), then=Value(0)), default=Value(1))
    return Integration.objects.of(team).order_by(rank, "name", "pk")
