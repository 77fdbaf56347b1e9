"""The words of a rule's fields, as the pages and the admin share them."""

import re
from typing import Any, ClassVar

from django import forms

from alerts.forms.fields import LinesField
from alerts.forms.rule_hours import HoursFields
from alerts.models import AlertRule, Condition

OPERATORS = (
    (Condition.Operator.GT, "> above"),
    (Condition.Operator.GE, ">= at or above"),
    (Condition.Operator.LT, "< below"),
    (Condition.Operator.LE, "<= at or below"),
    (Condition.Operator.EQ, "== equal to"),
    (Condition.Operator.NE, "!= other than"),
    (Condition.Operator.ABSENT, "absent for minutes"),
)
HOURS_FIELDS = tuple(HoursFields.base_fields)
NOTIFICATION_FIELDS = (
    *("recipients", "notify_on_clear", "message", "runbook", "integrations", "groups", "only_these"),
    *("remind_minutes", "least_gap_minutes", "hours", *HOURS_FIELDS, "escalation", "shadow", "drill_weekly"),
)
SELECTOR_HELP = (
    "One matcher a line; all must hold: env=live, env!=test, service=shop-* or, for any value, env. "
    "Tests whose labels match are watched at once, new ones too."
)
TESTS_HELP = "The tests that this rule watches."
THRESHOLD_HELP = "For absent: minutes without a value."
_ITEM = re.compile(r"(?P<items>\w+)\[(?P<index>\d+)\](?:\.(?P<field>\w+))?: ")


class RuleMeta:
    """The fields of a rule that its own columns hold; base of the forms' Meta."""

    model = AlertRule
    fields: tuple[str, ...] = (
        "name",
        "enabled",
        "severity",
        "match",
        "rounds_required",
        "rounds_window",
        "rounds_mode",
        "minimum_sources",
        "minimum_sources_percent",
        "when_data_stops",
        "no_data_minutes",
        "reopen_after",
        "notify_on_clear",
        "message",
        "runbook",
        "only_these",
        "remind_minutes",
        "least_gap_minutes",
        "shadow",
        "drill_weekly",
    )
    labels: ClassVar[dict[str, str]] = {
        "match": "Opens if",
        "rounds_required": "Rounds that violate",
        "rounds_window": "Out of the last rounds",
        "rounds_mode": "Counting",
        "minimum_sources": "At least this many sources",
        "minimum_sources_percent": "Or at least this percentage",
        "no_data_minutes": "Minutes without data",
        "only_these": "Only these: tell none of those that are used by default",
        "remind_minutes": "Remind every so many minutes",
        "least_gap_minutes": "Least minutes between messages",
        "shadow": "Shadow mode: decide and log who would be told, but send nothing",
        "drill_weekly": "Weekly fire drill: a marked alert and its end go the whole way to everybody",
    }
    widgets: ClassVar[dict[str, forms.Widget]] = {"message": forms.Textarea(attrs={"rows": 4})}
    help_texts: ClassVar[dict[str, str]] = {
        "severity": "Of the conditions that name none of their own.",
        "rounds_mode": "Whether any sources may make up the number, or the same ones must violate in each round.",
        "minimum_sources": "Leave empty to count by percent.",
        "minimum_sources_percent": "Of the sources heard lately. Leave empty to count by number.",
        "reopen_after": "An alert closed by hand may open again after this time although no good round came.",
        "message": "Stands in every message of this rule.",
        "remind_minutes": "Until somebody acknowledges the alert; of open alerts too, from now on. Empty: none.",
        "least_gap_minutes": "To one place. What comes sooner is told when the time is over. Empty: at once.",
        "shadow": "To try Bellhop beside another system.",
    }


class RunbookField(forms.URLField):
    """The runbook of a rule."""

    def __init__(self) -> None:
        super().__init__(
            required=False,
            max_length=500,
            assume_scheme="https",
            help_text="A link that stands in every message of this rule.",
        )


class RecipientsField(LinesField):
    """The e-mail recipients of a rule."""

    def __init__(self) -> None:
        super().__init__(label="Send emails to", help_text="One address a line. They need not be users of Bellhop.")


class SelectorField(LinesField):
    """The matchers of a rule's selector."""

    def __init__(self) -> None:
        super().__init__(label="And tests whose labels match", help_text=SELECTOR_HELP)
        self.widget.attrs.update({"rows": 2, "spellcheck": "false"})

    def to_python(self, value: Any) -> Any:
        """A comma may stand in a value, so only lines part."""
        return super().to_python([*value] if isinstance(value, list) else str(value or "").splitlines())


def item_errors(items: str, texts: list[str]) -> list[tuple[int | None, str, str]]:
    """What the service says of a list such as `conditions`, as (index of the item or None, its field or "", text)."""
    found = [(_ITEM.match(text), text) for text in texts]
    return [
        (int(m["index"]), m["field"] or "", text[m.end() :]) if m and m["items"] == items else (None, "", text)
        for m, text in found
    ]


def selector_words(texts: list[str]) -> list[str]:
    """What the service says of the selector, as people count its lines."""
    found = item_errors("selector", texts)
    return [text if index is None else f"Line {index + 1}: {text}" for index, _, text in found]
