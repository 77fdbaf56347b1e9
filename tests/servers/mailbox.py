"""A real SMTP server that keeps what it is given, with STARTTLS and a login where they are asked for."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default as modern
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.patience import PATIENT
from tests.servers.ports import free_port


class Mailbox:
    """Takes mail, refuses what its `refuse` table says for an address, and remembers the rest."""

    def __init__(self) -> None:
        self.port = 0
        self.mails: list[EmailMessage] = []
        self.secured: list[bool] = []
        self.logins: list[str] = []
        self.refuse: dict[str, str] = {}
        self.data_answer = "250 OK"

    def to(self, address: str) -> list[EmailMessage]:
        """What came for one address, in order."""
        return [mail for mail in self.mails if mail["To"] == address]

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        self.secured.append(session.ssl is not None)
        self.mails.append(BytesParser(policy=modern).parsebytes(envelope.content))
        return self.data_answer


class Patient(Controller):
    """One whose first greeting may take as long as the machine stalls; the library gives it a second."""

    def _trigger_server(self) -> None:
        with socket.socket() as visitor:
            visitor.settimeout(PATIENT)
            visitor.connect((self.hostname, self.port))
            visitor.recv(1024)


@contextmanager
def mailbox_at_work(tls: ssl.SSLContext | None = None, login: tuple[str, str] | None = None) -> Iterator[Mailbox]:
    """A mailbox on 127.0.0.1; with `tls` nothing goes before STARTTLS, with `login` nothing without that."""
    box = Mailbox()

    def checked(server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: Any) -> AuthResult:
        assert isinstance(given, LoginPassword)
        box.logins.append(given.login.decode())
        return AuthResult(success=(given.login.decode(), given.password.decode()) == login, handled=False)

    box.port = free_port()
    asked: dict[str, Any] = {"tls_context": tls, "require_starttls": True} if tls else {}
    if login:
        asked |= {"authenticator": checked, "auth_required": True}
    controller = Patient(box, ready_timeout=PATIENT, hostname="127.0.0.1", port=box.port, **asked)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()
