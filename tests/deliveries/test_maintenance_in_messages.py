"""A recovery within maintenance reaches the room when it is over, in one line that says so."""

from datetime import datetime, timedelta

import pytest

from alerts.ingest import ingest
from alerts.services.maintenance import create_window
from deliveries import releasing
from teams.access import Actor
from tests.conftest import Cast
from tests.deliveries.stage import rule_for, send_all, slack
from tests.servers.http import Answer, Receiver

pytestmark = pytest.mark.django_db


def test_it_is_told_once_and_says_when_it_was(cast: Cast, receiver: Receiver, now: datetime) -> None:
    receiver.default = Answer(200, b"ok")
    rule = rule_for(cast.team, slack(cast.team, receiver))
    test, actor = rule.tests.get(), Actor.system(cast.team)

    def say(minute: int, value: float) -> None:
        at = now + timedelta(minutes=minute)
        one = {"test": test.slug, "metric": "response_time", "source": "fra1", "observed_at": at.isoformat()}
        ingest(actor, {"measurements": [{**one, "value": value}]}, at)
        send_all(at)

    say(0, 900)
    create_window(
        actor, {"name": "disks", "starts_at": now + timedelta(minutes=1), "minutes": 60, "tests": [test]}, now
    )
    say(12, 1)
    assert len(receiver.received) == 1

    end = now + timedelta(minutes=61)
    releasing.run(end)
    send_all(end)
    assert len(receiver.received) == 2
    told = receiver.received[1].body.decode()
    assert (
        "It recovered after 12 min. It happened in maintenance, and is told at its end. This happened 49 min ago."
        in told
    )
