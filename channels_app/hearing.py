"""What a kind hears back: who said or pressed what, and where. Pure: no database, no socket.

A call from outside comes to one of two doors. Where a remote sends all calls of an app to one address
(`/hooks/<kind>/<door>/`, `Hearing.doors`), the integration is found by its `key`; else each integration has an address
of its own with a long secret in it (`/hooks/<kind>/<secret>/`). Then `verify` proves where the call comes from, `read`
says what it asks, and `answer` says in the kind's own form what became of it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from channels_app.calls import HttpCall
from channels_app.contract import DigestLine, Link, Sending


class Forged(Exception):
    """A call that proves nothing; the text is for the log, and says nothing of what was sent."""


class Garbled(Exception):
    """A proven call that cannot be read."""


class Trust(StrEnum):
    """Whose word counts for an action at an integration.

    PEOPLE: members, by an identity that they confirmed once. SERVICE: whatever the remote signs, in the name it gives.
    ANYONE, ACKNOWLEDGING: whoever is in the room, without proof; for everything, or to acknowledge only. READING: the
    same to ask, and not to act. NOBODY: nothing is heard.
    """

    PEOPLE = "people"
    SERVICE = "service"
    ANYONE = "anyone"
    ACKNOWLEDGING = "acknowledging"
    READING = "reading"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Request:
    """A call as it came. `door` is the end of its path where the kind has several, else empty.

    Header names are lower case; headers, query and body may hold secrets, so none is in the `repr`.
    """

    door: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Person:
    """Who it was, by the chat's own ids. `name` is untrusted text."""

    workspace: str
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Heard:
    """One thing that somebody asked. All texts are untrusted.

    `words` are as typed after the command (`ack 17`), whatever it was that was pressed. `once` is the same for the same
    call and differs for any other. `at` is when it was said, None where the call does not tell. `mark` is what the
    pressed button carried, `alert_key` the alert's `Subject.key` where the remote knows it by that. `place` is the
    chat's id of the room, `place_name` what people call it. `reply_to` is where an answer may go later, a secret.
    `heeds_answer`: what is answered at once is shown to the person; else only what goes to `reply_to` is.
    """

    words: str
    person: Person
    once: str
    at: datetime | None = None
    place: str = ""
    place_name: str = ""
    mark: str = ""
    alert_key: str = ""
    reply_to: str = field(default="", repr=False)
    heeds_answer: bool = True


@dataclass(frozen=True, slots=True)
class Response:
    """What goes back at once."""

    status: int = 200
    body: bytes = b""
    content_type: str = "text/plain"


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of it, in no kind's own form. Every text is untrusted.

    `lines` are alerts that are named, `more` what is said after them. `done`: something happened. `for_all`: the whole
    room should read it, and not the person alone.
    """

    text: str
    lines: tuple[DigestLine, ...] = ()
    more: str = ""
    link: Link | None = None
    done: bool = False
    for_all: bool = False


Verify = Callable[[Request, Any, datetime], None]
Read = Callable[[Request, Any], Heard | Response]


def _no_key(_: Any) -> str:
    return ""


def _lacks_nothing(_: Any) -> str:
    return ""


def _no_later(answer: Answer, heard: Heard, settings: Any) -> HttpCall | None:
    return None


@dataclass(frozen=True, slots=True)
class Hearing:
    """How a kind hears. Each gets the integration's typed settings.

    `trust` says whose word counts. `verify` raises `Forged` unless the call comes from there, where anything can prove
    it. `read` gives a `Response` at once for what asks nothing of Bellhop, and raises `Garbled`. `answer` is what goes
    back within the call, `later` the call that says it afterwards (None: it cannot be said), `waiting` what goes back
    while the work is not done. `key` is the secret by which the remote proves its calls, empty where there is none;
    identities hold only for it. `doors` are the ends of the shared addresses; without them each integration has its
    own. `named_there` says whether settings are of the room that the call came from. `lacks` is a sentence on what
    keeps people from acting from there with such settings, and what to do; empty where nothing does. `manifest` is what
    the remote's set-up page takes to make an app of this installation, by its base address. `setup` are the steps to
    have the remote call, one sentence each; `enlist` asks the remote itself to call an address from now on, and its
    outcome's words say what was done. With all addresses that the integration ever had begins its third argument.
    `most_bytes` is how long the body of a call may be. `overheard`: all of the room reads every answer.
    """

    trust: Callable[[Any], Trust]
    verify: Verify
    read: Read
    answer: Callable[[Answer, Heard], Response]
    waiting: Callable[[Heard], Response] = lambda heard: Response()
    later: Callable[[Answer, Heard, Any], HttpCall | None] = _no_later
    key: Callable[[Any], str] = _no_key
    doors: tuple[str, ...] = ()
    named_there: Callable[[Any, Heard], bool] = lambda settings, heard: True
    lacks: Callable[[Any], str] = _lacks_nothing
    manifest: Callable[[str], Mapping[str, Any]] | None = None
    setup: tuple[str, ...] = ()
    enlist: Callable[[Any, str, str], Sending] | None = None
    most_bytes: int = 64 * 1024
    overheard: bool = False
