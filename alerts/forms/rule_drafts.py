"""A rule's form while it is being filled in: rows come and go, tests are looked for. Works as plain posts too."""

from dataclasses import dataclass

from django.http import QueryDict

from alerts.forms import rule_steps
from alerts.forms.fields import IdsInput
from alerts.forms.rule_hours import copy_day
from alerts.forms.rules import PREFIX, RuleForm
from alerts.models import AlertRule
from alerts.pages.choosing_tests import matching
from alerts.services.rules.fields import CONDITION_FIELDS, MAX_CONDITIONS
from alerts.services.rules.named import MAX_STEPS, STEP_FIELDS
from teams.models import Team
from teams.values import number_in

POLICY_STEPS = frozenset({"add_step", "remove_step", "copy_day"})
STEPS = POLICY_STEPS | {"add_condition", "remove_condition", "look", "choose_all", "choose_none"}


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of the form that can be added and removed: how their inputs are named, and how many there may be."""

    prefix: str
    fields: tuple[str, ...]
    most: int

    @property
    def total(self) -> str:
        """The name of the input that counts them."""
        return f"{self.prefix}-TOTAL_FORMS"

    def count(self, data: QueryDict) -> int:
        return min(number_in(data.get(self.total, "")) or 0, self.most)

    def add(self, values: QueryDict) -> None:
        values[self.total] = str(min(self.count(values) + 1, self.most))

    def remove(self, values: QueryDict, index: int | None) -> None:
        """Take the row out; those below move up."""
        total = self.count(values)
        if index is None or index >= total:
            return
        for name in self.fields:
            kept = [values.getlist(f"{self.prefix}-{n}-{name}") for n in range(total) if n != index]
            for n, value in enumerate([*kept, []]):
                values.setlist(f"{self.prefix}-{n}-{name}", value)
        values[self.total] = str(total - 1)


CONDITIONS = Rows(PREFIX, CONDITION_FIELDS, MAX_CONDITIONS)
ESCALATION = Rows(rule_steps.PREFIX, STEP_FIELDS, MAX_STEPS)


def is_step(data: QueryDict) -> bool:
    """Whether the post asks for another look at the form, and not to store anything."""
    return not STEPS.isdisjoint(data)


def drafted(team: Team, data: QueryDict, rule: AlertRule | None = None) -> RuleForm:
    """The form as it stands after the step, unjudged; the keyboard is led to a row that was added."""
    form = RuleForm(team, after_step(team, data), rule=rule, draft=True)
    if "add_condition" in data and form.conditions.forms:
        form.conditions.forms[-1].fields["metric"].widget.attrs["autofocus"] = True
    if "add_step" in data and form.steps.forms:
        form.steps.forms[-1].fields["after_minutes"].widget.attrs["autofocus"] = True
    return form


def after_step(team: Team, data: QueryDict) -> QueryDict:
    """The posted values as they stand after the step."""
    values = data.copy()
    for word, rows in (("condition", CONDITIONS), ("step", ESCALATION)):
        if f"add_{word}" in data:
            rows.add(values)
        if f"remove_{word}" in data:
            rows.remove(values, number_in(data.get(f"remove_{word}", "")))
    copy_day(values, data.get("copy_day", ""))
    if "choose_all" in data:
        ids = [*chosen(data), *map(str, matching(team, search_of(data)))]
        values.setlist("tests", list(dict.fromkeys(ids)))
    if "choose_none" in data:
        values.setlist("tests", [])
    return values


def search_of(data: QueryDict) -> str:
    """What tests are looked for by."""
    return data.get("look_for", "").replace("\x00", "").strip()[:100]


def chosen(data: QueryDict) -> list[str]:
    """The ids of the chosen tests, as texts."""
    return IdsInput().value_from_datadict(data, {}, "tests")
