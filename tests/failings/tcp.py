"""What may go wrong on the way to a destination that is talked to over TCP, and speaks first."""

from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

from channels_app.contract import Reason
from channels_app.nagios.send import SENT
from tests.channels_app.kinds.nagios import PASSWORD
from tests.failings.rows import BRIEF, LINGERS, Fate, Row, again, delivered, never
from tests.servers import nsca
from tests.servers.nsca import Nsca
from tests.servers.rude import Conduct, Rude

SLOW = again(Reason.NETWORK, "no answer in time")
RESET = again(Reason.NETWORK, "the connection closed before all was said")
TAKEN = delivered(SENT)
REFUSED = never(Reason.ADDRESS_REFUSED, "this address is not allowed as a destination")


def _row(name: str, serve: Any, fate: Fate, **more: Any) -> Row:
    return Row(f"(over TCP) {name}", serve, {"nagios": fate}, **more)


def _conduct(name: str, conduct: Conduct, fate: Fate, **more: Any) -> Row:
    return _row(name, lambda authority: Rude(conduct), fate, **more)


def _at(name: str, url: str, fate: Fate, **settings: Any) -> Row:
    return _row(name, lambda authority: nullcontext(SimpleNamespace(url=url)), fate, settings=settings)


def _taking(method: int, password: str) -> Any:
    return lambda authority: Nsca(method, password.encode())


TALKS = (
    _row("takes what it is told", _taking(1, PASSWORD), TAKEN),
    _row("has another password, and tells nobody", _taking(1, "another"), TAKEN),
    _row("expects another encryption, and tells nobody", _taking(0, ""), TAKEN),
    _conduct("reads all and never hangs up", nsca.never_hangs_up, TAKEN, seconds=LINGERS),
    _conduct("never says its opening", nsca.says_nothing, SLOW, seconds=BRIEF),
    _conduct("says half of its opening", nsca.half_an_opening_and_silence, SLOW, seconds=BRIEF),
    _conduct("says its opening a byte at a time", nsca.an_opening_by_the_byte, SLOW, seconds=BRIEF),
    _conduct("speaks of something else", nsca.speaks_of_mail, SLOW, seconds=BRIEF),
    _conduct("resets the connection at once", nsca.resets_at_once, RESET),
    _conduct("closes the connection before its opening", nsca.closes_at_once, RESET),
    _conduct("closes the connection within its opening", nsca.half_an_opening_and_gone, RESET),
    _conduct("resets the connection after its opening", nsca.resets_after_the_opening, RESET),
    _conduct("resets the connection while it is told", nsca.reads_a_little_and_resets, RESET),
    _conduct("talks without end", nsca.talks_without_end,
             again(Reason.UNEXPECTED_ANSWER, "the answer was longer than 65536 bytes")),
    _at("listens no more", "tcp://127.0.0.1:1", again(Reason.NETWORK, "no connection could be made")),
    _at("has a name that does not exist", "tcp://nobody.invalid:5667",
        again(Reason.NETWORK, "the host name was not found")),
    _at("has an address that the operator did not allow", "tcp://10.0.0.1:5667", REFUSED),
    _at("has a name that leads to an address inside", "tcp://localhost:5667", REFUSED,
        BELLHOP_ALLOWED_NETWORKS=["127.9.0.0/16"]),
)  # fmt: skip
ROWS = TALKS
