"""What the servers of the tests share: a port of this machine, and a thread for each connection to it."""

import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self


class Listening:
    """Listens while entered as a context; `connections` are counted."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.connections = 0
        self._closing = threading.Event()
        self._listener = socket.create_server((host, 0), backlog=2048)
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self.host: str
        self.port: int
        self.host, self.port = self._listener.getsockname()[:2]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # closing alone would let a waiting `accept` take one more
        self._listener.close()
        self._thread.join()

    def _listen(self) -> None:
        while not self._closing.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection, self.connections), daemon=True).start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        """Treat the connection, the `number`th from 1, and close it; in a thread of its own."""
        raise NotImplementedError
