"""A strict local HTTP receiver that records every request and answers as told, well or badly."""

import socket
import ssl
import struct
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from types import TracebackType
from typing import BinaryIO, Literal

from tests.servers.listening import Listening

Manner = Literal["answer", "echo", "hang", "reset", "close", "truncate", "drip", "garbage"]


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came. Header names are lower case; `connection` counts connections from 1."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    connection: int
    at: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What the receiver does with a request.

    `answer` sends it; `echo` sends the whole request back as the body; `hang` says nothing for `seconds`; `reset` and
    `close` end the connection without a word; `truncate` stops half-way through the body; `drip` sends one byte
    each `seconds`; `garbage` sends no HTTP. `keep` False closes after the answer, as its header says. All of it waits
    until `after` is set, where that is given.
    """

    status: int = 200
    body: bytes = b"ok"
    headers: dict[str, str] = field(default_factory=dict)
    manner: Manner = "answer"
    seconds: float = 0.0
    keep: bool = True
    after: threading.Event | None = None


Decide = Callable[[Request], Answer]


class Receiver(Listening):
    """Records requests and answers them.

    `default` answers what no `script`ed answer (first in, first out) took; `decide`, where set, answers all.
    """

    def __init__(
        self, default: Answer | None = None, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
    ) -> None:
        super().__init__(host)
        self.default = default or Answer()
        self.decide: Decide | None = None
        self.received: list[Request] = []
        self._tls = tls
        self._script: deque[Answer] = deque()
        self._lock = threading.Condition()
        self._open: set[socket.socket] = set()

    @property
    def url(self) -> str:
        """The address up to the path, without a slash at its end."""
        return f"{'https' if self._tls else 'http'}://{self.host}:{self.port}"

    @property
    def open_connections(self) -> int:
        """How many connections are open."""
        with self._lock:
            return len(self._open)

    def script(self, *answers: Answer) -> None:
        """Answer the next requests so, in this order."""
        self._script.extend(answers)

    def wait_for(self, count: int, seconds: float = 30.0) -> list[Request]:
        """The requests so far, once there are `count`; `TimeoutError` if there never are."""
        with self._lock:
            if not self._lock.wait_for(lambda: len(self.received) >= count, seconds):
                raise TimeoutError(f"{len(self.received)} of {count} requests came in {seconds} s")
            return list(self.received)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        with self._lock:
            still_open = list(self._open)
        for connection in still_open:
            _close(connection)

    def _serve(self, raw: socket.socket, number: int) -> None:
        with self._lock:
            self._open.add(raw)
        try:
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = self._tls.wrap_socket(raw, server_side=True) if self._tls else raw
            with connection, connection.makefile("rb") as stream:
                while self._one(connection, stream, number):
                    continue
        except (OSError, ValueError):
            return
        finally:
            with self._lock:
                self._open.discard(raw)

    def _one(self, connection: socket.socket, stream: BinaryIO, number: int) -> bool:
        request = _read(stream, number)
        if request is None:
            return False
        if isinstance(request, Answer):
            connection.sendall(_bytes(request))
            return False
        with self._lock:
            self.received.append(request)
            answer = self._answer_for(request)
            self._lock.notify_all()
        return self._play(connection, request, answer)

    def _answer_for(self, request: Request) -> Answer:
        if self.decide is not None:
            return self.decide(request)
        return self._script.popleft() if self._script else self.default

    def _play(self, connection: socket.socket, request: Request, answer: Answer) -> bool:
        if answer.after:
            answer.after.wait()
        match answer.manner:
            case "hang":
                self._closing.wait(answer.seconds or 600)
                return False
            case "close":
                return False
            case "reset":
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return False
            case "garbage":
                connection.sendall(b"220 mail.example ESMTP\r\n")
                return False
            case "truncate":
                connection.sendall(_bytes(answer)[: -max(1, len(answer.body) // 2)])
                return False
            case "drip":
                return self._drip(connection, _bytes(answer), answer.seconds or 0.05)
            case "echo":
                connection.sendall(_bytes(Answer(answer.status, _echo(request), answer.headers)))
            case "answer":
                self._closing.wait(answer.seconds)
                connection.sendall(_bytes(answer))
        return answer.keep

    def _drip(self, connection: socket.socket, data: bytes, seconds: float) -> bool:
        for position in range(len(data)):
            connection.sendall(data[position : position + 1])
            if self._closing.wait(seconds):
                break
        return False


def _read(stream: BinaryIO, number: int) -> Request | Answer | None:
    """The next request; None at the end of the stream; an answer for one that no server should take."""
    head: list[bytes] = []
    while (row := stream.readline(65537)) not in (b"\r\n", b""):
        head.append(row)
    if not head:
        return None
    method, path, version = head[0].decode("latin-1").split()
    headers = {
        name.lower(): value.strip() for name, _, value in (row.decode("latin-1").partition(":") for row in head[1:])
    }
    if version != "HTTP/1.1" or "host" not in headers:
        return Answer(400, b"not HTTP/1.1 with a Host header", keep=False)
    if method in ("POST", "PUT", "PATCH") and not headers.get("content-length", "").isdigit():
        return Answer(411, b"Content-Length is missing", keep=False)
    body = stream.read(int(headers.get("content-length", "0")))
    return Request(method, path, headers, body, number, time.time())


def _bytes(answer: Answer) -> bytes:
    phrase = HTTPStatus(answer.status).phrase if answer.status in HTTPStatus._value2member_map_ else "Strange"
    headers = dict(answer.headers)
    if answer.status not in (204, 304) and not any(name.lower() == "transfer-encoding" for name in headers):
        headers.setdefault("Content-Length", str(len(answer.body)))
    if not answer.keep:
        headers["Connection"] = "close"
    rows = [f"HTTP/1.1 {answer.status} {phrase}", *(f"{name}: {value}" for name, value in headers.items())]
    body = b"" if answer.status in (204, 304) else answer.body
    return "\r\n".join([*rows, "", ""]).encode("latin-1") + body


def _echo(request: Request) -> bytes:
    rows = [f"{request.method} {request.path}", *(f"{name}: {value}" for name, value in request.headers.items())]
    return "\n".join([*rows, ""]).encode() + request.body


def _close(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
