"""What may go wrong on the way to a destination that speaks HTTP."""

import json
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from email.utils import formatdate
from types import SimpleNamespace
from typing import Any

from channels_app import registry
from channels_app.contract import Reason
from tests.channels_app.kinds import HTTP_KINDS, SAMPLES
from tests.failings.rows import BRIEF, Fate, Row, again, delivered, never
from tests.servers import rude
from tests.servers.http import Answer, Receiver, Request
from tests.servers.rude import Conduct, Rude
from tests.servers.tls import DAY, Authority

Serve = Callable[[Authority], AbstractContextManager[Any]]

RESET = again(Reason.NETWORK, "the connection closed before the answer was complete")
SLOW = again(Reason.NETWORK, "no answer in time")
NO_HTTP = again(Reason.NETWORK, "the answer was not HTTP")
TOO_LONG = again(Reason.UNEXPECTED_ANSWER, "the answer was longer than 65536 bytes")
NO_TLS = again(Reason.NETWORK, "no secure connection could be agreed")
DOUBTFUL = again(Reason.NETWORK, "the certificate could not be verified")
REFUSED = never(Reason.ADDRESS_REFUSED, "this address is not allowed as a destination")


def _fates(name: str, usual: Fate | None) -> dict[str, Fate]:
    """Of every kind that speaks HTTP: its own where its sample has one, else the usual."""
    own = {kind: SAMPLES[kind].fates.get(name, usual) for kind in HTTP_KINDS}
    return {kind: _as_shown(kind, fate) for kind, fate in own.items() if fate}


def _as_shown(kind: str, fate: Fate) -> Fate:
    """Without the remote's words, where anybody's server may be the remote."""
    shown = fate.status is None or registry.kind(kind).spec.fixed_answer
    return fate if shown else replace(fate, words="")


def _row(name: str, serve: Serve, usual: Fate | None, **more: Any) -> Row:
    return Row(name, serve, _fates(name, usual), **more)


def _conduct(name: str, conduct: Conduct, usual: Fate, **more: Any) -> Row:
    return _row(name, lambda authority: Rude(conduct), usual, **more)


def _slow(name: str, conduct: Conduct) -> Row:
    return _conduct(name, conduct, SLOW, seconds=BRIEF)


def _answer(name: str, answer: Answer, usual: Fate) -> Row:
    return _row(name, lambda authority: Receiver(answer), usual)


def _decided(name: str, decide: Callable[[Request], Answer], usual: Fate | None) -> Row:
    """`usual` is None where every kind says something of its own."""

    def serve(authority: Authority) -> Receiver:
        receiver = Receiver()
        receiver.decide = decide
        return receiver

    return _row(name, serve, usual)


def _at(name: str, url: str, usual: Fate) -> Row:
    return _row(name, lambda authority: nullcontext(SimpleNamespace(url=url)), usual)


def _limited(name: str, value: str, pause: float) -> Row:
    answer = Answer(429, b"rate_limited", {"Retry-After": value})
    return _answer(
        f"answers 429 with Retry-After {name}", answer, again(Reason.RATE_LIMITED, "rate_limited", 429, pause)
    )


def _moved(status: int, where: str) -> Row:
    answer = Answer(status, b"", {"Location": where})
    fate = never(Reason.REDIRECTED, "the address redirects to another one", status)
    return _answer(f"redirects ({status}) to {where}", answer, fate)


def _error(status: int, words: str) -> bytes:
    return json.dumps({"error": {"code": status, "type": "Error", "message": words}}).encode()


def _until(headers: Callable[[], dict[str, str]]) -> Callable[[Request], Answer]:
    return lambda request: Answer(429, b"", headers())


def _flood(name: str, headers: Callable[[], dict[str, str]]) -> Row:
    return _decided(f"answers 429 with {name}", _until(headers), again(Reason.RATE_LIMITED, "", 429))


def _tls(name: str, context: Callable[[Authority], Any], fate: Fate) -> Row:
    answer = Answer(200, b"ok")
    return _row(name, lambda authority: Receiver(answer, context(authority)), fate)


def _elsewhere(url: Callable[[Any], str], server: Serve) -> Serve:
    """The same server under another address."""

    class Moved:
        def __init__(self, authority: Authority) -> None:
            self._server = server(authority)

        def __enter__(self) -> SimpleNamespace:
            return SimpleNamespace(url=url(self._server.__enter__()))

        def __exit__(self, *ended: Any) -> None:
            self._server.__exit__(*ended)

    return Moved


SLOWNESS = (
    _slow("takes the call and never answers", rude.never_shakes_hands),
    _slow("sends its headers a byte at a time", rude.headers_by_the_byte),
    _slow("answers 200 and sends the body a byte at a time", rude.body_by_the_byte),
    _slow("switches to another protocol", rude.another_protocol),
    _row("never finishes the TLS handshake",
        _elsewhere(lambda server: f"https://127.0.0.1:{server.port}", lambda authority: Rude(rude.never_shakes_hands)),
        SLOW, seconds=BRIEF),
)  # fmt: skip
BREAKS = (
    _conduct("resets the connection within the request", rude.reset_within_the_request, RESET),
    _answer("resets the connection after the request", Answer(manner="reset"), RESET),
    _answer("closes the connection without an answer", Answer(manner="close"), RESET),
    _conduct("resets the connection after its headers", rude.reset_after_the_headers, RESET),
    _answer("sends half of a body", Answer(200, b"ok" * 20, manner="truncate"), RESET),
    _conduct("sends a chunked body without its end", rude.a_chunk_without_its_end, RESET),
    _conduct("sends chunks that are none", rude.chunked_nonsense, RESET),
    _conduct("sends two different lengths", rude.two_lengths, NO_HTTP),
    _conduct("sends a length beyond all numbers, then “ok”", rude.a_length_that_is_none, delivered("ok", 200)),
    _conduct("speaks another protocol", rude.no_http, NO_HTTP),
    _conduct("answers without any headers", rude.an_answer_of_1991, NO_HTTP),
)
FLOODS = (
    _conduct("sends a body of 1 GB", rude.a_gigabyte, TOO_LONG),
    _conduct("sends chunks without end", rude.an_endless_chunked_body, TOO_LONG),
    _conduct("sends headers without end", rude.endless_headers, TOO_LONG),
    _conduct("sends one header without end", rude.one_endless_header, TOO_LONG),
    _conduct("sends interim (1xx) answers without end", rude.a_flood_of_interim_answers, TOO_LONG),
)
BUSY = (
    _answer("answers 500", Answer(500, b"rollup_error"), again(Reason.REMOTE_ERROR, "rollup_error", 500)),
    _answer("answers 502 with a page", Answer(502, b"<html><h1>Bad gateway</h1></html>"),
            again(Reason.REMOTE_ERROR, "Bad gateway", 502)),
    _answer("answers 503 without a word", Answer(503, b""), again(Reason.REMOTE_ERROR, "", 503)),
    _answer("answers 503 with Retry-After: 30", Answer(503, b"", {"Retry-After": "30"}),
            again(Reason.REMOTE_ERROR, "", 503, 30.0)),
    _answer("answers 408", Answer(408, b""), again(Reason.REMOTE_ERROR, "", 408)),
    _conduct("answers 500 in bytes that are no text", rude.bytes_that_are_no_text,
             again(Reason.REMOTE_ERROR, "bad [31m\ufffd\ufffd", 500)),
    _answer("answers 429 without Retry-After", Answer(429, b""), again(Reason.RATE_LIMITED, "", 429)),
    _limited("in seconds", "30", 30.0),
    _limited("of 1e9 s", "1e9", 3600.0),
    _limited("below zero", "-3", 5.0),
    _limited("that is no time", "soon", 5.0),
    _limited("of 20,000 digits", "9" * 20_000, 3600.0),
    _limited("of 20,000 letters", "z" * 20_000, 5.0),
    _limited("in the past", formatdate(0, usegmt=True), 5.0),
    _decided("answers 429 with Retry-After as a date",
             lambda request: Answer(429, b"", {"Retry-After": formatdate(time.time() + 40, usegmt=True)}),
             again(Reason.RATE_LIMITED, "", 429, 40.0)),
    _flood("X-Ratelimit-Reset", lambda: {"X-Ratelimit-Remaining": "0",
                                         "X-Ratelimit-Reset": str(int(time.time()) + 200)}),
    _flood("X-FloodControl-Reset", lambda: {"X-FloodControl-Remaining": "0",
                                            "X-FloodControl-Reset": str(int(time.time()) + 20)}),
)  # fmt: skip
SAYINGS = (
    _answer("answers 200 and “ok”", Answer(200, b"ok"), delivered("ok", 200)),
    _conduct("answers 200 after interim (1xx) answers", rude.some_interim_answers_first, delivered("ok", 200)),
    _answer("answers 200 with a login page", Answer(200, b"<html><p>Please log in</p></html>"),
            again(Reason.UNEXPECTED_ANSWER, "Please log in", 200)),
    _answer("answers 200 with something else", Answer(200, b"queued"),
            again(Reason.UNEXPECTED_ANSWER, "queued", 200)),
    _answer("answers 202", Answer(202, b"later"), again(Reason.UNEXPECTED_ANSWER, "later", 202)),
    _answer("answers 204", Answer(204), again(Reason.UNEXPECTED_ANSWER, "", 204)),
    _answer("answers 401", Answer(401, b""), never(Reason.BAD_CREDENTIALS, "", 401)),
    _answer("answers 401 in HipChat's words", Answer(401, _error(401, "Invalid OAuth session")),
            never(Reason.BAD_CREDENTIALS, _error(401, "Invalid OAuth session").decode(), 401)),
    _answer("answers 403", Answer(403, b""), never(Reason.NOT_ALLOWED, "", 403)),
    _answer("answers 403 invalid_token", Answer(403, b"invalid_token"),
            never(Reason.NOT_ALLOWED, "invalid_token", 403)),
    _answer("answers 404", Answer(404, b""), never(Reason.DESTINATION_GONE, "", 404)),
    _answer("answers 404 no_service", Answer(404, b"no_service"), never(Reason.DESTINATION_GONE, "no_service", 404)),
    _answer("answers 410 channel_is_archived", Answer(410, b"channel_is_archived"),
            never(Reason.DESTINATION_GONE, "channel_is_archived", 410)),
    _answer("answers 400 also to the plainer form", Answer(400, b"invalid_payload"),
            never(Reason.CONTENT_REFUSED, "invalid_payload", 400)),
    _decided("repeats the address and the token in its refusal",
             lambda request: Answer(403, f"{request.path} {request.headers.get('authorization', '')}".encode()), None),
    _answer("answers 418", Answer(418, b"teapot"), never(Reason.UNEXPECTED_ANSWER, "teapot", 418)),
)  # fmt: skip
ADDRESSES = (
    _moved(301, "http://127.0.0.1/"),
    _moved(302, "http://169.254.169.254/latest/meta-data/"),
    _moved(303, "https://example.org/"),
    _moved(307, "file:///etc/passwd"),
    _moved(308, "http://[::1]/"),
    _at("has a name that does not exist", "https://nobody.invalid",
        again(Reason.NETWORK, "the host name was not found")),
    _at("has an address inside the operator's network", "https://10.0.0.1", REFUSED),
    _at("has the address of a cloud's metadata", "https://169.254.169.254", REFUSED),
    _row("has a name that leads to an address inside",
        _elsewhere(lambda server: f"https://localhost:{server.port}", lambda authority: Receiver(host="127.0.0.1")),
        REFUSED, settings={"BELLHOP_ALLOWED_NETWORKS": ["127.9.0.0/16"]}),
    _row("listens no more",
        _elsewhere(lambda server: "http://127.0.0.1:1", lambda authority: Receiver()),
        again(Reason.NETWORK, "no connection could be made")),
)  # fmt: skip
CERTIFICATES = (
    _tls("shows a certificate of BELLHOP_CA_FILE", lambda authority: authority.server(), delivered("ok", 200)),
    _tls("shows an expired certificate", lambda authority: authority.server(since=-3 * DAY, until=-DAY), DOUBTFUL),
    _tls("shows a certificate of tomorrow", lambda authority: authority.server(since=DAY, until=2 * DAY), DOUBTFUL),
    _tls("shows the certificate of another host", lambda authority: authority.server("other.example"), DOUBTFUL),
    _tls("shows a certificate that it signed itself", lambda authority: authority.server(self_signed=True), DOUBTFUL),
    _row("speaks plain text where TLS is expected",
        _elsewhere(lambda server: f"https://127.0.0.1:{server.port}", lambda authority: Rude(rude.no_http)),
        NO_TLS),
    _row("expects TLS where plain text is spoken",
        _elsewhere(lambda server: f"http://127.0.0.1:{server.port}",
                   lambda authority: Receiver(tls=authority.server())), RESET),
)  # fmt: skip
ROWS = (*SLOWNESS, *BREAKS, *FLOODS, *BUSY, *SAYINGS, *ADDRESSES, *CERTIFICATES)
