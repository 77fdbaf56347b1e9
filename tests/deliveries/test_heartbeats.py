"""Who sends says so every few seconds, once a process, and is forgotten when it ended."""

from datetime import datetime, timedelta

import pytest

from deliveries import heartbeats, owner
from deliveries.heartbeats import Heart
from deliveries.models import Heartbeat

pytestmark = pytest.mark.django_db

SENDER = Heartbeat.Role.SENDER


def test_a_process_says_that_it_lives_every_few_seconds(now: datetime) -> None:
    heart = Heart()

    for seconds in (0, 1, 4, 7):
        heart.beat(SENDER, now + timedelta(seconds=seconds), 100.0 + seconds)

    row = Heartbeat.objects.get()
    assert (row.started_at, row.seen_at) == (now, now + timedelta(seconds=7))
    assert not owner.is_dead(row.pk)


def test_who_is_not_seen_for_a_minute_is_not_alive(now: datetime) -> None:
    Heart().beat(SENDER, now, 0.0)

    assert heartbeats.alive(now + timedelta(seconds=59)).exists()
    assert not heartbeats.alive(now + timedelta(seconds=61)).exists()


def test_a_new_process_forgets_those_that_ended(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeats, "_hearts", {})  # another test may have said a moment ago that this process lives
    here = owner.this_process()
    host, _, start, nonce = here.split(":")
    for pk, hours in ((f"{host}:999999999:{start}:{nonce}", 0), ("elsewhere:1:2:3", 1), ("elsewhere:4:5:6", 25)):
        seen = now - timedelta(hours=hours)
        Heartbeat.objects.create(owner=pk, role=SENDER, version="1", started_at=seen, seen_at=seen)

    heartbeats.beat(SENDER, now)

    left = set(Heartbeat.objects.values_list("pk", flat=True))
    assert "elsewhere:1:2:3" in left
    assert len(left) == 2
