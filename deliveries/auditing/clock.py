"""Whether the clock goes on as it should: against the one that cannot be set, and against the database's."""

import threading
import time
from datetime import datetime, timedelta

from django.utils import timezone

from deliveries.sql.base import database_now, postgresql

JUMP = timedelta(seconds=30)


class Clock:
    """Remembers what the clock of this process said, to notice when somebody sets it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last: tuple[datetime, float] | None = None

    def jumped(self, now: datetime, ticks: float) -> timedelta:
        """How far it was set (ahead: positive) since the last question; zero for what is no jump.

        `ticks` are seconds that nobody sets.
        """
        with self._lock:
            last, self._last = self._last, (now, ticks)
        if last is None:
            return timedelta(0)
        jump = now - last[0] - timedelta(seconds=ticks - last[1])
        return jump if abs(jump) > JUMP else timedelta(0)


_own = Clock()


def jump_of_this_process() -> timedelta:
    """As Clock.jumped, for whoever runs the timers here."""
    return _own.jumped(timezone.now(), time.monotonic())


def off_from_database() -> timedelta:
    """How far this machine's clock is ahead of the database's."""
    return timezone.now() - database_now() if postgresql() else timedelta(0)
