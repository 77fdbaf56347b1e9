"""The shape of the table."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Literal

from channels_app.contract import Reason
from tests.patience import PATIENT
from tests.servers.tls import Authority

BRIEF = 0.7  # seconds, for what only runs out
LINGERS = 6.0  # seconds, for what is done long before it runs out, but for a stalled machine
End = Literal["delivered", "again", "never"]


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of a message. `words` are stored and shown; `pause` is the wait that the remote named, in seconds,
    None where the gaps grow from 5 s on. `calls` is how many requests the message may make there."""

    end: End
    reason: Reason | None = None
    words: str = ""
    status: int | None = None
    pause: float | None = None
    calls: int = 1


@dataclass(frozen=True, slots=True)
class Row:
    """`name` goes on from "A destination that ...". `serve` gives a running server, which has a `url` or a `port`.

    `fates` has each kind that can meet it. `settings` are those of the installation meanwhile, and `seconds` is how
    long a call may take: short where it is what ends the call.
    """

    name: str
    serve: Callable[[Authority], AbstractContextManager[Any]]
    fates: Mapping[str, Fate]
    settings: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = PATIENT

    @property
    def meanwhile(self) -> dict[str, Any]:
        """All that the installation is set to while this is played."""
        return {"BELLHOP_ALLOWED_NETWORKS": ["127.0.0.0/8"], "BELLHOP_CALL_SECONDS": self.seconds, **self.settings}


def delivered(words: str = "", status: int | None = None) -> Fate:
    return Fate("delivered", None, words, status)


def again(reason: Reason, words: str = "", status: int | None = None, pause: float | None = None) -> Fate:
    return Fate("again", reason, words, status, pause)


def never(reason: Reason, words: str = "", status: int | None = None) -> Fate:
    return Fate("never", reason, words, status)


REFUSED_TWICE = Fate("never", Reason.CONTENT_REFUSED, "invalid_payload", 400, calls=2)
