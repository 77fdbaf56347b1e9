"""A few threads beside the loop, for calls that wait in a blocking library or socket."""

import socket
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

from channels_app.contract import Reply

C = TypeVar("C")
Done = Callable[[Reply], None]


class Pool(Generic[C]):
    """Carries calls by `carry`, which must never raise, in `threads` threads.

    `file` turns readable when replies wait; `collect` then tells each `done` in its own thread. Calls that are `slow`
    have as many threads of their own.
    """

    def __init__(
        self, carry: Callable[[C], Reply], threads: int, name: str, slow: Callable[[C], bool] = lambda call: False
    ) -> None:
        self._carry = carry
        self._slow = slow
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._aside = ThreadPoolExecutor(threads, thread_name_prefix=f"{name}-aside")
        self._finished: deque[tuple[Done, Reply]] = deque()
        self._lock = threading.Lock()
        self.in_flight = 0
        self.file, self._bell = socket.socketpair()
        self.file.setblocking(False)
        self._bell.setblocking(False)

    def start(self, call: C, done: Done) -> None:
        """Take `call`; `done` gets its reply from a later `collect`."""
        self.in_flight += 1
        (self._aside if self._slow(call) else self._pool).submit(self._work, call, done)

    def collect(self) -> None:
        """Tell every reply that has come."""
        self._silence()
        while self._finished:
            done, reply = self._finished.popleft()
            self.in_flight -= 1
            done(reply)

    def close(self) -> None:
        """Drop what waits; a call that is under way comes to its end, unheard."""
        for pool in (self._pool, self._aside):
            pool.shutdown(wait=False, cancel_futures=True)
        with self._lock:
            self.file.close()
            self._bell.close()

    def _work(self, call: C, done: Done) -> None:
        self._finished.append((done, self._carry(call)))
        with self._lock:
            if self._bell.fileno() >= 0:
                self._ring()

    def _ring(self) -> None:
        try:
            self._bell.send(b"!")
        except BlockingIOError:
            return  # a full bell has rung already

    def _silence(self) -> None:
        try:
            while self.file.recv(4096):
                continue
        except BlockingIOError:
            return
