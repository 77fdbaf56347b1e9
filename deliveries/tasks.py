"""The sender and the timers as Celery tasks: the same functions, under a time limit, for installations with a broker.

The rows are the truth; a task only says that there is something to do, so losing or doubling one harms nothing.
"""

import logging
import threading
from typing import Any

from celery import shared_task
from django.db import Error as DatabaseFailure
from django.db import connection
from django.utils import timezone

from channels_app.doors import Doors
from channels_app.doors.guard import policy_from_settings
from deliveries import heartbeats, timers
from deliveries.broker import DRAIN
from deliveries.models import Heartbeat
from deliveries.sender import Sender
from deliveries.sql import lanes
from deliveries.sql.base import database_now

log = logging.getLogger(__name__)

DRAIN_SECONDS = 20.0
LINGER_SECONDS = 2.0  # as long as until the next sweep
LOOK_EVERY = 5.0
HIGHEST_ID = 2**63 - 1

_own = threading.local()


@shared_task(name=DRAIN, acks_late=True, ignore_result=True)
def drain(lane_ids: Any = ()) -> None:
    """Send what is due in these lanes, in all of them without ids, until nothing is or 20 s have passed.

    What names no lanes counts as no ids: who writes to the broker can do no more than ask for a look.
    """
    Sender(_doors(), only=_ids(lane_ids)).run_until_idle(DRAIN_SECONDS, LINGER_SECONDS)


@shared_task(name="deliveries.sweep", acks_late=True, ignore_result=True)
def sweep() -> None:
    """Run the timers whose turn it is; the sweep among them rings for what nobody rang for."""
    timers.run(timezone.now())


def keep_looking(ending: threading.Event) -> None:
    """Until `ending`, run the timers and send what is due every 5 s: a worker needs no broker for that."""
    while not ending.wait(LOOK_EVERY):
        try:
            heartbeats.beat(Heartbeat.Role.WORKER, timezone.now())
            timers.run(timezone.now())
            if lanes.anything_due(database_now()):
                drain()
        except DatabaseFailure as failure:
            log.warning("looking for what is due failed (%s); trying again", type(failure).__name__)
        except Exception:
            # The last resort: this thread is what sends while the broker is away.
            log.exception("looking for what is due failed")
        connection.close()


def _ids(given: Any) -> list[int]:
    found = given if isinstance(given, list | tuple) else []
    return [pk for pk in found if type(pk) is int and 0 < pk <= HIGHEST_ID]


def _doors() -> Doors:
    """The doors of this worker thread, kept so that connections are."""
    if not hasattr(_own, "doors"):
        _own.doors = Doors(policy_from_settings())
    doors: Doors = _own.doors
    return doors
