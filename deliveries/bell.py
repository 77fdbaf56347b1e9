"""Wakes the sender as soon as something is due. A hint only: the rows are the truth, and a poll stands behind it."""

import hashlib
import os
import socket
import stat
import tempfile
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path

from django.conf import settings

FILE_NAME = "bell.sock"
LONGEST_PATH = 100  # bytes that every system takes for the address of a local socket


Ring = Callable[[Collection[int]], None]
_others: list[Ring] = []


def also(ring: Ring) -> None:
    """Have `ring` called, with the lanes that became due, whenever the bell rings. It must neither raise nor wait."""
    _others.append(ring)


def ring(lane_ids: Collection[int] = ()) -> None:
    """Wake a sender of this machine, and the workers behind a broker where there is one. Never raises, never waits.

    `lane_ids` are the lanes that became due, as far as they are known.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as client, suppress(OSError):
        client.sendto(b"!", str(path()))  # where nobody listens, or its ears are full, the poll finds the rows
    for other in _others:
        other(lane_ids)


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
