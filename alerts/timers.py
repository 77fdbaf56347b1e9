"""What time alone does to alerts: absence, silence and holds that end. Any number of processes may call `run`."""

from collections import defaultdict
from datetime import datetime, timedelta

from django.db import transaction

from alerts import sql, watches
from alerts.judging import judge_time
from alerts.models import RuleState
from teams.access import Actor
from teams.models import Team
from teams.timers import take_turn

EVERY = timedelta(seconds=5)
BATCH = 500
MAX_BATCHES = 20


def run(now: datetime) -> int:
    """Judge the watches that are due, if it is this caller's turn; how many were looked at."""
    if not take_turn("alerts.time", EVERY, now):
        return 0
    looked_at = 0
    for _ in range(MAX_BATCHES):
        due = _due(now)
        for team in Team.objects.filter(pk__in=due).order_by("pk"):
            _judge(team, due[team.pk], now)
        found = sum(map(len, due.values()))
        looked_at += found
        if found < BATCH:
            break
    return looked_at


def _due(now: datetime) -> dict[int, list[int]]:
    """The ids of due states by team, those that waited longest first."""
    rows = RuleState.objects.filter(
        next_check_at__lte=now, rule__enabled=True, rule__archived_at=None, test__enabled=True
    ).order_by("next_check_at")
    due: dict[int, list[int]] = defaultdict(list)
    for pk, team in rows.values_list("pk", "rule__team")[:BATCH]:
        due[team].append(pk)
    return due


@transaction.atomic
def _judge(team: Team, states: list[int], now: datetime) -> None:
    sql.hold_intake(team)
    # Data may have come since they were found due.
    found = watches.lock_all(RuleState.objects.filter(pk__in=states, next_check_at__lte=now))
    judge_time(Actor.system(team), [watch for watch in found if watch.facts.enabled], now)
