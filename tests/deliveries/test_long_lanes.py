"""A lane in which very much waits: its most urgent part is read, and no event is left behind a later one."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from django.db.models import F

from alerts.models import Alert
from channels_app.words import Severity
from deliveries.claiming import claim
from deliveries.models import Delivery, Dispatch, Lane
from deliveries.planning import NAMED, TRIES_BEFORE_BEHIND
from deliveries.sql import lanes
from tests.alerts.factories import make_test
from tests.conftest import Cast
from tests.deliveries.stage import clear, happen, opened, rule_for, send_all, slack, states
from tests.servers.http import Answer, Receiver

pytestmark = pytest.mark.django_db(transaction=True)

SEVERITIES = (Severity.MINOR, Severity.CRITICAL, Severity.INFO, Severity.MAJOR)
MOST = 10


@pytest.fixture(autouse=True)
def short_readings(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lane is long early, and a reading short."""
    monkeypatch.setattr(lanes, "LONG", 5)
    monkeypatch.setattr("deliveries.claiming.READ_PER_LANE", MOST)


def alerts_in_one_room(cast: Cast, receiver: Receiver, now: datetime, count: int) -> list[Alert]:
    tests = [make_test(cast.team, f"t{n}") for n in range(count)]
    rule = rule_for(cast.team, slack(cast.team, receiver), test=tests[0])
    events = happen(rule, now, *(opened(rule, now, SEVERITIES[n % 4], test) for n, test in enumerate(tests)))
    return [event.alert for event in events]


def ids(rows: Sequence[lanes.WaitingRow]) -> list[int]:
    return [row.waiting.id for row in rows]


def test_a_long_lane_gives_the_same_first_ones_as_any_other(cast: Cast, receiver: Receiver, now: datetime) -> None:
    alerts = alerts_in_one_room(cast, receiver, now, 24)
    for alert in alerts[::3]:
        clear(alert, now)
    Delivery.objects.filter(alert=alerts[1]).update(tries=TRIES_BEFORE_BEHIND)
    Delivery.objects.filter(alert=alerts[2]).update(expires_at=F("recorded_at"))
    (lane,) = Lane.objects.values_list("pk", flat=True)

    for most in (1, 3, MOST, 100):
        assert ids(lanes.most_urgent_in(lane, now, most)) == ids(lanes.waiting_in([lane], now, most, 1000))


def test_all_of_a_long_lane_is_told_the_most_severe_first(cast: Cast, receiver: Receiver, now: datetime) -> None:
    alerts = alerts_in_one_room(cast, receiver, now, 4 * MOST)
    for alert in alerts[::2]:
        clear(alert, now)

    for n in range(12):
        send_all(now + n * timedelta(seconds=1))

    ended = [(event, state) for event, state, _ in states()]
    assert ended.count(("triggered", "superseded")) == ended.count(("cleared", "delivered")) == 2 * MOST
    assert ended.count(("triggered", "delivered")) == 2 * MOST
    assert "10 alerts: 10 critical" in receiver.received[0].body.decode()
    assert len(receiver.received) < 12


def test_a_lane_in_trouble_reads_no_more_than_probes_need(
    cast: Cast, receiver: Receiver, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deliveries.claiming.KEPT_PER_LANE", 2)
    alerts_in_one_room(cast, receiver, now, 2 * MOST)
    receiver.script(Answer(500, b"rollup_error"))
    send_all(now)

    with transaction.atomic():
        (held,) = claim("me:1:1:a", 10, now + timedelta(minutes=1))

    assert [each.rank for each in held.waiting] == [4, 4]


def test_all_that_a_dead_sender_had_under_way_in_a_long_lane_waits_again(
    cast: Cast, receiver: Receiver, now: datetime
) -> None:
    alerts_in_one_room(cast, receiver, now, NAMED + 5)
    carried = list(Delivery.objects.order_by("id"))
    dispatch = Dispatch.objects.create(lane=Lane.objects.get(), fence=1, created_at=now)
    for each in carried:
        dispatch.items.create(delivery=each)
    Delivery.objects.update(state="sending")

    with transaction.atomic():
        claim("me:1:1:a", 10, now)

    assert set(Delivery.objects.values_list("state", flat=True)) == {"pending"}
    tries = list(Delivery.objects.order_by("id").values_list("tries", flat=True))
    assert tries == [1] * NAMED + [0] * 5
