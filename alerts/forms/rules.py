"""The form of a rule, with its conditions as rows. It reads; what may be stored is judged by the service."""

from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import Q
from django.forms.models import model_to_dict
from django.http import QueryDict

from alerts.forms import rule_hours, rule_steps
from alerts.forms.drafts import Draft
from alerts.forms.fields import IdsField, possible_ids
from alerts.forms.rule_hours import HoursFields
from alerts.forms.rule_words import (
    NOTIFICATION_FIELDS,
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
from alerts.models import AlertRule, Test
from alerts.models.rule import MAX_ROUNDS, choices
from alerts.selectors import load_rule
from alerts.services.rules.fields import CONDITION_FIELDS, MAX_CONDITIONS, as_fields, as_words
from alerts.services.rules.stamps import stamp_of_words
from channels_app.words import Severity
from integrations.models import Group, Integration
from teams.errors import texts_of
from teams.models import Team

PREFIX = "conditions"
SOURCES, PERCENT = "sources", "percent"
LIMITS = {
    "rounds_required": (1, MAX_ROUNDS),
    "rounds_window": (1, MAX_ROUNDS),
    "no_data_minutes": (1, 10_080),
    "reopen_after": (60, 2_592_000),
    "remind_minutes": (1, 10_080),
    "least_gap_minutes": (1, 1_440),
}


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


class RuleForm(Draft, HoursFields, forms.ModelForm):  # type: ignore[type-arg]
    """A rule as people enter it, its conditions in `conditions`, the steps of its escalation in `steps`.

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
    groups = IdsField(required=False)
    selector = SelectorField()
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
            initial=first["conditions"] if data is None else None,
            prefix=PREFIX,
            auto_id=f"{self.dom}-%s",
            form_kwargs={"metrics": f"{self.dom}-metrics", "draft": draft},
        )
        self.steps = rule_steps.StepSet(
            rule_steps.posted_steps(data),
            initial=first["escalation"] if data is None else None,
            prefix=rule_steps.PREFIX,
            auto_id=f"{self.dom}-%s",
            form_kwargs={"draft": draft},
        )
        self.fields["hours_time_zone"].widget.attrs["list"] = f"{self.dom}-zones"

    def is_valid(self) -> bool:
        """Whether all can be read, the conditions and steps too."""
        rows = [self.conditions.is_valid(), self.steps.is_valid()]
        if not self.draft:
            for text in (*self.conditions.non_form_errors(), *self.steps.non_form_errors()):
                self.add_error(None, text)
        return super().is_valid() and all(rows)

    def _post_clean(self) -> None:
        """The service judges, so the model's own validation would only say the same twice."""

    def clean_tests(self) -> list[Test]:
        return _found(Test.objects.of(self.team), self.cleaned_data["tests"], "test")

    def clean_integrations(self) -> list[Integration]:
        return _found(Integration.objects.of(self.team), self.cleaned_data["integrations"], "integration")

    def clean_groups(self) -> list[Group]:
        return _found(Group.objects.filter(team=self.team), self.cleaned_data["groups"], "group")

    @property
    def chosen_tests(self) -> list[int]:
        """The ids of the tests as the form has them now, sound or not."""
        return possible_ids(self["tests"].value() or [])

    @property
    def typed_selector(self) -> list[str]:
        """The matchers as the form has them now, sound or not."""
        return list(self.fields["selector"].to_python(self["selector"].value()) or ())

    @property
    def ticked(self) -> list[int]:
        """The ids of the ticked integrations as the form has them now, sound or not."""
        return possible_ids(self["integrations"].value() or [])

    @property
    def ticked_groups(self) -> list[int]:
        """The ids of the ticked groups as the form has them now, sound or not."""
        return possible_ids(self["groups"].value() or [])

    def holds(self, *names: str) -> bool:
        """Whether a part of the page with these fields has anything in it, or wrong with it, and so stands open."""
        return any(self[name].value() or (self.is_bound and self[name].errors) for name in names)

    @property
    def opens_pace(self) -> bool:
        return self.holds("remind_minutes", "least_gap_minutes")

    @property
    def opens_hours(self) -> bool:
        days = self.holds(*(day.name for day in self.days()))
        return days or "copy_day" in self.data or bool(self.is_bound and self["hours_time_zone"].errors)

    @property
    def opens_steps(self) -> bool:
        return bool(self.steps.forms) or "remove_step" in self.data

    @property
    def opens_trial(self) -> bool:
        return self.holds("shadow", "drill_weekly")

    @property
    def opens_selector(self) -> bool:
        return self.holds("selector")

    @property
    def tells_nobody(self) -> bool:
        """Whether nobody would hear of this rule's alerts, as the form stands now."""
        if any(row["recipients"].value() for row in (self, *self.steps)):
            return False
        named = {*self.ticked, *(pk for step in self.steps for pk in step.ticked)}
        told = Q(pk__in=named) | Q(groups__in=self.ticked_groups)
        if not self["only_these"].value():
            told |= Q(used_by_default=True)
        return not Integration.objects.of(self.team).filter(told, enabled=True).exists()

    @property
    def wrong_tabs(self) -> set[str]:
        """Which of the tabs "settings" and "notifications" hold errors."""
        wrong = set(self.errors) - {NON_FIELD_ERRORS}
        tabs = {"notifications" if name in NOTIFICATION_FIELDS else "settings" for name in wrong}
        tabs |= {"settings"} if any(row.errors for row in self.conditions) else set()
        return tabs | ({"notifications"} if any(row.errors for row in self.steps) else set())

    def refuse(self, refusal: ValidationError) -> None:
        """Show what the service refused at the form's own fields, and in the row of the item that it is about."""
        texts = texts_of(refusal)
        self._refuse_rows("conditions", texts.pop("conditions", []), self.conditions)
        self._refuse_rows("escalation", texts.pop("escalation", []), self.steps)
        for name in {"minimum_sources", "minimum_sources_percent"} & texts.keys():
            texts["minimum"] = texts.pop(name)
        for text in texts.pop("hours", []):
            self.add_error(*rule_hours.place_of(text))
        texts["selector"] = selector_words(texts.pop("selector", []))
        for name, messages in texts.items():
            if messages:
                self.add_error(name if name in self.fields else None, messages)

    def _refuse_rows(self, items: str, texts: list[str], rows: Any) -> None:
        kept = [row for row in rows if row.counts]
        for index, name, text in item_errors(items, texts):
            if index is not None and index < len(kept):
                kept[index].add_error(name if name in kept[index].fields else None, text)
            else:
                self.add_error(None, text)


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
        "hours": rule_hours.hours_of(values),
        "escalation": rule_steps.steps_of(form.team, [row for row in form.steps if row.counts]),
    }


def initial_of(rule: AlertRule | None) -> dict[str, Any]:
    """The values that a form of the rule begins with; None: of a new one, with one empty condition."""
    if rule is None:
        new = model_to_dict(AlertRule(), RuleForm.Meta.fields) | rule_hours.hours_in(None)
        return new | {"minimum": 1, "minimum_of": SOURCES, "conditions": [{}], "escalation": []}
    stored = load_rule(rule)
    fields, percent = as_fields(stored), stored.minimum_sources_percent
    for row in fields["conditions"]:
        row["threshold"] = None if row["threshold"] is None else f"{row['threshold']:.15g}"
    return fields | {
        "minimum": percent or stored.minimum_sources,
        "minimum_of": PERCENT if percent else SOURCES,
        "tests": [test.pk for test in fields["tests"]],
        "integrations": [row.pk for row in fields["integrations"]],
        "groups": [row.pk for row in fields["groups"]],
        "escalation": rule_steps.steps_in(fields["escalation"]),
        "stamp": stamp_of_words(as_words(stored)),
        **rule_hours.hours_in(stored.hours),
    }


def _found(rows: Any, ids: list[int], what: str) -> list[Any]:
    found = {row.pk: row for row in rows.filter(pk__in=ids)}
    gone = len(ids) - len(found)
    if gone:
        raise ValidationError(f"{gone} chosen {what}{' is' if gone == 1 else 's are'} no longer there. Choose again.")
    return [found[pk] for pk in ids]
