"""The forms of a rule's page in the admin: the rule, its conditions, the steps of its escalation."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import HttpRequest

from alerts.admin.ticks import TicksWidget
from alerts.forms import rule_hours
from alerts.forms.fields import LinesField
from alerts.forms.rule_hours import HoursFields
from alerts.forms.rule_words import (
    OPERATORS,
    TESTS_HELP,
    THRESHOLD_HELP,
    RecipientsField,
    RuleMeta,
    RunbookField,
    SelectorField,
    item_errors,
    selector_words,
)
from alerts.models import AlertRule, Condition, EscalationStep, Test
from integrations.models import Group, Integration
from teams.adminkit import TeamForm, TeamTabularInline, many_of
from teams.errors import texts_of

ROWS = (("conditions", "Condition"), ("escalation", "Step"))


class RuleForm(HoursFields, TeamForm[AlertRule]):
    """A rule as its service wants it."""

    tests = forms.ModelMultipleChoiceField(
        Test.objects.all(), required=False, widget=many_of(AlertRule, "tests"), help_text=TESTS_HELP
    )
    selector = SelectorField()
    recipients = RecipientsField()
    runbook = RunbookField()
    integrations = forms.ModelMultipleChoiceField(Integration.objects.all(), required=False, widget=TicksWidget)
    groups = forms.ModelMultipleChoiceField(
        Group.objects.all(), required=False, widget=many_of(AlertRule, "groups"), help_text="All of them are told."
    )

    class Meta(RuleMeta):
        pass

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "integrations" in self.fields:
            field = self.fields["integrations"]
            field.widget.team = self.team
            field.queryset = _own(self)  # type: ignore[attr-defined]
        self.initial = {**rule_hours.hours_in(self.instance.hours), **self.initial}
        if self.instance.pk:
            by_hand = self.instance.test_links.filter(by_selector=False)
            self.initial["tests"] = list(by_hand.values_list("test", flat=True))
            live = self.instance.integrations.filter(archived_at=None)
            self.initial["integrations"] = [row.pk for row in live]
            self.initial["groups"] = [row.pk for row in self.instance.groups.all()]
            self.initial["selector"] = self.instance.selector


class ConditionForm(TeamForm[Condition]):
    """One condition."""

    operator = forms.ChoiceField(choices=OPERATORS)

    class Meta:
        model = Condition
        fields = ("metric", "operator", "threshold", "severity")
        labels: ClassVar[dict[str, str]] = {"severity": "severity (empty: the rule's)"}
        help_texts: ClassVar[dict[str, str]] = {"threshold": THRESHOLD_HELP}


class ConditionInline(TeamTabularInline[Condition, AlertRule]):
    """The conditions of a rule, in their order."""

    model = Condition
    form = ConditionForm
    verbose_name_plural = "Conditions"
    hide_title = True

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        return 0 if obj else 1


class StepForm(TeamForm[EscalationStep]):
    """One step of the escalation."""

    recipients = LinesField(label="Send emails to")
    integrations = forms.ModelMultipleChoiceField(
        Integration.objects.all(), required=False, widget=many_of(EscalationStep, "integrations")
    )

    class Meta:
        model = EscalationStep
        fields = ("after_minutes", "recipients")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["integrations"].queryset = _own(self)  # type: ignore[attr-defined]
        self.fields["recipients"].widget.attrs["rows"] = 2
        if self.instance.pk:
            live = self.instance.integrations.filter(archived_at=None)
            self.initial["integrations"] = [row.pk for row in live]


class StepInline(TeamTabularInline[EscalationStep, AlertRule]):
    """The steps of a rule's escalation, the earliest first."""

    model = EscalationStep
    form = StepForm
    verbose_name_plural = "Escalation: whom to tell too while nobody has acknowledged"
    hide_title = True


def fields_of(form: Any, formsets: list[Any]) -> dict[str, Any]:
    """What the service takes: the form's fields, and conditions and steps in their order, without removed rows."""
    values = dict(form.cleaned_data)
    rows = {formset.model: _kept(formset) for formset in formsets}
    names = ("metric", "operator", "threshold", "severity")
    steps = [
        {"after_minutes": row["after_minutes"], "recipients": row["recipients"], "integrations": [*row["integrations"]]}
        for row in rows[EscalationStep]
    ]
    return values | {
        **{name: list(values[name]) for name in ("tests", "integrations", "groups")},
        "conditions": [{name: row[name] for name in names} for row in rows[Condition]],
        "hours": rule_hours.hours_of(values),
        "escalation": sorted(steps, key=lambda step: step["after_minutes"]),
    }


@contextmanager
def readable_rows() -> Iterator[None]:
    """What the service says of `conditions[0].metric`, as people count: condition 1, metric."""
    try:
        yield
    except ValidationError as refusal:
        texts = texts_of(refusal)
        for name, word in ROWS:
            if counted := [_counted(word, *found) for found in item_errors(name, texts.pop(name, []))]:
                texts[NON_FIELD_ERRORS] = [*texts.get(NON_FIELD_ERRORS, []), *counted]
        for place, text in map(rule_hours.place_of, texts.pop("hours", [])):
            texts.setdefault(place, []).append(text)
        if "selector" in texts:
            texts["selector"] = selector_words(texts["selector"])
        raise ValidationError(dict(texts)) from None


def _counted(word: str, index: int | None, name: str, text: str) -> str:
    if index is None:
        return text
    return f"{word} {index + 1}{f', {name}' if name else ''}: {text}"


def _kept(formset: Any) -> list[dict[str, Any]]:
    rows = [row.cleaned_data for row in formset.forms if row.has_changed() or row.instance.pk]
    return [row for row in rows if row and not row.get("DELETE")]


def _own(form: TeamForm[Any]) -> Any:
    return Integration.objects.of(form.team) if form.team else Integration.objects.none()
