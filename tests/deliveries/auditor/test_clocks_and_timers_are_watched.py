"""A timer that has no turn, a clock that jumps and clocks that differ are found."""

from datetime import datetime, timedelta

import pytest

from alerts.models import AlertRule, Mute
from deliveries import releasing, timers
from deliveries.auditing import clock, ledger, turn
from deliveries.models import Budget, Finding, Lane, Watermark
from teams.models import Timer
from teams.timers import take_turn
from tests.deliveries.auditor.stage import HOUR, MINUTE, found
from tests.deliveries.stage import states, trigger

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_timer_that_has_no_turn_is_found(now: datetime) -> None:
    ledger.end_turn(now)
    take_turn("tests.ours", MINUTE, now)
    Timer.objects.create(name="of.an.older.version", next_at=now - HOUR)
    assert found(now + MINUTE) == {}

    ledger.end_turn(now + 12 * MINUTE)

    assert found(now + 12 * MINUTE) == {"timer_late": (1, 0)}
    assert Finding.objects.get().examples == ["tests.ours"]


def test_after_a_night_switched_off_no_timer_is_late(now: datetime) -> None:
    ledger.end_turn(now - 10 * HOUR)
    take_turn("tests.ours", MINUTE, now - 10 * HOUR)

    assert found(now) == {}


def test_after_the_clock_went_back_nobody_waits_for_the_old_time(
    rule: AlertRule, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    trigger(rule, now)
    waits = now + HOUR / 2
    Lane.objects.update(due_at=waits, paused_until=waits, pause_reason="network")
    Budget.objects.create(rate_key="k", next_at=now, paused_until=waits)
    monkeypatch.setattr(clock, "jump_of_this_process", lambda: -HOUR / 2)

    assert found(now) == {"clock_jumped": (1, 1)}
    assert Finding.objects.get().examples == ["-1800 s"]
    assert Lane.objects.get().due_at == now
    assert Budget.objects.get().paused_until is None


def test_after_the_clock_went_back_what_is_held_is_looked_at_again(
    rule: AlertRule, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    mute = Mute.objects.create(team=rule.team, began_at=now, until=now + HOUR)
    trigger(rule, now)
    mute.delete()
    monkeypatch.setattr(clock, "jump_of_this_process", lambda: -HOUR)

    found(now)
    releasing.run(now)
    assert states() == [("triggered", "pending", "")]


def test_a_clock_is_compared_with_one_that_nobody_sets(now: datetime) -> None:
    mine = clock.Clock()

    jumps = [
        mine.jumped(now + timedelta(seconds=wall), ticks) for wall, ticks in ((0, 0), (31, 10), (3700, 70), (99, 99))
    ]

    assert jumps == [timedelta(0), timedelta(0), timedelta(seconds=3609), timedelta(seconds=-3630)]


def test_clocks_that_differ_are_for_operators(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "off_from_database", lambda: HOUR)

    assert found(now) == {"clocks_differ": (1, 0)}
    assert found(now) == {"clocks_differ": (1, 0)}


def test_the_auditor_is_one_of_the_timers(now: datetime) -> None:
    timers.run(now)

    assert Watermark.objects.get(pk=ledger.LAST).at == now
    assert Timer.objects.get(pk="deliveries.audit").next_at == now + turn.EVERY
