"""The links in mails act: after one more question, as the member whom they were sent to, for a week, and no other."""

import re
import threading
from datetime import datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from alerts import lifecycle
from alerts.models import Alert, AlertEvent
from deliveries.mail_actions import read_token
from integrations import consent
from teams.access import actor_for
from teams.models import Membership, Role, User
from tests.alerts.factories import make_test
from tests.conftest import Cast
from tests.deliveries.acting_by_mail.mailed import ALL, link, links, mailed
from tests.deliveries.stage import rule_for, trigger

MINUTE = timedelta(minutes=1)
pytestmark = pytest.mark.django_db(transaction=True)


def events(alert: Alert) -> list[tuple[str, str, str]]:
    """(type, who, by which way) of all that people did."""
    rows = AlertEvent.objects.filter(alert=alert).exclude(type="triggered").order_by("id")
    return list(rows.values_list("type", "actor_text", "via"))


def words(answer: Any) -> str:
    """What a page says, without its tags."""
    body = answer.content.decode().partition("<main")[2]
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", f"<{body}")).split())


def test_the_link_shows_the_alert_and_asks(cast: Cast, alert: Alert, now: datetime) -> None:
    said = words(Client().get(link(alert, cast.member, "close", now)))

    assert "Close #1 by hand?" in said
    assert "Too slow on Checkout" in said
    assert "triggered critical" in said
    assert "done by Member, with the link sent to member@example.com" in said


def test_the_page_says_since_when_somebody_has_it(cast: Cast, alert: Alert, now: datetime) -> None:
    Client().post(link(alert, cast.member, "acknowledge", now))

    said = words(Client().get(link(alert, cast.owner, "close", now)))

    alert.refresh_from_db()
    assert f"{alert.acknowledged_by_text}, {alert.acknowledged_at:%Y-%m-%d %H:%M}" in said


DEEDS = [
    ("acknowledge", ("acknowledged", "acknowledged"), "#1 is acknowledged."),
    ("assign", ("triggered", "assigned"), "#1 is assigned to Member."),
    ("close", ("cleared", "cleared"), "#1 is closed."),
]


@pytest.mark.parametrize(("action", "becomes", "said"), DEEDS)
def test_pressing_the_button_acts_as_the_member_and_says_how(
    action: str, becomes: tuple[str, str], said: str, cast: Cast, alert: Alert, now: datetime
) -> None:
    """As the browser of a mail program does it: no cookie, no CSRF token, no login."""
    strict = Client(enforce_csrf_checks=True)

    answer = strict.post(link(alert, cast.member, action, now), {"reason": "planned"})

    assert answer.status_code == 200
    assert said in words(answer)
    assert not answer.cookies
    alert.refresh_from_db()
    state, event = becomes
    assert alert.state == state
    assert events(alert) == [(event, "Member (link sent to member@example.com)", "mail")]
    assert AlertEvent.objects.get(alert=alert, type=event).actor == cast.member
    assert alert.assigned_to == (cast.member if action == "assign" else None)
    assert alert.cleared_text == ("planned" if action == "close" else "")


def test_the_links_of_the_mail_are_those_that_act(cast: Cast, alert: Alert, now: datetime) -> None:
    offered = links(mailed(now))

    assert [Client().post(offered[action]).status_code for action in ALL] == [200] * 3
    assert [event for event, *_ in events(alert)] == ["acknowledged", "assigned", "cleared"]


@pytest.mark.parametrize("action", ALL)
def test_pressing_twice_is_one_event_and_a_kind_answer(action: str, cast: Cast, alert: Alert, now: datetime) -> None:
    path = link(alert, cast.member, action, now)

    first, second, shown = Client().post(path), Client().post(path), Client().get(path)

    assert first.status_code == 200
    assert second.status_code == (409 if action == "close" else 200)
    assert "already" in words(second)
    assert "already" in words(shown)
    assert "<button" not in shown.content.decode() + second.content.decode()
    assert len(events(alert)) == 1


@pytest.mark.parametrize("action", ALL)
def test_two_presses_at_once_are_one_event(action: str, cast: Cast, alert: Alert, now: datetime) -> None:
    path, barrier, found = link(alert, cast.member, action, now), threading.Barrier(4), []

    def press() -> None:
        barrier.wait()
        try:
            found.append(Client().post(path).status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=press) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(found) == [200, *[409 if action == "close" else 200] * 3]
    assert len(events(alert)) == 1


@pytest.mark.parametrize("action", ALL)
def test_what_is_over_stays_as_it_is(action: str, cast: Cast, alert: Alert, now: datetime) -> None:
    owner = actor_for(cast.owner, cast.team)
    assert owner
    lifecycle.close(owner, alert, "planned work", now)
    path, before = link(alert, cast.member, action, now), events(alert)

    shown, pressed = Client().get(path), Client().post(path)

    assert (shown.status_code, pressed.status_code) == (200, 409)
    for answer in (shown, pressed):
        assert "#1 is over already." in words(answer)
        assert "closed by hand: Owner, “planned work”" in words(answer)
        assert "<button" not in answer.content.decode()
    assert events(alert) == before


def test_a_link_is_good_for_a_week(cast: Cast, alert: Alert, now: datetime) -> None:
    sent = links(mailed(now))
    asked = read_token(sent["acknowledge"].split("/")[-2])
    assert asked
    assert asked.until == now + timedelta(days=7)

    old = link(alert, cast.member, "acknowledge", now, until=now - MINUTE)
    for answer in (Client().get(old), Client().post(old)):
        assert answer.status_code == 410
        assert "Links in mails are good for 7 days." in words(answer)
        assert "Too slow" not in words(answer)
        assert f'href="/t/ops/alerts/{alert.number}/"' in answer.content.decode()
    assert events(alert) == []


def test_a_changed_link_does_nothing(cast: Cast, alert: Alert, now: datetime) -> None:
    token = link(alert, cast.member, "close", now).split("/")[-2]
    other = consent.link("unsubscribe", "ops", cast.member.email).split("/")[-2]
    payload, _, seal = token.partition(".")
    forged = [f"{payload}x.{seal}", f"{payload}.{seal[:-1]}", payload, f".{seal}", other, "x", "%00"]

    assert {Client().post(f"/mail/act/{each}/").status_code for each in forged} == {404}
    assert events(alert) == []


def test_a_link_is_of_one_teams_alert_whatever_its_number(cast: Cast, alert: Alert, now: datetime) -> None:
    theirs = trigger(rule_for(cast.other_team, test=make_test(cast.other_team, "theirs"), name="Secret"), now)
    assert theirs.number == alert.number

    assert Client().post(link(alert, cast.member, "close", now)).status_code == 200
    mine = Client().post(link(theirs, cast.member, "close", now))

    assert mine.status_code == 403
    assert "Secret" not in mine.content.decode()
    assert events(theirs) == []


@pytest.mark.parametrize("became", ["removed", "deactivated", "a superuser elsewhere"])
def test_who_is_no_longer_of_the_team_sees_and_does_nothing(
    became: str, cast: Cast, alert: Alert, now: datetime
) -> None:
    if became != "deactivated":
        Membership.objects.filter(user=cast.member).delete()
    User.objects.filter(pk=cast.member.pk).update(
        is_active=became != "deactivated", is_superuser=became == "a superuser elsewhere"
    )
    path = link(alert, cast.member, "acknowledge", now)

    for answer in (Client().get(path), Client().post(path)):
        assert answer.status_code == 403
        assert "member@example.com is not of that team any more." in words(answer)
        assert not {"Too slow", "Checkout", "/t/ops/"} & set(
            re.findall(r"Too slow|Checkout|/t/ops/", str(answer.content))
        )
    assert events(alert) == []


def test_who_may_only_read_by_now_is_told_so(cast: Cast, alert: Alert, now: datetime) -> None:
    Membership.objects.filter(user=cast.member).update(role=Role.VIEWER)
    path = link(alert, cast.member, "acknowledge", now)

    for answer in (Client().get(path), Client().post(path)):
        assert answer.status_code == 403
        assert "Your role (viewer) may not act." in words(answer)
    assert events(alert) == []


def test_an_alert_that_was_pruned_is_missed_kindly(cast: Cast, alert: Alert, now: datetime) -> None:
    answer = Client().post(link(alert, cast.member, "close", now, number=99))

    assert answer.status_code == 410
    assert "#99 was deleted after its time." in words(answer)


def test_whoever_is_logged_in_there_it_is_the_member_who_acts(cast: Cast, alert: Alert, now: datetime) -> None:
    browser = Client()
    browser.force_login(cast.outsider)

    browser.post(link(alert, cast.member, "acknowledge", now))

    assert events(alert) == [("acknowledged", "Member (link sent to member@example.com)", "mail")]


def test_who_has_no_name_is_called_by_the_address(cast: Cast, alert: Alert, now: datetime) -> None:
    User.objects.filter(pk=cast.member.pk).update(name="")

    Client().post(link(alert, cast.member, "acknowledge", now))

    assert events(alert) == [("acknowledged", "member@example.com (link sent to member@example.com)", "mail")]


def test_a_reason_that_is_too_long_is_named_at_its_field(cast: Cast, alert: Alert, now: datetime) -> None:
    answer = Client().post(link(alert, cast.member, "close", now), {"reason": "x" * 1001})

    assert answer.status_code == 422
    assert "At most 1000 characters" in words(answer)
    assert "x" * 1001 in answer.content.decode()
    assert events(alert) == []


def test_nobody_presses_without_end(cast: Cast, alert: Alert, now: datetime) -> None:
    path = link(alert, cast.member, "acknowledge", now)
    strange = "/mail/act/unsigned/"

    answers = [Client().post(path).status_code for _ in range(60)]
    last = Client().post(path)

    assert set(answers) == {200}
    assert last.status_code == 429
    assert int(last["Retry-After"]) > 0
    assert Client().get(path).status_code == 200
    assert Client().post(strange).status_code == 404


def test_no_cache_and_no_index_keeps_the_page(cast: Cast, alert: Alert, now: datetime) -> None:
    for path in (link(alert, cast.member, "close", now), link(alert, cast.member, "close", now, until=now - MINUTE)):
        answer = Client().get(path)
        assert "no-store" in answer["Cache-Control"]
        assert answer["X-Robots-Tag"] == "noindex"
        assert answer["Referrer-Policy"] == "same-origin"
        assert not answer.cookies


def test_hostile_names_stay_text(cast: Cast, now: datetime) -> None:
    evil = "<script>alert(1)</script>"
    User.objects.filter(pk=cast.member.pk).update(name=evil)
    alert = trigger(rule_for(cast.team, name=evil, recipients=[cast.member.email]), now)
    path = link(alert, cast.member, "assign", now)

    for answer in (Client().get(path), Client().post(path)):
        assert evil not in answer.content.decode()
        assert evil in unescape(answer.content.decode())
