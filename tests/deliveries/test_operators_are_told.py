"""What the auditor cannot mend reaches operators: in the log each turn, by mail once an hour."""

import logging
import threading
from datetime import datetime, timedelta
from smtplib import SMTPServerDisconnected  # noqa: TID251 - as the mail backend raises it
from unittest import mock

import pytest
from django.core import mail
from pytest_django import Settings

from deliveries.auditing import alarms, beside, ledger
from deliveries.auditing.found import Found
from deliveries.models import Finding, FindingKind
from tests.patience import PATIENT

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
PEOPLE = ["ann@example.com", "bob@example.com"]


@pytest.fixture(autouse=True)
def operators(settings: Settings) -> None:
    settings.BELLHOP_OPERATORS = PEOPLE
    settings.BELLHOP_BASE_URL = "https://bellhop.example"


def overdue(now: datetime, repaired: int = 0) -> None:
    ledger.write({FindingKind.OVERDUE: Found(2, repaired, (17, 18))}, now)


def test_a_mail_says_what_is_wrong_and_where_to_look(now: datetime) -> None:
    overdue(now)

    assert alarms.mail(now)

    (sent,) = mail.outbox
    assert sent.to == PEOPLE
    assert sent.subject == "Bellhop: 1 thing needs an operator"
    assert "Lanes that are due and that no sender takes: 2 (overdue: 17, 18)" in sent.body
    assert "https://bellhop.example/admin/house/" in sent.body


def test_what_was_mended_is_not_mailed(now: datetime) -> None:
    overdue(now, repaired=2)

    assert not alarms.mail(now)
    assert mail.outbox == []


def test_a_kind_is_mailed_once_an_hour(now: datetime) -> None:
    overdue(now)

    mailed = [alarms.mail(now + minutes * HOUR / 60) for minutes in (0, 1, 59, 60, 61)]

    assert mailed == [True, False, False, True, False]


def test_another_kind_does_not_wait_for_the_first(now: datetime) -> None:
    overdue(now)
    alarms.mail(now)
    ledger.write({FindingKind.TIMER_LATE: Found(1, 0, ("alerts.time",))}, now)

    assert alarms.mail(now)
    assert "overdue" not in mail.outbox[1].body


def test_a_mail_that_fails_goes_at_the_next_turn(now: datetime, caplog: pytest.LogCaptureFixture) -> None:
    overdue(now)
    for failure in (ConnectionRefusedError("secret"), SMTPServerDisconnected("secret")):
        with mock.patch("django.core.mail.EmailMessage.send", side_effect=failure):
            assert not alarms.mail(now)

    assert alarms.mail(now + HOUR / 60)
    assert "secret" not in caplog.text
    assert Finding.objects.get().mailed_at == now + HOUR / 60


def test_a_time_of_a_clock_that_was_ahead_silences_nobody(now: datetime) -> None:
    overdue(now)
    Finding.objects.update(mailed_at=now + 24 * HOUR)

    assert alarms.mail(now)


def test_each_turn_logs_what_is_open(now: datetime, caplog: pytest.LogCaptureFixture) -> None:
    overdue(now)

    with mock.patch("deliveries.auditing.alarms.beside") as aside:
        alarms.tell(now)

    assert aside.called
    assert [(each.levelno, each.message) for each in caplog.records] == [
        (logging.ERROR, "Lanes that are due and that no sender takes: 2 (overdue: 17, 18)")
    ]


@pytest.mark.parametrize("people", [[], PEOPLE])
def test_nobody_is_mailed_where_there_is_nobody_or_nothing(
    people: list[str], now: datetime, settings: Settings
) -> None:
    settings.BELLHOP_OPERATORS = people
    if not people:
        overdue(now)

    with mock.patch("deliveries.auditing.alarms.beside") as aside:
        alarms.tell(now)

    assert not aside.called


def test_what_waits_for_others_runs_beside_once_at_a_time(caplog: pytest.LogCaptureFixture) -> None:
    gate, ran = threading.Event(), []

    def work() -> None:
        ran.append(1)
        gate.wait(PATIENT)
        raise RuntimeError("no server")

    for _ in range(3):
        beside.beside("x", work)
    gate.set()
    for thread in threading.enumerate():
        if thread.name == "x":
            thread.join(PATIENT)

    assert ran == [1]
    assert "x failed" in caplog.text
