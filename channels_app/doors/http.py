"""The HTTP door: many calls in flight on one thread, through libcurl's multi interface and a selector."""

import selectors
import socket
import tempfile
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import certifi
import pycurl  # noqa: TID251 - this package is the door

from channels_app.contract import DoorError, HttpCall, Reply
from channels_app.doors.guard import REFUSED_WORDS, Policy
from channels_app.doors.places import Place
from channels_app.doors.transfer import Address, CallError, Transfer, address_of, check, proxied_allowed

Done = Callable[[Reply], None]
FileLike = socket.socket | IO[Any] | int

KEPT_CONNECTIONS = 1024
KEPT_HANDLES = 512
STUCK_WORDS = "this address does not answer, and as many calls as may wait for it already"
_EVENTS = {
    pycurl.POLL_IN: selectors.EVENT_READ,
    pycurl.POLL_OUT: selectors.EVENT_WRITE,
    pycurl.POLL_INOUT: selectors.EVENT_READ | selectors.EVENT_WRITE,
}


class HttpDoor:
    """Carries HTTP calls. One thread owns it: `start` calls, then `pump` until their `done` were told.

    At most `policy.per_address` calls run at one (scheme, host, port); more of them wait here, in order, and nobody
    else waits for them. Where such an address answers nobody for a while, those that wait come back as not
    answered, so that they take no caller's room. The time limit of a call counts from its own start. `_resolve` are
    `host:port:address` entries that stand in for the resolver.
    """

    def __init__(self, policy: Policy, _resolve: tuple[str, ...] = ()) -> None:
        self._policy = policy
        self._resolve = _resolve
        self._trusted = _trusted_certificates(policy.ca_file)
        self._selector = selectors.DefaultSelector()
        self._sockets: set[int] = set()
        self._deadline: float | None = None
        self._running: dict[pycurl.Curl, Transfer] = {}
        self._idle: list[Transfer] = []
        self._places: dict[Address, Place] = {}
        self._queued = 0
        self._finished: deque[tuple[Done, Reply]] = deque()
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_SOCKETFUNCTION, self._on_socket)
        self._multi.setopt(pycurl.M_TIMERFUNCTION, self._on_timer)
        self._multi.setopt(pycurl.M_PIPELINING, pycurl.PIPE_NOTHING)
        self._multi.setopt(pycurl.M_MAXCONNECTS, KEPT_CONNECTIONS)

    @property
    def in_flight(self) -> int:
        """Calls that were started and whose `done` was not told yet."""
        return len(self._running) + self._queued + len(self._finished)

    def start(self, call: HttpCall, done: Done) -> None:
        """Take `call`; `done` gets its reply from a later `pump`, errors included."""
        try:
            address = address_of(call.url)
            check(call)
            if self._policy.proxy and not proxied_allowed(address, self._policy):
                raise CallError(DoorError.ADDRESS_REFUSED, REFUSED_WORDS)
        except CallError as refused:
            self._finished.append((done, Reply(None, error=refused.error, error_words=refused.words, at=time.time())))
            return
        place = self._places.get(address) or self._places.setdefault(address, Place())
        if place.running < self._policy.per_address:
            self._launch(call, address, done)
        elif place.is_stuck:
            self._turn_away(done)
        else:
            place.waiting.append((call, done))
            self._queued += 1

    def pump(self, timeout: float) -> None:
        """One turn: wait at most `timeout` seconds for something to happen, then tell what is done."""
        self._turn(0.0 if self._finished else max(0.0, timeout))
        self._collect()
        if self._queued:
            self._clear_stuck()
        while self._finished:
            done, reply = self._finished.popleft()
            done(reply)

    def watch(self, file: FileLike) -> None:
        """End the wait of a `pump` when `file` is readable. The caller reads it."""
        self._selector.register(file, selectors.EVENT_READ)

    def unwatch(self, file: FileLike) -> None:
        """Stop watching `file`."""
        self._selector.unregister(file)

    def close(self) -> None:
        """Drop every call and connection; no `done` is told any more."""
        for curl, transfer in self._running.items():
            self._multi.remove_handle(curl)
            transfer.curl.close()
        for transfer in self._idle:
            transfer.curl.close()
        self._running.clear()
        self._idle.clear()
        self._places.clear()
        self._finished.clear()
        self._queued = 0
        self._multi.close()
        self._selector.close()
        self._trusted.close()

    def _launch(self, call: HttpCall, address: Address, done: Done) -> None:
        transfer = self._idle.pop() if self._idle else Transfer(self._policy, self._trusted.name, self._resolve)
        transfer.begin(call, address, done)
        self._places[address].begin()
        self._running[transfer.curl] = transfer
        self._multi.add_handle(transfer.curl)

    def _turn(self, timeout: float) -> None:
        if self._deadline is not None:
            timeout = min(timeout, max(0.0, self._deadline - time.monotonic()))
        for key, events in self._selector.select(timeout):
            if key.fd in self._sockets:
                self._multi.socket_action(key.fd, _curl_bits(events))
        if self._deadline is not None and time.monotonic() >= self._deadline:
            self._deadline = None
            self._multi.socket_action(pycurl.SOCKET_TIMEOUT, 0)

    def _collect(self) -> None:
        more = 1
        while more:
            more, good, bad = self._multi.info_read()
            for curl in good:
                self._finish(curl, pycurl.E_OK)
            for curl, code, _words in bad:
                self._finish(curl, code)

    def _finish(self, curl: pycurl.Curl, code: int) -> None:
        transfer = self._running.pop(curl)
        self._multi.remove_handle(curl)
        self._finished.append((transfer.done, transfer.reply(code)))
        self._release(transfer.address, code == pycurl.E_OK)
        if len(self._idle) < KEPT_HANDLES:
            self._idle.append(transfer)
        else:
            curl.close()

    def _release(self, address: Address, answered: bool) -> None:
        place = self._places[address]
        place.end(answered)
        if place.waiting:
            self._queued -= 1
            call, done = place.waiting.popleft()
            self._launch(call, address, done)
        elif place.is_idle:
            del self._places[address]

    def _clear_stuck(self) -> None:
        for place in self._places.values():
            if place.waiting and place.is_stuck:
                self._queued -= len(place.waiting)
                for _call, done in place.waiting:
                    self._turn_away(done)
                place.waiting.clear()

    def _turn_away(self, done: Done) -> None:
        self._finished.append((done, Reply(None, error=DoorError.TIMEOUT, error_words=STUCK_WORDS, at=time.time())))

    def _on_socket(self, what: int, fd: int, multi: Any, data: Any) -> None:
        if what == pycurl.POLL_REMOVE:
            if fd in self._sockets:
                self._sockets.discard(fd)
                self._selector.unregister(fd)
        elif fd in self._sockets:
            self._selector.modify(fd, _EVENTS[what])
        else:
            self._selector.register(fd, _EVENTS[what])
            self._sockets.add(fd)

    def _on_timer(self, milliseconds: int) -> None:
        self._deadline = None if milliseconds < 0 else time.monotonic() + milliseconds / 1000


def _curl_bits(events: int) -> int:
    readable = pycurl.CSELECT_IN if events & selectors.EVENT_READ else 0
    return readable | (pycurl.CSELECT_OUT if events & selectors.EVENT_WRITE else 0)


def _trusted_certificates(extra: str) -> IO[bytes]:
    """An open file with the public authorities; with the operator's own too, one that is gone when closed."""
    if not extra:
        return Path(certifi.where()).open("rb")
    file = tempfile.NamedTemporaryFile(prefix="bellhop-ca-", suffix=".pem")  # noqa: SIM115 - open as long as the door
    file.write(Path(certifi.where()).read_bytes())
    file.write(b"\n" + Path(extra).read_bytes())
    file.flush()
    return file
