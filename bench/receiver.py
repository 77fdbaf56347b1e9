"""A bare HTTP receiver in a process of its own: answers `ok`, counts the requests and notes when the last one came."""

import multiprocessing
import selectors
import socket
import time
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok"


class Receiver:
    """Runs while entered, on as many loopback addresses as `addresses`; each answer waits for `delay` seconds.

    `count` and `last` (time.monotonic, which all processes share) are read across processes.
    """

    def __init__(self, delay: float = 0.0, addresses: int = 1) -> None:
        hosts = [f"127.0.{n}.1" for n in range(addresses)]
        self._listeners = [socket.create_server((host, 0), backlog=4096) for host in hosts]
        self.urls = ["http://{}:{}".format(*each.getsockname()) for each in self._listeners]
        self._count = multiprocessing.Value("Q", 0)
        self._last = multiprocessing.Value("d", 0.0)
        office = _Office(self._listeners, delay, self._count, self._last)
        self._process = multiprocessing.Process(target=office.serve)

    @property
    def url(self) -> str:
        """The first address."""
        return self.urls[0]

    @property
    def count(self) -> int:
        return int(self._count.value)

    @property
    def last(self) -> float:
        return float(self._last.value)

    def wait_for(self, count: int, seconds: float = 120.0) -> float:
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
        for each in self._listeners:
            each.close()


class _Office:
    """What runs in the receiver's process."""

    def __init__(self, listeners: list[socket.socket], delay: float, count: Any, last: Any) -> None:
        self._listeners, self._delay, self._count, self._last = listeners, delay, count, last
        self._owed: deque[tuple[float, socket.socket]] = deque()

    def serve(self) -> None:
        self._poll = selectors.DefaultSelector()
        for listener in self._listeners:
            listener.setblocking(False)
            self._poll.register(listener, selectors.EVENT_READ, self._accepter(listener))
        while True:
            for key, _ in self._poll.select(self._patience()):
                key.data()
            self._answer()

    def _accepter(self, listener: socket.socket) -> Callable[[], None]:
        def accept() -> None:
            try:
                connection, _ = listener.accept()
            except BlockingIOError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._poll.register(connection, selectors.EVENT_READ, self._reader(connection))

        return accept

    def _reader(self, connection: socket.socket) -> Callable[[], None]:
        held = bytearray()

        def read() -> None:
            try:
                taken = connection.recv(65_536)
            except ConnectionError:
                taken = b""
            if not taken:
                self._poll.unregister(connection)
                connection.close()
                return
            held.extend(taken)
            while (size := _request_size(held)) and len(held) >= size:
                del held[:size]
                self._take(connection)

        return read

    def _take(self, connection: socket.socket) -> None:
        self._last.value = time.monotonic()  # before the count, which whoever waits looks at
        self._count.value += 1
        if self._delay:
            self._owed.append((time.monotonic() + self._delay, connection))
        else:
            connection.sendall(ANSWER)

    def _patience(self) -> float | None:
        return max(0.0, self._owed[0][0] - time.monotonic()) if self._owed else None

    def _answer(self) -> None:
        while self._owed and self._owed[0][0] <= time.monotonic():
            _, connection = self._owed.popleft()
            if connection.fileno() >= 0:
                connection.sendall(ANSWER)


def _request_size(held: bytearray) -> int:
    """Bytes of the first request, 0 while its headers are not there."""
    end = held.find(b"\r\n\r\n")
    if end < 0:
        return 0
    headers = bytes(held[:end]).lower()
    at = headers.find(b"content-length:")
    return end + 4 + (int(headers[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0)
