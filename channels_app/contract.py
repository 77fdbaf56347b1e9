"""What a kind of destination is: the messages it gets, the calls it makes, the outcomes it reports.

A kind declares itself with a `Spec`, renders a `Message` into a payload (pure), and sends that payload
by yielding `Call`s and judging their `Reply`s. It never opens a socket: the doors do.
"""

from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from channels_app.calls import AppriseCall, Call, DoorError, HttpCall, InlinePicture, MailCall, Reply, TcpTalk
from channels_app.speech import ENGLISH, Speech
from channels_app.subject import Picture, Subject
from channels_app.words import AlertState, Severity, Story

if TYPE_CHECKING:  # the fields ask the doors' guard, and the doors speak this contract
    from channels_app.fields import KindForm
    from channels_app.hearing import Hearing

__all__ = [
    "Abilities",
    "AppriseCall",
    "Call",
    "Delivered",
    "DigestLine",
    "DoorError",
    "Fact",
    "HttpCall",
    "InlinePicture",
    "Kind",
    "Link",
    "Living",
    "MailCall",
    "Message",
    "Outcome",
    "Payload",
    "Rate",
    "Reason",
    "Rejected",
    "Reply",
    "RetryLater",
    "Sending",
    "Settings",
    "Spec",
    "TcpTalk",
]

Payload = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Link:
    """A place to go. `url` is http or https; `text` is untrusted."""

    text: str
    url: str


class Fact(NamedTuple):  # a message has many, and a frozen dataclass takes thrice as long to make
    """One labelled value of a message. Both are untrusted text. `name` is the label for programs, in English."""

    label: str
    value: str
    name: str = ""

    @property
    def key(self) -> str:
        """What programs know it by, whatever language people read."""
        return self.name or self.label


@dataclass(frozen=True, slots=True)
class DigestLine:
    """One alert within a digest, most severe first in `Message.lines`. `key` is that of `Subject`."""

    number: int
    story: Story
    severity: Severity
    text: str
    link: Link
    key: str = ""


@dataclass(frozen=True, slots=True)
class Living:
    """What is to be done with the one message of an alert, at an integration that keeps it true in place.

    `standing` tells the alert as it is now, whatever event is told. `ref` names the message there, as `Delivered.ref`
    did; empty where there is none yet. `silent`: nobody is to be notified, and without a message nothing is posted.
    `mark` is what its buttons carry, empty where it has none: the integration's uid, a colon, the alert's number.
    """

    standing: "Message"
    ref: str = ""
    silent: bool = False
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """What is to be told, in no kind's own form. Every text in it is untrusted; only `mentions` may ping.

    `key` is the same on every try of the same message. `headline` names the alert as `#<id>`, its severity, rule and
    test, since it is all that a notification shows. `facts` are in reading order. For a digest,
    `lines` holds the named alerts, `counts` the rest by severity, `link` the full list. `subject` is the alert itself,
    for kinds whose spec asks for it (never in a digest); `picture` its graph, where the integration shows it.
    `unsubscribe` is where a recipient who is no user can stop all mail of the team, by POST. `company` are the other
    alerts that are open there, most severe first, at most 100, for kinds whose spec asks for it. `living` is set where
    the alert's one message is kept true (`Spec.lives`); never in a digest or a test. `actions` are what the one who
    reads it may do by following a link, for kinds that write to people. All texts are in the language of `speech`
    already; kinds say their own words and times with it.
    """

    key: str
    story: Story
    headline: str
    at: datetime
    sender: str = "Bellhop"
    state: AlertState | None = None
    severity: Severity | None = None
    summary: str = ""
    facts: tuple[Fact, ...] = ()
    text: str = ""
    note: str = ""
    link: Link | None = None
    runbook: Link | None = None
    mentions: tuple[str, ...] = ()
    lines: tuple[DigestLine, ...] = ()
    counts: tuple[tuple[Severity, int], ...] = ()
    subject: Subject | None = None
    picture: Picture | None = None
    unsubscribe: str = ""
    company: "tuple[Message, ...]" = ()
    living: Living | None = None
    actions: tuple[Link, ...] = ()
    speech: Speech = ENGLISH


class Reason(StrEnum):
    """Why a call did not end as delivered."""

    NETWORK = "network"
    ADDRESS_REFUSED = "address_refused"
    REMOTE_ERROR = "remote_error"
    RATE_LIMITED = "rate_limited"
    UNEXPECTED_ANSWER = "unexpected_answer"
    BAD_CREDENTIALS = "bad_credentials"
    NOT_ALLOWED = "not_allowed"
    DESTINATION_GONE = "destination_gone"
    CONTENT_REFUSED = "content_refused"
    RECIPIENT_REFUSED = "recipient_refused"
    REDIRECTED = "redirected"


@dataclass(frozen=True, slots=True)
class Delivered:
    """The remote took it. `ref` names the message there, where the remote tells it."""

    ref: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class RetryLater:
    """Not now.

    `after` is in seconds, None where the remote named no time. A rate limit holds all lanes of the rate key.
    """

    reason: Reason
    words: str = ""
    after: float | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """Never: trying the same again cannot help. `words` are the remote's own, cut to 200 characters."""

    reason: Reason
    words: str = ""


Outcome = Delivered | RetryLater | Rejected
Sending = Generator[Call, Reply, Outcome]


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `count` calls in any `per` seconds, of which `burst` may go at once."""

    count: int
    per: float
    burst: int = 1

    @property
    def interval(self) -> float:
        """Seconds between two calls once the burst is used; no window of `per` seconds then holds more than `count`."""
        return self.per / max(1, self.count - self.burst + 1)


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a kind can do; pages, API and sender read these and never ask for a kind by name.

    From `merge_from` on, messages that wait for one recipient go as one, however many may go; 0: only where they may
    not go one by one.
    """

    updates_in_place: bool = False
    threads: bool = False
    buttons: bool = False
    mentions: bool = False
    desktop_notification: bool = False
    tracks_state: bool = False
    digestible: bool = True
    merge_from: int = 0
    tests_silently: bool = False
    text_limit: int = 10_000


class Settings(Protocol):
    """The kind's own frozen dataclass; secrets in it are `field(repr=False)`."""


def _none(_: Any) -> tuple[str, ...]:
    return ()


def _same(settings: Any, _: Collection[str]) -> Any:
    return settings


def _never(_: Any) -> float:
    return 0.0


def _dies(_: Any) -> bool:
    return False


def _here() -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Spec:
    """A kind's declaration: everything that popup, admin, API schema, docs and tests derive from.

    `target` gives the plain text for lists ("#ops"), without a secret. `rate_key` gives what the remote counts by
    (hashed before it is stored). `fixed_answer` says that the remote's words are known and may be shown to users.
    `setup` are the steps to get the field values, one sentence each. `secrets` are the values that must never stand in
    stored words. `recipients` are the addresses that each want a call of their own, for kinds that write to people;
    `without` gives the settings without some of them (in lower case), for whoever writes to all at once.
    `reads_subject`: its messages have their `subject`; `reads_company`: and their `company`. `refresh_every` is after
    how many seconds all that stands there is told anew, 0 for never (see `Kind.stand`). Where it does not `confirm`,
    nobody but the remote knows whether what was sent was taken. `lives`: with these settings the message about an alert
    is kept true in place; it is then sent a `Message.living`, and `Delivered.ref` must name the message. `absence` is a
    sentence on why this installation does not offer it, empty where it does.
    """

    kind: str
    name: str
    icon: str
    summary: str
    setup: tuple[str, ...]
    form: "type[KindForm]"
    settings: Callable[[Mapping[str, Any]], Settings]
    target: Callable[[Any], str]
    rate_key: Callable[[Any], str]
    rate: Rate | None
    abilities: Abilities = Abilities()
    fixed_answer: bool = True
    secrets: Callable[[Any], tuple[str, ...]] = _none
    recipients: Callable[[Any], tuple[str, ...]] = _none
    without: Callable[[Any, Collection[str]], Any] = _same
    reads_subject: bool = False
    reads_company: bool = False
    absence: Callable[[], str] = _here
    refresh_every: Callable[[Any], float] = _never
    confirms: bool = True
    lives: Callable[[Any], bool] = _dies

    @property
    def writes_to_people(self) -> bool:
        """Whether `recipients` can name anybody."""
        return self.recipients is not _none


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind as the registry holds it.

    `render` is pure. `send` yields calls and returns the outcome; it may yield a second call where the kind
    has a plainer form to fall back to after a content error. `recipient` is the address for kinds that write to people.
    `judge` says what one answer means, with the settings, for kinds whose `send` may yield several calls: each of them
    stands in the log with an outcome of its own.
    `stand` renders all that stands there now, open or lately cleared, for kinds that refresh it. `hear` is how people
    act on alerts from there (see channels_app.hearing).
    """

    spec: Spec
    render: Callable[[Message, Any], Payload]
    send: Callable[[Payload, Any, str], Sending]
    stand: "Callable[[Sequence[Message], Any], Payload] | None" = None
    hear: "Hearing | None" = None
    judge: Callable[[Reply, Any], Outcome] | None = None
