"""The sender and the timers in one process, for installations without a broker."""

import logging
import signal
import threading
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand
from django.db import close_old_connections, connection
from django.utils import timezone

from channels_app.doors import Doors
from channels_app.doors.guard import policy_from_settings
from config import lifeline
from deliveries import bell, heartbeats, housekeeping, timers
from deliveries.models import Heartbeat
from deliveries.sender import Sender

log = logging.getLogger(__name__)

TIMER_GAP = 0.5
HOUSE_SECONDS = 3.0  # what is cut off then is rolled back and done by the next turn


class Command(BaseCommand):
    help = "Sends what is due and runs the timers until SIGTERM; then finishes what is in flight, 5 s at most."

    def handle(self, *args: Any, **options: Any) -> None:
        ending = threading.Event()

        def end(number: int, frame: FrameType | None) -> None:
            ending.set()
            bell.ring()  # wakes the loop

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, end)
        lifeline.end_with_parent()
        listener = bell.Listener()
        doors = Doors(policy_from_settings())
        keeper = threading.Thread(target=_keep_time, args=(ending,), name="timers")
        keeper.start()
        house = threading.Thread(target=housekeeping.keep_house, args=(ending,), name="housekeeping", daemon=True)
        house.start()
        try:
            Sender(doors, listener=listener).run_forever(ending.is_set)
        finally:
            ending.set()
            keeper.join()
            house.join(HOUSE_SECONDS)
            listener.close()
            doors.close()


def _keep_time(ending: threading.Event) -> None:
    """The timers have a thread of their own, so that they never hold up sending."""
    while not ending.wait(TIMER_GAP):
        try:
            heartbeats.beat(Heartbeat.Role.SENDER, timezone.now())
            timers.run(timezone.now())
        except Exception:
            # The last resort: a timer that fails must not end the others.
            log.exception("the timers failed")
        close_old_connections()
    connection.close()
