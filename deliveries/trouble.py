"""Tells the owners of integrations that one is on hold, and that it works again: once each, however often it fails.

What is to be told stands in the rows of the outages, so a crash tells late or twice, but never nothing.
"""

import logging
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import Max, Q, Window
from django.db.models.functions import RowNumber

from deliveries.beside import Beside
from deliveries.budgets import gap
from deliveries.models import OPEN_STATES, Delivery, DeliveryState, Lane, Outage
from deliveries.trouble_text import Backlog, message_of
from deliveries.ways import Way, mails_of, tell, ways_for
from integrations.models import Integration
from integrations.selectors import speech_for
from teams import quotas

log = logging.getLogger(__name__)

EVERY = timedelta(seconds=2)
AT_MOST_EVERY = timedelta(hours=1)  # so often a beginning is told of one integration; what comes between is summed up
TAKEN_FOR = timedelta(minutes=2)
AT_ONCE = 20
TURN_SECONDS = 20.0  # then it is asked anew who is due
NOBODY = "There is no other integration to tell, and no mail server is set (EMAIL_URL)."


def run(now: datetime) -> None:
    """Tell what is due, beside the other timers."""
    if _due(now):
        _beside.start(now)


def tell_due(now: datetime) -> None:
    """Tell what is due, one integration after the other, and wait for the answers; for TURN_SECONDS at most."""
    until = time.monotonic() + TURN_SECONDS
    for pk in _due(now):
        if taken := _take(pk, now):
            _tell(taken, now)
        if time.monotonic() >= until:
            return


def _due(now: datetime) -> list[int]:
    """The integrations of which something is to be told: one of each team, then the next of each."""
    turn = Window(RowNumber(), partition_by="team_id", order_by=["due_at", "pk"])
    due = Outage.objects.filter(due_at__lte=now).annotate(turn=turn).order_by("turn", "due_at", "pk")
    return list(dict.fromkeys(due.values_list("integration_id", flat=True)[:AT_ONCE]))


@transaction.atomic
def _take(integration_id: int, now: datetime) -> list[Outage]:
    """All that is untold of it, oldest first, taken for two minutes; nothing if others took it or it came too soon."""
    Integration.objects.select_for_update(no_key=True).get(pk=integration_id)
    own = Outage.objects.filter(integration_id=integration_id)
    untold = list(own.filter(due_at__isnull=False).order_by("pk"))
    if not any(each.due_at and each.due_at <= now for each in untold):
        return []
    until = now + TAKEN_FOR
    if all(each.begin_told_at is None for each in untold):
        last = own.aggregate(last=Max("begin_told_at"))["last"]
        if last and last + AT_MOST_EVERY > now:
            until, untold = last + AT_MOST_EVERY, []
    own.filter(due_at__isnull=False).update(due_at=until)
    return untold


def _tell(outages: Sequence[Outage], now: datetime) -> None:
    broken = Integration.objects.select_related("team", "fallback").get(pk=outages[0].integration_id)
    backlog = _backlog(broken, outages[-1])
    problems, going_on = [], partial(_keep, outages, now, time.monotonic())
    for way in ways_for(broken):
        message = message_of(broken, outages, backlog, now, speech_for(way.integration))
        if mails := mails_of(way):
            quotas.take_mails(broken.team_id, mails, now)  # and they go out beyond that too: few, to those who can act
        problem = tell(way, message, going_on)
        if not problem:
            _told(outages, way, now)
            return
        problems.append(problem)
    _failed(outages, "; ".join(problems) or NOBODY, now)


def _keep(outages: Sequence[Outage], now: datetime, since: float) -> None:
    """So that no other tells it meanwhile, however many calls it takes."""
    until = now + timedelta(seconds=time.monotonic() - since) + TAKEN_FOR
    Outage.objects.filter(pk__in=[each.pk for each in outages]).update(due_at=until)


def _backlog(broken: Integration, outage: Outage) -> Backlog:
    owed = Delivery.objects.filter(integration=broken, in_place=False)
    refused = owed.filter(state=DeliveryState.REJECTED, recorded_at__gte=outage.began_at - timedelta(days=1))
    lane = Lane.objects.filter(pk=broken.pk).first()
    return Backlog(
        waiting=owed.filter(state__in=OPEN_STATES).count(),
        rejected=refused.filter(finished_at__gte=outage.began_at).count(),
        next_try=lane.paused_until if lane and lane.due_at else None,
    )


def _told(outages: Sequence[Outage], way: Way, now: datetime) -> None:
    """One that ended while its beginning was being told is due again, for its end."""
    told = Outage.objects.filter(pk__in=[each.pk for each in outages])
    told.filter(begin_told_at=None).update(begin_told_at=now)
    told.filter(pk__in=[each.pk for each in outages if each.ended_at]).update(end_told_at=now)
    told.filter(Q(ended_at=None) | Q(end_told_at__isnull=False)).update(due_at=None)
    told.filter(due_at__isnull=False).update(due_at=now)
    told.update(tries=0, problem="", told_through=way.name[:300])


def _failed(outages: Sequence[Outage], problem: str, now: datetime) -> None:
    tries = outages[0].tries + 1
    log.warning("nobody could be told of integration %d: try %d", outages[0].integration_id, tries)
    mine = Outage.objects.filter(pk__in=[each.pk for each in outages])
    mine.update(tries=tries, problem=problem[:300], due_at=now + gap(tries, 1.0))


_beside = Beside("trouble", tell_due)
