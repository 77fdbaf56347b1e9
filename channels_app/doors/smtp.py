"""Django's SMTP backend with a time limit for the whole conversation and the operator's certificates."""

import smtplib  # noqa: TID251 - this package is the door
import socket
import ssl
import threading
from contextlib import suppress
from functools import cached_property
from typing import Any

from django.conf import settings
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend

FAREWELL = 1.0


class _Limited(smtplib.SMTP):
    """Its connection is shut once `timeout` seconds have passed, whatever the server still dribbles."""

    _line: socket.socket | None = None
    _timer: threading.Timer | None = None

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        connected: socket.socket = super()._get_socket(host, port, timeout)  # type: ignore[misc]
        self._line = connected.dup()  # TLS takes the socket over, this one stays ours
        self._timer = threading.Timer(timeout, _shut, [self._line])
        self._timer.daemon = True
        self._timer.start()
        return connected

    def quit(self) -> tuple[int, bytes]:
        """The mail is taken or refused by now: its fate does not hang on a farewell."""
        if self.sock:
            self.sock.settimeout(FAREWELL)
        try:
            return super().quit()
        except smtplib.SMTPException:
            self.close()
            return 221, b""

    def close(self) -> None:
        super().close()
        if self._timer and self._line:
            self._timer.cancel()
            self._line.close()


class _LimitedFromTheStart(smtplib.SMTP_SSL, _Limited):
    """The same over TLS from the first byte."""


class LimitedBackend(EmailBackend):
    """`timeout` (seconds) is the limit of the whole conversation. BELLHOP_CA_FILE is trusted beside the public ones."""

    def open(self) -> bool | None:
        """As Django does; a conversation that was cut short leaves no connection behind."""
        try:
            return super().open()
        except BaseException:
            if partial := getattr(self, "_partial_connection", None):
                partial.close()
            raise

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return _LimitedFromTheStart if self.use_ssl else _Limited

    @cached_property
    def ssl_context(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        if self.ssl_certfile:
            context.load_cert_chain(self.ssl_certfile, self.ssl_keyfile)
        if settings.BELLHOP_CA_FILE:
            context.load_verify_locations(settings.BELLHOP_CA_FILE)
        return context


def backend(seconds: float) -> BaseEmailBackend:
    """The operator's mail backend; for SMTP with `seconds` for each mail."""
    made: Any = get_connection(timeout=seconds)
    return LimitedBackend(timeout=seconds) if type(made) is EmailBackend else made


def _shut(line: socket.socket) -> None:
    with suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)
