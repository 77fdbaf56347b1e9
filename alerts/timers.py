"""What time alone does to alerts: absence, silence, holds that end, reminders and escalation.

Any number of processes may call `run`.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from django.db import transaction

from alerts import lifecycle, sql, watches
from alerts.judging import judge_time
from alerts.models import Alert, RuleState
from teams.access import Actor
from teams.models import Team
from teams.timers import take_turn

log = logging.getLogger(__name__)

EVERY = timedelta(seconds=5)
BATCH = 500
MAX_BATCHES = 20

Find = Callable[[datetime, Collection[int]], dict[int, list[int]]]
Act = Callable[[Team, list[int], datetime], object]


def run(now: datetime) -> int:
    """Judge the watches and speak of the alerts that are due, if it is this caller's turn; how many were looked at."""
    if not take_turn("alerts.time", EVERY, now):
        return 0
    return _each_team(_due, _judge, now) + _each_team(_due_again, lifecycle.nudge, now)


def _each_team(find: Find, act: Act, now: datetime) -> int:
    """Have `act` do what `find` finds, team by team, until nothing more is due; how much was found."""
    looked_at, failed = 0, set[int]()
    for _ in range(MAX_BATCHES):
        due = find(now, failed)
        for team in Team.objects.filter(pk__in=due).order_by("pk"):
            if not _try(act, team, due[team.pk], now):
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


def _due_again(now: datetime, failed: Collection[int]) -> dict[int, list[int]]:
    """The ids by team of alerts to be spoken of again, those that waited longest first; without teams that `failed`."""
    due: dict[int, list[int]] = defaultdict(list)
    for name in ("escalate_at", "remind_at"):  # each has an index of its own
        rows = Alert.objects.filter(**{f"{name}__lte": now}).order_by(name)
        rows = rows.exclude(team__in=failed) if failed else rows
        for pk, team in rows.values_list("pk", "team")[:BATCH]:
            due[team].append(pk)
    return due


def _try(act: Act, team: Team, ids: list[int], now: datetime) -> bool:
    """What one team's rows do to us must not reach the others, and is tried again next turn."""
    try:
        act(team, ids, now)
    except Exception:
        log.exception("what time does could not be done for the team %s", team.slug)
        return False
    return True


@transaction.atomic
def _judge(team: Team, states: list[int], now: datetime) -> None:
    sql.hold_intake(team)
    # Data may have come since they were found due.
    found = watches.lock_all(RuleState.objects.filter(pk__in=states, next_check_at__lte=now))
    judge_time(Actor.system(team), [watch for watch in found if watch.facts.enabled], now)
