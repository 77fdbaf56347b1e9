"""What the owner of an integration is told when it does not work, and when it works again. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from channels_app import registry
from channels_app.advice import ADVICE
from channels_app.contract import Fact, Link, Message, Reason
from channels_app.text import duration, utc
from channels_app.words import Story
from deliveries.models import Outage
from deliveries.sentences import WHY
from integrations.models import Integration


@dataclass(frozen=True, slots=True)
class Backlog:
    """What became of its messages since the trouble began; `next_try` is when one of those that wait tries again."""

    waiting: int
    rejected: int
    next_try: datetime | None


def message_of(integration: Integration, outages: Sequence[Outage], backlog: Backlog, now: datetime) -> Message:
    """One message for all `outages` of the integration that are untold yet, oldest first."""
    last = outages[-1]
    over = last.ended_at is not None
    ids = "-".join(str(each.pk) for each in outages)
    return Message(
        key=f"outage-{ids}-{'over' if over else 'begun'}",
        story=Story.MENDED if over else Story.TROUBLE,
        headline=_headline(integration, outages),
        at=last.ended_at or last.held_at,
        sender=integration.team.name,
        summary=_summary(integration, outages),
        facts=tuple(_facts(integration, last, backlog)),
        link=Link(f"Integration {integration.name}", address_of(integration)),
    )


def address_of(integration: Integration) -> str:
    """The integration's page."""
    return f"{settings.BELLHOP_BASE_URL}/t/{integration.team.slug}/integrations/{integration.pk}/"


def says(outage: Outage) -> str:
    """What was wrong, in the remote's own words where it had some."""
    return outage.words or WHY.get(outage.reason, outage.reason)


def _headline(integration: Integration, outages: Sequence[Outage]) -> str:
    name = f"{registry.name_of(integration.kind)} integration “{integration.name}”"
    last, times = outages[-1], f" ({len(outages)} times by now)" if len(outages) > 1 else ""
    return f"{name} works again{times}" if last.ended_at else f"{name} is on hold{times}: {says(last)}"


def _summary(integration: Integration, outages: Sequence[Outage]) -> str:
    last = outages[-1]
    if last.ended_at is not None:
        lasted = duration((last.ended_at - last.began_at).total_seconds())
        return f"It did not work for {lasted}, since {utc(last.began_at)}. What waited is being sent now."
    advice = f"{ADVICE[Reason(last.reason)]} " if last.reason in ADVICE else ""
    place = integration.fallback
    meanwhile = f"; meanwhile “{place.name}” is told in its place" if place and place.enabled else ""
    return (
        f"{advice}Nothing was switched off: its messages wait{meanwhile}. One of them tries again now and then,"
        " at least every 15 minutes; to try at once, press Test or save a change."
    )


def _facts(integration: Integration, last: Outage, backlog: Backlog) -> Iterator[Fact]:
    yield Fact("Integration", f"{integration.name} ({integration.target})" if integration.target else integration.name)
    yield Fact("Why" if last.ended_at is None else "Why it was on hold", says(last))
    yield Fact("Failing since", utc(last.began_at))
    if last.ended_at:
        yield Fact("Works since", utc(last.ended_at))
    if backlog.waiting:
        yield Fact("Messages waiting", f"{backlog.waiting:,}")
    if backlog.rejected:
        yield Fact("Messages refused", f"{backlog.rejected:,}")
    if last.ended_at is None and backlog.next_try:
        yield Fact("Next try", utc(backlog.next_try))
