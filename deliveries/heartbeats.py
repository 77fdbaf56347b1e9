"""Who sends and keeps time, and when they last said so."""

import os
import threading
import time
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet

from deliveries import owner
from deliveries.models import Heartbeat

BEAT_SECONDS = 5.0
ALIVE = timedelta(seconds=60)
FORGOTTEN = timedelta(days=1)


class Heart:
    """Beats for one process. Any of its threads may call `beat`, as often as it likes."""

    def __init__(self) -> None:
        self._owner = owner.this_process()
        self._lock = threading.Lock()
        self._next = 0.0

    def beat(self, role: Heartbeat.Role, now: datetime, ticks: float) -> None:
        """Write that this process lives, unless it did a few seconds ago (`ticks` are seconds that nobody sets)."""
        with self._lock:
            if ticks < self._next:
                return
            self._next = ticks + BEAT_SECONDS
        first = {"role": role, "version": settings.BELLHOP_VERSION, "started_at": now, "seen_at": now}
        _, new = Heartbeat.objects.update_or_create(pk=self._owner, defaults={"seen_at": now}, create_defaults=first)
        if new:
            _forget(now)


_hearts: dict[int, Heart] = {}


def beat(role: Heartbeat.Role, now: datetime) -> None:
    """Say that this process lives."""
    pid = os.getpid()  # a fork has a heart of its own
    if pid not in _hearts:
        _hearts[pid] = Heart()
    _hearts[pid].beat(role, now, time.monotonic())


def alive(now: datetime) -> QuerySet[Heartbeat]:
    """Those that were seen within the last minute; a time of a clock that was ahead counts for nothing."""
    return Heartbeat.objects.filter(seen_at__gt=now - ALIVE, seen_at__lte=now + ALIVE)


def _forget(now: datetime) -> None:
    """Drop what ended: here at once, elsewhere after a day."""
    Heartbeat.objects.filter(seen_at__lt=now - FORGOTTEN).delete()
    ended = [each for each in Heartbeat.objects.values_list("pk", flat=True) if owner.is_dead(each)]
    Heartbeat.objects.filter(pk__in=ended).delete()
