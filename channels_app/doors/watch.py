"""The guard for libraries that open connections of their own: Python tells of each before it is made (PEP 578)."""

import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import cache
from typing import Any

from channels_app.doors.guard import REFUSED_WORDS, Policy, allowed

NOWHERE = ""  # a scheme by which no address is allowed
_CONNECTS = frozenset(("socket.connect", "socket.sendto", "socket.sendmsg"))
_PROGRAMS = frozenset(("subprocess.Popen", "os.system", "os.posix_spawn", "os.exec", "os.fork", "pty.spawn"))


class Refused(PermissionError):
    """The library was about to go where it may not."""


class Watch:
    """What a library does in one call, in every thread that the call's context is copied to.

    `scheme` is what the guard judges addresses by: `https` where the library encrypts, else `http`. A name that would
    be resolved while connecting is refused, and so is every program. `asked` counts names, `knocked` connections;
    `ran_out` says that its time did.
    """

    def __init__(self, scheme: str, policy: Policy) -> None:
        self.asked = self.knocked = 0
        self.refused = self.ran_out = False
        self._scheme, self._policy = scheme, policy
        self._lines: list[socket.socket] = []
        self._is_closed = False
        self._lock = threading.Lock()

    def heard(self, event: str, args: tuple[Any, ...]) -> None:
        """Judge what is about to be done; `Refused` or `TimeoutError` where it may not be."""
        if event in _CONNECTS:
            self._connects(args[0], args[1])
        elif event in _PROGRAMS:
            self.refused = True
            raise Refused("no program may be started here")
        elif event == "socket.getaddrinfo":
            self.asked += 1

    def end(self) -> None:
        """Shut every connection, whatever still dribbles there, and allow no other."""
        with self._lock:
            self.ran_out = True
            for line in self._lines:
                with suppress(OSError):
                    line.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Forget the connections."""
        with self._lock:
            self._is_closed = True
            for line in self._lines:
                line.close()
            self._lines.clear()

    def _connects(self, line: socket.socket, address: Any) -> None:
        self.knocked += 1
        host = address[0] if isinstance(address, tuple) and address else None
        if not isinstance(host, str) or not allowed(host, self._scheme, self._policy):
            self.refused = True
            raise Refused(REFUSED_WORDS)
        with self._lock:
            if self.ran_out or self._is_closed:
                raise TimeoutError("no time is left")
            self._lines.append(line.dup())  # TLS takes the socket over, this one stays ours


_watching: ContextVar[Watch | None] = ContextVar("watching", default=None)


@contextmanager
def watched(watch: Watch, seconds: float) -> Iterator[None]:
    """Let `watch` hear what is done within, and end it after `seconds`."""
    _listen()
    timer = threading.Timer(seconds, watch.end)
    timer.daemon = True
    timer.start()
    token = _watching.set(watch)
    try:
        yield
    finally:
        _watching.reset(token)
        timer.cancel()
        watch.close()


@cache
def _listen() -> None:
    """For the rest of the process: what Python calls cannot be taken back."""
    sys.addaudithook(_hook)


def _hook(event: str, args: tuple[Any, ...]) -> None:
    if event in _HEARD and (watch := _watching.get()) is not None:
        watch.heard(event, args)


_HEARD = _CONNECTS | _PROGRAMS | {"socket.getaddrinfo"}
