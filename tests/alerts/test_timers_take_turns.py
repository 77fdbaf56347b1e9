"""The timers of alerts: one caller at a time has its turn, and what fails for one team stops no other."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from alerts import timers
from alerts.judging import judge_time
from alerts.models import Alert, Test
from alerts.services import rules
from teams.access import Actor, actor_for
from tests.alerts.factories import make_test
from tests.conftest import Cast

ABSENT = {"metric": "heartbeat", "operator": "absent", "threshold": 5}
FIVE_MINUTES = timedelta(minutes=5)


def _await_heartbeats(actor: Actor, test: Test, now: datetime) -> None:
    rules.create_rule(actor, {"name": "r", "conditions": [ABSENT], "tests": [test]}, now)


def test_only_one_caller_has_its_turn(test: Test, member: Actor, now: datetime) -> None:
    _await_heartbeats(member, test, now)
    assert timers.run(now + FIVE_MINUTES) == 1

    _await_heartbeats(member, test, now)
    assert timers.run(now + FIVE_MINUTES) == 0, "it is not due again before five seconds passed"


def test_one_teams_failure_stops_no_other(
    cast: Cast, test: Test, member: Actor, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    rivals = actor_for(cast.outsider, cast.other_team)
    assert rivals is not None
    _await_heartbeats(member, test, now)
    _await_heartbeats(rivals, make_test(cast.other_team), now + timedelta(seconds=1))

    def fail_for_the_first(actor: Actor, *rest: Any) -> None:
        if actor.team == cast.team:
            raise RuntimeError("this team's state is broken")
        judge_time(actor, *rest)

    monkeypatch.setattr(timers, "judge_time", fail_for_the_first)
    monkeypatch.setattr(timers, "BATCH", 1)  # the broken team is due first, and stays due

    timers.run(now + 2 * FIVE_MINUTES)

    assert [alert.team for alert in Alert.objects.all()] == [cast.other_team]
