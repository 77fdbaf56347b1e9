"""What is sent, tested, digested or told of trouble speaks the language and the time zone of the place that gets it."""

from datetime import datetime, timedelta

import pytest
from django.core import mail
from django.http import QueryDict
from pytest_django import DjangoAssertNumQueries

from deliveries import trouble
from deliveries.contents import stored_contents
from deliveries.previews import preview
from integrations import services
from integrations.basics import PREFIX, Basics
from integrations.drafting import Draft
from integrations.forms import shown_form
from integrations.models import Integration
from integrations.policy_form import PolicyForm
from teams.access import Actor
from tests.conftest import Cast
from tests.deliveries.stage import clear, rule_for, send_all, slack, trigger
from tests.deliveries.test_holds_need_evidence import hold
from tests.integrations.factories import make_integration
from tests.servers.http import Answer, Receiver

pytestmark = pytest.mark.django_db(transaction=True)


def speaking(place: Integration, language: str, zone: str = "") -> Integration:
    Integration.objects.filter(pk=place.pk).update(language=language, time_zone=zone)
    place.refresh_from_db()
    return place


def test_each_place_of_one_rule_hears_its_own(cast: Cast, receiver: Receiver, now: datetime) -> None:
    german = speaking(slack(cast.team, receiver, "berlin"), "de", "Europe/Berlin")
    japanese = speaking(slack(cast.team, receiver, "tokyo"), "ja", "Asia/Tokyo")
    rule = rule_for(cast.team, german, japanese, slack(cast.team, receiver, "plain"))

    alert = trigger(rule, now)
    send_all(now)
    clear(alert, now + timedelta(minutes=5))
    send_all(now + timedelta(minutes=5))

    told: dict[str, str] = {}
    for request in receiver.wait_for(6):
        name = next(each for each in ("berlin", "tokyo", "plain") if each in request.path)
        told[name] = told.get(name, "") + request.body.decode()
    assert "#1 KRITISCH: Too slow bei Checkout" in told["berlin"]
    assert "Wieder in Ordnung (nach 5 min)." in told["berlin"]
    assert "2026-03-02 13:00 CET" in told["berlin"]
    assert "#1 致命的: Too slow（Checkout）" in told["tokyo"]
    assert "2026-03-02 21:00 JST" in told["tokyo"]
    assert "#1 CRITICAL: Too slow on Checkout" in told["plain"]
    assert "2026-03-02 12:00 UTC" in told["plain"]
    assert all("?at=2026-03-02T12:00:00Z" in words for words in told.values())


def test_a_digest_speaks_it_too(cast: Cast, now: datetime) -> None:
    place = make_integration(cast.team, "email", "desk", config={"to": "desk@example.com"})
    rule = rule_for(cast.team, speaking(place, "fr", "Europe/Paris"))
    for n in range(2):
        clear(trigger(rule, now + timedelta(seconds=n)), now + timedelta(seconds=n + 1))
    send_all(now + timedelta(seconds=9))

    assert any("un seul message le réunit" in str(each.body) for each in mail.outbox)
    assert all("UTC" not in str(each.body) for each in mail.outbox)


def test_the_test_and_the_preview_speak_it(cast: Cast, member: Actor, receiver: Receiver, now: datetime) -> None:
    place = speaking(slack(cast.team, receiver), "fr", "Europe/Paris")

    services.test_saved(member, place, now)
    body = receiver.received[-1].body.decode()
    assert "Message de test pour « ops »" in body
    assert "2026-03-02 13:00 CET" in body
    shown = preview(member, kind="slack", config={}, integration=place, now=now).shown.body
    assert "#1 MAJEURE: Slow checkout sur Checkout page" in shown


def test_news_of_trouble_speak_the_language_of_the_place_that_is_told(
    cast: Cast, receiver: Receiver, now: datetime
) -> None:
    place, watch = speaking(slack(cast.team, receiver), "ja"), slack(cast.team, receiver, "watch")
    speaking(watch, "de", "Europe/Berlin")
    Integration.objects.filter(pk=watch.pk).update(hears_trouble_since=now)
    held = hold(place, receiver, now)
    receiver.default = Answer()

    trouble.tell_due(held)

    body = receiver.received[-1].body.decode()
    assert "Slack-Integration „ops“ pausiert: no_service" in body
    assert "Nichts wurde abgeschaltet" in body
    assert "*Gestört seit*\\n2026-03-02 13:00 CET" in body


def test_members_read_the_mail_of_a_rule_in_the_zone_that_they_chose(
    cast: Cast, now: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    member, stranger = cast.member, cast.outsider
    for each in (member, stranger):
        each.time_zone = "Asia/Tokyo"
        each.save()
    trigger(rule_for(cast.team, recipients=[member.email.upper(), stranger.email, "ann@example.com"]), now)
    with django_assert_num_queries(1):
        stored_contents([1, 2, 3])
    send_all(now)

    zones = {each.to[0].lower(): "JST" in str(each.body) for each in mail.outbox}
    assert zones[member.email] is True
    assert zones.get(stranger.email, False) is False
    assert zones["ann@example.com"] is False
    assert all("Severity: Critical" in str(each.body) for each in mail.outbox)


def test_a_test_from_the_form_speaks_what_is_typed(
    cast: Cast, member: Actor, receiver: Receiver, now: datetime
) -> None:
    place = speaking(slack(cast.team, receiver), "fr")
    typed = {"name": "ops", "kind": "slack", "policies": "1", "language": "ja", "time_zone": "Asia/Tokyo"}
    data = QueryDict(mutable=True)
    data.update({f"{PREFIX}-{name}": value for name, value in typed.items()})
    form = PolicyForm(cast.team, "slack", place, data)
    Draft(member, "slack", place, Basics(cast.team, place, data), form, shown_form("slack", {}), {}).test(now)

    body = receiver.received[-1].body.decode()
    assert "「ops」へのテスト通知" in body
    assert "2026-03-02 21:00 JST" in body
