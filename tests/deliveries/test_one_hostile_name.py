"""One hostile name through mail, tables, logs and metrics: delivered, read back equal, and nothing forged."""

import csv
import io
import json
import logging
from datetime import datetime
from email.message import EmailMessage

import pytest
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from pytest_django import Settings

from alerts.ingest import ingest
from alerts.models import AlertRule, Series
from channels_app.doors import mail as door
from config.logs import JsonLines
from teams.access import Actor
from tests.alerts.factories import make_rule, make_test
from tests.conftest import Cast
from tests.deliveries.stage import send_all, states, trigger
from tests.servers.mailbox import Mailbox, mailbox_at_work

pytestmark = pytest.mark.django_db(transaction=True)

NAME = "=cmd|' /C calc'!A0\r\nBcc: all@example.net\x00\x1b[31m\u2028\u202eevil <b>&\"{{7*7}}%s"
SEEN = "=cmd|' /C calc'!A0 Bcc: all@example.net [31m evil <b>&\"{{7*7}}%s"


def hostile_rule(cast: Cast) -> AlertRule:
    rule = make_rule(cast.team, [make_test(cast.team)], recipients=["ann@example.com"])
    AlertRule.objects.filter(pk=rule.pk).update(name=NAME.replace("\x00", ""))  # PostgreSQL holds no NUL
    rule.refresh_from_db()
    return rule


def sent_to(box: Mailbox, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", box.port
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False


def body(mail: EmailMessage) -> str:
    found = mail.get_body(("plain",))
    assert found is not None
    return str(found.get_content())


def test_a_mail_arrives_with_the_name_in_one_line_and_no_header_of_its_making(
    cast: Cast, settings: Settings, now: datetime
) -> None:
    with mailbox_at_work() as box:
        sent_to(box, settings)
        trigger(hostile_rule(cast), now)
        send_all(now)

    assert states() == [("triggered", "delivered", "")]
    (mail,) = box.mails
    assert SEEN in mail["Subject"]
    assert SEEN in body(mail)
    assert mail["Bcc"] is None
    assert mail["To"] == "ann@example.com"


def test_a_cell_is_no_formula(cast: Cast, now: datetime) -> None:
    test = make_test(cast.team)
    value = {"test": test.slug, "metric": "x", "source": "a", "observed_at": now.isoformat(), "value": 1}
    ingest(Actor.system(cast.team), {"notify": "never", "measurements": [value]}, now)
    Series.objects.update(source=SEEN[:100])
    client = Client()
    client.force_login(cast.owner)
    answer = client.get(f"/t/{cast.team.slug}/views/{test.slug}/values.csv", {"at": now.isoformat()})
    rows = list(csv.reader(io.StringIO(answer.content.decode())))
    assert rows[1][2] == f"'{SEEN[:100]}"


def test_a_line_of_the_log_is_one_line_that_is_read_back_equal() -> None:
    record = logging.LogRecord("x", logging.ERROR, "", 0, "rule %s failed", (NAME,), None)
    line = JsonLines().format(record)
    assert "\n" not in line
    assert json.loads(line)["message"] == f"rule {NAME} failed"


def test_metrics_name_nobody(cast: Cast, settings: Settings, now: datetime) -> None:
    settings.BELLHOP_METRICS_TOKEN = "m" * 20
    trigger(hostile_rule(cast), now)
    answer = Client().get("/metrics", headers={"Authorization": f"Bearer {'m' * 20}"})
    assert answer.status_code == 200
    assert "calc" not in answer.content.decode()


@pytest.mark.parametrize("path", ["/mail/stop/TOKEN/", "/mail/confirm/TOKEN/", "/i/TOKEN.png"])
def test_addresses_that_open_a_door_stand_in_no_log(path: str) -> None:
    record = logging.LogRecord("x", logging.INFO, "", 0, '"GET %s HTTP/1.1" 200', (path,), None)
    assert "TOKEN" not in JsonLines().format(record)


def test_a_header_cannot_be_made_of_a_subject() -> None:
    from channels_app.contract import MailCall

    made = door.compose(MailCall("ann@example.com", NAME, "text"), 1.0)
    assert isinstance(made, EmailMultiAlternatives)
    assert "\n" not in made.subject
    assert made.message()["Bcc"] is None
