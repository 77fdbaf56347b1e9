"""One curl handle, used for one call after another, and what is known of the call it carries."""

import re
import socket
import time
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pycurl  # noqa: TID251 - this package is the door

from channels_app.contract import DoorError, HttpCall, Reply
from channels_app.doors.guard import REFUSED_WORDS, Policy, allowed, literal

IDLE_SECONDS = 20
CONNECTION_SECONDS = 300
DNS_SECONDS = 30
USER_AGENT = "Bellhop"
HEADERS_TOO_LARGE = 100  # libcurl's own limit; pycurl has no name for it
METHODS = frozenset(("GET", "POST", "PUT", "PATCH", "DELETE"))

_URL_TEXT = re.compile(r"[!#-\[\]^_a-z{}|~%]+", re.IGNORECASE)
# Where nothing can be read in two ways, taking the address apart needs no more than this.
_PLAIN_URL = re.compile(r"(https?)://([a-z0-9][a-z0-9.-]*)(?::([1-9][0-9]{0,4}))?/[A-Za-z0-9/._~=-]*")
_HEADER_TEXT = re.compile(r"[\x20-\x7e]*")

_RESET = (DoorError.RESET, "the connection closed before the answer was complete")
_NO_HTTP = (DoorError.OTHER, "the answer was not HTTP")
_TLS = (DoorError.TLS, "no secure connection could be agreed")
_CERTIFICATE = (DoorError.TLS, "the certificate could not be verified")
_CONNECT = (DoorError.CONNECT, "no connection could be made")
_ERRORS: dict[int, tuple[DoorError, str]] = {
    pycurl.E_UNSUPPORTED_PROTOCOL: _NO_HTTP,
    pycurl.E_FTP_WEIRD_SERVER_REPLY: _NO_HTTP,  # its number is that of any weird reply by now
    pycurl.E_URL_MALFORMAT: (DoorError.BAD_ADDRESS, "the address cannot be read"),
    pycurl.E_COULDNT_RESOLVE_PROXY: (DoorError.DNS, "the proxy's name was not found"),
    pycurl.E_COULDNT_RESOLVE_HOST: (DoorError.DNS, "the host name was not found"),
    pycurl.E_COULDNT_CONNECT: _CONNECT,
    pycurl.E_OPERATION_TIMEDOUT: (DoorError.TIMEOUT, "no answer in time"),
    pycurl.E_SSL_CONNECT_ERROR: _TLS,
    pycurl.E_PEER_FAILED_VERIFICATION: _CERTIFICATE,
    pycurl.E_SSL_CACERT_BADFILE: (DoorError.TLS, "the file of trusted certificates cannot be read"),
    pycurl.E_GOT_NOTHING: _RESET,
    pycurl.E_SEND_ERROR: _RESET,
    pycurl.E_RECV_ERROR: _RESET,
    pycurl.E_PARTIAL_FILE: _RESET,
    pycurl.E_SEND_FAIL_REWIND: _RESET,
}


class Address(NamedTuple):
    """Where a call goes, as far as its URL tells."""

    scheme: str
    host: str
    port: int


class CallError(Exception):
    """A call that cannot be started; `error` and `words` go into its reply."""

    def __init__(self, error: DoorError, words: str) -> None:
        super().__init__(words)
        self.error = error
        self.words = words


@lru_cache(maxsize=2048)
def address_of(url: str) -> Address:
    """The address that `url` names; `CallError` where no call must be made to it at all."""
    plain = _PLAIN_URL.fullmatch(url)
    if plain and int(plain[3] or 0) < 65_536:
        return Address(plain[1], plain[2], int(plain[3] or (443 if plain[1] == "https" else 80)))
    if not _URL_TEXT.fullmatch(url):
        raise CallError(DoorError.BAD_ADDRESS, "the address cannot be read")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise CallError(DoorError.BAD_ADDRESS, "the address cannot be read") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise CallError(DoorError.BAD_ADDRESS, "the address must begin with https:// or http://")
    if "@" in parts.netloc:
        raise CallError(DoorError.BAD_ADDRESS, "the address must not hold a user name or password")
    return Address(parts.scheme, parts.hostname, port or (443 if parts.scheme == "https" else 80))


def check(call: HttpCall) -> None:
    """`CallError` for a method or a header that cannot be sent as it stands."""
    if call.method not in METHODS:
        raise CallError(DoorError.OTHER, "the method is not one of " + ", ".join(sorted(METHODS)))
    for name, value in call.headers.items():
        if not name or not _HEADER_TEXT.fullmatch(name) or ":" in name or not _HEADER_TEXT.fullmatch(value):
            raise CallError(DoorError.OTHER, "a header holds characters that cannot be sent")


class Transfer:
    """A curl handle with the options that never change; `begin` sets what belongs to one call.

    `done` is what the caller wants to be told; the door keeps it here while the call is under way.
    """

    def __init__(self, policy: Policy, ca_file: str, resolve: tuple[str, ...]) -> None:
        self._policy = policy
        self._allowed = lru_cache(maxsize=64)(partial(_reachable, policy))
        self.curl = pycurl.Curl()
        self.done: Callable[[Reply], None] = _nobody
        self.address = Address("https", "", 443)
        self._method = ""
        self._forget()
        for option, value in _fixed_options(policy, ca_file, resolve):
            self.curl.setopt(option, value)
        self.curl.setopt(pycurl.WRITEFUNCTION, self._on_body)
        self.curl.setopt(pycurl.HEADERFUNCTION, self._on_header)
        self.curl.setopt(pycurl.OPENSOCKETFUNCTION, self._on_open)
        self.curl.setopt(pycurl.PREREQFUNCTION, self._on_request)

    def begin(self, call: HttpCall, address: Address, done: Callable[[Reply], None]) -> None:
        """Set all that differs from call to call, so that nothing of the last one is left."""
        self._forget()
        self.done, self.address = done, address
        set_option = self.curl.setopt
        set_option(pycurl.URL, call.url)
        if call.body or call.method != "GET":
            set_option(pycurl.POSTFIELDS, call.body)  # makes it a POST, whatever the last one was
        else:
            set_option(pycurl.HTTPGET, 1)
        if call.method != self._method:
            self._method = call.method
            set_option(pycurl.CUSTOMREQUEST, call.method)
        set_option(pycurl.HTTPHEADER, ["Expect:", *(f"{name}: {value}" for name, value in call.headers.items())])

    def reply(self, code: int) -> Reply:
        """What came of it; `code` is curl's result, 0 for an answer."""
        seconds, at = time.monotonic() - self._started, time.time()
        if code == pycurl.E_OK:
            status = self.curl.getinfo(pycurl.RESPONSE_CODE)
            return Reply(status, _headers(self._head), b"".join(self._body), seconds=seconds, at=at)
        error, words = self._failure(code)
        return Reply(None, error=error, error_words=words, seconds=seconds, at=at)

    def _failure(self, code: int) -> tuple[DoorError, str]:
        if self._refused and not self._sent:
            return DoorError.ADDRESS_REFUSED, REFUSED_WORDS
        if self._too_large or code == HEADERS_TOO_LARGE:
            return DoorError.TOO_LARGE, f"the answer was longer than {self._policy.max_reply_bytes} bytes"
        if self._sent and code in (pycurl.E_COULDNT_CONNECT, pycurl.E_ABORTED_BY_CALLBACK):
            return _RESET  # it was sent once, and sending it again on a new connection was prevented
        return _ERRORS.get(code, (DoorError.OTHER, f"the call failed (code {code})"))

    def _forget(self) -> None:
        self._head: list[bytes] = []
        self._body: list[bytes] = []
        self._size = 0
        self._refused = self._sent = self._too_large = False
        self._started = time.monotonic()

    def _on_open(self, purpose: int, address: Any) -> Any:
        """The address is judged here, on the very address that is then connected to."""
        family, kind, protocol, place = address
        if self._sent:
            return pycurl.SOCKET_BAD
        if not self._allowed(place[0], self.address.scheme):
            self._refused = True
            return pycurl.SOCKET_BAD
        return socket.socket(family, kind, protocol)

    def _on_request(self, remote: str, local: str, remote_port: int, local_port: int) -> int:
        """Asked right before the request goes out, on new and on re-used connections.

        A second question means that libcurl wants to send the request again on its own: it may not.
        """
        if self._sent:
            return pycurl.PREREQFUNC_ABORT
        if not self._allowed(remote, self.address.scheme):
            self._refused = True
            return pycurl.PREREQFUNC_ABORT
        self._sent = True
        return pycurl.PREREQFUNC_OK

    def _on_header(self, line: bytes) -> int | None:
        if not self._room_for(line):
            return -1
        self._head.append(line)
        return None

    def _on_body(self, chunk: bytes) -> int | None:
        if not self._room_for(chunk):
            return -1
        self._body.append(chunk)
        return None

    def _room_for(self, chunk: bytes) -> bool:
        self._size += len(chunk)
        self._too_large = self._size > self._policy.max_reply_bytes
        return not self._too_large


def proxied_allowed(address: Address, policy: Policy) -> bool:
    """Behind a proxy the socket shows only the proxy, so literals are judged by their spelling; names must be https."""
    spelled = literal(address.host)
    return address.scheme == "https" if spelled is None else allowed(spelled, address.scheme, policy)


def _fixed_options(policy: Policy, ca_file: str, resolve: tuple[str, ...]) -> list[tuple[int, Any]]:
    return [
        (pycurl.NOSIGNAL, 1),
        (pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS),
        (pycurl.FOLLOWLOCATION, 0),
        (pycurl.PATH_AS_IS, 1),
        (pycurl.NETRC, pycurl.NETRC_IGNORED),
        (pycurl.PROXY, policy.proxy),
        (pycurl.NOPROXY, ""),
        (pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1),
        (pycurl.CAINFO, ca_file),
        (pycurl.SSL_VERIFYPEER, 1),
        (pycurl.SSL_VERIFYHOST, 2),
        (pycurl.TIMEOUT_MS, int(policy.total_seconds * 1000)),
        (pycurl.CONNECTTIMEOUT_MS, int(min(policy.connect_seconds, policy.total_seconds) * 1000)),
        (pycurl.TCP_NODELAY, 1),
        (pycurl.MAXAGE_CONN, IDLE_SECONDS),
        (pycurl.MAXLIFETIME_CONN, CONNECTION_SECONDS),
        (pycurl.DNS_CACHE_TIMEOUT, DNS_SECONDS),
        (pycurl.USERAGENT, USER_AGENT),
        (pycurl.RESOLVE, list(resolve)),
    ]


def _headers(lines: Sequence[bytes]) -> dict[str, str]:
    """The headers of the last answer among `lines`, by their names in lower case."""
    headers: dict[str, str] = {}
    for text in b"".join(lines).decode("latin-1").split("\n"):
        if text.startswith("HTTP/"):
            headers = {}
            continue
        name, colon, value = text.partition(":")
        if colon:
            name, value = name.strip().lower(), value.strip()
            known = headers.get(name)
            headers[name] = value if known is None else f"{known}, {value}"
    return headers


def _reachable(policy: Policy, ip: str | bytes, scheme: str) -> bool:
    """Behind a proxy every socket leads to the proxy, which the operator named."""
    return bool(policy.proxy) or allowed(ip.decode("ascii") if isinstance(ip, bytes) else ip, scheme, policy)


def _nobody(_: Reply) -> None:
    """For a handle that carries no call."""
