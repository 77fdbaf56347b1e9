"""The TCP door: one short conversation in a few threads beside the loop, to addresses that the guard allows."""

import socket
import time
from collections.abc import Callable
from functools import partial

from channels_app.contract import DoorError, Reply, TcpTalk
from channels_app.doors.guard import REFUSED_WORDS, Policy, allowed, literal
from channels_app.doors.pool import Pool

THREADS = 32
FAREWELL = 1.0  # seconds for the other side to hang up
CHUNK = 65_536
SCHEME = "tcp"  # judged as plain http is

_RESET = (DoorError.RESET, "the connection closed before all was said")
_SLOW = (DoorError.TIMEOUT, "no answer in time")
_NO_NAME = (DoorError.DNS, "the host name was not found")
_CONNECT = (DoorError.CONNECT, "no connection could be made")

SocketAddress = tuple[socket.AddressFamily, tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]]
Resolve = Callable[[str, int], list[SocketAddress]]


class _Failed(Exception):
    """The conversation has come to a bad end; the reply says which."""

    def __init__(self, error: DoorError, words: str) -> None:
        super().__init__(words)
        self.error = error
        self.words = words


def tcp_pool(policy: Policy) -> Pool[TcpTalk]:
    """The door, for `policy`."""
    return Pool(partial(talk, policy=policy), THREADS, "bellhop-tcp")


def resolve(host: str, port: int) -> list[SocketAddress]:
    """Every address of `host`; one that is spelled out is read as the guard reads it."""
    spelled = literal(host)
    found = socket.getaddrinfo(str(spelled or host), port, type=socket.SOCK_STREAM)
    return [(family, place) for family, _, _, _, place in found]


def talk(call: TcpTalk, policy: Policy, lookup: Resolve = resolve) -> Reply:
    """Hear the opening, say the answer, and wait a moment for the other side to hang up. Never raises.

    No error means that all was said and nothing spoke against it; `body` is what came after the opening.
    """
    started = time.monotonic()
    error: DoorError | None = None
    words, body = "", b""
    try:
        body = _converse(call, policy, started + policy.total_seconds, lookup)
    except _Failed as failed:
        error, words = failed.error, failed.words
    except Exception as failed:  # noqa: BLE001 - a kind's answer may stumble, and a call must end with a reply
        error, words = DoorError.OTHER, f"the conversation failed ({type(failed).__name__})"
    took = time.monotonic() - started
    return Reply(None, body=body, error=error, error_words=words, seconds=took, at=time.time())


def _converse(call: TcpTalk, policy: Policy, end: float, lookup: Resolve) -> bytes:
    with _connected(call, policy, end, lookup) as line:
        try:
            opening = _heard(line, call.opening, end)
            answer = call.answer(opening)
            line.settimeout(_left(end))
            line.sendall(answer)
        except TimeoutError:
            raise _Failed(*_SLOW) from None
        except OSError:
            raise _Failed(*_RESET) from None
        return _farewell(line, policy.max_reply_bytes, end)


def _connected(call: TcpTalk, policy: Policy, end: float, lookup: Resolve) -> socket.socket:
    """A connection to the first allowed address that takes one. Each is judged right before it is connected to."""
    failed = _Failed(DoorError.ADDRESS_REFUSED, REFUSED_WORDS)
    for family, place in _addresses(call, lookup):
        if not allowed(str(place[0]), SCHEME, policy):
            continue
        line = socket.socket(family, socket.SOCK_STREAM)
        try:
            line.settimeout(min(policy.connect_seconds, _left(end)))
            line.connect(place)
        except TimeoutError:
            failed = _Failed(*_SLOW)
        except ConnectionResetError:
            failed = _Failed(*_RESET)  # it was there, and gone before we looked
        except OSError:
            failed = _Failed(*_CONNECT)
        else:
            return line
        line.close()
    raise failed


def _addresses(call: TcpTalk, lookup: Resolve) -> list[SocketAddress]:
    if not 0 < call.port < 65_536:
        raise _Failed(DoorError.BAD_ADDRESS, "the port is not between 1 and 65535")
    try:
        return lookup(call.host, call.port)
    except (OSError, UnicodeError):
        raise _Failed(*_NO_NAME) from None


def _heard(line: socket.socket, count: int, end: float) -> bytes:
    """The next `count` bytes, of a connection that may close after them."""
    heard = b""
    while len(heard) < count:
        piece = _received(line, min(CHUNK, count - len(heard)), end)
        if not piece:
            raise _Failed(*_RESET)
        heard += piece
    return heard


def _received(line: socket.socket, most: int, end: float) -> bytes:
    line.settimeout(_left(end))
    return line.recv(most)


def _farewell(line: socket.socket, most: int, end: float) -> bytes:
    """What is said after the answer, until the other side hangs up; a reset means that the answer was not read.

    Whether it hangs up at all says nothing: some wait for more.
    """
    last, said = min(end, time.monotonic() + FAREWELL), b""
    try:
        line.shutdown(socket.SHUT_WR)
        while (piece := _received(line, CHUNK, last)) and len(said) <= most:
            said += piece
    except TimeoutError:
        pass
    except OSError:
        raise _Failed(*_RESET) from None
    if len(said) > most:
        raise _Failed(DoorError.TOO_LARGE, f"the answer was longer than {most} bytes")
    return said


def _left(end: float) -> float:
    """The seconds until `end`; TimeoutError where there are none."""
    left = end - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
