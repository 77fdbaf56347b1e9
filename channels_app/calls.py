"""The calls that kinds make through the doors, and what comes back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class HttpCall:
    """One HTTP request. `headers` and `url` may hold secrets, so neither is in the `repr`."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class InlinePicture:
    """A picture that a mail brings along: `token` is what `doors.pictures` makes it of.

    `html` shows it as `cid:<cid>` and takes the place of the mail's own, where the picture could be made.
    """

    cid: str
    token: str = field(repr=False)
    html: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class MailCall:
    """One mail to one recipient through the operator's `EMAIL_URL`.

    Mails of one `identity` to one recipient have one Message-ID; without it, those of the same text have.
    """

    to: str
    subject: str
    text: str = field(repr=False)
    html: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)
    sender_name: str = ""
    identity: str = ""
    picture: InlinePicture | None = None


@dataclass(frozen=True, slots=True)
class TcpTalk:
    """One conversation over plain TCP in which the other side speaks first.

    It says `opening` bytes; `answer` makes of them all that is then said. `host` is a name or an address.
    """

    host: str
    port: int
    opening: int
    answer: Callable[[bytes], bytes] = field(repr=False)


@dataclass(frozen=True, slots=True)
class AppriseCall:
    """One message through the library Apprise. `url` is its address; `sort`: info, success, warning or failure."""

    url: str = field(repr=False)
    title: str
    body: str = field(repr=False)
    sort: str = "info"


Call = HttpCall | MailCall | TcpTalk | AppriseCall


class DoorError(StrEnum):
    """Why a call got no answer at all."""

    ADDRESS_REFUSED = "address_refused"
    BAD_ADDRESS = "bad_address"
    DNS = "dns"
    CONNECT = "connect"
    TLS = "tls"
    TIMEOUT = "timeout"
    RESET = "reset"
    TOO_LARGE = "too_large"
    REFUSED_RECIPIENT = "refused_recipient"
    REFUSED_LOGIN = "refused_login"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. `status` is None when nothing did, and then `error` says why in `error_words`.

    Header names are lower case; headers and body may echo a secret, so neither is in the `repr`. For mail, `status` is
    the SMTP code (250 when accepted), and a refusal by code has its `error` too. A talk over TCP has no status: without
    an `error` all was said; with Apprise only a refusal may have one. `at` is when it came, in epoch seconds (0 where
    nobody looked at a clock).
    """

    status: int | None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    error: DoorError | None = None
    error_words: str = ""
    seconds: float = 0.0
    at: float = 0.0
