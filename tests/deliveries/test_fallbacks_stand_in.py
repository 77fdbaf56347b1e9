"""What an integration could not be told is told once through the fallback that it names, and said so."""

import json
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError

from deliveries import expiring, standing_in, timers
from deliveries.models import Delivery, Lane
from deliveries.sentences import sentence
from integrations.models import Integration
from tests.alerts.factories import make_test
from tests.conftest import Cast
from tests.deliveries.stage import clear, rule_for, send_all, slack, states, trigger
from tests.deliveries.test_holds_need_evidence import MINUTE, SECOND, alarm, hold
from tests.integrations.factories import make_integration
from tests.servers.http import Answer, Receiver, Request

pytestmark = pytest.mark.django_db(transaction=True)

GONE = Answer(404, b"no_service")


def with_fallback(cast: Cast, receiver: Receiver) -> tuple[Integration, Integration]:
    """A room that refuses everything, and one that stands in for it."""
    place, other = slack(cast.team, receiver), slack(cast.team, receiver, "reserve")
    Integration.objects.filter(pk=place.pk).update(fallback=other)
    receiver.decide = lambda request: Answer() if "reserve" in request.path else GONE
    return place, other


def told(receiver: Receiver) -> list[Request]:
    return [each for each in receiver.received if "reserve" in each.path]


def sweep_and_send(at: datetime) -> None:
    timers.sweep(at)
    send_all(at)


def test_what_was_refused_is_told_by_the_fallback_with_a_note(cast: Cast, receiver: Receiver, now: datetime) -> None:
    place, other = with_fallback(cast, receiver)
    alarm(place, now, 0)

    send_all(now)
    for n in range(3):
        sweep_and_send(now + n * SECOND)

    assert states() == [("triggered", "rejected", "destination_gone"), ("triggered", "delivered", "")]
    (request,) = told(receiver)
    assert "Told here in place of ops, which did not work." in json.dumps(json.loads(request.body))
    stand_in = Delivery.objects.get(integration=other)
    assert stand_in.stands_in_for == place
    assert sentence(stand_in).endswith("In place of ops, which did not work.")


def test_what_waits_on_hold_is_told_once_by_the_fallback_and_later_here(
    cast: Cast, receiver: Receiver, now: datetime
) -> None:
    place, _ = with_fallback(cast, receiver)
    held = hold(place, receiver, now)
    alarm(place, held, 3)
    for n in range(4):
        sweep_and_send(held + n * SECOND)
    assert len(told(receiver)) == 4
    assert Lane.objects.get(pk=place.pk).on_hold

    receiver.decide = None
    receiver.default = Answer()
    for n in range(4):
        sweep_and_send(held + 60 * MINUTE + n * SECOND)

    assert Delivery.objects.filter(integration=place, state="delivered").count() == 1
    assert len(told(receiver)) == 4


def test_the_clear_follows_to_where_the_trigger_was_told(cast: Cast, receiver: Receiver, now: datetime) -> None:
    place, other = with_fallback(cast, receiver)
    alert = trigger(rule_for(cast.team, place), now)
    send_all(now)
    sweep_and_send(now + SECOND)

    clear(alert, now + MINUTE)
    for n in range(3):
        sweep_and_send(now + MINUTE + n * SECOND)

    mine = Delivery.objects.filter(integration=other).order_by("id")
    assert states(list(mine)) == [("triggered", "delivered", ""), ("cleared", "delivered", "")]


def test_a_fallback_that_is_owed_it_anyway_is_told_once(cast: Cast, receiver: Receiver, now: datetime) -> None:
    place, other = with_fallback(cast, receiver)
    trigger(rule_for(cast.team, place, other), now)

    for n in range(4):
        sweep_and_send(now + n * SECOND)

    assert len(told(receiver)) == 1


def test_a_fallback_that_does_not_work_hands_nothing_on(cast: Cast, receiver: Receiver, now: datetime) -> None:
    place, other = with_fallback(cast, receiver)
    third = slack(cast.team, receiver, "third")
    Integration.objects.filter(pk=other.pk).update(fallback=third)
    receiver.decide = None
    receiver.default = GONE
    alarm(place, now, 0)

    for n in range(4):
        sweep_and_send(now + n * SECOND)

    assert not Delivery.objects.filter(integration=third).exists()


@pytest.mark.parametrize("unusable", [{"enabled": False}, {"archived_at": datetime(2026, 1, 1).astimezone()}])
def test_a_fallback_that_is_switched_off_or_removed_is_owed_nothing(
    unusable: dict[str, object], cast: Cast, receiver: Receiver, now: datetime
) -> None:
    place, other = with_fallback(cast, receiver)
    Integration.objects.filter(pk=other.pk).update(**unusable)
    alarm(place, now, 0)

    send_all(now)

    assert states() == [("triggered", "rejected", "destination_gone")]


def test_what_would_expire_is_told_by_the_fallback(cast: Cast, receiver: Receiver, now: datetime) -> None:
    place, _ = with_fallback(cast, receiver)
    alarm(place, now, 0)

    expiring.expire(now + timedelta(hours=24))
    sweep_and_send(now + timedelta(hours=24))

    assert states() == [("triggered", "expired", "too_late"), ("triggered", "delivered", "")]


def test_what_expires_in_thousands_goes_piece_by_piece(
    cast: Cast, receiver: Receiver, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expiring, "AT_ONCE", 2)
    place, other = with_fallback(cast, receiver)
    for n in range(5):
        alarm(place, now, n)
    monkeypatch.setattr(expiring, "TURN_SECONDS", 0.0)
    expiring.expire(now + timedelta(hours=24))
    assert [Delivery.objects.filter(state="expired").count(), Lane.objects.get(pk=place.pk).untold] == [2, 2]
    monkeypatch.setattr(expiring, "TURN_SECONDS", 60.0)
    expiring.expire(now + timedelta(hours=24))

    assert [Delivery.objects.filter(state="expired").count(), Lane.objects.get(pk=place.pk).untold] == [5, 5]
    assert Delivery.objects.filter(integration=other, stands_in_for=place).count() == 5


def test_a_content_error_is_no_reason_to_stand_in(cast: Cast, receiver: Receiver, now: datetime) -> None:
    place, _ = with_fallback(cast, receiver)
    receiver.decide = lambda request: Answer(400, b"invalid_payload")
    alarm(place, now, 0)

    send_all(now)

    assert states() == [("triggered", "rejected", "content_refused")]


def test_the_database_refuses_a_fallback_of_another_team(cast: Cast) -> None:
    mine, theirs = make_integration(cast.team), make_integration(cast.other_team)
    with pytest.raises(IntegrityError):
        Integration.objects.filter(pk=mine.pk).update(fallback=theirs)


def test_a_fallback_that_writes_to_people_is_told_too(cast: Cast, receiver: Receiver, now: datetime) -> None:
    place = slack(cast.team, receiver)
    people = make_integration(cast.team, "email", "people", config={"to": ["ann@example.com", "bob@example.com"]})
    Integration.objects.filter(pk=place.pk).update(fallback=people)
    receiver.default = GONE
    trigger(rule_for(cast.team, place, test=make_test(cast.team, "t")), now)

    send_all(now)
    sweep_and_send(now + SECOND)

    assert states()[1:] == [("triggered", "delivered", "")]


def test_what_waits_in_thousands_is_handed_over_piece_by_piece(
    cast: Cast, receiver: Receiver, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standing_in, "AT_ONCE", 2)
    place, other = with_fallback(cast, receiver)
    held = hold(place, receiver, now)
    before = Delivery.objects.filter(integration=other).count()
    for n in range(3, 8):
        alarm(place, held, n)

    handed_over = []
    for _ in range(4):
        timers.sweep(held)
        handed_over.append(Delivery.objects.filter(integration=other).count() - before)

    assert handed_over == [2, 4, 5, 5]
    alarm(place, held, 8)
    for _ in range(4):
        timers.sweep(held)
    assert Delivery.objects.filter(integration=other).count() - before == 6
