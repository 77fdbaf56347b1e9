"""Messages in Bellhop's words, in no kind's own form. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from alerts.models import ClearedReason, EventType
from channels_app.contract import Fact, Link, Message
from channels_app.text import duration, number, utc
from channels_app.words import SEVERITY_RANK, AlertState, Severity, Story
from deliveries.contents import Content

OLD_SECONDS = 600
NAMED_SOURCES = 10
STORIES: dict[str, Story] = {
    EventType.TRIGGERED: Story.TRIGGERED,
    EventType.SEVERITY_CHANGED: Story.SEVERITY_CHANGED,
    EventType.NO_DATA: Story.NO_DATA,
    EventType.REMINDED: Story.REMINDER,
    EventType.ESCALATED: Story.ESCALATED,
    EventType.ACKNOWLEDGED: Story.ACKNOWLEDGED,
    EventType.UNACKNOWLEDGED: Story.UNACKNOWLEDGED,
    EventType.ASSIGNED: Story.ASSIGNED,
    EventType.NOTED: Story.NOTED,
    EventType.CLEARED: Story.CLEARED,
}
HEADLINES = {
    Story.TRIGGERED: "{severity}",
    Story.SEVERITY_CHANGED: "now {severity}",
    Story.NO_DATA: "NO DATA ({quiet})",
    Story.REMINDER: "still {severity}",
    Story.ESCALATED: "not acknowledged, {severity}",
    Story.ACKNOWLEDGED: "ACKNOWLEDGED ({quiet})",
    Story.CLEARED: "CLEARED ({quiet})",
}
REASONS = {
    ClearedReason.RECOVERED: "It recovered",
    ClearedReason.RULE_CHANGED: "The rule was changed",
    ClearedReason.RULE_DISABLED: "The rule was disabled",
    ClearedReason.RULE_DELETED: "The rule was deleted",
    ClearedReason.TEST_DETACHED: "The test was detached from the rule",
    ClearedReason.CLOSED_BY_HAND: "It was closed by hand",
    ClearedReason.RESOLVED_BY_SOURCE: "The source resolved it",
    ClearedReason.TIMED_OUT: "It timed out",
    ClearedReason.NO_DATA: "The violating sources fell silent",
}


DRILL = "This is a fire drill: nothing is wrong, and nobody needs to act."


def message_of(content: Content, note: str, now: datetime) -> Message:
    """The message that tells one delivery's event; `note` is what has to be said besides."""
    story = story_of(content)
    at = time_of(content)
    severity = Severity(content.severity if content.again else content.event_severity)
    runbook = str(content.snapshot.get("runbook") or "")
    return Message(
        key=f"delivery-{content.delivery_id}",
        story=story,
        headline=headline(content),
        at=at,
        sender=content.team_name,
        state=_state(story, content),
        severity=severity,
        summary=_summary(story, content, severity, at, now),
        facts=tuple(_facts(story, content, severity)),
        text=str(content.snapshot.get("message") or ""),
        note=with_places(note, [content]),
        link=Link("Open in Views", content.link(link_time(content))),
        runbook=Link("Runbook", runbook) if runbook else None,
    )


def story_of(content: Content) -> Story:
    """What is told: the event, or the alert's present state where it is sent again."""
    if not content.again:
        return STORIES[content.event_type]
    if content.is_cleared:
        return Story.CLEARED
    return Story.ACKNOWLEDGED if content.state == AlertState.ACKNOWLEDGED else Story.TRIGGERED


def time_of(content: Content) -> datetime:
    """When the told thing happened."""
    if not content.again:
        return content.event_at
    return content.cleared_at or content.started_at


def link_time(content: Content) -> datetime:
    """The moment that the link opens: the clear's for a clear, else the alert's start."""
    cleared = story_of(content) is Story.CLEARED
    return content.cleared_at if cleared and content.cleared_at else content.started_at


def headline(content: Content) -> str:
    """`#17 CRITICAL: slow checkout on Checkout page`."""
    severity = content.severity if content.again else content.event_severity
    pattern = HEADLINES.get(story_of(content), "{severity}")
    said = f"#{content.number} {pattern.format(severity=severity.upper(), quiet=severity)}: {subject(content)}"
    return f"FIRE DRILL {said}" if content.snapshot.get("drill") else said


def subject(content: Content) -> str:
    """The rule and the test."""
    rule, test = content.snapshot.get("rule", "alert"), content.snapshot.get("test")
    return f"{rule} on {test}" if test else str(rule)


def untold_note(untold: int, link: str) -> str:
    """What the first message after an expiry says."""
    many = f"{untold} alert message was" if untold == 1 else f"{untold} alert messages were"
    return f"{many} not delivered here within 24 hours and will not be told any more: {link}" if untold else ""


def with_places(note: str, contents: Sequence[Content]) -> str:
    """`note`, and in whose place this is told."""
    names = list(dict.fromkeys(content.stands_in_for for content in contents if content.stands_in_for))
    if not names:
        return note
    return f"Told here in place of {', '.join(names)}, which did not work. {note}".strip()


def _state(story: Story, content: Content) -> AlertState:
    if story is Story.CLEARED:
        return AlertState.CLEARED
    return AlertState.ACKNOWLEDGED if content.state == AlertState.ACKNOWLEDGED else AlertState.TRIGGERED


def _summary(story: Story, content: Content, severity: Severity, at: datetime, now: datetime) -> str:
    sentences = [DRILL] if content.snapshot.get("drill") else []
    sentences.append(_sentence(story, content, severity))
    if story is Story.CLEARED and not content.told_before and content.cleared_at:
        sentences.append(
            f"It was triggered at {utc(content.started_at)} and cleared at {utc(content.cleared_at)};"
            " the trigger was not told here."
        )
    if story is not Story.CLEARED and content.is_cleared and content.cleared_at:
        sentences.append(f"It has been over since {utc(content.cleared_at)}.")
    age = (now - at).total_seconds()
    if age > max(OLD_SECONDS, 2 * float(content.snapshot.get("interval") or 0)):
        sentences.append(f"This happened {duration(age)} ago.")
    return " ".join(sentences)


def _sentence(story: Story, content: Content, severity: Severity) -> str:
    match story:
        case Story.CLEARED:
            return f"{cleared_why(content)} after {_lasted(content)}."
        case Story.SEVERITY_CHANGED:
            return f"The severity {_went(content)} from {content.detail.get('from')} to {severity}."
        case Story.NO_DATA:
            minutes = content.detail.get("minutes")
            return f"No data came for {number(float(minutes))} min." if minutes else "No data comes any more."
        case Story.REMINDER:
            return f"Still not over since {utc(content.started_at)}."
        case Story.ESCALATED:
            return f"Nobody acknowledged it for {content.detail.get('minutes')} min."
        case Story.ACKNOWLEDGED:
            return f"{content.acknowledged_by or 'Somebody'} takes care of it."
        case _:
            return str(content.snapshot.get("text") or "The rule is violated.")


def _went(content: Content) -> str:
    before, after = (SEVERITY_RANK.get(content.detail.get(name, Severity.INFO), 0) for name in ("from", "to"))
    return "fell" if after < before else "rose"


def cleared_why(content: Content) -> str:
    """`It recovered`, `It was closed by hand by Ann (planned work)`."""
    words = REASONS.get(ClearedReason(content.cleared_reason), "It ended") if content.cleared_reason else "It ended"
    if content.cleared_reason == ClearedReason.CLOSED_BY_HAND and not content.again:
        words += f" by {content.event_actor}" if content.event_actor else ""
    return f"{words} ({content.cleared_text})" if content.cleared_text else words


def _lasted(content: Content) -> str:
    return duration(((content.cleared_at or content.started_at) - content.started_at).total_seconds())


def _facts(story: Story, content: Content, severity: Severity) -> Iterator[Fact]:
    yield Fact("Severity", severity.capitalize())
    yield Fact("Rule", str(content.snapshot.get("rule", "")))
    if content.snapshot.get("test"):
        yield Fact("Test", str(content.snapshot["test"]))
    evidence = evidence_of(story, content)
    yield from _values(content.snapshot.get("conditions") or [], evidence.get("sources") or {})
    yield from _sources(evidence)
    yield Fact("Since", utc(content.started_at))
    if story is Story.CLEARED:
        yield Fact("Lasted", _lasted(content))
        yield Fact("Cleared", f"{utc(content.cleared_at or content.started_at)}: {cleared_why(content)}")
    if content.acknowledged_by:
        yield Fact("Acknowledged by", content.acknowledged_by)
    if content.assigned_email:
        yield Fact("Assigned to", content.assigned_name or content.assigned_email)


def evidence_of(story: Story, content: Content) -> dict[str, Any]:
    """The values at that event; of a message sent again, at the alert's end or start."""
    if not content.again and content.detail.get("sources"):
        return content.detail
    found = content.snapshot.get("end" if story is Story.CLEARED else "start") or {}
    return found if found.get("sources") or story is Story.CLEARED else content.detail


def _values(conditions: list[dict[str, Any]], sources: dict[str, dict[str, Any]]) -> Iterator[Fact]:
    """One fact a metric: the conditions on it, and the value of each source."""
    texts: dict[str, list[str]] = {}
    for condition in conditions:
        texts.setdefault(str(condition["metric"]), []).append(str(condition["text"]))
    for metric, (first, *others) in texts.items():
        heard = [
            f"{number(float(values[metric]))} from {source}"
            for source, values in sources.items()
            if values.get(metric) is not None
        ]
        if heard:
            yield Fact(", ".join([first, *(text.removeprefix(metric).strip() for text in others)]), _listed(heard))


def _sources(evidence: dict[str, Any]) -> Iterator[Fact]:
    names, violating, heard = list(evidence.get("sources") or {}), evidence.get("violating"), evidence.get("heard")
    if names and violating is not None and heard is not None:
        yield Fact("Sources", f"{violating} of {heard} violating: {_listed(names)}")
    elif names:
        yield Fact("Sources", _listed(names))


def _listed(texts: list[str]) -> str:
    more = len(texts) - NAMED_SOURCES
    return ", ".join(texts[:NAMED_SOURCES]) + (f" and {more} more" if more > 0 else "")
