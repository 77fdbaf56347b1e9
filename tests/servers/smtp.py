"""A strict local SMTP server that can misbehave at every step of the conversation."""

import base64
import socket
import ssl
from collections.abc import Mapping
from typing import BinaryIO

from tests.servers.listening import Listening

DROP, HANG, DRIP = "drop", "hang", "drip"
EXPECTED = {
    "greeting": "220 mail.example ESMTP",
    "EHLO": "250-mail.example\r\n250-SIZE 1000000\r\n250 8BITMIME",
    "STARTTLS": "220 go on",
    "AUTH": "235 come in",
    "MAIL": "250 sender ok",
    "RCPT": "250 recipient ok",
    "DATA": "354 end with a dot",
    "message": "250 queued",
    "RSET": "250 forgotten",
    "QUIT": "221 bye",
}


class _Gone(Exception):
    """The conversation is over."""


class MailServer(Listening):
    """Takes mail on 127.0.0.1.

    `answers` replaces what is said at a step of `EXPECTED`: a reply line, `DROP` closes the connection there, `HANG`
    says nothing any more, `DRIP` says one byte each 0.1 s. A reply in which `{said}` stands repeats what the client
    said last. With `tls` it offers STARTTLS, or, where `at_once`, speaks TLS from the first byte.
    """

    def __init__(
        self, answers: Mapping[str, str] | None = None, tls: ssl.SSLContext | None = None, at_once: bool = False
    ) -> None:
        super().__init__()
        self.answers = dict(answers or {})
        self.mails: list[bytes] = []
        self.steps: list[str] = []
        self._tls, self._at_once = tls, at_once

    def _serve(self, connection: socket.socket, number: int) -> None:
        try:
            with connection:
                first = self._tls.wrap_socket(connection, server_side=True) if self._tls and self._at_once else None
                self._talk(first or connection)
        except (OSError, _Gone):
            return

    def _talk(self, connection: socket.socket) -> None:
        stream = connection.makefile("rb")
        self._say(connection, "greeting")
        while words := self._heard(stream):
            verb = {"HELO": "EHLO"}.get(words.split(maxsplit=1)[0].upper(), words.split(maxsplit=1)[0].upper())
            self._say(connection, verb, _readable(words))
            if verb == "STARTTLS" and self._tls:
                connection = self._tls.wrap_socket(connection, server_side=True)
                stream = connection.makefile("rb")
            elif verb == "DATA" and "DATA" not in self.answers:
                self._take(stream)
                self._say(connection, "message")
            elif verb == "QUIT":
                return

    def _heard(self, stream: BinaryIO) -> str:
        return stream.readline(65537).decode("latin-1").strip()

    def _take(self, stream: BinaryIO) -> None:
        rows: list[bytes] = []
        while (row := stream.readline(65537)) != b".\r\n":
            if not row:
                raise _Gone
            rows.append(row)
        self.mails.append(b"".join(rows))

    def _say(self, connection: socket.socket, step: str, said: str = "") -> None:
        self.steps.append(step)
        answer = self.answers.get(step) or self._expected(step)
        if answer == DROP:
            raise _Gone
        if answer == HANG:
            self._closing.wait(600)
            raise _Gone
        if answer == DRIP:
            self._drip(connection)
        connection.sendall(f"{answer.replace('{said}', said)}\r\n".encode())

    def _drip(self, connection: socket.socket) -> None:
        for byte in b"220-" + b"x" * 600:
            connection.sendall(bytes((byte,)))
            if self._closing.wait(0.1):
                break
        raise _Gone

    def _expected(self, step: str) -> str:
        if step == "EHLO" and self._tls and not self._at_once and "STARTTLS" not in self.steps:
            return "250-mail.example\r\n250 STARTTLS"
        if step == "EHLO" and "AUTH" in self.answers:
            return "250-mail.example\r\n250 AUTH PLAIN"
        return EXPECTED.get(step, "502 unknown")


def _readable(words: str) -> str:
    """`words` with what `AUTH PLAIN` encodes beside it, for a server that says too much."""
    verb, _, coded = words.rpartition(" ")
    if not verb.upper().startswith("AUTH"):
        return words
    return f"{words} {base64.b64decode(coded).decode().replace(chr(0), ' ')}"
