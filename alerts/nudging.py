"""When time alone speaks of an alert again: reminders until somebody acknowledges it, and escalation to others.

The times lie in the alert; alerts.lifecycle sets them by these functions, alerts.timers looks for what is due.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from alerts.hours import opens_at
from alerts.models import Alert, EscalationStep


def begin(alert: Alert, now: datetime, next_step: int | None) -> None:
    """Set the times of an alert that waits for somebody. `next_step`: minutes until the next escalation."""
    remind = alert.rule.remind_minutes
    alert.remind_at = now + timedelta(minutes=remind) if remind and not alert.drill else None
    alert.escalate_at = now + timedelta(minutes=next_step) if next_step and not alert.drill else None


def end(alert: Alert) -> None:
    """Somebody has it, or it is over."""
    alert.remind_at = alert.escalate_at = None


def remaining_step(alert: Alert) -> int | None:
    """Minutes until the next escalation of an alert that waits anew; None where all steps were taken."""
    later = alert.rule.escalation_steps.values_list("after_minutes", flat=True)
    return next(iter(later[alert.escalated : alert.escalated + 1]), None)


def take_step(alert: Alert, steps: Sequence[EscalationStep]) -> dict[str, Any] | None:
    """Count the step that is due and set the time of the next; the event's detail, None where there is no step left.

    `steps` are the rule's in their order, with their integrations.
    """
    due, alert.escalate_at = alert.escalate_at, None
    if alert.escalated >= len(steps) or due is None:
        return None
    step, later = steps[alert.escalated], steps[alert.escalated + 1 :]
    alert.escalated += 1
    if later:
        alert.escalate_at = due + timedelta(minutes=later[0].after_minutes - step.after_minutes)
    live = [each.pk for each in step.integrations.all() if each.archived_at is None]
    told = {"integrations": live, "recipients": step.recipients}
    return {"step": alert.escalated, "minutes": step.after_minutes, **told}


def remind(alert: Alert, now: datetime) -> bool:
    """Set the time of the next reminder; whether this one is told now, and not only when the rule's hours begin."""
    minutes = alert.rule.remind_minutes
    opening = opens_at(alert.rule.hours, alert.severity, now)
    alert.remind_at = (opening or now + timedelta(minutes=minutes)) if minutes else None
    return bool(minutes) and opening is None
