"""The words of a rule's fields, as the pages and the admin share them."""

import re
from typing import ClassVar

from django import forms

from alerts.forms.fields import LinesField
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
NOTIFICATION_FIELDS = ("recipients", "notify_on_clear", "message", "runbook", "integrations")
TESTS_HELP = "The tests that this rule watches."
THRESHOLD_HELP = "For absent: minutes without a value."
_CONDITION = re.compile(r"conditions\[(?P<index>\d+)\]\.(?P<field>\w+): ")


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
    )
    labels: ClassVar[dict[str, str]] = {
        "match": "Opens if",
        "rounds_required": "Rounds that violate",
        "rounds_window": "Out of the last rounds",
        "rounds_mode": "Counting",
        "minimum_sources": "At least this many sources",
        "minimum_sources_percent": "Or at least this percentage",
        "no_data_minutes": "Minutes without data",
    }
    widgets: ClassVar[dict[str, forms.Widget]] = {"message": forms.Textarea(attrs={"rows": 4})}
    help_texts: ClassVar[dict[str, str]] = {
        "severity": "Of the conditions that name none of their own.",
        "rounds_mode": "Whether any sources may make up the number, or the same ones must violate in each round.",
        "minimum_sources": "Leave empty to count by percent.",
        "minimum_sources_percent": "Of the sources heard lately. Leave empty to count by number.",
        "reopen_after": "An alert closed by hand may open again after this time although no good round came.",
        "message": "Stands in every message of this rule.",
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


def condition_errors(texts: list[str]) -> list[tuple[int | None, str, str]]:
    """What the service says of `conditions`, as (index of the condition or None, its field, text)."""
    found = [(_CONDITION.match(text), text) for text in texts]
    return [(int(m["index"]), m["field"], text[m.end() :]) if m else (None, "", text) for m, text in found]
