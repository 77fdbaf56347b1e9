"""Writes down what came back, many dispatches in one transaction, and lets their lanes go or go on."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DataError, transaction

from deliveries import living
from deliveries.claiming import Departure, Held
from deliveries.health import record_health
from deliveries.models import AttemptOutcome
from deliveries.planning import TRIES_BEFORE_BEHIND, named
from deliveries.sql import budgets, dispatches, lanes
from deliveries.sql.dispatches import AttemptRow
from deliveries.sql.lanes import LaneAfter
from deliveries.verdicts import Verdict, internal_error

log = logging.getLogger(__name__)

FRESH = timedelta(seconds=1)


@dataclass(slots=True)
class Landing:
    """A departure that came to its end: the calls it made and the verdict. `told` counts expired ones it spoke of."""

    departure: Departure
    verdict: Verdict
    attempts: list[AttemptRow]
    told: int = 0


@dataclass(slots=True)
class Recorded:
    """Lanes that go on within their lease, whether others have more to send now, and when paused ones are due."""

    going: list[Held]
    more: bool = False
    next_due: datetime | None = None


def record_all(landings: Sequence[Landing], owner: str, now: datetime, stopping: bool = False) -> Recorded:
    """`record` in a transaction. What the database can never store ends by itself, and harms none beside it."""
    try:
        with transaction.atomic():
            return record(landings, owner, now, stopping)
    except DataError:
        log.error("a result cannot be stored; recording %d by themselves", len(landings))
        apart = [_record_alone(each, owner, now, stopping) for each in landings]
    going, dues = [held for each in apart for held in each.going], [each.next_due for each in apart if each.next_due]
    return Recorded(going, any(each.more for each in apart), min(dues, default=None))


def _record_alone(landing: Landing, owner: str, now: datetime, stopping: bool) -> Recorded:
    try:
        with transaction.atomic():
            return record([landing], owner, now, stopping)
    except DataError:
        departure = landing.departure
        log.error("the result of dispatch %d cannot be stored", departure.dispatch_id)
        landing.verdict = internal_error(departure.held.streak, len(departure.items))
        landing.attempts = [row._replace(words="") for row in landing.attempts]
    with transaction.atomic():
        return record([landing], owner, now, stopping)


def record(landings: Sequence[Landing], owner: str, now: datetime, stopping: bool = False) -> Recorded:
    """Record all `landings` whose lane `owner` still holds under the same fence; the others are dropped."""
    valid = _valid(landings, owner)
    if not valid:
        return Recorded([])
    _record_deliveries(valid, now)
    dispatches.add_attempts([attempt for landing in valid for attempt in landing.attempts])
    dispatches.finish_dispatches([(each.verdict.ref, each.departure.dispatch_id) for each in valid], now)
    living.record(valid, now)
    record_health(valid, now)
    _pause_keys(valid, now)
    going: list[Landing] = []
    leaving: list[Landing] = []
    for each in valid:
        (leaving if stopping or not _goes_on(each, now) else going).append(each)
    return _let_go(leaving, [each.departure.held for each in going], now)


def _valid(landings: Sequence[Landing], owner: str) -> list[Landing]:
    held = lanes.lock_held({each.departure.held.lane.id for each in landings}, owner)
    valid = []
    for each in landings:
        fence = held.get(each.departure.held.lane.id)
        if fence == each.departure.fence:
            valid.append(each)
        else:
            log.warning("dispatch %d was taken over; its result is dropped", each.departure.dispatch_id)
    return valid


def _record_deliveries(landings: Sequence[Landing], now: datetime) -> None:
    delivered: list[int] = []
    waiting: dict[int, list[int]] = {}
    rejected: list[tuple[str, str, int]] = []
    for landing in landings:
        verdict, ids = landing.verdict, [item.id for item in landing.departure.items]
        if verdict.outcome is AttemptOutcome.DELIVERED:
            delivered += ids
        elif verdict.outcome is AttemptOutcome.REJECTED:
            rejected += [(verdict.reason, verdict.words, pk) for pk in ids]
        else:
            of_fault = len(named(landing.departure.items))
            waiting.setdefault(verdict.tries, []).extend(ids[:of_fault])
            waiting.setdefault(0, []).extend(ids[of_fault:])
    dispatches.mark_delivered(delivered, now)
    for tries, ids in waiting.items():
        dispatches.mark_waiting(ids, tries)
    dispatches.forgive([each.departure.held.lane.id for each in landings if _long_out(each.verdict)])
    dispatches.mark_rejected(rejected, now)


def _long_out(verdict: Verdict) -> bool:
    """Whether nothing of the lane has passed since before a message could have gone behind."""
    return verdict.at_fault and verdict.streak.failures > TRIES_BEFORE_BEHIND


def _pause_keys(landings: Sequence[Landing], now: datetime) -> None:
    pauses = {
        each.departure.held.lane.rate_key: (until, each.verdict.reason)
        for each in landings
        if each.verdict.whole_key and (until := each.verdict.until(now))
    }
    budgets.pause([(key, *pause) for key, pause in pauses.items()], now)


def _goes_on(landing: Landing, now: datetime) -> bool:
    held = landing.departure.held
    well = landing.verdict.outcome is AttemptOutcome.DELIVERED and held.streak.is_clean and not held.untold
    return well and bool(held.waiting) and now - held.read_at < FRESH


def _let_go(landings: Sequence[Landing], going: list[Held], now: datetime) -> Recorded:
    """Free the lanes. Their rows are locked, so whatever waits in them by now is seen or comes after."""
    more = lanes.with_more([each.departure.held.lane.id for each in landings])
    idle, busy = [], []
    for each in landings:
        held = each.departure.held
        until = each.verdict.until(now)
        if held.lane.id not in more and each.verdict.streak.is_clean and not each.told:
            idle.append(held.lane.id)
        else:
            due = (until or now) if held.lane.id in more else None
            busy.append(LaneAfter(due, each.verdict.streak, until, _why(each, until), each.told, held.lane.id))
    lanes.let_go_idle(idle)
    lanes.let_go(busy)
    dues = [lane.due_at for lane in busy if lane.due_at]
    return Recorded(going, any(due <= now for due in dues), min((due for due in dues if due > now), default=None))


def _why(landing: Landing, until: datetime | None) -> str:
    return landing.verdict.reason if until else ""
