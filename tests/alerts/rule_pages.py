"""Alert Settings as tests fill it in: what a browser would post."""

from collections.abc import Sequence
from typing import Any

from alerts.models import AlertRule
from alerts.services.rules import stamp_of
from tests.alerts.factories import SLOW

RULES = "/t/ops/rules/"
PART = {"HX-Request": "true"}


def address(rule: AlertRule, tail: str = "") -> str:
    return f"{RULES}{rule.pk}/{tail}"


def filled(
    rule: AlertRule | None = None, conditions: Sequence[dict[str, Any]] = (SLOW,), **changes: Any
) -> dict[str, Any]:
    """The form with one condition, all else as it begins; of `rule` its name and stamp."""
    values: dict[str, Any] = {
        "name": rule.name if rule else "Too slow",
        "severity": "minor",
        "enabled": "on",
        "match": "all",
        "rounds_required": 1,
        "rounds_window": 1,
        "rounds_mode": "any",
        "minimum": 1,
        "minimum_of": "sources",
        "when_data_stops": "keep",
        "no_data_minutes": 10,
        "reopen_after": 43_200,
        "notify_on_clear": "on",
        "stamp": stamp_of(rule) if rule else "",
        "conditions-TOTAL_FORMS": len(conditions),
        "conditions-INITIAL_FORMS": 0,
    }
    for n, condition in enumerate(conditions):
        values |= {f"conditions-{n}-{name}": value for name, value in ({"severity": ""} | condition).items()}
    return {name: value for name, value in (values | changes).items() if value is not None}
