"""Messages in Bellhop's words, in no kind's own form. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from alerts.lifecycle import DRILL_OVER
from alerts.models import ClearedReason, EventType
from channels_app.contract import Fact, Link, Message
from channels_app.speech import ENGLISH, VIOLATING, Speech, mark
from channels_app.subject import Subject
from channels_app.text import number
from channels_app.words import SEVERITY_RANK, AlertState, Severity, Story
from deliveries.conditions_text import condition_of, words_of
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
    Story.SEVERITY_CHANGED: mark("now {severity}"),
    Story.NO_DATA: mark("NO DATA ({quiet})"),
    Story.REMINDER: mark("still {severity}"),
    Story.ESCALATED: mark("not acknowledged, {severity}"),
    Story.ACKNOWLEDGED: mark("ACKNOWLEDGED ({quiet})"),
    Story.UNACKNOWLEDGED: mark("no longer acknowledged, {severity}"),
    Story.ASSIGNED: mark("ASSIGNED ({quiet})"),
    Story.NOTED: mark("NOTE ({quiet})"),
    Story.CLEARED: mark("CLEARED ({quiet})"),
}
REASONS = {
    ClearedReason.RECOVERED: mark("It recovered"),
    ClearedReason.RULE_CHANGED: mark("The rule was changed"),
    ClearedReason.RULE_DISABLED: mark("The rule was disabled"),
    ClearedReason.RULE_DELETED: mark("The rule was deleted"),
    ClearedReason.TEST_DETACHED: mark("The test was detached from the rule"),
    ClearedReason.CLOSED_BY_HAND: mark("It was closed by hand"),
    ClearedReason.RESOLVED_BY_SOURCE: mark("The source resolved it"),
    ClearedReason.TIMED_OUT: mark("It timed out"),
    ClearedReason.NO_DATA: mark("The violating sources fell silent"),
}


DRILL = mark("This is a fire drill: nothing is wrong, and nobody needs to act.")
ENDED = mark("It ended")
SILENT = mark("No data comes any more.")
ROSE = mark("The severity rose from {before} to {now}.")
FELL = mark("The severity fell from {before} to {now}.")
UNTOLD_TRIGGER = mark("It was triggered at {began} and cleared at {ended}; the trigger was not told here.")

TAKEN_BACK = mark("It is no longer acknowledged.")
# What a room was told by an answer meanwhile, before it is told this.
OUTDATED = {
    (Story.ACKNOWLEDGED, "triggered"): TAKEN_BACK,
    (Story.UNACKNOWLEDGED, "acknowledged"): mark("It is acknowledged again."),
}


def message_of(
    content: Content, note: str, now: datetime, speech: Speech = ENGLISH, about: Subject | None = None
) -> Message:
    """The message that tells one delivery's event; `note` is what has to be said besides, in the same `speech`."""
    story = story_of(content)
    at = time_of(content)
    severity = Severity(content.severity if content.again else content.event_severity)
    runbook = str(content.snapshot.get("runbook") or "")
    return Message(
        key=f"delivery-{content.delivery_id}",
        story=story,
        headline=headline(content, speech),
        at=at,
        sender=content.team_name,
        state=_state(story, content),
        severity=severity,
        summary=_summary(story, content, severity, at, now, speech),
        facts=tuple(_facts(story, content, severity, speech)),
        text=str(content.snapshot.get("message") or ""),
        note=with_places(note, [content], speech),
        link=Link(speech.say("Open in Views"), content.link(link_time(content))),
        runbook=Link(speech.say("Runbook"), runbook) if runbook else None,
        subject=about,
        speech=speech,
    )


def story_of(content: Content) -> Story:
    """What is told: the event, or the alert's present state where it is sent again."""
    if not content.again:
        return STORIES[content.event_type]
    if content.is_cleared:
        return Story.CLEARED
    if content.state == AlertState.ACKNOWLEDGED:
        return Story.ACKNOWLEDGED
    return Story.NO_DATA if content.opened_by == "no_data" else Story.TRIGGERED


def time_of(content: Content) -> datetime:
    """When the told thing happened."""
    if not content.again:
        return content.event_at
    return content.cleared_at or content.started_at


def link_time(content: Content) -> datetime:
    """The moment that the link opens: the clear's for a clear, else the alert's start."""
    cleared = story_of(content) is Story.CLEARED
    return content.cleared_at if cleared and content.cleared_at else content.started_at


def headline(content: Content, speech: Speech = ENGLISH) -> str:
    """`#17 CRITICAL: slow checkout on Checkout page`."""
    severity = speech.severity(content.severity if content.again else content.event_severity)
    pattern, loud = HEADLINES.get(story_of(content)), severity.upper()
    what = speech.say(pattern, severity=loud, quiet=severity) if pattern else loud
    said = f"#{content.number} {what}: {subject(content, speech)}"
    return f"{speech.say('FIRE DRILL')} {said}" if content.snapshot.get("drill") else said


def subject(content: Content, speech: Speech = ENGLISH) -> str:
    """The rule and the test."""
    rule, test = content.snapshot.get("rule", "alert"), content.snapshot.get("test")
    return _on(str(rule), str(test), speech.language) if test else str(rule)


@lru_cache(maxsize=1024)
def _on(rule: str, test: str, language: str) -> str:
    return Speech(language).say("{rule} on {test}", rule=rule, test=test)


def untold_note(untold: int, link: str, speech: Speech = ENGLISH) -> str:
    """What the first message after an expiry says."""
    if not untold:
        return ""
    return speech.many(
        "{count} alert message was not delivered here within 24 hours and will not be told any more: {link}",
        "{count} alert messages were not delivered here within 24 hours and will not be told any more: {link}",
        untold,
        link=link,
    )


def with_places(note: str, contents: Sequence[Content], speech: Speech = ENGLISH) -> str:
    """`note`, and in whose place this is told."""
    names = list(dict.fromkeys(content.stands_in_for for content in contents if content.stands_in_for))
    if not names:
        return note
    told = speech.say("Told here in place of {names}, which did not work.", names=", ".join(names))
    return f"{told} {note}".strip()


def since_then(content: Content, speech: Speech = ENGLISH) -> list[str]:
    """How the alert stands by now, in whole sentences, where that is another state than the one that is told."""
    story, over = story_of(content), content.cleared_at
    if story is not Story.CLEARED and content.is_cleared and over:
        return [speech.say("It has been over since {when}.", when=speech.time(over))]
    if content.taken_back and not content.again:
        return [speech.say(TAKEN_BACK)]
    outdated = OUTDATED.get((story, content.state))
    return [speech.say(outdated)] if outdated else []


def _state(story: Story, content: Content) -> AlertState:
    if story is Story.CLEARED:
        return AlertState.CLEARED
    return AlertState.ACKNOWLEDGED if content.state == AlertState.ACKNOWLEDGED else AlertState.TRIGGERED


def _summary(story: Story, content: Content, severity: Severity, at: datetime, now: datetime, speech: Speech) -> str:
    say, over, started = speech.say, content.cleared_at, content.started_at
    sentences = [say(DRILL)] if content.snapshot.get("drill") else []
    sentences.append(_sentence(story, content, severity, speech))
    if story is Story.CLEARED and not content.told_before and over:
        began, ended = speech.time(started), speech.time(over)
        sentences.append(say(UNTOLD_TRIGGER, began=began, ended=ended))
    sentences += since_then(content, speech)
    if content.detail.get("maintenance_until"):
        sentences.append(say("It happened in maintenance, and is told at its end."))
    age = (now - at).total_seconds()
    if age > max(OLD_SECONDS, 2 * float(content.snapshot.get("interval") or 0)):
        sentences.append(say("This happened {span} ago.", span=speech.duration(age)))
    return " ".join(sentences)


def _sentence(story: Story, content: Content, severity: Severity, speech: Speech) -> str:
    say = speech.say
    match story:
        case Story.CLEARED:
            return say("{reason} after {span}.", reason=cleared_why(content, speech), span=_lasted(content, speech))
        case Story.SEVERITY_CHANGED:
            before = speech.severity(str(content.detail.get("from")))
            return say(_went(content), before=before, now=speech.severity(severity))
        case Story.NO_DATA:
            minutes = content.detail.get("minutes")
            return say("No data came for {count} min.", count=number(float(minutes))) if minutes else say(SILENT)
        case Story.REMINDER:
            return say("Still not over since {when}.", when=speech.time(content.started_at))
        case Story.ESCALATED:
            return say("Nobody acknowledged it for {count} min.", count=content.detail.get("minutes"))
        case Story.ACKNOWLEDGED:
            return _taken(content, speech)
        case Story.UNACKNOWLEDGED:
            return say("{who} took the acknowledgement back.", who=content.event_actor or say("Somebody"))
        case Story.ASSIGNED:
            who, name = content.event_actor or say("Somebody"), content.detail.get("name") or content.detail.get("to")
            return say("{who} assigned it to {name}.", who=who, name=name or "?")
        case Story.NOTED:
            return f"{content.event_actor or say('Somebody')}: {content.detail.get('text', '')}"
        case _:
            return condition_of(content.snapshot, speech) or say("The rule is violated.")


def _taken(content: Content, speech: Speech) -> str:
    """Who has it; since when, unless this is told at that moment."""
    who = content.acknowledged_by or ("" if content.again else content.event_actor) or speech.say("Somebody")
    if content.again and content.acknowledged_at:
        return speech.say("{who} takes care of it, since {when}.", who=who, when=speech.time(content.acknowledged_at))
    return speech.say("{who} takes care of it.", who=who)


def _went(content: Content) -> str:
    before, after = (SEVERITY_RANK.get(content.detail.get(name, Severity.INFO), 0) for name in ("from", "to"))
    return FELL if after < before else ROSE


def cleared_why(content: Content, speech: Speech = ENGLISH) -> str:
    """`It recovered`, `It was closed by hand by Ann (planned work)`."""
    reason = REASONS.get(ClearedReason(content.cleared_reason), ENDED) if content.cleared_reason else ENDED
    by_hand = content.cleared_reason == ClearedReason.CLOSED_BY_HAND
    if by_hand and content.event_actor and STORIES[content.event_type] is Story.CLEARED:
        words = speech.say("It was closed by hand by {who}", who=content.event_actor)
    else:
        words = speech.say(reason)
    text = speech.say(DRILL_OVER) if content.cleared_text == DRILL_OVER else content.cleared_text
    return f"{words} ({text})" if text else words


def _lasted(content: Content, speech: Speech) -> str:
    return speech.duration(((content.cleared_at or content.started_at) - content.started_at).total_seconds())


def _facts(story: Story, content: Content, severity: Severity, speech: Speech) -> Iterator[Fact]:
    say, snapshot = speech.say, content.snapshot
    yield Fact(say("Severity"), speech.severity(severity).capitalize(), "Severity")
    yield Fact(say("Rule"), str(snapshot.get("rule", "")), "Rule")
    if snapshot.get("test"):
        yield Fact(say("Test"), str(snapshot["test"]), "Test")
    evidence = evidence_of(story, content)
    yield from _values(snapshot.get("conditions") or [], evidence.get("sources") or {}, speech)
    yield from _sources(evidence, speech)
    yield Fact(say("Since"), speech.time(content.started_at), "Since")
    if story is Story.CLEARED:
        ended = speech.time(content.cleared_at or content.started_at)
        yield Fact(say("Lasted"), _lasted(content, speech), "Lasted")
        yield Fact(say("Cleared"), f"{ended}: {cleared_why(content, speech)}", "Cleared")
    if content.acknowledged_by:
        yield Fact(say("Acknowledged by"), content.acknowledged_by, "Acknowledged by")
    if content.assigned_email:
        yield Fact(say("Assigned to"), content.assigned_name or content.assigned_email, "Assigned to")


def evidence_of(story: Story, content: Content) -> dict[str, Any]:
    """The values at that event; of the alert as it stands, at its end, its last change of severity or its start."""
    if not content.again and content.detail.get("sources"):
        return content.detail
    names = ("end",) if story is Story.CLEARED else ("latest", "start")
    found: dict[str, Any] = next((kept for name in names if (kept := content.snapshot.get(name))), {})
    return found if found.get("sources") or story is Story.CLEARED else content.detail


def _values(conditions: list[dict[str, Any]], sources: dict[str, dict[str, Any]], speech: Speech) -> Iterator[Fact]:
    """One fact a metric: the conditions on it, and the value of each source."""
    texts: dict[str, list[str]] = {}
    pattern = speech.say("{value} from {source}")
    for condition in conditions:
        texts.setdefault(str(condition["metric"]), []).append(words_of(condition, speech))
    for metric, (first, *others) in texts.items():
        heard = [
            pattern.format(value=number(float(values[metric])), source=source)
            for source, values in sources.items()
            if values.get(metric) is not None
        ]
        if heard:
            label = ", ".join([first, *(text.removeprefix(metric).strip() for text in others)])
            yield Fact(label, _listed(heard, speech))


def _sources(evidence: dict[str, Any], speech: Speech) -> Iterator[Fact]:
    names, violating, heard = list(evidence.get("sources") or {}), evidence.get("violating"), evidence.get("heard")
    if names and violating is not None and heard is not None:
        counted = _counted(violating, heard, speech.language)
        yield Fact(speech.say("Sources"), f"{counted}: {_listed(names, speech)}", "Sources")
    elif names:
        yield Fact(speech.say("Sources"), _listed(names, speech), "Sources")


@lru_cache(maxsize=1024)
def _counted(violating: int, heard: int, language: str) -> str:
    return Speech(language).say(VIOLATING, violating=violating, heard=heard)


def _listed(texts: list[str], speech: Speech) -> str:
    named, more = ", ".join(texts[:NAMED_SOURCES]), len(texts) - NAMED_SOURCES
    return speech.many("{named} and {count} more", "{named} and {count} more", more, named=named) if more > 0 else named
