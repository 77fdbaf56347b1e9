"""What time alone does to alerts: absence, silence and holds that end. Any number of processes may call `run`."""

import logging
from collections import defaultdict
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction

from alerts import sql, watches
from alerts.judging import judge_time
from alerts.models import RuleState
from teams.access import Actor
from teams.models import Team
from teams.timers import take_turn

log = logging.getLogger(__name__)

EVERY = timedelta(seconds=5)
BATCH = 500
MAX_BATCHES = 20


def run(now: datetime) -> int:
    """Judge the watches that are due, if it is this caller's turn; how many were looked at."""
    if not take_turn("alerts.time", EVERY, now):
        return 0
    looked_at, failed = 0, set[int]()
    for _ in range(MAX_BATCHES):
        due = _due(now, failed)
        for team in Team.objects.filter(pk__in=due).order_by("pk"):
            if not _try(team, due[team.pk], now):
                failed.add(team.pk)
        found = sum(map(len, due.values()))
        looked_at += found
        if found < BATCH:
            break
    return looked_at


def _due(now: datetime, failed: Collection[int]) -> dict[int, list[int]]:
    """The ids of due states by team, those that waited longest first; without the teams that `failed`."""
    rows = RuleState.objects.filter(
        next_check_at__lte=now, rule__enabled=True, rule__archived_at=None, test__enabled=True
    ).order_by("next_check_at")
    if failed:
        rows = rows.exclude(rule__team__in=failed)
    due: dict[int, list[int]] = defaultdict(list)
    for pk, team in rows.values_list("pk", "rule__team")[:BATCH]:
        due[team].append(pk)
    return due


def _try(team: Team, states: list[int], now: datetime) -> bool:
    """Judge; what one team's rows do to us must not reach the others, and is tried again next turn."""
    try:
        _judge(team, states, now)
    except Exception:
        log.exception("time could not be judged for the team %s", team.slug)
        return False
    return True


@transaction.atomic
def _judge(team: Team, states: list[int], now: datetime) -> None:
    sql.hold_intake(team)
    # Data may have come since they were found due.
    found = watches.lock_all(RuleState.objects.filter(pk__in=states, next_check_at__lte=now))
    judge_time(Actor.system(team), [watch for watch in found if watch.facts.enabled], now)
