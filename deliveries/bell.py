"""Wakes the sender as soon as something is due. A hint only: the rows are the truth, and a poll stands behind it."""

import hashlib
import logging
import os
import socket
import stat
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

from celery import current_app
from django.conf import settings

log = logging.getLogger(__name__)

FILE_NAME = "bell.sock"
LONGEST_PATH = 100  # bytes that every system takes for the address of a local socket
DRAIN = "deliveries.drain"
EXPIRES_SECONDS = 60
SILENT_SECONDS = 10.0


class _Broker:
    """Publishes from a thread of its own, so that a broker that refuses or hangs costs a request nothing.

    Rings that come while one is on its way are one ring. After a refusal nothing is tried for ten seconds.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rung = threading.Event()
        self._process = 0

    def tell(self) -> None:
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
                current_app.send_task(DRAIN, retry=False, ignore_result=True, expires=EXPIRES_SECONDS)
            except Exception as refused:  # noqa: BLE001 - the thread must outlive whatever a broker's library raises
                log.warning("the broker did not take the bell: %s", type(refused).__name__)
                time.sleep(SILENT_SECONDS)


_broker = _Broker()


def ring() -> None:
    """Wake a sender of this machine, and the workers where a broker is configured. Never raises, never waits."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as client, suppress(OSError):
        client.sendto(b"!", str(path()))  # where nobody listens, or its ears are full, the poll finds the rows
    if settings.CELERY_BROKER_URL:
        _broker.tell()


def path() -> Path:
    """Where the sender of this data directory listens."""
    near: Path = settings.DATA_DIR / FILE_NAME
    if len(os.fsencode(near)) <= LONGEST_PATH:
        return near
    digest = hashlib.sha256(os.fsencode(near)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"bellhop-{os.getuid()}-{digest}.sock"


class Listener:
    """The sender's end of the bell. Only the newest listener of a data directory hears it."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._path = path()
        draft = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        draft.unlink(missing_ok=True)
        self.socket.bind(str(draft))
        draft.chmod(stat.S_IRUSR | stat.S_IWUSR)
        self._inode = draft.stat().st_ino
        draft.replace(self._path)

    def heard(self) -> bool:
        """Whether it rang since the last question."""
        rang = False
        while True:
            try:
                self.socket.recv(16)
            except BlockingIOError:
                return rang
            rang = True

    def close(self) -> None:
        self.socket.close()
        if self._path.exists() and self._path.stat().st_ino == self._inode:
            self._path.unlink()
