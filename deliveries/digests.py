"""A digest: one message that tells many alerts. Pure."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from alerts.links import alerts_address
from channels_app.contract import DigestLine, Link, Message
from channels_app.speech import ENGLISH, Speech, mark
from channels_app.words import RANK_SEVERITY, SEVERITIES, AlertState, Severity, Story
from deliveries.contents import Content
from deliveries.messages import link_time, since_then, story_of, subject, with_places
from deliveries.planning import Waiting
from deliveries.subjects import key_of

NUMBERS = 5  # of alerts in the headline
CROWDED = mark("More waits than may be sent here one by one, so this tells all of it at once.")
MERGED = mark("All of this was to be told here at the same time, so one message tells it.")


def digest_of(
    items: Sequence[Waiting],
    contents: Sequence[Content],
    note: str,
    now: datetime,
    *,
    merged: bool = False,
    speech: Speech = ENGLISH,
) -> Message:
    """The message for all `items`; `contents` are those of the named ones, in the same order.

    `merged`: they go together because they came together, not because fewer messages may go.
    """
    lines = tuple(_line(content, speech) for content in contents)
    rest = Counter(_severity(item) for item in items[len(contents) :])
    over = all(item.clears for item in items)
    return Message(
        key=_key(items),
        story=Story.DIGEST,
        headline=_headline(items, contents, speech),
        at=now,
        sender=contents[0].team_name,
        state=AlertState.CLEARED if over else AlertState.TRIGGERED,
        severity=_severity(items[0]),
        summary=speech.say(MERGED if merged else CROWDED),
        note=with_places(note, contents, speech),
        link=Link(speech.say("All alerts"), alerts_address(contents[0].team_slug, show="all")),
        lines=lines,
        counts=tuple((severity, rest[severity]) for severity in reversed(SEVERITIES) if rest[severity]),
        speech=speech,
    )


def _headline(items: Sequence[Waiting], contents: Sequence[Content], speech: Speech) -> str:
    """`40 alerts: 3 critical, 30 minor, 7 cleared (#7, #9, #12, …)`."""
    numbers = ", ".join(f"#{content.number}" for content in contents[:NUMBERS])
    names = f"({numbers}{', …' if len(items) > NUMBERS else ''})"
    cleared = sum(item.clears for item in items)
    if cleared == len(items):
        return speech.many("{count} alert cleared {names}", "{count} alerts cleared {names}", cleared, names=names)
    open_ones = Counter(_severity(item) for item in items if not item.clears)
    parts = [f"{open_ones[each]} {speech.severity(each)}" for each in reversed(SEVERITIES) if open_ones[each]]
    parts += [speech.many("{count} cleared", "{count} cleared", cleared)] if cleared else []
    which = ", ".join(parts)
    return speech.many(
        "{count} alert: {which} {names}", "{count} alerts: {which} {names}", len(items), which=which, names=names
    )


def _line(content: Content, speech: Speech) -> DigestLine:
    severity = Severity(content.severity if content.again else content.event_severity)
    return DigestLine(
        number=content.number,
        story=story_of(content),
        severity=severity,
        text=_about(content, speech),
        link=Link(speech.say("Open in Views"), content.link(link_time(content))),
        key=key_of(content),
    )


def _key(items: Sequence[Waiting]) -> str:
    """The same on every try that carries the same."""
    carried = ",".join(str(item.id) for item in items)
    return f"digest-{hashlib.sha256(f'{items[0].recorded_at.isoformat()} {carried}'.encode()).hexdigest()[:32]}"


def _about(content: Content, speech: Speech) -> str:
    about, began = subject(content, speech), speech.time(content.started_at)
    if story_of(content) is not Story.CLEARED or not content.cleared_at:
        return ". ".join([speech.say("{about}, since {began}", about=about, began=began), *since_then(content, speech)])
    ended = speech.time(content.cleared_at)
    if content.told_before:
        return speech.say("{about}, cleared at {ended}", about=about, ended=ended)
    return speech.say("{about}, triggered at {began} and cleared at {ended}", about=about, began=began, ended=ended)


def _severity(item: Waiting) -> Severity:
    return RANK_SEVERITY.get(item.rank, SEVERITIES[0])
