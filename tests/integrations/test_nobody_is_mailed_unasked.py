"""Strangers are asked once, whoever wants no more mail gets none, and reading a mail changes nothing."""

from datetime import datetime
from ssl import SSLCertVerificationError
from typing import Any
from unittest import mock

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.db import transaction
from django.test import Client
from pytest_django import Settings

from alerts.models import Test
from alerts.services import rules
from channels_app.doors import mail as door
from channels_app.speech import ENGLISH
from deliveries import changes, standing_in, timers, trouble
from deliveries.changes import News
from deliveries.models import Delivery, Outage
from deliveries.services import send_again
from deliveries.ways import Way, tell
from integrations import consent, services
from integrations.models import Integration, MailAddress
from integrations.testing import NOBODY
from integrations.testing import test_message as message_of
from integrations.trials import test_together as try_together
from teams import quotas
from teams.access import Actor
from teams.errors import Conflict, TooOften
from teams.models import AuditEntry, Counter, Role, User
from tests.alerts.factories import make_rule, make_test
from tests.conftest import Cast
from tests.deliveries.stage import clear, send_all, slack, states, tick, trigger
from tests.factories import MembershipFactory, UserFactory
from tests.integrations.factories import make_integration
from tests.servers.http import Answer, Receiver

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def member(cast: Cast) -> Actor:
    return Actor(cast.team, Role.MEMBER, cast.member)


@pytest.fixture
def admin(cast: Cast) -> Actor:
    return Actor(cast.team, Role.ADMIN, cast.owner)


@pytest.fixture(autouse=True)
def mails_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the thread of the test, which then sees them."""

    class Now:
        def __init__(self, target: Any, args: Any, name: str) -> None:
            self.start = lambda: target(*args)

    monkeypatch.setattr(consent, "Thread", Now)


def rule_of(actor: Actor, now: datetime, *recipients: str) -> Any:
    test = make_test(actor.team, f"t{Test.objects.count()}")
    fields = {
        "name": f"Too slow {test.slug}",
        "conditions": [{"metric": "x", "operator": ">", "threshold": 1}],
        "tests": [test],
        "recipients": list(recipients),
    }
    return rules.create_rule(actor, fields, now)


def page(what: Any, cast: Cast, address: str) -> str:
    return consent.link(what, cast.team.slug, address).split("://", 1)[1].partition("/")[2].join(["/", ""])


def test_a_stranger_that_a_member_enters_is_asked_once_and_told_nothing_until_it_says_yes(
    cast: Cast, member: Actor, now: datetime
) -> None:
    rule = rule_of(member, now, "Stranger@example.net")
    rules.update_rule(member, rule, {"recipients": ["stranger@example.net", "other@example.net"]}, now)
    assert sorted(each.to[0] for each in mail.outbox) == ["other@example.net", "stranger@example.net"]

    trigger(rule, now)
    assert states() == [("triggered", "suppressed", "unconfirmed")] * 2

    Client().post(page("confirm", cast, "stranger@example.net"))
    clear(rule.alerts.get(), now)
    trigger(rule, now)
    assert [row for row in states() if row[1] != "suppressed"] == [("triggered", "pending", "")]


def test_members_and_the_operators_domains_need_no_asking(
    cast: Cast, member: Actor, now: datetime, settings: Settings
) -> None:
    settings.BELLHOP_MAIL_DOMAINS = ["@corp.example"]
    rule = rule_of(member, now, cast.viewer.email, "anyone@corp.example")
    trigger(rule, now)
    assert mail.outbox == []
    assert states() == [("triggered", "pending", "")] * 2


def test_an_admin_vouches_unless_the_operator_trusts_no_admin(
    cast: Cast, admin: Actor, member: Actor, now: datetime, settings: Settings
) -> None:
    rule_of(admin, now, "pager@example.net")
    rule = rule_of(member, now, "pager@example.net")
    assert mail.outbox == []
    trigger(rule, now)
    assert states() == [("triggered", "pending", "")]

    settings.BELLHOP_MAIL_CONFIRM_ALL = True
    rule_of(admin, now, "new@example.net")
    assert [each.to for each in mail.outbox] == [["new@example.net"]]


def test_an_integration_of_mail_asks_as_well(cast: Cast, member: Actor, now: datetime) -> None:
    services.create(member, kind="email", name="crew", config={"to": ["far@example.net"]}, now=now)
    assert [each.to for each in mail.outbox] == [["far@example.net"]]
    assert consent.silent([cast.team.pk], ["FAR@example.net"]) == {(cast.team.pk, "far@example.net"): "unconfirmed"}


def test_nobody_can_have_the_same_address_asked_without_end(cast: Cast, member: Actor, now: datetime) -> None:
    for team in (cast.team, cast.other_team):
        actor = Actor(team, Role.MEMBER, cast.member)
        for turn in range(4):
            MailAddress.objects.filter(team=team).delete()
            consent.ask(actor, ["victim@example.net"], now.replace(microsecond=turn))
    assert len(mail.outbox) == 5


def test_who_could_not_be_asked_is_asked_the_next_time(
    cast: Cast, member: Actor, now: datetime, settings: Settings
) -> None:
    backend, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, "django.core.mail.backends.console.EmailBackend"
    consent.ask(member, ["far@example.net"], now)
    settings.EMAIL_BACKEND = backend
    for _ in range(2):
        assert consent.ask(member, ["far@example.net"], now) == ["far@example.net"]
    assert [each.to for each in mail.outbox] == [["far@example.net"]]


TROUBLE = [
    ConnectionResetError("as are all of SMTP's own, it is an OSError"),
    SSLCertVerificationError("a doubtful certificate"),
    UnicodeError("label empty or too long"),
    ValueError("Invalid address"),
    KeyError("what a backend of the operator's own may raise"),
]


@pytest.mark.parametrize("trouble", TROUBLE, ids=lambda each: type(each).__name__)
def test_a_mail_that_cannot_be_sent_fails_no_request_and_is_sent_when_the_address_is_entered_again(
    member: Actor, now: datetime, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, trouble: Exception
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(EmailMessage, "send", mock.Mock(side_effect=trouble))
        rule_of(member, now, "far@example.net")
    assert "far@example.net" not in caplog.text

    rule_of(member, now, "far@example.net")

    assert [each.to for each in mail.outbox] == [["far@example.net"]]


def test_a_machine_without_a_thread_to_spare_fails_no_request_either(
    member: Actor, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(consent, "Thread", mock.Mock(side_effect=RuntimeError("can't start new thread")))
        rule_of(member, now, "far@example.net")

    rule_of(member, now, "far@example.net")

    assert [each.to for each in mail.outbox] == [["far@example.net"]]


def test_opening_the_links_changes_nothing(cast: Cast, now: datetime) -> None:
    for what in ("confirm", "unsubscribe"):
        for method in ("get", "head"):
            assert getattr(Client(), method)(page(what, cast, "ann@example.net")).status_code == 200
    assert not MailAddress.objects.exists()


def test_one_click_stops_all_mail_of_the_team_to_that_address_and_of_no_other(
    cast: Cast, admin: Actor, now: datetime
) -> None:
    rule = make_rule(cast.team, [make_test(cast.team)], recipients=["Ann@example.net", "bob@example.net"])
    # As a mail program does it: no cookie, no CSRF token, the body of RFC 8058.
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post(page("unsubscribe", cast, "ann@example.net"), {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    trigger(rule, now)
    told = dict(Delivery.objects.values_list("recipient", "reason"))
    assert told == {"Ann@example.net": "unsubscribed", "bob@example.net": ""}

    Client().post(page("confirm", cast, "ann@example.net"))
    assert consent.silent([cast.team.pk], ["ann@example.net"]) == {}


def test_what_waits_is_not_mailed_to_who_unsubscribed_meanwhile(cast: Cast, now: datetime) -> None:
    recipients = ["Ann@example.net", "bob@example.net"]
    trigger(make_rule(cast.team, [make_test(cast.team)], recipients=recipients), now)
    consent.unsubscribe(cast.team, "ann@example.net", now)
    timers.sweep(now)
    assert dict(Delivery.objects.values_list("recipient", "reason")) == {
        "Ann@example.net": "unsubscribed",
        "bob@example.net": "",
    }


def test_an_admin_vouches_for_whom_they_enter_and_not_for_who_stood_there(
    cast: Cast, admin: Actor, member: Actor, now: datetime
) -> None:
    rule = rule_of(member, now, "stranger@example.net")
    place = services.create(member, kind="email", name="crew", config={"to": ["other@example.net"]}, now=now)
    rules.update_rule(admin, rule, {"recipients": ["stranger@example.net", "new@example.net"]}, now)
    services.update(admin, place, enabled=False, now=now)
    assert sorted(consent.silent([cast.team.pk], ["stranger@example.net", "other@example.net", "new@example.net"])) == [
        (cast.team.pk, "other@example.net"),
        (cast.team.pk, "stranger@example.net"),
    ]


def test_no_admin_can_vouch_against_a_no(cast: Cast, admin: Actor, now: datetime) -> None:
    consent.unsubscribe(cast.team, "ann@example.net", now)
    rule_of(admin, now, "ann@example.net")
    assert consent.silent([cast.team.pk], ["ann@example.net"])[cast.team.pk, "ann@example.net"] == "unsubscribed"


def test_a_link_is_of_one_address_one_team_and_one_deed(cast: Cast) -> None:
    token = page("unsubscribe", cast, "ann@example.net").split("/")[-2]
    assert Client().post(f"/mail/confirm/{token}/").status_code == 404
    assert Client().post(f"/mail/stop/{token[:-2]}xx/").status_code == 404
    assert not MailAddress.objects.exists()


def test_what_a_team_mails_a_day_is_bounded(cast: Cast, now: datetime, settings: Settings) -> None:
    settings.BELLHOP_TEAM_MAILS_PER_DAY = 3
    rule = make_rule(cast.team, [make_test(cast.team)], recipients=[f"p{n}@example.net" for n in range(5)])
    trigger(rule, now)
    assert [reason for *_, reason in states()] == ["", "", "", "mail_quota", "mail_quota"]


def test_sending_again_writes_to_nobody_who_did_not_agree(
    cast: Cast, member: Actor, now: datetime, settings: Settings
) -> None:
    trigger(rule_of(member, now, "stranger@example.net"), now)
    delivery = Delivery.objects.get()
    with pytest.raises(Conflict, match="has not said yet"):
        send_again(member, delivery, now)
    consent.unsubscribe(cast.team, "stranger@example.net", now)
    with pytest.raises(Conflict, match="wants no more mail"):
        send_again(member, delivery, now)

    consent.confirm(cast.team, "stranger@example.net", now)
    settings.BELLHOP_TEAM_MAILS_PER_DAY = 1
    send_again(member, delivery, now).delete()
    with pytest.raises(TooOften, match="mails of today"):
        send_again(member, delivery, now)


def test_whoever_was_asked_and_joins_the_team_is_mailed(cast: Cast, member: Actor, now: datetime) -> None:
    rule = rule_of(member, now, "New@example.net")
    MembershipFactory.create(team=cast.other_team, user=UserFactory.create(email="new@example.net"), role=Role.MEMBER)
    trigger(rule, now)
    assert states() == [("triggered", "suppressed", "unconfirmed")]

    MembershipFactory.create(team=cast.team, user=User.objects.get(email="new@example.net"), role=Role.MEMBER)
    assert consent.silent([cast.team.pk], ["new@example.net"]) == {}
    consent.unsubscribe(cast.team, "new@example.net", now)
    assert consent.silent([cast.team.pk], ["new@example.net"]) == {(cast.team.pk, "new@example.net"): "unsubscribed"}


def crew(member: Actor, now: datetime, *addresses: str) -> Integration:
    made = services.create(member, kind="email", name="crew", config={"to": list(addresses)}, now=now)
    mail.outbox.clear()
    return made


def mailed() -> list[str]:
    found = [address for each in mail.outbox for address in each.to]
    mail.outbox.clear()
    return found


@pytest.fixture
def mail_door(monkeypatch: pytest.MonkeyPatch) -> None:
    """Into the outbox of the test."""
    monkeypatch.setattr(door, "backend", lambda _: mail.get_connection())


def test_a_test_writes_to_nobody_who_did_not_agree(
    cast: Cast, member: Actor, admin: Actor, now: datetime, mail_door: None
) -> None:
    typed = {"to": ["stranger@example.net", cast.viewer.email]}
    alone = services.test_draft(member, kind="email", name="BUY", config={"to": ["stranger@example.net"]}, now=now)
    assert (alone.ok, alone.detail, mailed()) == (False, NOBODY, [])
    partly = services.test_draft(member, kind="email", name="BUY", config=typed, now=now)
    assert partly.detail.endswith("1 address was left out, not having agreed to mails of this team.")
    assert mailed() == [cast.viewer.email]
    assert services.test_draft(admin, kind="email", name="crew", config=typed, now=now).ok
    assert mailed() == typed["to"]

    saved = crew(member, now, "stranger@example.net", "Gone@example.net")
    consent.unsubscribe(cast.team, "gone@example.net", now)
    assert services.test_saved(member, saved, now).detail == NOBODY
    [together] = try_together(member, [saved], now)
    assert together.detail == NOBODY
    consent.confirm(cast.team, "stranger@example.net", now)
    assert services.test_saved(member, saved, now).ok
    assert mailed() == ["stranger@example.net"]


def test_news_of_changes_and_what_stands_in_reach_nobody_who_did_not_agree(
    cast: Cast, member: Actor, now: datetime, mail_door: None
) -> None:
    place = crew(member, now, "stranger@example.net", cast.viewer.email)
    message = message_of("crew", cast.team, now, ENGLISH)
    assert tell(Way("crew", place), message) == ""
    assert mailed() == [cast.viewer.email]

    broken = make_integration(cast.team, "slack", "broken")
    Integration.objects.filter(pk=broken.pk).update(fallback=place)
    rule = rule_of(member, now)
    tick(rule, broken)
    trigger(rule, now)
    with transaction.atomic():
        standing_in.for_deliveries(list(Delivery.objects.values_list("pk", flat=True)), now)
    Integration.objects.filter(pk=broken.pk).update(enabled=False)
    send_all(now)
    assert mailed() == [cast.viewer.email]


SPELLINGS = ["Ann@Example.NET", '"ann"@example.net', "ann@ｅxample.net"]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_no_holds_however_the_address_is_written(
    cast: Cast, admin: Actor, member: Actor, now: datetime, spelling: str, mail_door: None
) -> None:
    consent.unsubscribe(cast.team, "ann@example.net", now)

    trigger(rule_of(admin, now, spelling), now)

    assert [row[1:] for row in states()] == [("suppressed", "unsubscribed")]
    crew = services.create(admin, kind="email", name="crew", config={"to": [spelling]}, now=now)
    assert services.test_saved(admin, crew, now).detail == NOBODY
    assert mailed() == []


@pytest.mark.parametrize(
    ("written", "stopped"),
    [("Ann@münchen.example", "ann@xn--mnchen-3ya.example"), ('"ann"@x.example', "ann@x.example")],
)
def test_what_waits_is_not_mailed_to_another_spelling_either(
    cast: Cast, now: datetime, written: str, stopped: str
) -> None:
    trigger(make_rule(cast.team, [make_test(cast.team)], recipients=[written, "bob@x.example"]), now)
    consent.unsubscribe(cast.team, stopped, now)
    timers.sweep(now)
    assert dict(Delivery.objects.values_list("recipient", "reason")) == {written: "unsubscribed", "bob@x.example": ""}


def test_one_address_is_asked_once_and_vouched_for_in_all_of_its_spellings(
    cast: Cast, admin: Actor, member: Actor, now: datetime, settings: Settings
) -> None:
    settings.BELLHOP_MAIL_DOMAINS = ["bücher.example"]
    trusted = ["ann@bücher.example", "bob@xn--bcher-kva.example"]
    rule = rule_of(member, now, "far@münchen.example", *trusted)
    rules.update_rule(member, rule, {"recipients": ["far@xn--mnchen-3ya.example", *trusted]}, now)
    assert [each.to for each in mail.outbox] == [["far@xn--mnchen-3ya.example"]]

    Client().post(page("confirm", cast, "far@MÜNCHEN.example"))

    trigger(rule_of(member, now, "far@münchen.example", *trusted), now)
    assert states() == [("triggered", "pending", "")] * 3


def test_tests_and_news_count_among_the_mails_of_a_day_and_end_with_them(
    cast: Cast, admin: Actor, now: datetime, settings: Settings, mail_door: None
) -> None:
    settings.BELLHOP_TEAM_MAILS_PER_DAY = 5
    typed = {"to": ["ann@example.net", "bob@example.net"]}
    place = services.create(admin, kind="email", name="crew", config=typed, now=now)

    assert services.test_saved(admin, place, now).ok
    assert services.test_draft(admin, kind="email", name="new", config=typed, now=now).ok
    with pytest.raises(TooOften, match="mails of today are used up"):
        services.test_saved(admin, place, now)
    with pytest.raises(TooOften, match="mails of today are used up"):
        services.test_draft(admin, kind="email", name="new", config=typed, now=now)
    [together] = try_together(admin, [place], now)
    assert together.detail.startswith("Nothing was sent. The team's mails of today are used up.")
    assert changes.tried(News(place, list(AuditEntry.objects.all()), 1), now) == "the mails of today are used up"
    assert mailed() == ["ann@example.net", "bob@example.net"] * 2

    trigger(make_rule(cast.team, [make_test(cast.team)], recipients=typed["to"]), now)
    assert [reason for *_, reason in states()] == ["", "mail_quota"], "the fifth is left for an alert"


def test_a_test_of_a_room_is_no_mail(
    cast: Cast, admin: Actor, now: datetime, settings: Settings, receiver: Receiver
) -> None:
    settings.BELLHOP_TEAM_MAILS_PER_DAY = 0
    receiver.default = Answer(200, b"ok")
    assert services.test_saved(admin, slack(cast.team, receiver), now).ok


def test_trouble_is_mailed_to_admins_beyond_that_and_counted(
    cast: Cast, now: datetime, settings: Settings, mail_door: None
) -> None:
    settings.BELLHOP_TEAM_MAILS_PER_DAY = 1
    broken = make_integration(cast.team, "slack", "broken")
    Outage.objects.create(team=cast.team, integration=broken, began_at=now, held_at=now, reason="network", due_at=now)
    quotas.take_mails(cast.team.pk, 1, now)

    trouble.tell_due(now)

    assert mailed() == [cast.owner.email]
    assert Counter.objects.filter(key=f"mails:{cast.team.pk}").values_list("count", flat=True).get() == 2
