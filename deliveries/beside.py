"""Work that waits for the answers of others, done beside the timers: what hangs must not hold them up."""

import logging
import threading
from collections.abc import Callable
from datetime import datetime

from django.db import Error as DatabaseFailure
from django.db import connection

log = logging.getLogger(__name__)


class Beside:
    """A job in a thread of its own, in one at a time of this process."""

    def __init__(self, name: str, job: Callable[[datetime], None]) -> None:
        self._name, self._job = name, job
        self._busy = threading.Lock()

    def start(self, now: datetime) -> None:
        """Begin it, unless it is still at work."""
        if self._busy.acquire(blocking=False):
            threading.Thread(target=self._run, args=(now,), name=self._name, daemon=True).start()

    def _run(self, now: datetime) -> None:
        try:
            self._job(now)
        except DatabaseFailure as failure:
            log.warning("telling of %s failed (%s); it is tried again", self._name, type(failure).__name__)
        finally:
            connection.close()
            self._busy.release()
