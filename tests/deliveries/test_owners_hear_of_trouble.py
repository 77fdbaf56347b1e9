"""The owner hears once that an integration is on hold and once that it works again, and never through itself."""

import itertools
from datetime import datetime, timedelta
from unittest import mock

import pytest
from django.core import mail
from pytest_django import Settings

from channels_app import doors
from channels_app.contract import Reason, RetryLater, Sending
from deliveries import timers, trouble, ways
from deliveries.models import Outage
from integrations.models import Integration
from teams.models import Role, Team
from tests.conftest import Cast
from tests.deliveries.stage import send_all, slack
from tests.deliveries.test_holds_need_evidence import MINUTE, SECOND, alarm, hold
from tests.factories import MembershipFactory, UserFactory
from tests.integrations.factories import make_integration
from tests.servers.http import Answer, Receiver

pytestmark = pytest.mark.django_db(transaction=True)

HOUR = timedelta(hours=1)


def subjects() -> list[str]:
    return [str(each.subject) for each in mail.outbox if each.extra_headers["X-Bellhop-Key"].startswith("outage")]


def mend(receiver: Receiver, place: Integration, at: datetime, n: int) -> None:
    receiver.default = Answer()
    alarm(place, at, n)
    send_all(at + HOUR)


def test_the_admins_are_mailed_once_and_once_again_when_it_works(cast: Cast, receiver: Receiver, now: datetime) -> None:
    place = slack(cast.team, receiver)
    held = hold(place, receiver, now)
    for n in range(3, 6):
        alarm(place, held, n)
    for n in range(5):
        trouble.tell_due(held + n * MINUTE)
        send_all(held + n * MINUTE)
        trouble.tell_due(held + n * MINUTE)

    assert subjects() == ["Slack integration “ops” is on hold: no_service"]
    (told,) = mail.outbox
    assert told.to == ["owner@example.com"]
    for words in ("Why: no_service", "2026-03-02 12:00", "Messages waiting: 3", "Messages refused: 3"):
        assert words in told.body
    for words in ("make a new webhook there", "press Test"):
        assert words in told.body
    assert f"/t/ops/integrations/{place.pk}/" in told.body
    assert "XXXXsecretXXXX" not in told.body

    mend(receiver, place, held + 10 * MINUTE, 9)
    for _ in range(3):
        trouble.tell_due(held + 2 * HOUR)

    assert subjects()[1:] == ["Slack integration “ops” works again"]
    outage = Outage.objects.get()
    assert (outage.due_at, outage.told_through) == (None, "e-mail to the admins")


def test_the_place_that_the_team_chose_hears_of_it_instead(cast: Cast, receiver: Receiver, now: datetime) -> None:
    place, watch = slack(cast.team, receiver), slack(cast.team, receiver, "watch")
    Integration.objects.filter(pk=watch.pk).update(hears_trouble_since=now)
    held = hold(place, receiver, now)
    receiver.default = Answer()

    trouble.tell_due(held)

    assert b"is on hold" in receiver.received[-1].body
    assert "watch" in receiver.received[-1].path
    assert mail.outbox == []


def test_where_one_way_is_broken_too_the_next_is_taken(cast: Cast, receiver: Receiver, now: datetime) -> None:
    place, watch = slack(cast.team, receiver), slack(cast.team, receiver, "watch")
    Integration.objects.filter(pk=watch.pk).update(hears_trouble_since=now)
    held = hold(place, receiver, now)

    trouble.tell_due(held)

    assert len(subjects()) == 1


def test_it_is_tried_until_somebody_hears_of_it_and_the_page_says_why_nobody_did(
    cast: Cast, receiver: Receiver, now: datetime, settings: Settings
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    held = hold(slack(cast.team, receiver), receiver, now)
    trouble.tell_due(held)
    outage = Outage.objects.get()
    assert (outage.tries, outage.problem, outage.due_at) == (1, trouble.NOBODY, held + 5 * SECOND)

    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    trouble.tell_due(held + 5 * SECOND)

    assert len(subjects()) == 1
    assert Outage.objects.get().problem == ""


def test_a_crash_while_telling_tells_again(cast: Cast, receiver: Receiver, now: datetime) -> None:
    held = hold(slack(cast.team, receiver), receiver, now)
    assert trouble._take(Outage.objects.get().integration_id, held)

    trouble.tell_due(held + MINUTE)
    assert subjects() == []
    trouble.tell_due(held + 2 * MINUTE)
    assert len(subjects()) == 1


def test_what_flaps_is_told_of_once_an_hour(cast: Cast, now: datetime) -> None:
    place = make_integration(cast.team)
    for minute in range(0, 55, 5):
        at = now + minute * MINUTE
        outage = Outage.objects.create(
            team=cast.team, integration=place, began_at=at, held_at=at, reason="network", due_at=at
        )
        trouble.tell_due(at)
        at += 2 * MINUTE
        outage.refresh_from_db()
        outage.ended_at, outage.due_at = at, outage.due_at or at
        outage.save()
        trouble.tell_due(at)

    assert len(subjects()) == 2
    trouble.tell_due(now + HOUR)
    assert subjects()[2:] == ["Slack integration “ops” works again (10 times by now)"]
    assert not Outage.objects.filter(due_at__isnull=False).exists()


def test_nobody_is_told_of_what_a_person_switched_off(cast: Cast, receiver: Receiver, now: datetime) -> None:
    place = slack(cast.team, receiver)
    held = hold(place, receiver, now)
    Integration.objects.filter(pk=place.pk).update(enabled=False)

    timers.sweep(held)
    trouble.tell_due(held)

    assert subjects() == []


def test_another_teams_people_never_hear_of_it(cast: Cast, receiver: Receiver, now: datetime) -> None:
    theirs = slack(cast.other_team, receiver, "theirs")
    Integration.objects.filter(pk=theirs.pk).update(hears_trouble_since=now)
    held = hold(slack(cast.team, receiver), receiver, now)

    trouble.tell_due(held)

    assert [each.to for each in mail.outbox] == [["owner@example.com"]]


def outages(team: Team, count: int, at: datetime) -> None:
    for _ in range(count):
        Outage.objects.create(
            team=team, integration=make_integration(team), began_at=at, held_at=at, reason="network", due_at=at
        )


def test_a_team_with_much_to_be_told_holds_up_no_other(cast: Cast, now: datetime) -> None:
    outages(cast.team, trouble.AT_ONCE + 5, now - MINUTE)
    outages(cast.other_team, 1, now)

    trouble.tell_due(now)

    assert ["outsider@example.com"] in [each.to for each in mail.outbox]


def test_where_telling_takes_long_it_is_asked_anew_who_is_due(
    cast: Cast, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trouble, "TURN_SECONDS", 0.0)
    outages(cast.team, 2, now - MINUTE)

    for told in (1, 2, 2):
        trouble.tell_due(now)
        assert len(subjects()) == told


def test_many_admins_are_told_once_however_long_it_takes(
    cast: Cast, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(3):
        MembershipFactory.create(
            team=cast.team, user=UserFactory.create(email=f"admin{n}@example.com"), role=Role.ADMIN
        )
    outages(cast.team, 1, now)
    clock = itertools.count(0.0, 100.0)
    monkeypatch.setattr(trouble, "time", mock.Mock(monotonic=lambda: next(clock)))
    seen: list[datetime | None] = []
    real = doors.run

    def slow(sending: Sending) -> object:
        seen.append(Outage.objects.get().due_at)
        return real(sending)

    monkeypatch.setattr(ways, "run", slow)

    trouble.tell_due(now)

    assert len(mail.outbox) == len(seen) == 4
    gaps = {later - earlier for earlier, later in itertools.pairwise(filter(None, seen))}
    assert gaps == {timedelta(seconds=100)}
    assert Outage.objects.get().due_at is None


def test_where_the_mail_server_does_not_answer_it_is_asked_once(
    cast: Cast, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    MembershipFactory.create(team=cast.team, user=UserFactory.create(email="second@example.com"), role=Role.ADMIN)
    outages(cast.team, 1, now)
    run = mock.Mock(return_value=(RetryLater(Reason.NETWORK, "no answer"), []))
    monkeypatch.setattr(ways, "run", run)

    trouble.tell_due(now)

    assert run.call_count == 1
    assert Outage.objects.get().tries == 1
