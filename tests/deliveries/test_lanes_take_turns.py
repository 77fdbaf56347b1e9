"""The order of the lanes is read now and then, and no team waits for another's thousands."""

from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from deliveries.claiming import ORDER_HOLDS, Turns, claim
from deliveries.models import Lane
from tests.conftest import Cast
from tests.deliveries.stage import rule_for, slack, trigger
from tests.servers.http import Receiver

pytestmark = pytest.mark.django_db(transaction=True)


def _claimed(turns: Turns, room: int, now: datetime) -> set[str]:
    with transaction.atomic():
        return {each.lane.name for each in claim("me:1:1:a", room, now, turns)}


def test_lanes_are_put_in_order_once_in_a_moment(cast: Cast, receiver: Receiver, now: datetime) -> None:
    trigger(rule_for(cast.team, *(slack(cast.team, receiver, f"room{n}") for n in range(6))), now)
    turns = Turns()

    with CaptureQueriesContext(connection) as queries:
        taken = [_claimed(turns, 2, now) for _ in range(3)]

    assert sum("ROW_NUMBER() OVER (PARTITION BY place.team_id" in each["sql"] for each in queries) == 1
    assert set.union(*taken) == {f"room{n}" for n in range(6)}
    assert not turns.more


@pytest.mark.parametrize("many", [3, 30])
def test_a_team_that_comes_second_has_its_turn_a_moment_later(
    cast: Cast, receiver: Receiver, now: datetime, many: int
) -> None:
    trigger(rule_for(cast.team, *(slack(cast.team, receiver, f"room{n}") for n in range(many))), now)
    turns = Turns()
    assert len(_claimed(turns, 1, now)) == 1

    trigger(rule_for(cast.other_team, slack(cast.other_team, receiver, "theirs")), now)

    assert "theirs" in _claimed(turns, 2, now + ORDER_HOLDS)


def test_an_order_from_before_a_clock_was_set_back_is_not_kept(cast: Cast, receiver: Receiver, now: datetime) -> None:
    trigger(rule_for(cast.team, *(slack(cast.team, receiver, f"room{n}") for n in range(3))), now)
    turns, ahead = Turns(), now + timedelta(hours=1)
    assert len(_claimed(turns, 1, ahead)) == 1

    trigger(rule_for(cast.other_team, slack(cast.other_team, receiver, "theirs")), now)

    assert "theirs" in _claimed(turns, 2, now)


def test_what_another_sender_did_meanwhile_is_not_claimed(cast: Cast, receiver: Receiver, now: datetime) -> None:
    trigger(rule_for(cast.team, *(slack(cast.team, receiver, f"room{n}") for n in range(3))), now)
    turns = Turns()
    before = _claimed(turns, 1, now)

    Lane.objects.update(due_at=None)

    assert len(before) == 1
    assert turns.more
    assert _claimed(turns, 2, now) == set()
