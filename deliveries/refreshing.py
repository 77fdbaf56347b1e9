"""Tells anew what stands at destinations that keep the last state they heard, and may have missed one.

A refresh is no delivery: nobody is owed it, and it leaves no row. It holds the lane while it goes, so that what it
tells is never older than what is told there before it or after it.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.db import transaction

from channels_app.contract import Delivered, Kind, Reply, Sending, Settings
from channels_app.doors import Doors, policy_from_settings
from channels_app.registry import kinds
from channels_app.speech import ENGLISH, Speech
from deliveries import bell, standing
from deliveries.auditing.beside import beside
from deliveries.claiming import LEASE
from deliveries.contents import Stored
from deliveries.owner import this_process
from deliveries.sql import lanes
from deliveries.sql.base import database_now
from deliveries.sql.owing import ensure_lanes
from integrations.models import Integration
from integrations.selectors import kind_of, settings_of, speech_for
from integrations.vault import Unreadable
from teams.timers import come_back, take_turn

log = logging.getLogger(__name__)

EVERY = timedelta(seconds=30)
AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Place:
    """A destination whose turn it is."""

    id: int
    kind: Kind
    settings: Settings
    speech: Speech = ENGLISH

    def sending(self, rows: Sequence[Stored], now: datetime) -> Sending | None:
        """What tells it that `rows` stand there; None for a kind that keeps no state."""
        if self.kind.stand is None:
            return None
        messages = standing.messages_of(rows, now, self.speech)
        return self.kind.send(self.kind.stand(messages, self.settings), self.settings, "")


def run(now: datetime) -> None:
    """The job: begin a refresh beside the timers, where an integration of such a kind has its turn."""
    if due := due_places(now):
        beside("refresh", partial(refresh, due, now))


def due_places(now: datetime) -> list[Place]:
    """The usable integrations that want to be told anew now; their next turn is set."""
    able = [each.spec.kind for each in kinds() if each.stand]
    rows = Integration.objects.filter(kind__in=able, enabled=True, archived_at=None).order_by("pk")
    found: list[Place] = []
    for row in rows.iterator():
        place = _opened(row)
        every = timedelta(seconds=place.kind.spec.refresh_every(place.settings)) if place else None
        if place and every and len(found) < AT_ONCE and take_turn(_timer(row.pk), every, now, watched=False):
            found.append(place)
    return found


def refresh(places: Sequence[Place], now: datetime) -> None:
    """Tell all `places` at once what stands there. Those that are busy or in trouble have their turn a little later."""
    owner = this_process()
    held = _hold([each.id for each in places], owner)
    for each in places:
        if each.id not in held:
            come_back(_timer(each.id), now + EVERY)
    try:
        _tell([each for each in places if each.id in held], now)
    finally:
        lanes.end_leases(owner, held)
        if lanes.anything_due(database_now()):
            bell.ring(held)


def _opened(row: Integration) -> Place | None:
    try:
        return Place(row.pk, kind_of(row), settings_of(row), speech_for(row))
    except Unreadable as unusable:
        log.warning("%s", unusable)
        return None


def _timer(pk: int) -> str:
    return f"refresh.{pk}"


def _hold(ids: Sequence[int], owner: str) -> list[int]:
    with transaction.atomic():
        ensure_lanes(ids)
        at = database_now()
        longest = max(LEASE, timedelta(seconds=settings.BELLHOP_CALL_SECONDS + 5))
        return lanes.hold_idle(ids, owner, at, at + longest)


def _tell(places: Sequence[Place], now: datetime) -> None:
    rows = standing.all_of([each.id for each in places], now) if places else {}
    doors = Doors(policy_from_settings())
    try:
        for each in places:
            if sending := each.sending(rows.get(each.id, []), now):
                _step(each.id, sending, doors, None)
        while doors.in_flight:
            doors.pump(1.0)
    finally:
        doors.close()


def _step(pk: int, sending: Sending, doors: Doors, reply: Reply | None) -> None:
    """The next call of the conversation; what goes wrong is logged, and the next turn comes."""
    try:
        call = sending.send(reply) if reply else next(sending)
    except StopIteration as ended:
        if not isinstance(ended.value, Delivered):
            log.warning("integration %d was not told anew: %s", pk, ended.value.reason)
        return
    doors.start(call, partial(_step, pk, sending, doors))
