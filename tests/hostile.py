"""Puts hostile text into every column that people or remotes write, past all validation."""

from typing import Any

from django.apps import apps
from django.db.models import CharField, Field, TextField, URLField, Value
from django.db.models.functions import Cast, Concat

from alerts.models import Alert, AlertEvent, AlertRule, Test
from integrations.models import Group
from teams.models import Team, Timer

HOSTILE = """<script>alert(1)</script>'"><img src=x onerror=alert(2)>{{7*7}}${alert(3)}</textarea></title>"""
LEADS_ASTRAY = "javascript:alert(4)//"
APPS = ("teams", "integrations", "alerts", "deliveries")
# Columns whose text Bellhop makes itself; every other one is poisoned.
OUR_OWN = {
    *("digest", "prefix", "fingerprint", "sealed", "rate_key", "key", "lease_owner", "password", "state", "reason"),
    *("kind", "slug", "email", "time_zone", "action", "target_type", "target_id", "opened_by", "ref"),
    *("pause_reason", "parked_reason"),
}


def poison(team: Team) -> None:
    """Every text of the database, and the JSON that holds texts of the team's rules and alerts."""
    for label in APPS:
        for model in apps.get_app_config(label).get_models():
            columns: dict[str, Any] = {each.name: text_for(each) for each in model._meta.fields if is_foreign(each)}
            if columns and model is not Timer:
                model._default_manager.update(**columns)
    Test.objects.update(labels={HOSTILE: HOSTILE}, target=LEADS_ASTRAY)
    AlertRule.objects.update(recipients=[HOSTILE])
    for alert in Alert.objects.filter(team=team):
        alert.snapshot = spoiled(alert.snapshot) | {"runbook": LEADS_ASTRAY}
        alert.labels = alert.annotations = {HOSTILE: HOSTILE, "runbook_url": LEADS_ASTRAY}
        alert.save(update_fields=["snapshot", "labels", "annotations"])
    for event in AlertEvent.objects.filter(team=team):
        event.detail = spoiled(event.detail) | {"text": HOSTILE, "name": HOSTILE}
        event.save(update_fields=["detail"])


def is_foreign(column: "Field[Any, Any]") -> bool:
    """Whether others than Bellhop write the column's text."""
    is_text = isinstance(column, CharField | TextField) and not column.choices
    return is_text and column.name not in OUR_OWN


def text_for(column: "Field[Any, Any]") -> str | Concat:
    if column.name == "source" or (column.model is Group and column.name == "name"):  # once a test and metric; a team
        return Concat(Value(HOSTILE[:80]), Cast("pk", CharField()))
    return LEADS_ASTRAY if isinstance(column, URLField) else HOSTILE[: column.max_length or 1000]


def spoiled(value: Any, key: str = "") -> Any:
    """The same structure with hostile names of sources and metrics, and hostile texts."""
    if isinstance(value, dict):
        return {HOSTILE if key in ("sources", "fra1") else k: spoiled(v, k) for k, v in value.items()}
    if isinstance(value, list):
        return [spoiled(each, key) for each in value]
    return HOSTILE if isinstance(value, str) and key in ("rule", "test", "message", "text", "metric") else value
