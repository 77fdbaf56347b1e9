"""What a mail offers to do: to members who may act, what would change something, in the language of the mail."""

import re
from datetime import datetime, timedelta

import pytest
from django.core import mail

from alerts import lifecycle
from alerts.models import Alert
from channels_app.speech import speech_of
from channels_app.words import AlertState
from deliveries import mail_actions
from deliveries.mail_actions import LABELS
from integrations.models import Integration
from teams.access import Actor
from teams.models import User
from tests.alerts.factories import make_test
from tests.conftest import Cast
from tests.deliveries.acting_by_mail.mailed import ALL, BASE, html_of, links, mailed
from tests.deliveries.stage import clear, happen, opened, rule_for, send_all, trigger
from tests.integrations.factories import make_integration

MINUTE = timedelta(minutes=1)
pytestmark = pytest.mark.django_db(transaction=True)


def test_a_member_may_acknowledge_take_and_close_from_both_parts(cast: Cast, alert: Alert, now: datetime) -> None:
    sent = mailed(now)

    assert list(links(sent)) == ALL
    for text in (sent.body, html_of(sent)):
        assert "Whoever has these links acts in your name" in text
    assert re.search(r'<a href="[^"]*/mail/act/[^"]*"[^>]*>Assign to me</a>', html_of(sent))
    assert "\nAssign to me: https://bell.example/mail/act/" in sent.body


def test_the_addresses_of_an_integration_are_members_as_well(cast: Cast, now: datetime) -> None:
    crew = make_integration(cast.team, "email", config={"to": [cast.owner.email.upper(), "crew@example.net"]})
    trigger(rule_for(cast.team, crew), now)

    send_all(now)

    offered = {each.to[0].lower(): list(links(each)) for each in mail.outbox}
    assert offered == {cast.owner.email: ALL, "crew@example.net": []}


@pytest.mark.parametrize("who", ["viewer", "outsider", "stranger", "deactivated"])
def test_nobody_else_is_offered_anything(who: str, cast: Cast, now: datetime) -> None:
    User.objects.filter(pk=cast.member.pk).update(is_active=who != "deactivated")
    people = {"viewer": cast.viewer.email, "outsider": cast.outsider.email, "deactivated": cast.member.email}
    trigger(rule_for(cast.team, recipients=[people.get(who, "stranger@example.net")]), now)

    sent = mailed(now)

    assert links(sent) == {}
    assert "Whoever has these links" not in sent.body + html_of(sent)


def test_only_what_would_change_something_is_offered(cast: Cast, alert: Alert, member: Actor, now: datetime) -> None:
    lifecycle.acknowledge(member, alert, now)
    assert list(links(mailed(now))) == ["assign", "close"]


def test_who_has_the_alert_is_not_offered_to_take_it(cast: Cast, alert: Alert, member: Actor, now: datetime) -> None:
    lifecycle.assign(member, alert, cast.member, now)
    assert list(links(mailed(now))) == ["acknowledge", "close"]


def test_the_mail_of_a_clear_offers_nothing(cast: Cast, alert: Alert, now: datetime) -> None:
    send_all(now)
    mail.outbox.clear()
    clear(alert, now + MINUTE)
    assert links(mailed(now + MINUTE)) == {}


def test_what_is_over_by_the_time_it_is_told_offers_nothing(cast: Cast, now: datetime) -> None:
    alert = trigger(rule_for(cast.team, recipients=[cast.member.email], notify_on_clear=False), now)
    clear(alert, now)

    assert links(mailed(now)) == {}


def test_a_mail_of_many_alerts_offers_nothing(cast: Cast, now: datetime) -> None:
    tests = [make_test(cast.team, f"t{n}") for n in range(2)]
    rules = [rule_for(cast.team, test=test, name=test.slug, recipients=[cast.member.email]) for test in tests]
    happen(rules[0], now, *(opened(rule, now) for rule in rules))

    assert links(mailed(now)) == {}


@pytest.mark.parametrize("language", ["en", "de", "fr", "ja"])
def test_the_deeds_are_named_in_the_language_of_the_mail(language: str, cast: Cast, now: datetime) -> None:
    crew = make_integration(cast.team, "email", config={"to": [cast.member.email]})
    Integration.objects.filter(pk=crew.pk).update(language=language)
    trigger(rule_for(cast.team, crew), now)

    sent = mailed(now)

    named = [speech_of(language, "").say(label) for label in LABELS.values()]
    assert [f">{name}</a>" in html_of(sent) and f"\n{name}: {BASE}/mail/act/" in sent.body for name in named] == [
        True
    ] * 3
    assert (named == list(LABELS.values())) == (language == "en")


def test_the_table_of_transitions_says_what_changes_something() -> None:
    found = {state: [each for each in ALL if mail_actions.changes(state, each)] for state in AlertState}

    assert found == {"triggered": ALL, "acknowledged": ["assign", "close"], "cleared": []}
