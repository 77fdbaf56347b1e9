"""Integrations that are on hold, as pages say it. What waits for them hangs on the relations' other ends."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from channels_app import registry
from channels_app.advice import ADVICE
from channels_app.contract import Reason
from integrations.models import Health, Integration
from integrations.selectors import integrations_of
from integrations.sql import COUNTED, queues_of
from teams.models import Team

# Nobody there said a word: the words are Bellhop's own.
UNSAID = frozenset((Reason.NETWORK.value, Reason.ADDRESS_REFUSED.value, Reason.REDIRECTED.value))


@dataclass(frozen=True, slots=True)
class Hold:
    """One that is on hold: `waiting` messages, the next of which tries at `next_try`; `told` says who heard of it.

    `advice` says what people can do. `told` is known by `hold_of` alone.
    """

    integration: Integration
    since: datetime
    says: str
    waiting: int
    next_try: datetime | None
    advice: str
    told: str = ""

    @property
    def text(self) -> str:
        """`On hold since 14:03: Slack says “no_service”; 12 messages wait; next try 14:20`."""
        return f"On hold since {_clock(self.since)}: {self.says}; {self._waits}"

    @property
    def _waits(self) -> str:
        if not self.waiting:
            return "nothing waits; the next alert tries it"
        least = "at least " if self.waiting == COUNTED else ""
        many = "1 message waits" if self.waiting == 1 else f"{least}{self.waiting:,} messages wait"
        return f"{many}; next try {_clock(self.next_try)}" if self.next_try else f"{many}; it is being tried now"


def holds_of(integrations: Iterable[Integration]) -> dict[int, Hold]:
    """Those on hold among them, by id; they should come with their health. One query at most."""
    held = {each.pk: each for each in integrations if each.enabled and _is_held(each)}
    if not held:
        return {}
    return {pk: _hold(held[pk], queue.waiting, queue.due_at) for pk, queue in queues_of(held).items()}


def hold_of(integration: Integration) -> Hold | None:
    """That of one, and who was told of it."""
    hold = holds_of([integration]).get(integration.pk)
    return replace(hold, told=_told(integration)) if hold else None


def held_in(team: Team) -> QuerySet[Integration]:
    """The team's that are on hold."""
    return integrations_of(team).filter(enabled=True, health__parked_at__isnull=False)


def frame(request: HttpRequest) -> dict[str, object]:
    """Context processor: within a team `on_hold`, how many of its integrations are; asked for only where shown."""
    actor = getattr(request, "actor", None)
    return {"on_hold": held_in(actor.team).count} if actor else {}


def _is_held(integration: Integration) -> bool:
    return hasattr(integration, "health") and integration.health.parked_at is not None


def _hold(integration: Integration, waiting: int, due_at: datetime | None) -> Hold:
    health = integration.health
    since = health.parked_at or timezone.now()
    next_try = due_at if due_at and due_at > timezone.now() else None
    advice = ADVICE[Reason(health.parked_reason)] if health.parked_reason in ADVICE else ""
    return Hold(integration, since, _says(integration.kind, health), waiting, next_try, advice)


def _says(kind: str, health: Health) -> str:
    words = health.last_failure_words
    if not words or health.parked_reason in UNSAID:
        return words or health.parked_words
    return f"{registry.name_of(kind)} says “{words}”"


def _told(integration: Integration) -> str:
    """Who heard of the outage that goes on, or why nobody did."""
    going_on = Integration.objects.filter(pk=integration.pk, outages__isnull=False, outages__ended_at=None)
    row = going_on.values_list("outages__told_through", "outages__problem", "outages__begin_told_at").first()
    return _who(*row) if row else ""


def _who(through: str, problem: str, at: datetime | None) -> str:
    if at is not None:
        return f"The team was told at {_clock(at)} through {through}."
    return f"Nobody could be told yet: {problem}" if problem else ""


def _clock(at: datetime) -> str:
    """The time of day where the reader is, with the day where it is not today."""
    here, now = timezone.localtime(at), timezone.localtime()
    return f"{here:%H:%M}" if here.date() == now.date() else f"{here:%Y-%m-%d %H:%M}"
