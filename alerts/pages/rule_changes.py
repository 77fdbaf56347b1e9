"""Who changed a rule last."""

from django.utils import timezone

from alerts.models import AlertRule
from teams.models import AuditEntry


def last_change(rule: AlertRule) -> str:
    """Who changed the rule last, when in the reader's zone, and which fields, as a sentence."""
    own = AuditEntry.objects.filter(team=rule.team_id, target_type=rule._meta.label_lower, target_id=str(rule.pk))
    entry = own.order_by("-pk").first()
    if entry is None:
        return "This rule was changed since you opened it."
    fields = ", ".join(name.replace("_", " ") for name in entry.changes)
    at = timezone.localtime(entry.at).strftime("%Y-%m-%d %H:%M:%S")
    what = f" ({fields})" if fields else ""
    return f"{entry.actor_text} changed this rule at {at}{what}, after you opened it."
