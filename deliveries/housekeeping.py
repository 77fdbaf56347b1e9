"""What takes long and hurries nobody: condensing, pruning, counting; in a thread of its own, so that no sweep waits."""

import logging
import threading
from collections.abc import Callable
from datetime import datetime

from django.db import Error as DatabaseFailure
from django.db import connection
from django.utils import timezone

from alerts import condensing
from deliveries import pruning
from deliveries.auditing import tallies

log = logging.getLogger(__name__)

LOOK_EVERY = 5.0  # seconds
JOBS: tuple[Callable[[datetime, Callable[[], bool]], object], ...] = (condensing.run, pruning.run, tallies.run)


def keep_house(ending: threading.Event) -> None:
    """Run the jobs whose turn it is until `ending`; they look at it between two batches. For a thread."""
    while not ending.wait(LOOK_EVERY):
        run(timezone.now(), ending.is_set)
        connection.close()


def run(now: datetime, ending: Callable[[], bool]) -> None:
    """Each job that has its turn. One that fails is logged and does not keep the others."""
    for job in JOBS:
        try:
            job(now, ending)
        except DatabaseFailure as failure:
            log.warning("%s failed (%s); its next turn comes", job.__module__, type(failure).__name__)
        except Exception:
            # The last resort: this thread serves for as long as its process does.
            log.exception("%s failed", job.__module__)
