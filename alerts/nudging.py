"""When time alone speaks of an alert again: reminders until somebody acknowledges it, and escalation to others.

The times lie in the alert; alerts.lifecycle sets them by these functions, alerts.timers looks for what is due.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from alerts.hours import opens_at
from alerts.models import Alert, AlertEvent, AlertRule, Announce, EscalationStep, EventType

_WAITS = (EventType.TRIGGERED, EventType.NO_DATA, EventType.UNACKNOWLEDGED, EventType.ESCALATED)


@dataclass(slots=True)
class Wait:
    """Since when an alert waits for somebody, None if in silence, and the details of the steps that were taken."""

    since: datetime | None
    taken: list[Mapping[str, Any]] = field(default_factory=list)


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


def waits_of(rule: AlertRule) -> dict[int, Wait]:
    """The waits of a rule's open alerts by their ids, as the timelines tell them."""
    columns = ("alert_id", "type", "recorded_at", "announce", "detail")
    events = AlertEvent.objects.filter(alert__rule=rule, alert__cleared_at=None, type__in=_WAITS).order_by("id")
    found: dict[int, Wait] = {}
    for pk, kind, at, announce, detail in events.values_list(*columns):
        wait = found.setdefault(pk, Wait(at if announce == Announce.YES else None))
        if kind == EventType.UNACKNOWLEDGED:
            wait.since = at
        elif kind == EventType.ESCALATED:
            wait.since = at - timedelta(minutes=detail["minutes"])  # the first of several that came late, came late
            wait.taken.append(detail)
    return found


def set_steps(alert: Alert, now: datetime, steps: Sequence[EscalationStep], wait: Wait) -> None:
    """Set the time of the next of `steps`, which are new to the alert; those that are late already come now.

    One that was taken is not taken anew, wherever it stands now, and none that stands before it.
    """
    left, latest = [_told(each) for each in wait.taken], max((each["minutes"] for each in wait.taken), default=0)
    alert.escalated = 0
    for step in steps:
        told = _told(_detail(step))
        if told in left:
            left.remove(told)
        elif step.after_minutes > latest:
            break
        alert.escalated += 1
    coming = steps[alert.escalated : alert.escalated + 1]
    due = [wait.since + timedelta(minutes=step.after_minutes) for step in coming if wait.since]
    alert.escalate_at = max(due[0], now) if due else None


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
    return {"step": alert.escalated, **_detail(step)}


def remind(alert: Alert, now: datetime) -> bool:
    """Set the time of the next reminder; whether this one is told now, and not only when the rule's hours begin."""
    minutes = alert.rule.remind_minutes
    opening = opens_at(alert.rule.hours, alert.severity, now)
    alert.remind_at = (opening or now + timedelta(minutes=minutes)) if minutes else None
    return bool(minutes) and opening is None


def _detail(step: EscalationStep) -> dict[str, Any]:
    live = [each.pk for each in step.integrations.all() if each.archived_at is None]
    return {"minutes": step.after_minutes, "integrations": live, "recipients": step.recipients}


def _told(detail: Mapping[str, Any]) -> tuple[frozenset[int], frozenset[str]]:
    return frozenset(detail["integrations"]), frozenset(detail["recipients"])
