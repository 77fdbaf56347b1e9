"""Tells whether a rule is still as somebody saw it."""

import hashlib
import json

from alerts.models import AlertRule
from alerts.services.rules.fields import CONDITION_FIELDS, LISTS, READERS


def stamp_of(rule: AlertRule) -> str:
    """An opaque word that differs once anything that a form of the rule shows was changed."""
    plain = {name: getattr(rule, name) for name in READERS if name not in LISTS}
    live = rule.integration_links.filter(integration__archived_at=None)
    lists = [
        list(rule.conditions.values_list(*CONDITION_FIELDS)),
        sorted(rule.test_links.values_list("test", flat=True)),
        sorted(live.values_list("integration", flat=True)),
    ]
    text = json.dumps([plain, lists], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
