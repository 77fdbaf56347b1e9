"""What may go wrong between the library Apprise and a service, by the example of json://."""

from contextlib import AbstractContextManager, nullcontext
from types import SimpleNamespace
from typing import Any

from channels_app.contract import Reason
from tests.failings.rows import BRIEF, Fate, Row, again, delivered, never
from tests.patience import PATIENT
from tests.servers import rude
from tests.servers.http import Answer, Receiver
from tests.servers.rude import Rude

SAID = "Failed to send JSON POST notification:"
LOST = again(Reason.NETWORK, "A Connection error occurred sending JSON notification to [secret].")
SLOW = again(Reason.NETWORK, "no answer in time")
REFUSED = never(Reason.ADDRESS_REFUSED, "this address is not allowed as a destination")


def _row(name: str, server: Any, fate: Fate, seconds: float = PATIENT, **settings: Any) -> Row:
    return Row(f"(through Apprise) {name}", lambda authority: server(), {"apprise": fate}, settings, seconds)


def _at(url: str) -> AbstractContextManager[Any]:
    return nullcontext(SimpleNamespace(url=url))


def _answer(name: str, answer: Answer, fate: Fate, seconds: float = PATIENT) -> Row:
    return _row(name, lambda: Receiver(answer), fate, seconds)


ROWS = (
    _answer("takes the message", Answer(), delivered()),
    _answer("answers 401", Answer(401, b"no"),
            never(Reason.BAD_CREDENTIALS, f"{SAID} Verification Failed., error=401.", 401)),
    _answer("answers 404", Answer(404, b"no"),
            never(Reason.DESTINATION_GONE, f"{SAID} Page not found., error=404.", 404)),
    _answer("answers 418", Answer(418, b"teapot"), never(Reason.UNEXPECTED_ANSWER, f"{SAID} error=418.", 418)),
    _answer("answers 429", Answer(429, b""), again(Reason.RATE_LIMITED, f"{SAID} error=429.", 429)),
    _answer("answers 500", Answer(500, b""),
            again(Reason.REMOTE_ERROR, f"{SAID} Internal server error., error=500.", 500)),
    _answer("redirects (302)", Answer(302, b"", {"Location": "http://169.254.169.254/"}),
            never(Reason.REDIRECTED, f"{SAID} error=302.", 302)),
    _answer("never answers", Answer(manner="hang"), SLOW, BRIEF),
    _row("sends its headers a byte at a time", lambda: Rude(rude.headers_by_the_byte), SLOW, BRIEF),
    _answer("resets the connection after the request", Answer(manner="reset"), LOST),
    _row("speaks another protocol", lambda: Rude(rude.no_http), LOST),
    Row("(through Apprise) shows a certificate of BELLHOP_CA_FILE",
        lambda authority: Receiver(Answer(), authority.server()), {"apprise": LOST}),
    _row("listens no more", lambda: _at("http://127.0.0.1:1"), LOST),
    _row("has a name that does not exist", lambda: _at("http://nobody.invalid"),
         again(Reason.NETWORK, "the host name was not found")),
    _row("has an address that the operator did not allow", lambda: _at("https://127.0.0.1:1"), REFUSED,
         BELLHOP_ALLOWED_NETWORKS=["127.8.0.0/16"]),
    _row("has a name that leads to an address inside", lambda: _at("http://localhost:1"), REFUSED,
         BELLHOP_ALLOWED_NETWORKS=["127.9.0.0/16"]),
)  # fmt: skip
