"""The sender and the timers as Celery tasks: the same functions, under a time limit, for installations with a broker.

The rows are the truth; a task only says that there is something to do, so losing one loses nothing.
"""

import threading

from celery import shared_task
from django.utils import timezone

from channels_app.doors import Doors
from channels_app.doors.guard import policy_from_settings
from deliveries import timers
from deliveries.broker import DRAIN
from deliveries.sender import Sender

DRAIN_SECONDS = 20.0
LINGER_SECONDS = 2.0  # as long as until the next sweep

_own = threading.local()


@shared_task(name=DRAIN, acks_late=True, ignore_result=True)
def drain() -> None:
    """Send what is due, until nothing is or 20 s have passed."""
    Sender(_doors()).run_until_idle(DRAIN_SECONDS, LINGER_SECONDS)


@shared_task(name="deliveries.sweep", acks_late=True, ignore_result=True)
def sweep() -> None:
    """Run the timers whose turn it is; the sweep among them rings for what nobody rang for."""
    timers.run(timezone.now())


def _doors() -> Doors:
    """The doors of this worker thread, kept so that connections are."""
    if not hasattr(_own, "doors"):
        _own.doors = Doors(policy_from_settings())
    doors: Doors = _own.doors
    return doors
