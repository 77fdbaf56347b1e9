"""A local server that breaks HTTP itself, below what an `Answer` of tests.servers.http can say."""

import socket
import ssl
import struct
import threading
from collections.abc import Callable

from tests.servers.listening import Listening

CHUNK = b"x" * 65536


class Talk:
    """One connection, in the hands of a conduct."""

    def __init__(self, connection: socket.socket, closing: threading.Event, server: "Rude") -> None:
        self._connection = connection
        self._closing = closing
        self._server = server

    def hear(self, whole: bool = True) -> None:
        """Read the request; or only the beginning of it."""
        heard = self._connection.recv(65536 if whole else 20)
        while whole and not _complete(heard):
            more = self._connection.recv(65536)
            if not more:
                return
            heard += more
        self._server.requests += 1

    def say(self, data: bytes) -> None:
        """All of `data`; `sent` of the server counts what the other side took."""
        self._connection.sendall(data)
        self._server.sent += len(data)

    def flood(self, piece: bytes, times: int) -> None:
        """`piece` as often as that, or until the other side has enough."""
        for _ in range(times):
            self.say(piece)

    def drip(self, data: bytes, seconds: float) -> None:
        """A byte each `seconds`."""
        for byte in data:
            self.say(bytes((byte,)))
            self.wait(seconds)

    def wait(self, seconds: float = 600.0) -> None:
        """Say nothing for a while, but for as long as the server is there."""
        self._closing.wait(seconds)

    def reset(self) -> None:
        """End the connection with a reset instead of a farewell."""
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._connection.close()


Conduct = Callable[[Talk], None]


class Rude(Listening):
    """Treats every connection by `conduct`; `requests` and `sent` (bytes that the other side took) are counted."""

    def __init__(self, conduct: Conduct, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> None:
        super().__init__(host)
        self.requests = self.sent = 0
        self._conduct = conduct
        self._tls = tls
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65_536)  # what is sent is soon taken

    @property
    def url(self) -> str:
        """The address up to the path, without a slash at its end."""
        return f"{'https' if self._tls else 'http'}://{self.host}:{self.port}"

    def _serve(self, raw: socket.socket, number: int) -> None:
        try:
            with raw:
                connection = self._tls.wrap_socket(raw, server_side=True) if self._tls else raw
                with connection:
                    self._conduct(Talk(connection, self._closing, self))
        except OSError:
            return


OK = b"HTTP/1.1 200 OK\r\nConnection: close\r\n"


def reset_at_once(talk: Talk) -> None:
    talk.reset()


def reset_within_the_request(talk: Talk) -> None:
    talk.hear(whole=False)
    talk.reset()


def reset_after_the_headers(talk: Talk) -> None:
    talk.hear()
    talk.say(OK + b"Content-Length: 2\r\n\r\n")
    talk.reset()


def never_shakes_hands(talk: Talk) -> None:
    talk.wait()


def headers_by_the_byte(talk: Talk) -> None:
    talk.hear()
    talk.drip(OK + b"X-Slow: " + b"x" * 2000, 0.02)


def body_by_the_byte(talk: Talk) -> None:
    talk.hear()
    talk.say(OK + b"Content-Length: 2000\r\n\r\n")
    talk.drip(b"ok" * 1000, 0.02)


def a_gigabyte(talk: Talk) -> None:
    talk.hear()
    talk.say(OK + b"Content-Length: 1073741824\r\n\r\n")
    talk.flood(CHUNK, 16384)


def an_endless_chunked_body(talk: Talk) -> None:
    talk.hear()
    talk.say(OK + b"Transfer-Encoding: chunked\r\n\r\n")
    talk.flood(b"%x\r\n%b\r\n" % (len(CHUNK), CHUNK), 16384)


def chunked_nonsense(talk: Talk) -> None:
    talk.hear()
    talk.say(OK + b"Transfer-Encoding: chunked\r\n\r\nzebra\r\nok\r\n-5\r\n\r\n")


def a_chunk_without_its_end(talk: Talk) -> None:
    talk.hear()
    talk.say(OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n")


def two_lengths(talk: Talk) -> None:
    talk.hear()
    talk.say(OK + b"Content-Length: 2\r\nContent-Length: 7\r\n\r\nok")


def a_length_that_is_none(talk: Talk) -> None:
    talk.hear()
    talk.say(OK + b"Content-Length: 99999999999999999999999999\r\n\r\nok")


def endless_headers(talk: Talk) -> None:
    talk.hear()
    talk.say(OK)
    talk.flood(b"X-Bomb: " + b"x" * 4000 + b"\r\n", 16384)


def one_endless_header(talk: Talk) -> None:
    talk.hear()
    talk.say(OK + b"X-Bomb: ")
    talk.flood(CHUNK, 16384)


def a_flood_of_interim_answers(talk: Talk) -> None:
    talk.hear()
    talk.flood(b"HTTP/1.1 103 Early Hints\r\nX-Hint: none\r\n\r\n", 1_000_000)


def some_interim_answers_first(talk: Talk) -> None:
    talk.hear()
    talk.say(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n" + OK + b"Content-Length: 2\r\n\r\nok")


def another_protocol(talk: Talk) -> None:
    talk.hear()
    talk.say(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
    talk.wait()


def no_http(talk: Talk) -> None:
    talk.say(b"220 mail.example ESMTP\r\n")
    talk.wait(0.5)


def an_answer_of_1991(talk: Talk) -> None:
    talk.hear()
    talk.say(b"ok")


def bytes_that_are_no_text(talk: Talk) -> None:
    talk.hear()
    talk.say(b"HTTP/1.1 500 \xff\xfe\r\nConnection: close\r\nContent-Length: 12\r\n\r\nbad\0\x1b[31m\xff\xfe\r\n"[:-1])


def _complete(heard: bytes) -> bool:
    head, found, body = heard.partition(b"\r\n\r\n")
    rows = dict(row.split(b": ", 1) for row in head.split(b"\r\n")[1:] if b": " in row)
    return bool(found) and len(body) >= int(rows.get(b"Content-Length", b"0"))
