"""Long jobs have a thread of their own: they delay no timer, end quickly, and one that fails keeps no other."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from unittest import mock

import pytest
from django.db import DatabaseError, connection

from alerts import timers as alert_timers
from deliveries import housekeeping, pruning, timers
from deliveries.auditing import tallies
from teams.models import Timer
from tests.patience import PATIENT

HOUSE = {"alerts.condense", pruning.TURN, tallies.TURN}


def test_the_timers_neither_condense_nor_prune_nor_count(db: None, now: datetime) -> None:
    timers.run(now)

    assert not Timer.objects.filter(name__in=HOUSE).exists()
    assert alert_timers.run(now) == 0


def test_the_house_is_kept(db: None, now: datetime) -> None:
    housekeeping.run(now, lambda: False)

    assert set(Timer.objects.values_list("name", flat=True)) == HOUSE


def test_a_job_that_fails_keeps_no_other(
    now: datetime, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    done: list[datetime] = []

    def failing(error: Exception) -> Callable[..., object]:
        def fail(*_: Any) -> None:
            raise error

        return fail

    good: Callable[..., object] = lambda now, ending: done.append(now)  # noqa: E731
    monkeypatch.setattr(housekeeping, "JOBS", (failing(DatabaseError("gone")), failing(KeyError("x")), good))

    housekeeping.run(now, lambda: False)

    assert done == [now]
    assert "its next turn comes" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_it_ends_when_it_is_told_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(housekeeping, "LOOK_EVERY", 0.01)
    ran, ending = threading.Event(), threading.Event()
    monkeypatch.setattr(housekeeping, "JOBS", (lambda now, told: ran.set(),))
    thread = threading.Thread(target=housekeeping.keep_house, args=(ending,))
    thread.start()

    assert ran.wait(PATIENT)
    ending.set()
    thread.join(PATIENT)

    assert not thread.is_alive()
    connection.close()


def test_counting_rests_in_proportion_to_what_it_took(db: None, now: datetime) -> None:
    for took, rest in ((0.1, 30), (4.0, 200), (1000.0, 3600)):
        Timer.objects.all().delete()
        with mock.patch("deliveries.auditing.tallies.time.monotonic", side_effect=[5.0, 5.0 + took]):
            tallies.run(now)
        due = Timer.objects.get(name=tallies.TURN).next_at
        assert due == now + timedelta(seconds=rest)
        with mock.patch("deliveries.auditing.tallies.count") as count:
            tallies.run(due - timedelta(seconds=1))
            assert not count.called
            tallies.run(due)
            assert count.called
