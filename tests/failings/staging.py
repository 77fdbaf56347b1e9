"""Plays the table: servers for its rows, what Test must say of each, and a search for secrets that got out."""

import base64
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock
from urllib.parse import quote

from django.db import connection
from django.test import override_settings

from channels_app import registry
from channels_app.advice import ADVICE
from channels_app.contract import AppriseCall, Call, HttpCall, Kind, MailCall, Reason, TcpTalk
from channels_app.doors import tcp as tcp_door
from integrations.testing import ACCEPTED, UNREACHABLE, TestResult
from tests.channels_app import kinds
from tests.channels_app.samples import TRIGGERED, config_for
from tests.failings import apprise, http, mail, tcp
from tests.failings.rows import Fate, Row
from tests.patience import PATIENT
from tests.servers.tls import Authority

SECRETS = (*kinds.SECRETS, mail.PASSWORD)
_WAYS: Mapping[type[Call], tuple[Row, ...]] = {
    HttpCall: http.ROWS,
    MailCall: mail.ROWS,
    TcpTalk: tcp.ROWS,
    AppriseCall: apprise.ROWS,
}
SMTP = {
    "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
    "EMAIL_HOST": "127.0.0.1",
    "EMAIL_HOST_USER": "",
    "EMAIL_HOST_PASSWORD": "",
    "EMAIL_USE_TLS": False,
    "EMAIL_USE_SSL": False,
    "DEFAULT_FROM_EMAIL": "Bellhop <bell@example.org>",
}


def rows_of(kind: Kind) -> tuple[Row, ...]:
    """The part of the table that a kind can meet, by the way it sends."""
    settings = kind.spec.settings(config_for(kind.spec.kind, "https://remote.example"))
    call = next(kind.send(kind.render(TRIGGERED, settings), settings, ""))
    return _WAYS[type(call)]


def meetings() -> list[tuple[str, Row]]:
    """(kind, row) for everything that can happen to anyone."""
    return [(kind.spec.kind, row) for kind in registry.kinds() for row in rows_of(kind)]


@contextmanager
def servers(rows: Iterable[Row], authority: Authority) -> Iterator[dict[str, Any]]:
    """A running server for each row, by the row's name."""
    with ExitStack() as stack:
        yield {row.name: stack.enter_context(row.serve(authority)) for row in rows}


@contextmanager
def mail_server(row: Row, authority: Authority) -> Iterator[Any]:
    """The row's server as the operator's own."""
    with row.serve(authority) as server:
        settings = {**SMTP, "EMAIL_PORT": server.port, "BELLHOP_CA_FILE": str(authority.file), **row.meanwhile}
        with override_settings(**settings):
            yield server


def together(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """The rows that may be played at the same time, with the installation set as they need it.

    What comes after an answer over TCP is waited for as long as a machine may stall.
    """
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(repr(row.meanwhile), []).append(row)
    for group in groups.values():
        unhurried = mock.patch.object(tcp_door, "FAREWELL", PATIENT)
        with override_settings(**group[0].meanwhile), unhurried:
            yield group


def said_by_test(kind: str, fate: Fate) -> TestResult:
    """What the Test button must answer."""
    if fate.end == "delivered":
        return TestResult(True, fate.status, fate.words or ACCEPTED)
    assert fate.reason
    if fate.reason is Reason.ADDRESS_REFUSED or fate.words == "the host name was not found":
        return TestResult(False, None, UNREACHABLE, ADVICE[Reason.ADDRESS_REFUSED])
    words = fate.words or f"The destination answered with status {fate.status}."
    return TestResult(False, fate.status, words, ADVICE[fate.reason])


def leaks(text: str, secrets: Sequence[str] = SECRETS) -> list[str]:
    """The secrets that stand in `text`: as they are, URL-encoded or in base64, wherever that begins."""
    return [secret for secret in secrets if any(form in text for form in _forms(secret))]


def whole_database() -> str:
    """Every value of every table."""
    with connection.cursor() as cursor:
        rows = []
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            rows += cursor.fetchall()
    return "\n".join(map(str, rows))


def _forms(secret: str) -> list[str]:
    coded = [base64.b64encode(b"." * before + secret.encode()).decode()[4:-4] for before in range(3)]
    return [secret, quote(secret, safe=""), *coded]
