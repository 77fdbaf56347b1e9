"""Rings for workers behind a broker, which may be slow, hang or be away."""

import logging
import os
import threading
import time

from celery import Celery

log = logging.getLogger(__name__)

DRAIN = "deliveries.drain"
EXPIRES_SECONDS = 60
SILENT_SECONDS = 10.0


class Broker:
    """Publishes from a thread of its own, so that a broker that refuses or hangs costs a request nothing.

    Rings that come while one is on its way are one ring. After a refusal nothing is tried for `silent_seconds`.
    """

    def __init__(self, app: Celery, silent_seconds: float = SILENT_SECONDS) -> None:
        self._app = app
        self._silent_seconds = silent_seconds
        self._lock = threading.Lock()
        self._rung = threading.Event()
        self._process = 0

    def ring(self) -> None:
        """Have it published soon."""
        with self._lock:
            if self._process != os.getpid():  # threads do not survive a fork
                self._process, self._rung = os.getpid(), threading.Event()
                threading.Thread(target=self._run, args=(self._rung,), name="bell", daemon=True).start()
        self._rung.set()

    def _run(self, rung: threading.Event) -> None:
        while True:
            rung.wait()
            rung.clear()
            try:
                self._app.send_task(DRAIN, retry=False, ignore_result=True, expires=EXPIRES_SECONDS)
            except Exception as refused:  # noqa: BLE001 - the thread must outlive whatever a broker's library raises
                log.warning("the broker did not take the bell: %s", type(refused).__name__)
                time.sleep(self._silent_seconds)
