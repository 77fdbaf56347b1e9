"""A bare HTTP receiver in a process of its own: answers `ok`, counts the requests and notes when the last one came."""

import multiprocessing
import selectors
import socket
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok"


class Receiver:
    """Runs while entered. `count` and `last` (time.monotonic, which all processes share) are read across processes."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._count = multiprocessing.Value("Q", 0)
        self._last = multiprocessing.Value("d", 0.0)
        self._process = multiprocessing.Process(target=_serve, args=(self._listener, self._count, self._last))

    @property
    def count(self) -> int:
        return int(self._count.value)

    @property
    def last(self) -> float:
        return float(self._last.value)

    def wait_for(self, count: int, seconds: float = 60.0) -> float:
        """When the `count`th request came (time.monotonic)."""
        deadline = time.monotonic() + seconds
        while self.count < count:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.count} of {count} requests came in {seconds:g} s")
            time.sleep(0.0005)
        return self.last

    def __enter__(self) -> Self:
        self._process.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.join()
        self._listener.close()


def _serve(listener: socket.socket, count: Any, last: Any) -> None:
    listener.setblocking(False)
    poll = selectors.DefaultSelector()

    def accept() -> None:
        connection, _ = listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        poll.register(connection, selectors.EVENT_READ, _reader(poll, connection, count, last))

    poll.register(listener, selectors.EVENT_READ, accept)
    while True:
        for key, _ in poll.select():
            key.data()


def _reader(poll: selectors.BaseSelector, connection: socket.socket, count: Any, last: Any) -> Callable[[], None]:
    held = bytearray()

    def read() -> None:
        try:
            held.extend(connection.recv(65_536) or b"\0")
        except ConnectionError:
            held.extend(b"\0")
        if held[-1:] == b"\0":
            poll.unregister(connection)
            connection.close()
            return
        while (size := _request_size(held)) and len(held) >= size:
            del held[:size]
            last.value = time.monotonic()  # before the count, which whoever waits looks at
            count.value += 1
            connection.sendall(ANSWER)

    return read


def _request_size(held: bytearray) -> int:
    """Bytes of the first request, 0 while its headers are not there."""
    end = held.find(b"\r\n\r\n")
    if end < 0:
        return 0
    headers = bytes(held[:end]).lower()
    at = headers.find(b"content-length:")
    return end + 4 + (int(headers[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0)
