"""Tells what people change in a team to the integrations that hear of it: what comes together in one message.

How far each has been told is a Watermark of its own: `number` is the last entry of the audit, `at` when it is tried
next (empty: when there is news), `seen` how often that failed. So a crash tells twice, but never nothing.
"""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile

from django.db import transaction
from django.db.models import Max, QuerySet

from deliveries.beside import Beside
from deliveries.budgets import gap
from deliveries.changes_text import message_of
from deliveries.models import Watermark
from deliveries.ways import Way, mails_of, tell
from integrations.models import Integration
from teams import quotas
from teams.errors import TooOften
from teams.models import AuditEntry

log = logging.getLogger(__name__)

EVERY = timedelta(seconds=5)
# So long nothing more may come before it is told; the transactions of what was written before are over by then.
QUIET = timedelta(seconds=30)
LONGEST = timedelta(minutes=3)  # then it is told though more still comes
KEPT = timedelta(days=1)  # what is older, since the integration was switched off or on hold, is told no more
TAKEN_FOR = timedelta(minutes=2)
MOST_TRIES = 30  # about six hours
MOST_ENTRIES = 1_000  # a message
TURN_SECONDS = 20.0
UNTOLD = frozenset(("integration.tested", "rule.drilled", "delivery.sent_again"))  # they change nothing


@dataclass(frozen=True, slots=True)
class News:
    """Entries of the audit that `place` has not heard of, oldest first; `last` is the id of the last one."""

    place: Integration
    entries: Sequence[AuditEntry]
    last: int


def run(now: datetime) -> None:
    """Tell what is due, beside the other timers."""
    if due(now):
        _beside.start(now)


def tell_due(now: datetime) -> None:
    """Tell what is due, one integration after the other, and wait for the answers; for TURN_SECONDS at most."""
    until = time.monotonic() + TURN_SECONDS
    for pk in due(now):
        if news := _take(pk, now):
            _tell(news, now)
        if time.monotonic() >= until:
            return


def due(now: datetime) -> list[int]:
    """The integrations for which the audit holds something new, and that are not being told by others."""
    places = dict(_listening().values_list("pk", "team"))
    if not places:
        return []
    found = Watermark.objects.filter(name__in=[_name(pk) for pk in places]).values_list("name", "number", "at")
    marks = {name: (number, at) for name, number, at in found}
    recent = AuditEntry.objects.filter(team__in=set(places.values()), at__gt=now - KEPT).order_by()
    newest = dict(recent.values_list("team").annotate(Max("pk")))
    return [pk for pk, team in places.items() if _is_due(*marks.get(_name(pk), (0, None)), newest.get(team, 0), now)]


def _is_due(number: int, at: datetime | None, newest: int, now: datetime) -> bool:
    return newest > number and (at is None or at <= now)


def _listening() -> QuerySet[Integration]:
    places = Integration.objects.filter(hears_changes=True, enabled=True, archived_at=None, builtin=False)
    return places.filter(health__parked_at=None).order_by("pk")


@transaction.atomic
def _take(integration_id: int, now: datetime) -> News | None:
    """All that it has not heard of, taken for two minutes; None if others took it, or more may come still."""
    place = _listening().select_related("team").select_for_update(of=("self",), no_key=True).filter(pk=integration_id)
    taken = place.first()
    if taken is None:
        return None
    mark = Watermark.objects.filter(pk=_name(taken.pk)).first()
    mark = mark or Watermark.objects.create(pk=_name(taken.pk), number=_beginning(taken, 0))
    if mark.at is not None and mark.at > now:
        return None
    since = max(mark.number, _beginning(taken, mark.number))
    entries = _settled(taken, since, now)
    if not entries:
        return None
    told = [each for each in entries if each.action not in UNTOLD]
    ahead = {"at": now + TAKEN_FOR} if told else {"number": entries[-1].pk, "at": None}
    Watermark.objects.filter(pk=mark.pk).update(**ahead)
    return News(taken, told, entries[-1].pk) if told else None


def _beginning(place: Integration, known: int) -> int:
    """The last entry before somebody chose it to hear of changes: what was before that is not told there."""
    own = AuditEntry.objects.filter(team=place.team, target_type=place._meta.label_lower, target_id=str(place.pk))
    chosen = own.filter(pk__gt=known, changes__hears_changes__1=True).aggregate(last=Max("pk"))["last"]
    if chosen is not None or known:
        return chosen - 1 if chosen is not None else known
    return AuditEntry.objects.filter(team=place.team).aggregate(last=Max("pk"))["last"] or 0


def _settled(place: Integration, since: int, now: datetime) -> list[AuditEntry]:
    """What is new to it, once nothing more came for a while, or for too long."""
    fresh = AuditEntry.objects.filter(team=place.team, pk__gt=since, at__gt=now - KEPT).order_by("pk")
    entries = list(fresh[:MOST_ENTRIES])
    old = list(takewhile(lambda each: each.at <= now - QUIET, entries))
    goes_on = len(old) < len(entries)
    return [] if goes_on and old and old[0].at > now - LONGEST else old


def _tell(news: News, now: datetime) -> None:
    problem = tried(news, now)
    mark = Watermark.objects.filter(pk=_name(news.place.pk))
    if not problem:
        mark.update(number=news.last, at=None, seen=0)
        return
    tries = mark.values_list("seen", flat=True).get() + 1
    log.warning("integration %d could not be told of changes: try %d", news.place.pk, tries)
    if tries < MOST_TRIES:
        mark.update(seen=tries, at=now + gap(tries, 1.0))
        return
    log.error("integration %d is not told of %d changes any more", news.place.pk, len(news.entries))
    mark.update(number=news.last, at=None, seen=0)


def tried(news: News, now: datetime) -> str:
    """Empty if it was told, else why not."""
    try:
        way = Way(news.place.name, news.place)
        quotas.spend_mails(news.place.team_id, mails_of(way), now)
        return tell(way, message_of(news.place, news.entries, now))
    except TooOften:
        return "the mails of today are used up"
    except Exception:
        # The last resort: what cannot be told must come to its end too, and keep no other waiting.
        log.exception("the message of changes for integration %d failed", news.place.pk)
        return "internal error"


def _name(integration_id: int) -> str:
    return f"changes.{integration_id}"


_beside = Beside("changes", tell_due)
