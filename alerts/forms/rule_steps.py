"""The steps of a rule's escalation as rows of its form."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.db.models import Q
from django.http import QueryDict

from alerts.forms.drafts import Draft
from alerts.forms.fields import IdsField, LinesField, possible_ids
from alerts.services.rules.named import MAX_STEP_MINUTES, MAX_STEPS, STEP_FIELDS
from integrations.models import Integration
from teams.models import Team

PREFIX = "escalation"
TOTAL, INITIAL = f"{PREFIX}-TOTAL_FORMS", f"{PREFIX}-INITIAL_FORMS"
OFFERED = 200


class StepForm(Draft, forms.Form):
    """One step. A row without anything typed or ticked does not count."""

    after_minutes = forms.IntegerField(
        required=False,
        label="After minutes",
        widget=forms.NumberInput(attrs={"min": 1, "max": MAX_STEP_MINUTES}),
    )
    recipients = LinesField(label="Send emails to")
    integrations = IdsField(required=False)

    def __init__(self, *args: Any, draft: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        self.draft = draft
        self.fields["recipients"].widget.attrs.update({"rows": 2, "data-hears": True})

    @property
    def ticked(self) -> list[int]:
        """The ids of its integrations as the form has them now, sound or not."""
        return possible_ids(self["integrations"].value() or [])

    @property
    def counts(self) -> bool:
        """Whether anything was entered, so that this is a step."""
        minutes, others = self.cleaned_data.get("after_minutes"), STEP_FIELDS[1:]
        return bool(self.errors or minutes is not None or any(self.cleaned_data.get(name) for name in others))


StepSet = forms.formset_factory(StepForm, extra=0, max_num=MAX_STEPS, absolute_max=MAX_STEPS + 1)


def posted_steps(data: QueryDict | None) -> QueryDict | None:
    """The posted values; where nothing is said of steps, there are none."""
    if data is None or TOTAL in data:
        return data
    values = data.copy()
    values[TOTAL] = values[INITIAL] = "0"
    return values


def steps_of(team: Team, rows: Iterable[StepForm]) -> list[dict[str, Any]]:
    """What the rule's service takes; an integration that is not there stays an id, to be refused."""
    read = [{name: row.cleaned_data.get(name) for name in STEP_FIELDS} for row in rows]
    found = Integration.objects.of(team).in_bulk({pk for step in read for pk in step["integrations"] or []})
    return [
        {
            "after_minutes": step["after_minutes"],
            "recipients": step["recipients"] or [],
            "integrations": [found.get(pk, pk) for pk in step["integrations"] or []],
        }
        for step in read
    ]


def steps_in(steps: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The values that the rows begin with."""
    return [{**step, "integrations": [row.pk for row in step["integrations"]]} for step in steps]


def places_for(team: Team, rows: Iterable[StepForm]) -> list[Integration]:
    """The integrations that steps offer: the first 200 by name, and what is ticked."""
    ticked = {pk for row in rows for pk in row.ticked}
    own = Integration.objects.of(team)
    first = own.order_by("name", "pk").values("pk")[:OFFERED]
    return list(own.filter(Q(pk__in=first) | Q(pk__in=ticked)).order_by("name", "pk"))
