"""Sentences about alerts that pages share."""

from alerts.models import AlertEvent, ClearedReason, EventType, Mute
from channels_app import registry

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

# The ways that are no chat; empty where there is nothing to say of it.
_WAYS = {
    "api": "by the API",
    "admin": "in the administration",
    "command": "at the command line",
    "mail": "by mail link",
    **dict.fromkeys(("", "page", "system", "demo", "link"), ""),
}
# What a name says of the way already.
_TOLD_BY = {"mail": ("link sent to",), "api": ("API key",)}


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


def who_of(event: AlertEvent) -> str:
    """Who did it, and by which way: "Ann Lee, in Slack"; the name alone on the page, or where it tells the way."""
    who, name = event.actor_text, registry.name_of(event.via)
    way = _WAYS.get(event.via, f"in {name}")
    told = who.endswith(f"({name})") or any(word in who for word in _TOLD_BY.get(event.via, ()))
    return f"{who}, {way}" if who and way and not told else who
