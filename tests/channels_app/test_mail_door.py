"""The mail door against a real SMTP server."""

import threading
import time
from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest
from django.core import mail as django_mail
from django.test import override_settings

from channels_app import email
from channels_app.contract import Delivered, DoorError, InlinePicture, MailCall, Reply
from channels_app.doors import Doors, Policy, carry, pictures, run
from channels_app.doors.mail import THREADS
from tests.channels_app.samples import MESSAGES
from tests.patience import PATIENT
from tests.servers.mailbox import Mailbox, mailbox_at_work

SMTP_BACKEND = "django.core.mail.backends.smtp.EmailBackend"


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with mailbox_at_work() as box, override_settings(
        EMAIL_BACKEND=SMTP_BACKEND, EMAIL_HOST="127.0.0.1", EMAIL_PORT=box.port, EMAIL_HOST_USER="",
        EMAIL_HOST_PASSWORD="", EMAIL_USE_TLS=False, EMAIL_USE_SSL=False,
        DEFAULT_FROM_EMAIL="Bellhop <bell@example.org>",
    ):  # fmt: skip
        yield box


@pytest.fixture
def doors() -> Iterator[Doors]:
    opened = Doors(Policy(total_seconds=PATIENT))
    yield opened
    opened.close()


def call(to: str = "ann@example.com", **changes: Any) -> MailCall:
    return MailCall(**{"to": to, "subject": "Hello", "text": "text", **changes})


@pytest.mark.parametrize("message", MESSAGES)
def test_every_message_arrives_as_a_mail(mailbox: Mailbox, doors: Doors, message: str) -> None:
    settings = email.KIND.spec.settings({"to": ["ann@example.com", "bob@example.com"]})
    payload = email.KIND.render(MESSAGES[message], settings)
    outcome, exchanges = run(email.KIND.send(payload, settings, ""), doors)
    assert isinstance(outcome, Delivered)
    assert len(exchanges) == len(mailbox.mails) == 2
    arrived = mailbox.mails[0]
    assert arrived["Subject"] == payload["subject"]
    assert arrived["From"] == f"{MESSAGES[message].sender} <bell@example.org>"
    assert arrived["Auto-Submitted"] == "auto-generated"
    assert [part.get_content_type() for part in arrived.walk()][1:] == ["text/plain", "text/html"]


def test_a_hostile_subject_and_sender_become_one_harmless_line(mailbox: Mailbox, doors: Doors) -> None:
    reply = carry(call(subject="a\r\nBcc: x@y.example\n\x00z", sender_name="Eve\r\nX-Evil: 1"), doors)
    assert (reply.status, reply.error) == (250, None)
    assert mailbox.mails[0]["Subject"] == "a Bcc: x@y.example z"
    assert mailbox.mails[0]["Bcc"] is None
    assert mailbox.mails[0]["X-Evil"] is None


def test_the_same_mail_sent_twice_has_one_message_id(mailbox: Mailbox, doors: Doors) -> None:
    for each in (call(), call(), call(text="other")):
        carry(each, doors)
    first, second, third = (mail["Message-ID"] for mail in mailbox.mails)
    assert first == second != third
    assert first.endswith("@example.org>")


@pytest.mark.parametrize(
    ("answer", "error"),
    [("550 no such user", DoorError.REFUSED_RECIPIENT), ("450 greylisted", DoorError.REFUSED_RECIPIENT)],
)
def test_a_refused_recipient_is_told_with_code_and_words(
    mailbox: Mailbox, doors: Doors, answer: str, error: DoorError
) -> None:
    mailbox.refuse["eve@example.com"] = answer
    reply = carry(call("eve@example.com"), doors)
    assert (reply.status, reply.error, reply.error_words) == (int(answer[:3]), error, answer[4:])


def test_refused_content_is_told_with_its_code(mailbox: Mailbox, doors: Doors) -> None:
    mailbox.data_answer = "554 looks like spam"
    reply = carry(call(), doors)
    assert (reply.status, reply.error, reply.error_words) == (554, None, "looks like spam")


def test_a_server_that_is_away_is_no_connection(doors: Doors) -> None:
    with override_settings(EMAIL_BACKEND=SMTP_BACKEND, EMAIL_HOST="127.0.0.1", EMAIL_PORT=1):
        assert carry(call(), doors).error is DoorError.CONNECT


def test_an_address_that_cannot_be_written_is_named_as_such(mailbox: Mailbox, doors: Doors) -> None:
    assert carry(call("ann@example.com\nBcc: x@y.example"), doors).error is DoorError.BAD_ADDRESS


@override_settings(EMAIL_BACKEND="no.such.backend.Backend")
def test_a_broken_backend_still_ends_the_call(doors: Doors) -> None:
    assert carry(call(), doors).error is DoorError.OTHER


def test_mails_go_beside_each_other_and_are_told_in_the_pumping_thread(mailbox: Mailbox, doors: Doors) -> None:
    told: list[Reply] = []
    for number in range(20):
        doors.start(call(f"u{number}@example.com"), told.append)
    assert doors.in_flight == 20
    assert told == []
    until = time.monotonic() + 2 * PATIENT
    while doors.in_flight and time.monotonic() < until:
        doors.pump(1.0)
    assert [reply.status for reply in told] == [250] * 20
    assert len(mailbox.mails) == 20


def test_a_mail_ends_the_wait_of_a_pump_at_once(doors: Doors) -> None:
    with override_settings(EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend"):
        told: list[Reply] = []
        doors.start(call(), told.append)
        began = time.monotonic()
        while not told and time.monotonic() - began < PATIENT:
            doors.pump(2 * PATIENT)
    assert [reply.status for reply in told] == [250]
    assert time.monotonic() - began < PATIENT
    assert len(django_mail.outbox) == 1


PNG = b"\x89PNG\r\n\x1a\n drawn"


@pytest.fixture
def drawing() -> Iterator[list[str]]:
    """Tokens that a picture was asked for; "good" is drawn, "slow" takes its time, all others cannot be drawn."""
    asked: list[str] = []
    hold = threading.Event()

    def make(token: str) -> bytes | None:
        asked.append(token)
        if token == "slow":
            hold.wait(2 * PATIENT)
        if token == "broken":
            raise OSError("no font")
        return PNG if token in ("good", "slow") else None

    drawn = mock.patch.object(pictures, "_painters", [pictures.Painter(make)])
    with drawn, mock.patch.object(pictures, "SECONDS", PATIENT):
        yield asked
    hold.set()


def with_picture(token: str, to: str = "ann@example.com") -> MailCall:
    shown = InlinePicture("graph@bellhop", token, '<p>with <img src="cid:graph@bellhop"></p>')
    return call(to, html="<p>without</p>", picture=shown)


def test_a_mail_brings_its_picture_and_shows_it_in_its_page(mailbox: Mailbox, doors: Doors, drawing: list[str]) -> None:
    for to in ("ann@example.com", "bob@example.com"):
        assert carry(with_picture("good", to), doors).status == 250

    for mail in mailbox.mails:
        assert [part.get_content_type() for part in mail.walk()] == [
            "multipart/related",
            "multipart/alternative",
            "text/plain",
            "text/html",
            "image/png",
        ]
        *_, page, image = mail.walk()
        assert "cid:graph@bellhop" in page.get_content()
        assert image["Content-ID"] == "<graph@bellhop>"
        assert image.get_content_disposition() == "inline"
        assert image.get_content() == PNG
    assert drawing == ["good"]  # many are told of one alert


@pytest.mark.parametrize("token", ["unknown", "broken", "slow"])
def test_a_mail_goes_without_a_picture_that_cannot_be_drawn_in_time(
    mailbox: Mailbox, doors: Doors, drawing: list[str], token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if token == "slow":
        monkeypatch.setattr(pictures, "SECONDS", 0.2)
    assert carry(with_picture(token), doors).status == 250

    (mail,) = mailbox.mails
    assert [part.get_content_type() for part in mail.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert "<p>without</p>" in mail.as_string()
    assert "cid:" not in mail.as_string()


def test_pictures_that_hang_hold_up_no_mail_without_one(
    mailbox: Mailbox, doors: Doors, drawing: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "SECONDS", 2 * PATIENT)
    for _ in range(2 * THREADS):
        doors.start(with_picture("slow"), lambda reply: None)

    began = time.monotonic()
    assert carry(call("bob@example.com"), doors).status == 250
    assert time.monotonic() - began < PATIENT


class Clock:
    """Time that goes on where somebody sleeps; `slept` says how long, in seconds."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 6))
        self.now += seconds


def test_after_a_picture_the_painter_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(pictures, "time", clock)

    def make(token: str) -> bytes:
        clock.now += 0.05
        return PNG

    painter = pictures.Painter(make, rests=4.0)
    assert [painter.picture(token) for token in ("one", "one", "two", "one", "three")] == [PNG] * 5
    assert clock.slept == [0.0, 0.2, 0.2]  # what it kept is not drawn again
