"""From a rule to what lies in the mailbox, over a real SMTP server with STARTTLS and a login."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from html import unescape
from pathlib import Path

import pytest
from django.apps import apps
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from alerts.ingest import ingest
from alerts.models import AlertRule, Test
from alerts.pictures import picture_address, token_for
from channels_app.doors import pictures
from channels_app.words import Severity
from integrations.models import Integration
from teams.access import Actor
from teams.models import Team
from tests.admin.conftest import everything
from tests.alerts.factories import make_test
from tests.conftest import Cast
from tests.deliveries.stage import clear, happen, opened, outcomes, recovered, rule_for, send_all, states, trigger
from tests.integrations.factories import make_integration
from tests.patience import PATIENT
from tests.servers.mailbox import Mailbox, mailbox_at_work
from tests.servers.tls import Authority

pytestmark = pytest.mark.django_db(transaction=True)

ANN, BOB, EVE = "ann@example.com", "bob@example.com", "eve@example.com"
RUNBOOK = "https://wiki.example/checkout"
MINUTE = timedelta(minutes=1)
LOGIN = ("bell", "MailPasswordThatNobodyMaySee")


@pytest.fixture
def now() -> datetime:
    """The clock's own minute: certificates and pictures go by it."""
    return timezone.now().replace(second=0, microsecond=0)


@pytest.fixture(autouse=True)
def nothing_drawn_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test begins with alert #1 again, and its mails wait for their pictures."""
    apps.get_app_config("alerts").ready()
    monkeypatch.setattr(pictures, "SECONDS", PATIENT)


@pytest.fixture
def mailbox(settings: Settings, tmp_path: Path) -> Iterator[Mailbox]:
    """The operator's mail server, as EMAIL_URL=smtp+tls://bell:...@127.0.0.1 names it."""
    authority = Authority(tmp_path)
    with mailbox_at_work(tls=authority.server(), login=LOGIN) as box:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", box.port
        settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = LOGIN
        settings.EMAIL_USE_TLS, settings.EMAIL_USE_SSL = True, False
        settings.BELLHOP_CA_FILE = str(authority.file)
        settings.BELLHOP_BASE_URL = "https://bell.example"
        settings.DEFAULT_FROM_EMAIL = "Bellhop <bell@example.org>"
        yield box


def people(team: Team, *addresses: str, picture: bool = False, name: str = "on call") -> Integration:
    found = make_integration(team, "email", name, config={"to": list(addresses)})
    Integration.objects.filter(pk=found.pk).update(picture=picture)
    return found


def measured(team: Team, now: datetime) -> Test:
    """A test with an hour of values."""
    test = make_test(team)
    values = [
        {
            "test": test.slug,
            "metric": "response_time",
            "source": "fra1",
            "observed_at": (now - n * MINUTE).isoformat(),
            "value": 100 + n,
        }
        for n in range(60)
    ]
    assert not ingest(Actor.system(team), {"notify": "never", "measurements": values}, now).rejected
    return test


def rules_for(team: Team, count: int, *places: Integration, **fields: object) -> list[AlertRule]:
    tests = [make_test(team, f"t{n}") for n in range(count)]
    return [rule_for(team, *places, test=test, name=f"rule {n}", **fields) for n, test in enumerate(tests)]


def part(mail: EmailMessage, kind: str) -> EmailMessage:
    (found,) = [each for each in mail.walk() if each.get_content_type() == kind]
    assert isinstance(found, EmailMessage)
    return found


def test_trigger_and_clear_arrive_as_one_thread_for_each_person(cast: Cast, mailbox: Mailbox, now: datetime) -> None:
    test = measured(cast.team, now)
    rule = rule_for(cast.team, people(cast.team, ANN, BOB, picture=True), test=test, recipients=[EVE])

    alert = trigger(rule, now)
    send_all(now)
    clear(alert, now + 5 * MINUTE)
    send_all(now + 5 * MINUTE)

    assert {state for _, state, _ in states()} == {"delivered"}
    assert mailbox.secured == [True] * 6
    assert set(mailbox.logins) == {"bell"}
    for person in (ANN, BOB, EVE):
        triggered, cleared = mailbox.to(person)
        assert triggered["Subject"] == "[CRITICAL] #1 Too slow on Checkout"
        assert cleared["Subject"] == "[CLEARED] #1 Too slow on Checkout"
        assert triggered["References"] == cleared["References"] == triggered["In-Reply-To"] == cleared["In-Reply-To"]
        assert len({triggered["Message-ID"], cleared["Message-ID"], triggered["References"]}) == 3
        assert triggered["From"] == "Ops <bell@example.org>"
        for mail in (triggered, cleared):
            text, page = part(mail, "text/plain").get_content(), part(mail, "text/html").get_content()
            assert all("https://bell.example/t/ops/views/checkout/?at=" in each for each in (text, page))
            assert all("Too slow" in each and "812.5 from fra1" in each for each in (text, page))
    assert len({mail["Message-ID"] for mail in mailbox.mails}) == 6


def test_who_asked_for_the_graph_gets_it_inline_and_nobody_else(cast: Cast, mailbox: Mailbox, now: datetime) -> None:
    test = measured(cast.team, now)
    places = people(cast.team, ANN, picture=True), people(cast.team, BOB, name="others")
    trigger(rule_for(cast.team, *places, test=test, recipients=[EVE]), now)

    send_all(now)

    for (with_graph,) in (mailbox.to(ANN), mailbox.to(EVE)):  # recipients of a rule have nowhere to ask for it
        image = part(with_graph, "image/png")
        assert image.get_content().startswith(b"\x89PNG")
        (shown,) = re.findall(r'src="cid:([^"]+)"', part(with_graph, "text/html").get_content())
        assert image["Content-ID"] == f"<{shown}>"
    (without,) = mailbox.to(BOB)
    assert "<img" not in part(without, "text/html").get_content()
    assert without.get_content_type() == "multipart/alternative"


def test_a_test_without_values_is_told_without_a_graph(cast: Cast, mailbox: Mailbox, now: datetime) -> None:
    trigger(rule_for(cast.team, people(cast.team, ANN, picture=True)), now)

    send_all(now)

    assert "<img" not in part(mailbox.to(ANN)[0], "text/html").get_content()


def test_alerts_that_come_together_are_one_mail_for_each_person(cast: Cast, mailbox: Mailbox, now: datetime) -> None:
    rules = rules_for(cast.team, 3, people(cast.team, ANN), recipients=[EVE])
    happen(rules[0], now, *(opened(rule, now, severity) for rule, severity in zip(rules, Severity, strict=False)))

    send_all(now)

    assert sorted(mail["To"] for mail in mailbox.mails) == [ANN, EVE]
    for mail in mailbox.mails:
        assert mail["Subject"] == "3 alerts: 1 major, 1 minor, 1 info (#3, #2, #1)"
        text, page = part(mail, "text/plain").get_content(), part(mail, "text/html").get_content()
        for n in range(3):
            at = now.astimezone(UTC).isoformat().replace("+00:00", "Z")
            assert f"https://bell.example/t/ops/views/t{n}/?at={at}" in text
            assert f"/views/t{n}/?at={at}" in page
    assert {state for _, state, _ in states()} == {"delivered"}
    assert outcomes() == [("delivered", 250, "")] * 2


def test_a_merged_mail_belongs_to_the_threads_of_its_alerts(cast: Cast, mailbox: Mailbox, now: datetime) -> None:
    rules = rules_for(cast.team, 2, people(cast.team, ANN))
    alerts = [event.alert for event in happen(rules[0], now, *(opened(rule, now) for rule in rules))]
    send_all(now)
    for n, alert in enumerate(alerts):
        clear(alert, now + (n + 1) * MINUTE)
        send_all(now + (n + 1) * MINUTE)

    merged, *cleared = mailbox.mails
    assert [mail["Subject"] for mail in cleared] == [f"[CLEARED] #{n} rule {n - 1} on T{n - 1}" for n in (1, 2)]
    assert sorted(merged["References"].split()) == sorted(mail["References"] for mail in cleared)


def test_what_waited_together_is_told_as_it_stands_at_the_end(cast: Cast, mailbox: Mailbox, now: datetime) -> None:
    mailbox.refuse[ANN] = "451 later"
    first, second = rules_for(cast.team, 2, people(cast.team, ANN))
    alert = trigger(first, now)
    send_all(now)
    trigger(second, now + MINUTE)
    happen(first, now + 2 * MINUTE, recovered(first, now + 2 * MINUTE))
    mailbox.refuse.clear()

    for n in range(3, 6):
        send_all(now + n * 15 * MINUTE)

    texts = [part(mail, "text/plain").get_content() for mail in mailbox.mails]
    told = "\n".join(texts)
    assert f"#{alert.number}" in told
    assert "and cleared at" in told
    assert [(event, state) for event, state, _ in states()] == [
        ("triggered", "superseded"),
        ("triggered", "delivered"),
        ("cleared", "delivered"),
    ]


def test_more_than_thirty_are_counted_with_a_link(cast: Cast, mailbox: Mailbox, now: datetime) -> None:
    rules = rules_for(cast.team, 33, people(cast.team, ANN))
    happen(rules[0], now, *(opened(rule, now) for rule in rules))

    send_all(now)

    (mail,) = mailbox.mails
    for each in (part(mail, "text/plain").get_content(), part(mail, "text/html").get_content()):
        assert "and 3 more: 3 critical" in each
        assert "https://bell.example/t/ops/alerts/?show=all" in each
    assert len(mail["References"].split()) == 30


def test_opening_every_address_of_every_mail_changes_nothing(cast: Cast, mailbox: Mailbox, now: datetime) -> None:
    rule = rule_for(cast.team, people(cast.team, ANN), test=measured(cast.team, now), recipients=[EVE], runbook=RUNBOOK)
    alert = trigger(rule, now)
    send_all(now)
    clear(alert, now + MINUTE)
    happen(rule, now + MINUTE, *(opened(each, now + MINUTE) for each in rules_for(cast.team, 2, recipients=[EVE])))
    send_all(now + MINUTE)
    before = everything()

    texts = [part(mail, kind).get_content() for mail in mailbox.mails for kind in ("text/plain", "text/html")]
    texts += [str(mail["List-Unsubscribe"]) for mail in mailbox.mails]
    addresses = {each for text in texts for each in re.findall(r"https://bell\.example/[^\s\"<>]*", unescape(text))}
    addresses.add(picture_address(token_for("ops", alert.number, now, now)))
    answers = {each: Client().get(each.removeprefix("https://bell.example")) for each in addresses}

    assert len(answers) >= 6
    assert {answer.status_code for answer in answers.values()} <= {200, 302}
    after = everything()
    assert {name for name in before if before[name] != after[name]} <= {"teams.Counter"}


def test_a_wrong_login_waits_for_the_operator(cast: Cast, mailbox: Mailbox, settings: Settings, now: datetime) -> None:
    settings.EMAIL_HOST_PASSWORD = "wrong"
    trigger(rule_for(cast.team, people(cast.team, ANN)), now)

    send_all(now)

    assert mailbox.mails == []
    assert outcomes() == [("retry_later", 535, "bad_credentials")]
    assert states() == [("triggered", "pending", "")]
