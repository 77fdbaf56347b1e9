"""What happens without anybody asking: nothing stays behind because a bell was not heard or a process died oddly."""

from datetime import datetime, timedelta
from unittest import mock

import pytest
from django.db import OperationalError
from django.utils import timezone

from deliveries import tasks, timers
from deliveries.models import Delivery, Dispatch, Finding, Lane
from teams.models import Timer
from tests.alerts.factories import make_test
from tests.conftest import Cast
from tests.deliveries.stage import clear, rule_for, send_all, slack, states, trigger
from tests.servers.http import Receiver

pytestmark = pytest.mark.django_db(transaction=True)

SECOND = timedelta(seconds=1)


def test_a_lane_that_nobody_woke_is_found(cast: Cast, receiver: Receiver, now: datetime) -> None:
    trigger(rule_for(cast.team, slack(cast.team, receiver)), now)
    Lane.objects.update(due_at=None)

    with mock.patch("deliveries.bell.ring") as ring:
        timers.sweep(now)
    send_all(now)

    assert ring.called
    assert states() == [("triggered", "delivered", "")]
    finding = Finding.objects.get()
    assert (finding.kind, finding.found, finding.repaired) == ("lane_forgotten", 1, 1)


def test_a_delivery_that_nobody_carries_any_more_is_taken_up_again(
    cast: Cast, receiver: Receiver, now: datetime
) -> None:
    trigger(rule_for(cast.team, slack(cast.team, receiver)), now)
    Delivery.objects.update(state="sending")
    Lane.objects.update(due_at=None)

    timers.sweep(now)
    send_all(now)

    assert states() == [("triggered", "delivered", "")]
    assert Delivery.objects.get().tries == 1


def test_the_sweep_rings_for_what_comes_due_later(cast: Cast, receiver: Receiver, now: datetime) -> None:
    rule = rule_for(cast.team, slack(cast.team, receiver))
    clear(trigger(rule, now), now)
    send_all(now)

    with mock.patch("deliveries.bell.ring") as ring:
        timers.sweep(now + SECOND / 2)
        assert not ring.called
        timers.sweep(now + SECOND)
        assert ring.called


def test_each_job_takes_its_turn_and_one_that_fails_keeps_no_other(now: datetime) -> None:
    done: list[str] = []

    def fail(now: datetime) -> None:
        done.append("bad")
        raise OperationalError("gone")

    jobs = (("bad", 2 * SECOND, fail), ("good", 10 * SECOND, lambda now: done.append("good")))
    with mock.patch("deliveries.timers.JOBS", jobs):
        for n in range(4):
            timers.run(now + n * SECOND)

    assert done == ["bad", "good", "bad"]


def test_all_timers_run_and_have_their_own_rhythm(now: datetime) -> None:
    timers.run(now)

    assert {"deliveries.sweep", "deliveries.expire", "alerts.time"} <= set(Timer.objects.values_list("name", flat=True))


@pytest.mark.clock_goes
def test_a_worker_sends_in_a_task_and_goes_on_at_the_remotes_pace(cast: Cast, receiver: Receiver) -> None:
    now = timezone.now()
    rule = rule_for(cast.team, slack(cast.team, receiver))
    clear(trigger(rule, now), now)

    tasks.drain()
    tasks.sweep()

    assert {state for _, state, _ in states()} == {"delivered"}
    first, second = Dispatch.objects.order_by("id")
    assert second.created_at - first.created_at > 0.9 * SECOND
    assert len(receiver.received) == 2


def test_stored_things_that_cannot_be_read_stop_no_other_message(cast: Cast, receiver: Receiver, now: datetime) -> None:
    one, two = slack(cast.team, receiver, "one"), slack(cast.team, receiver, "two")
    bad = trigger(rule_for(cast.team, one, test=make_test(cast.team, "bad"), name="bad"), now)
    trigger(rule_for(cast.team, two, test=make_test(cast.team, "good"), name="good"), now)
    bad.snapshot = ["no", "snapshot"]
    bad.save()

    send_all(now)

    assert states() == [("triggered", "rejected", "internal_error"), ("triggered", "delivered", "")]
