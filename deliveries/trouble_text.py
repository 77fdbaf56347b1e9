"""What the owner of an integration is told when it does not work, and when it works again. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from channels_app import registry
from channels_app.advice import ADVICE
from channels_app.contract import Fact, Link, Message, Reason
from channels_app.speech import ENGLISH, Speech, mark
from channels_app.words import Story
from deliveries.models import Outage
from deliveries.sentences import WHY
from integrations.models import Integration

MENDED = mark("It did not work for {span}, since {began}. What waited is being sent now.")
WAITS = mark("Nothing was switched off: its messages wait.")
WAITS_WITH_PLACE = mark("Nothing was switched off: its messages wait; meanwhile “{place}” is told in its place.")
NEXT = mark(
    "One of them tries again now and then, at least every 15 minutes; to try at once, press Test or save a change."
)


@dataclass(frozen=True, slots=True)
class Backlog:
    """What became of its messages since the trouble began; `next_try` is when one of those that wait tries again."""

    waiting: int
    rejected: int
    next_try: datetime | None


def message_of(
    integration: Integration, outages: Sequence[Outage], backlog: Backlog, now: datetime, speech: Speech = ENGLISH
) -> Message:
    """One message for all `outages` of the integration that are untold yet, oldest first."""
    last = outages[-1]
    over = last.ended_at is not None
    ids = "-".join(str(each.pk) for each in outages)
    return Message(
        key=f"outage-{ids}-{'over' if over else 'begun'}",
        story=Story.MENDED if over else Story.TROUBLE,
        headline=_headline(integration, outages, speech),
        at=last.ended_at or last.held_at,
        sender=integration.team.name,
        summary=_summary(integration, outages, speech),
        facts=tuple(_facts(integration, last, backlog, speech)),
        link=Link(speech.say("Integration {name}", name=integration.name), address_of(integration)),
        speech=speech,
    )


def address_of(integration: Integration) -> str:
    """The integration's page."""
    return f"{settings.BELLHOP_BASE_URL}/t/{integration.team.slug}/integrations/{integration.pk}/"


def says(outage: Outage, speech: Speech = ENGLISH) -> str:
    """What was wrong, in the remote's own words where it had some."""
    return outage.words or speech.say(WHY.get(outage.reason, outage.reason))


def _headline(integration: Integration, outages: Sequence[Outage], speech: Speech) -> str:
    last, many = outages[-1], len(outages)
    name = speech.say("{kind} integration “{name}”", kind=registry.name_of(integration.kind), name=integration.name)
    times = f" ({speech.many('{count} time by now', '{count} times by now', many)})" if many > 1 else ""
    if last.ended_at:
        return speech.say("{name} works again{times}", name=name, times=times)
    return speech.say("{name} is on hold{times}: {why}", name=name, times=times, why=says(last, speech))


def _summary(integration: Integration, outages: Sequence[Outage], speech: Speech) -> str:
    last, say = outages[-1], speech.say
    if last.ended_at is not None:
        lasted = speech.duration((last.ended_at - last.began_at).total_seconds())
        return say(MENDED, span=lasted, began=speech.time(last.began_at))
    advice = [say(ADVICE[Reason(last.reason)])] if last.reason in ADVICE else []
    place = integration.fallback
    waits = say(WAITS_WITH_PLACE, place=place.name) if place and place.enabled else say(WAITS)
    return " ".join([*advice, waits, say(NEXT)])


def _facts(integration: Integration, last: Outage, backlog: Backlog, speech: Speech) -> Iterator[Fact]:
    say, name = speech.say, integration.name
    yield Fact(say("Integration"), f"{name} ({integration.target})" if integration.target else name, "Integration")
    why = mark("Why") if last.ended_at is None else mark("Why it was on hold")
    yield Fact(say(why), says(last, speech), why)
    yield Fact(say("Failing since"), speech.time(last.began_at), "Failing since")
    if last.ended_at:
        yield Fact(say("Works since"), speech.time(last.ended_at), "Works since")
    if backlog.waiting:
        yield Fact(say("Messages waiting"), speech.number(backlog.waiting), "Messages waiting")
    if backlog.rejected:
        yield Fact(say("Messages refused"), speech.number(backlog.rejected), "Messages refused")
    if last.ended_at is None and backlog.next_try:
        yield Fact(say("Next try"), speech.time(backlog.next_try), "Next try")
