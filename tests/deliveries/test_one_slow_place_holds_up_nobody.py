"""Calls that hang take nobody's place, and what takes long neither lets leases run out nor sends twice."""

import time
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from unittest import mock

import pytest
from django.db import OperationalError

from channels_app.doors import Doors
from deliveries.sender import Sender
from deliveries.sql import lanes
from tests.alerts.factories import make_test
from tests.conftest import Cast
from tests.deliveries.stage import LOCAL, Clock, rule_for, send_all, slack, states, trigger
from tests.patience import PATIENT
from tests.servers.http import Answer, Receiver

HANGING, PLACES = 8, 4
LONG = replace(LOCAL, total_seconds=20 * PATIENT, per_address=PLACES // 2)


@pytest.mark.django_db
def test_calls_that_hang_leave_room_for_others(cast: Cast, receiver: Receiver, now: datetime) -> None:
    with Receiver(Answer(manner="hang")) as hanging:
        places = [slack(cast.team, hanging, f"hanging {n}", f"room-{n}") for n in range(HANGING)]
        trigger(rule_for(cast.team, *places, slack(cast.team, receiver, "quick")), now)
        doors = Doors(LONG)
        began = time.monotonic()
        with mock.patch("deliveries.sender.FAREWELL", 0.2):
            Sender(doors, Clock(now), in_flight=PLACES).run_forever(
                lambda: bool(receiver.received) or time.monotonic() - began > 4 * PATIENT
            )
        doors.close()
        assert len(receiver.received) == 1
        assert len(hanging.wait_for(PLACES // 2)) == PLACES // 2


@pytest.mark.django_db
@mock.patch("deliveries.sender.RENEW_EVERY", 0.0)
@mock.patch("deliveries.flying.READ_AT_ONCE", 1)
def test_leases_are_renewed_between_the_messages_of_a_long_launch(
    cast: Cast, receiver: Receiver, now: datetime
) -> None:
    rooms = [slack(cast.team, receiver, f"room {n}", f"room-{n}") for n in range(3)]
    trigger(rule_for(cast.team, *rooms), now)
    renewed: list[set[int]] = []

    def note(lane_ids: Collection[int], owner: str, until: datetime) -> None:
        renewed.append(set(lane_ids))

    with mock.patch.object(lanes, "renew", note):
        send_all(now)
    assert {room.pk for room in rooms} in renewed[:3]
    assert len(receiver.received) == 3


@pytest.mark.django_db
@mock.patch("deliveries.sender.RENEW_EVERY", 0.0)
@mock.patch("deliveries.sender.DATABASE_GAP", 0.01)
@mock.patch("deliveries.flying.READ_AT_ONCE", 1)
def test_a_launch_that_the_database_breaks_off_sends_nothing_twice(
    cast: Cast, receiver: Receiver, now: datetime
) -> None:
    rooms = [slack(cast.team, receiver, f"room {n}", f"room-{n}") for n in range(4)]
    trigger(rule_for(cast.team, *rooms, test=make_test(cast.team)), now)
    failures = [OperationalError("away"), OperationalError("away")]

    def fail(*_: object) -> None:
        if failures:
            raise failures.pop()

    with mock.patch.object(lanes, "renew", fail), mock.patch("deliveries.sender.connection"):
        send_all(now)
    assert sorted(request.path for request in receiver.received) == sorted({each.path for each in receiver.received})
    assert states() == [("triggered", "delivered", "")] * 4
