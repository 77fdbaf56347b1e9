"""A relay in front of a real server, which can be taken away, cut off or left hanging without touching the server."""

import selectors
import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import Literal

from tests.servers.listening import Listening

Manner = Literal["pass", "refuse", "hang"]
PIECE = 65_536


class Relay(Listening):
    """Passes every connection on to `host`:`port`.

    `refuse` ends what is open and whatever comes; `hang` keeps connections, old and new ones, and passes nothing on
    until it passes again.
    """

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        super().__init__()
        self._target = (host, port)
        self._manner: Manner = "pass"
        self._changed = threading.Condition()
        self._open: set[socket.socket] = set()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        self.behave("refuse")

    def behave(self, manner: Manner) -> None:
        """From now on."""
        with self._changed:
            self._manner = manner
            if manner == "refuse":
                for end in self._open:
                    with suppress(OSError):
                        end.shutdown(socket.SHUT_RDWR)
            self._changed.notify_all()

    def _serve(self, near: socket.socket, number: int) -> None:
        with near, suppress(OSError):
            self._keep(near)
            if not self._may_pass():
                return
            with socket.socket() as far:
                far.connect(self._target)
                self._keep(far)
                self._carry(near, far)
        with self._changed:
            self._open.discard(near)

    def _keep(self, end: socket.socket) -> None:
        with self._changed:
            self._open = {one for one in self._open if one.fileno() >= 0} | {end}

    def _carry(self, near: socket.socket, far: socket.socket) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(near, selectors.EVENT_READ, far)
            selector.register(far, selectors.EVENT_READ, near)
            while True:
                for key, _ in selector.select():
                    piece = key.fileobj.recv(PIECE)  # type: ignore[union-attr]
                    if not piece or not self._may_pass():
                        return
                    key.data.sendall(piece)

    def _may_pass(self) -> bool:
        """Whether to go on, once nothing hangs any more."""
        with self._changed:
            self._changed.wait_for(lambda: self._manner != "hang")
            return self._manner == "pass"
