"""The form of a rule, with its conditions as rows. It reads; what may be stored is judged by the service."""

from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.forms.models import model_to_dict
from django.forms.utils import ErrorDict
from django.http import QueryDict

from alerts.forms.fields import IdsField, possible_ids
from alerts.forms.rule_words import (
    NOTIFICATION_FIELDS,
    OPERATORS,
    TESTS_HELP,
    THRESHOLD_HELP,
    RecipientsField,
    RuleMeta,
    RunbookField,
    condition_errors,
)
from alerts.models import AlertRule, Test
from alerts.models.rule import MAX_ROUNDS, choices
from alerts.services.rules.fields import CONDITION_FIELDS, MAX_CONDITIONS
from alerts.services.rules.stamps import stamp_of
from channels_app.words import Severity
from integrations.models import Integration
from teams.errors import texts_of
from teams.models import Team

PREFIX = "conditions"
SOURCES, PERCENT = "sources", "percent"
LIMITS = {
    "rounds_required": (1, MAX_ROUNDS),
    "rounds_window": (1, MAX_ROUNDS),
    "no_data_minutes": (1, 10_080),
    "reopen_after": (60, 2_592_000),
}


class Draft(forms.BaseForm):
    """A form that may be shown again as it was typed, unjudged: `draft`."""

    draft = False

    def full_clean(self) -> None:
        if not self.draft:
            return super().full_clean()
        self._errors, self.cleaned_data = ErrorDict(), {}
        return None


class ConditionForm(Draft, forms.Form):
    """One condition. A row without metric and threshold does not count."""

    metric = forms.CharField(required=False, max_length=200, empty_value="")
    operator = forms.ChoiceField(choices=OPERATORS)
    threshold = forms.FloatField(required=False, help_text=THRESHOLD_HELP)
    severity = forms.ChoiceField(
        required=False, choices=[("", "The rule's"), *choices(list(Severity))], label="Severity"
    )

    def __init__(self, *args: Any, metrics: str = "", draft: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        self.draft = draft
        self.fields["metric"].widget.attrs.update({"list": metrics, "autocomplete": "off", "spellcheck": "false"})
        self.fields["threshold"].widget.attrs["step"] = "any"

    @property
    def counts(self) -> bool:
        """Whether anything was entered, so that this is a condition."""
        return bool(self.cleaned_data.get("metric") or self.cleaned_data.get("threshold") is not None or self.errors)


ConditionSet = forms.formset_factory(ConditionForm, extra=0, max_num=MAX_CONDITIONS, absolute_max=MAX_CONDITIONS + 1)


class RuleForm(Draft, forms.ModelForm):  # type: ignore[type-arg]
    """A rule as people enter it, its conditions in `conditions`.

    `rule` is the one to change (None: a new one), `copied` one whose values a new one begins with. `dom` begins every
    id in the page, so that several forms can be open at once.
    """

    tests = IdsField(required=False, help_text=TESTS_HELP)
    minimum = forms.IntegerField(min_value=1, label="At least")
    minimum_of = forms.ChoiceField(
        choices=[(SOURCES, "sources violate"), (PERCENT, "% of the sources violate")], label="Number or share"
    )
    recipients = RecipientsField()
    runbook = RunbookField()
    integrations = IdsField(required=False)
    stamp = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    class Meta(RuleMeta):
        fields = tuple(name for name in RuleMeta.fields if not name.startswith("minimum"))

    def __init__(
        self,
        team: Team,
        data: QueryDict | None = None,
        *,
        rule: AlertRule | None = None,
        copied: AlertRule | None = None,
        initial: dict[str, Any] | None = None,
        draft: bool = False,
    ) -> None:
        self.team, self.rule, self.draft = team, rule, draft
        self.dom = f"rule-{rule.pk}" if rule else "rule-new"
        first = initial_of(rule or copied) | (initial or {})
        super().__init__(data, initial=first, auto_id=f"{self.dom}-%s")
        for name, (least, most) in LIMITS.items():
            self.fields[name].widget.attrs.update({"min": least, "max": most})
        self.conditions = ConditionSet(
            data,
            initial=first["conditions"],
            prefix=PREFIX,
            auto_id=f"{self.dom}-%s",
            form_kwargs={"metrics": f"{self.dom}-metrics", "draft": draft},
        )

    def is_valid(self) -> bool:
        """Whether all can be read, the conditions too."""
        rows = self.conditions.is_valid()
        if not rows and not self.draft:
            for text in self.conditions.non_form_errors():
                self.add_error(None, text)
        return super().is_valid() and rows

    def _post_clean(self) -> None:
        """The service judges, so the model's own validation would only say the same twice."""

    def clean_tests(self) -> list[Test]:
        return _found(Test.objects.of(self.team), self.cleaned_data["tests"], "test")

    def clean_integrations(self) -> list[Integration]:
        return _found(Integration.objects.of(self.team), self.cleaned_data["integrations"], "integration")

    @property
    def chosen_tests(self) -> list[int]:
        """The ids of the tests as the form has them now, sound or not."""
        return possible_ids(self["tests"].value() or [])

    @property
    def ticked(self) -> list[int]:
        """The ids of the ticked integrations as the form has them now, sound or not."""
        return possible_ids(self["integrations"].value() or [])

    @property
    def tells_nobody(self) -> bool:
        """Whether nobody would hear of this rule's alerts, as the form stands now."""
        enabled = Integration.objects.of(self.team).filter(pk__in=self.ticked, enabled=True)
        return not self["recipients"].value() and not enabled.exists()

    @property
    def wrong_tabs(self) -> set[str]:
        """Which of the tabs "settings" and "notifications" hold errors."""
        wrong = set(self.errors) - {NON_FIELD_ERRORS}
        tabs = {"notifications" if name in NOTIFICATION_FIELDS else "settings" for name in wrong}
        return tabs | ({"settings"} if any(row.errors for row in self.conditions) else set())

    def refuse(self, refusal: ValidationError) -> None:
        """Show what the service refused at the form's own fields, and in the row of the condition that it is about."""
        texts = texts_of(refusal)
        kept = [row for row in self.conditions if row.counts]
        for index, name, text in condition_errors(texts.pop("conditions", [])):
            if index is not None and index < len(kept):
                kept[index].add_error(name if name in CONDITION_FIELDS else None, text)
            else:
                self.add_error(None, text)
        for name in {"minimum_sources", "minimum_sources_percent"} & texts.keys():
            texts["minimum"] = texts.pop(name)
        for name, messages in texts.items():
            self.add_error(name if name in self.fields else None, messages)


def fields_of(form: RuleForm) -> dict[str, Any]:
    """What the rule's service takes, from a valid form: the fields, and the conditions in their order."""
    values = dict(form.cleaned_data)
    minimum, counted = values.pop("minimum"), values.pop("minimum_of")
    values.pop("stamp")
    rows = [row.cleaned_data for row in form.conditions if row.counts]
    return values | {
        "minimum_sources": minimum if counted == SOURCES else None,
        "minimum_sources_percent": minimum if counted == PERCENT else None,
        "conditions": [{name: row[name] for name in CONDITION_FIELDS} for row in rows],
    }


def initial_of(rule: AlertRule | None) -> dict[str, Any]:
    """The values that a form of the rule begins with; None: of a new one, with one empty condition."""
    if rule is None:
        new = model_to_dict(AlertRule(), RuleForm.Meta.fields)
        return new | {"minimum": 1, "minimum_of": SOURCES, "conditions": [{}]}
    percent = rule.minimum_sources_percent
    own = [{name: getattr(row, name) for name in CONDITION_FIELDS} for row in rule.conditions.all()]
    for row in own:
        row["threshold"] = None if row["threshold"] is None else f"{row['threshold']:.15g}"
    return model_to_dict(rule, RuleForm.Meta.fields) | {
        "minimum": percent or rule.minimum_sources,
        "minimum_of": PERCENT if percent else SOURCES,
        "recipients": rule.recipients,
        "tests": list(rule.test_links.values_list("test_id", flat=True)),
        "integrations": [row.pk for row in rule.integrations.all() if not row.archived_at],
        "conditions": own,
        "stamp": stamp_of(rule),
    }


def _found(rows: Any, ids: list[int], what: str) -> list[Any]:
    found = {row.pk: row for row in rows.filter(pk__in=ids)}
    gone = len(ids) - len(found)
    if gone:
        raise ValidationError(f"{gone} chosen {what}{' is' if gone == 1 else 's are'} no longer there. Choose again.")
    return [found[pk] for pk in ids]
