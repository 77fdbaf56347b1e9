"""Rings for workers behind a broker, which may be slow, hang or be away."""

import logging
import os
import threading
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

from celery import Celery
from kombu import Connection

log = logging.getLogger(__name__)

DRAIN = "deliveries.drain"
EXPIRES_SECONDS = 60
SILENT_SECONDS = 10.0
ANSWERS_WITHIN = 5.0
LANES_A_TASK = 500
TASKS_AT_ONCE = 20
TASKS_THAT_MAY_WAIT = 1_000


class Broker:
    """Publishes from a thread of its own, so that a broker that refuses or hangs costs a request nothing.

    Rings that come while one is on its way are one ring. After a refusal nothing is tried for `silent_seconds`, and
    where many tasks wait already no more are added: each of them, and the sweep, finds whatever is due.
    """

    def __init__(self, app: Celery, silent_seconds: float = SILENT_SECONDS) -> None:
        self._app = app
        self._silent_seconds = silent_seconds
        self._lock = threading.Lock()
        self._rung = threading.Event()
        self._lanes: set[int] = set()
        self._process = 0

    def ring(self, lane_ids: Collection[int] = ()) -> None:
        """Have it published soon that these lanes are due; without ids, that somebody should look."""
        with self._lock:
            if self._process != os.getpid():  # threads do not survive a fork
                self._process, self._rung, self._lanes = os.getpid(), threading.Event(), set()
                threading.Thread(target=self._run, args=(self._rung,), name="bell", daemon=True).start()
            self._lanes.update(lane_ids)
            if len(self._lanes) > LANES_A_TASK * TASKS_AT_ONCE:
                self._lanes.clear()
        self._rung.set()

    def _run(self, rung: threading.Event) -> None:
        while rung.wait():
            worked = False
            try:
                with self._connected() as connection:
                    while rung.wait():
                        rung.clear()
                        self._publish(connection, self._batches())
                        worked = True
            except Exception as refused:  # noqa: BLE001 - the thread must outlive whatever a broker's library raises
                log.warning("the broker did not take the bell: %s", type(refused).__name__)
            if worked:
                rung.set()  # an old connection may be all that is wrong
            else:
                time.sleep(self._silent_seconds)

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        """A connection of which no call waits for longer than `ANSWERS_WITHIN`."""
        names = ("read_timeout", "write_timeout", "socket_timeout", "socket_connect_timeout")
        options = dict.fromkeys(names, ANSWERS_WITHIN)
        with self._app.connection_for_write(connect_timeout=ANSWERS_WITHIN, transport_options=options) as connection:
            yield connection

    def _batches(self) -> list[list[int]]:
        """What was rung for since the last time; one batch without ids asks a worker to look by itself."""
        with self._lock:
            lanes = sorted(self._lanes)
            self._lanes.clear()
        return [lanes[first : first + LANES_A_TASK] for first in range(0, len(lanes), LANES_A_TASK)] or [[]]

    def _publish(self, connection: Connection, batches: list[list[int]]) -> None:
        room = TASKS_THAT_MAY_WAIT - _waiting(self._app, connection)
        for batch in batches[: max(0, room)]:
            self._app.send_task(
                DRAIN, [batch], connection=connection, retry=False, ignore_result=True, expires=EXPIRES_SECONDS
            )


def _waiting(app: Celery, connection: Connection) -> int:
    """How many tasks wait for a worker; the queue is made where it is missing."""
    queue = app.amqp.queues[app.conf.task_default_queue]
    declared: Any = queue(connection.default_channel).queue_declare()
    return int(declared.message_count)
