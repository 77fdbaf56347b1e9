"""What the fields of a rule may be."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError

from alerts.hours import read_hours
from alerts.ingest.reading import read_metric, read_value
from alerts.models import AlertRule, Condition
from alerts.models.rule import MAX_ROUNDS
from alerts.refusals import Refused
from alerts.selecting import read_selector
from alerts.services.rules.named import read_recipients, readers_of
from alerts.services.words import Errors, Reader, flag, line, list_of, one_of, paragraphs, read_fields, whole
from channels_app.words import Severity
from integrations.models import Integration
from teams.models import Team
from teams.values import shown

MAX_CONDITIONS = 20
MAX_MESSAGE = 2000
MAX_RUNBOOK = 500
MAX_ABSENT_MINUTES = 10_080
CONDITION_FIELDS = ("metric", "operator", "threshold", "severity")
LISTS = ("conditions", "tests", "integrations", "groups", "escalation")

JsonDict = dict[str, Any]


def read_rule(team: Team, fields: Mapping[str, Any], current: AlertRule | None) -> JsonDict:
    """The sound values of the fields that are named; a ValidationError names every field that is wrong."""
    required = () if current else ("name", "conditions")
    errors: Errors = {name: ["This field is required."] for name in required if name not in fields}
    readers = READERS | readers_of(team)
    values = read_fields(fields, readers, errors)
    _settle_minimum(values, current, errors)
    _check_rounds(values, current, errors)
    if errors:
        raise ValidationError(errors)
    return values


def as_fields(rule: AlertRule) -> JsonDict:
    """The rule under the API's names, with tests, integrations and groups as objects; `tests` are those by hand.

    Of a rule as `selectors.list_rules` gives it, it asks the database for nothing.
    """
    plain = {name: getattr(rule, name) for name in READERS if name not in LISTS}
    return plain | {
        "conditions": [
            {name: getattr(condition, name) for name in CONDITION_FIELDS} for condition in rule.conditions.all()
        ],
        "tests": [link.test for link in rule.test_links.all() if not link.by_selector],
        "integrations": _live(rule.integrations.all()),
        "groups": list(rule.groups.all()),
        "escalation": [
            {
                "after_minutes": step.after_minutes,
                "integrations": _live(step.integrations.all()),
                "recipients": step.recipients,
            }
            for step in rule.escalation_steps.all()
        ],
    }


def as_words(rule: AlertRule) -> JsonDict:
    """The rule as JSON values: tests by slug, integrations and groups by id."""
    fields = as_fields(rule)
    steps = [step | {"integrations": _ids(step["integrations"])} for step in fields["escalation"]]
    return fields | {
        "tests": sorted(test.slug for test in fields["tests"]),
        "integrations": _ids(fields["integrations"]),
        "groups": _ids(fields["groups"]),
        "escalation": steps,
    }


def selected_in_words(rule: AlertRule) -> list[str]:
    """The slugs of the tests that come by the rule's selector alone."""
    return sorted(link.test.slug for link in rule.test_links.all() if link.by_selector)


def _live(integrations: Iterable[Integration]) -> list[Integration]:
    return [integration for integration in integrations if not integration.archived_at]


def _ids(rows: Iterable[Any]) -> list[int]:
    return sorted(row.pk for row in rows)


def _settle_minimum(values: JsonDict, current: AlertRule | None, errors: Errors) -> None:
    """Naming one minimum takes the other away; both at once exclude each other, and none means one source."""
    count, percent = values.get("minimum_sources"), values.get("minimum_sources_percent")
    if count is not None and percent is not None:
        text = f"A count ({count}) and a percentage ({percent}) exclude each other; send one of them."
        errors["minimum_sources"] = errors["minimum_sources_percent"] = [text]
    elif percent is not None:
        values["minimum_sources"] = None
    elif count is not None:
        values["minimum_sources_percent"] = None
    elif "minimum_sources" in values or "minimum_sources_percent" in values:
        kept = current.minimum_sources_percent if current and "minimum_sources_percent" not in values else None
        values |= {"minimum_sources": None if kept else 1, "minimum_sources_percent": kept}


def _check_rounds(values: JsonDict, current: AlertRule | None, errors: Errors) -> None:
    standing = current or AlertRule()
    required = values.get("rounds_required", standing.rounds_required)
    window = values.get("rounds_window", standing.rounds_window)
    if not errors.keys() & {"rounds_required", "rounds_window"} and required > window:
        text = f"Must not be more than rounds_window ({window}); got {required}."
        errors["rounds_required"] = [text]


def _read_conditions(value: Any) -> list[JsonDict]:
    conditions = list_of(MAX_CONDITIONS, "conditions", value)
    if not conditions:
        raise Refused("A rule needs at least one condition.")
    errors: list[str] = []
    read = [_read_condition(index, condition, errors) for index, condition in enumerate(conditions)]
    if errors:
        raise ValidationError(errors)
    return read


def _read_condition(index: int, value: Any, errors: list[str]) -> JsonDict:
    if not isinstance(value, dict):
        errors.append(f"conditions[{index}]: Must be an object with {', '.join(CONDITION_FIELDS)}; got {shown(value)}.")
        return {}
    wrong: Errors = {name: ["This field is required."] for name in ("metric", "operator") if name not in value}
    read = {"threshold": None, "severity": ""} | read_fields(value, CONDITION_READERS, wrong)
    if not wrong:
        _check_threshold(read, wrong)
    errors += [f"conditions[{index}].{name}: {text}" for name, texts in wrong.items() for text in texts]
    return read


def _check_threshold(condition: JsonDict, wrong: Errors) -> None:
    threshold = condition["threshold"]
    if condition["operator"] != Condition.Operator.ABSENT:
        if threshold is None:
            wrong["threshold"] = ["This field is required."]
    elif threshold is not None and not 0 < threshold <= MAX_ABSENT_MINUTES:
        wrong["threshold"] = [f"Minutes of absence, more than 0 and up to {MAX_ABSENT_MINUTES}; got {threshold:g}."]


def _read_threshold(value: Any) -> float | None:
    return None if value is None else read_value(value)


def _read_own_severity(value: Any) -> str:
    return "" if value in (None, "") else str(one_of(list(Severity))(value))


def _read_runbook(value: Any) -> str:
    address: str = line(MAX_RUNBOOK)(value)
    try:
        parts = urlsplit(address)
        sound = parts.scheme in ("http", "https") and parts.hostname and not any(map(str.isspace, address))
    except ValueError:
        sound = False
    if address and not sound:
        raise Refused(f"Must be an http or https address; got {shown(address)}.")
    return address


READERS: dict[str, Reader] = {
    "name": line(100, required=True),
    "enabled": flag,
    "severity": one_of(list(Severity)),
    "match": one_of(AlertRule.Match.values),
    "conditions": _read_conditions,
    "rounds_required": whole(1, MAX_ROUNDS),
    "rounds_window": whole(1, MAX_ROUNDS),
    "rounds_mode": one_of(AlertRule.RoundsMode.values),
    "minimum_sources": whole(1, 1_000_000, optional=True),
    "minimum_sources_percent": whole(1, 100, optional=True),
    "recipients": read_recipients,
    "notify_on_clear": flag,
    "message": paragraphs(MAX_MESSAGE),
    "runbook": _read_runbook,
    "when_data_stops": one_of(AlertRule.WhenDataStops.values),
    "no_data_minutes": whole(1, 10_080),
    "reopen_after": whole(60, 2_592_000),
    "selector": read_selector,
    "only_these": flag,
    "remind_minutes": whole(1, 10_080, optional=True),
    "least_gap_minutes": whole(1, 1_440, optional=True),
    "hours": read_hours,
    "shadow": flag,
    "drill_weekly": flag,
}
CONDITION_READERS: dict[str, Reader] = {
    "metric": read_metric,
    "operator": one_of(Condition.Operator.values),
    "threshold": _read_threshold,
    "severity": _read_own_severity,
}
