"""Sentences about alerts that pages share."""

from alerts.models import AlertEvent, ClearedReason, EventType, Mute

CLEARED_WORDS: dict[str, str] = {
    ClearedReason.RECOVERED: "recovered",
    ClearedReason.RULE_CHANGED: "the rule was changed",
    ClearedReason.RULE_DISABLED: "the rule was disabled",
    ClearedReason.RULE_DELETED: "the rule was deleted",
    ClearedReason.TEST_DETACHED: "the test was taken off the rule, disabled or deleted",
    ClearedReason.CLOSED_BY_HAND: "closed by hand",
    ClearedReason.RESOLVED_BY_SOURCE: "resolved by its source",
    ClearedReason.TIMED_OUT: "timed out",
    ClearedReason.NO_DATA: "no data came any more",
}


def scope_of(mute: Mute) -> str:
    """What is muted."""
    if mute.rule:
        return f"rule {mute.rule.name}"
    return f"test {mute.test.name}" if mute.test else "everything"


def event_words(event: AlertEvent) -> str:
    """What happened, in one sentence without the actor."""
    detail = event.detail
    match EventType(event.type):
        case EventType.TRIGGERED:
            return f"Triggered as {event.severity}"
        case EventType.SEVERITY_CHANGED:
            return f"Severity changed from {detail.get('from')} to {detail.get('to')}"
        case EventType.ACKNOWLEDGED:
            return "Acknowledged"
        case EventType.UNACKNOWLEDGED:
            return "Acknowledgement taken back"
        case EventType.ASSIGNED:
            return f"Assigned to {detail.get('name') or detail.get('to')}"
        case EventType.NOTED:
            return f"Note: {detail.get('text')}"
        case EventType.REMINDED:
            return "Reminder, since nobody acknowledged it"
        case EventType.ESCALATED:
            return f"Escalated: not acknowledged for {detail.get('minutes')} min"
        case EventType.NO_DATA:
            return "No data came any more"
        case EventType.CLEARED:
            text = f": {detail['text']}" if detail.get("text") else ""
            why = CLEARED_WORDS.get(str(detail.get("reason")), "for an unknown reason")
            return f"Cleared, {why}{', in maintenance' if detail.get('maintenance_until') else ''}{text}"
