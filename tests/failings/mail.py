"""What may go wrong between Bellhop and the operator's mail server."""

from collections.abc import Callable, Mapping
from typing import Any

from channels_app.contract import Reason
from tests.failings.rows import BRIEF, LINGERS, Fate, Row, again, delivered, never
from tests.patience import PATIENT
from tests.servers.smtp import DRIP, DROP, HANG, MailServer
from tests.servers.tls import DAY, Authority

SLOW = again(Reason.NETWORK, "no answer from the mail server in time")
RESET = again(Reason.NETWORK, "the mail server closed the connection")
NO_SMTP = again(Reason.NETWORK, "the mail server answered in an unexpected way")
DOUBTFUL = again(Reason.NETWORK, "the mail server's certificate could not be verified")
NO_TLS = again(Reason.NETWORK, "no secure connection with the mail server could be agreed")
NOT_OFFERED = again(Reason.NETWORK, "the mail server does not offer the secure connection or login that is configured")
QUEUED = delivered("", 250)
STARTTLS: Mapping[str, Any] = {"EMAIL_USE_TLS": True}
TLS: Mapping[str, Any] = {"EMAIL_USE_SSL": True}
PASSWORD = "MailPasswordThatNobodyMaySee"
LOGIN: Mapping[str, Any] = {"EMAIL_HOST_USER": "bell", "EMAIL_HOST_PASSWORD": PASSWORD}


def _says(name: str, answers: Mapping[str, str], fate: Fate, seconds: float = PATIENT, **settings: Any) -> Row:
    return Row(f"(mail server) {name}", lambda authority: MailServer(answers), {"email": fate}, settings, seconds)


def _tls(name: str, context: Callable[[Authority], Any], fate: Fate, settings: Mapping[str, Any]) -> Row:
    at_once = "EMAIL_USE_SSL" in settings
    return Row(
        f"(mail server) {name}",
        lambda authority: MailServer(tls=context(authority), at_once=at_once),
        {"email": fate},
        settings,
    )


def _good(authority: Authority) -> Any:
    return authority.server()


def _expired(authority: Authority) -> Any:
    return authority.server(since=-3 * DAY, until=-DAY)


REPLIES = (
    _says("takes the mail", {}, QUEUED),
    _says("greets with 421", {"greeting": "421 too busy"}, again(Reason.REMOTE_ERROR, "too busy", 421)),
    _says("greets with 554", {"greeting": "554 go away"}, again(Reason.REMOTE_ERROR, "go away", 554)),
    _says("greets with something else", {"greeting": "HTTP/1.1 400 Bad Request"}, NO_SMTP),
    _says("answers 451 to the sender", {"MAIL": "451 later"}, again(Reason.REMOTE_ERROR, "later", 451)),
    _says("answers 550 to the sender", {"MAIL": "550 not you"}, again(Reason.REMOTE_ERROR, "not you", 550)),
    _says("answers 450 to the recipient", {"RCPT": "450 greylisted"},
          again(Reason.REMOTE_ERROR, "greylisted", 450)),
    _says("answers 421 to the recipient", {"RCPT": "421 closing"}, again(Reason.REMOTE_ERROR, "closing", 421)),
    _says("answers 550 to the recipient", {"RCPT": "550-5.1.1 no such\r\n550 5.1.1 user"},
          never(Reason.RECIPIENT_REFUSED, "5.1.1 no such 5.1.1 user", 550)),
    _says("answers nonsense to the recipient", {"RCPT": "zebra"}, NO_SMTP),
    _says("answers 552 to the size", {"MAIL": "552 too big"}, never(Reason.CONTENT_REFUSED, "too big", 552)),
    _says("answers 552 to the content", {"message": "552 too big"}, never(Reason.CONTENT_REFUSED, "too big", 552)),
    _says("answers 451 to the content", {"message": "451 disk full"},
          again(Reason.REMOTE_ERROR, "disk full", 451)),
    _says("answers 554 to DATA", {"DATA": "554 no thanks"}, never(Reason.CONTENT_REFUSED, "no thanks", 554)),
)  # fmt: skip
SILENCE = (
    _says("greets a byte at a time", {"greeting": DRIP}, SLOW, BRIEF),
    _says("never greets", {"greeting": HANG}, SLOW, BRIEF),
    _says("hangs at DATA", {"DATA": HANG}, SLOW, BRIEF),
    _says("answers the content a byte at a time", {"message": DRIP}, SLOW, BRIEF),
    _says("closes the connection before greeting", {"greeting": DROP}, RESET),
    _says("closes the connection at the recipient", {"RCPT": DROP}, RESET),
    _says("closes the connection after the content, before the answer", {"message": DROP}, RESET),
    _says("takes the mail and hangs at the farewell", {"QUIT": HANG}, QUEUED, LINGERS),
    _says("takes the mail and is gone", {"QUIT": DROP}, QUEUED),
    _says("takes the mail and says nonsense", {"QUIT": "zebra"}, QUEUED),
    Row("(mail server) listens no more", lambda authority: MailServer(),
        {"email": again(Reason.NETWORK, "no connection to the mail server could be made")}, {"EMAIL_PORT": 1}),
    Row("(mail server) has a name that does not exist", lambda authority: MailServer(),
        {"email": again(Reason.NETWORK, "the mail server's name was not found")}, {"EMAIL_HOST": "nobody.invalid"}),
)  # fmt: skip
TRUST = (
    _tls("shows a certificate of BELLHOP_CA_FILE", _good, QUEUED, STARTTLS),
    _tls("shows a certificate of BELLHOP_CA_FILE from the first byte", _good, QUEUED, TLS),
    _tls("shows an expired certificate", _expired, DOUBTFUL, STARTTLS),
    _tls("shows an expired certificate from the first byte", _expired, DOUBTFUL, TLS),
    _tls("shows the certificate of another host", lambda authority: authority.server("other.example"), DOUBTFUL,
         STARTTLS),
    _says("speaks plain text where TLS is expected", {}, NO_TLS, **TLS),
    _says("offers no STARTTLS", {}, NOT_OFFERED, **STARTTLS),
    _says("refuses STARTTLS", {"EHLO": "250-mail.example\r\n250 STARTTLS", "STARTTLS": "454 not now"},
          again(Reason.REMOTE_ERROR, "not now", 454), **STARTTLS),
    _says("offers no login", {}, NOT_OFFERED, **LOGIN),
    _says("refuses the login", {"AUTH": "535 no, {said}"},
          again(Reason.BAD_CREDENTIALS, "the mail server refused the login", 535), **LOGIN),
    _says("repeats the password in its refusal", {"AUTH": "235 ok", "RCPT": f"550 not with {PASSWORD}"},
          never(Reason.RECIPIENT_REFUSED, "not with [secret]", 550), **LOGIN),
)  # fmt: skip
ROWS = (*REPLIES, *SILENCE, *TRUST)
