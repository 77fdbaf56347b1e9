"""A rule's form while it is being filled in: rows come and go, tests are looked for. Works as plain posts too."""

from django.http import QueryDict

from alerts.forms.fields import IdsInput
from alerts.forms.rules import PREFIX, RuleForm
from alerts.models import AlertRule
from alerts.pages.choosing_tests import matching
from alerts.services.rules.fields import CONDITION_FIELDS, MAX_CONDITIONS
from teams.models import Team
from teams.values import number_in

STEPS = frozenset({"add_condition", "remove_condition", "look", "choose_all", "choose_none"})
_TOTAL = f"{PREFIX}-TOTAL_FORMS"


def is_step(data: QueryDict) -> bool:
    """Whether the post asks for another look at the form, and not to store anything."""
    return not STEPS.isdisjoint(data)


def drafted(team: Team, data: QueryDict, rule: AlertRule | None = None) -> RuleForm:
    """The form as it stands after the step, unjudged; the keyboard is led to a row that was added."""
    form = RuleForm(team, after_step(team, data), rule=rule, draft=True)
    if "add_condition" in data and form.conditions.forms:
        form.conditions.forms[-1].fields["metric"].widget.attrs["autofocus"] = True
    return form


def after_step(team: Team, data: QueryDict) -> QueryDict:
    """The posted values as they stand after the step."""
    values = data.copy()
    if "add_condition" in data:
        values[_TOTAL] = str(min(_total(data) + 1, MAX_CONDITIONS))
    if "remove_condition" in data:
        _remove(values, number_in(data.get("remove_condition", "")))
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


def _total(data: QueryDict) -> int:
    return min(number_in(data.get(_TOTAL, "")) or 0, MAX_CONDITIONS)


def _remove(values: QueryDict, index: int | None) -> None:
    total = _total(values)
    if index is None or index >= total:
        return
    for name in CONDITION_FIELDS:
        kept = [values.get(f"{PREFIX}-{n}-{name}", "") for n in range(total) if n != index]
        for n, value in enumerate(kept):
            values[f"{PREFIX}-{n}-{name}"] = value
    values[_TOTAL] = str(total - 1)
