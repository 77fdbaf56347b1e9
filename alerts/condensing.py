"""Keeps the extremes of each half hour, from which long ranges are drawn, right under late data and corrections.

What was received since the last turn is read once and widens the half hours it falls into; where a measurement was
received again, its half hour is found anew. Any number of processes may call `run`.
"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from django.conf import settings
from django.db import transaction

from alerts.models import CondensedUntil, Measurement
from alerts.sql import extremes
from teams.timers import take_turn

log = logging.getLogger(__name__)

EVERY = timedelta(minutes=1)
PATIENCE = timedelta(minutes=5)  # behind by less is not worth a turn: pages read the last half hour from measurements
OPEN = timedelta(minutes=2)  # a measurement is committed at most this much later than it was received
LATE = timedelta(minutes=30)  # behind by more shows on pages
TURN_SECONDS = 25.0
CHUNK = 50_000  # measurements read at once
SLICE = 500  # half hours written in one transaction: some milliseconds
REST = 0.005  # seconds between two, in which others write

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)

Ending = Callable[[], bool]
Each = TypeVar("Each")


def never() -> bool:
    return False


def run(now: datetime, ending: Ending = never) -> int:
    """Condense what came in, if it is this caller's turn and some time passed; how many half hours were looked at."""
    if not take_turn("alerts.condense", EVERY, now) or condensed_until() > now - PATIENCE:
        return 0
    until = time.monotonic() + TURN_SECONDS
    done = catch_up(now - OPEN, lambda: ending() or time.monotonic() > until)
    if (behind := seconds_behind(now)) > LATE.total_seconds():
        log.warning("long ranges lag %d minutes behind what was received", behind // 60)
    return done


def catch_up(until: datetime, ending: Ending = never) -> int:
    """Condense what was received up to `until`; how many half hours were looked at. May end early, between chunks.

    Until then all must be committed: what comes in later with an earlier time of receipt is not seen.
    """
    done = 0
    while (since := condensed_until()) < until:
        end = extremes.until_where(since, until, CHUNK)
        done += _condense(since, end)
        if ending():
            break
    return done


def condensed_until() -> datetime:
    """What was received until then is in the extremes."""
    return CondensedUntil.objects.filter(pk=1).values_list("received_at", flat=True).first() or _BEGINNING


def seconds_behind(now: datetime) -> float:
    """How long the oldest measurement that is not condensed has waited; some minutes are usual."""
    waiting = Measurement.objects.filter(received_at__gt=condensed_until()).order_by("received_at")
    oldest = waiting.values_list("received_at", flat=True).first()
    return max((now - oldest).total_seconds(), 0.0) if oldest else 0.0


def _condense(since: datetime, until: datetime) -> int:
    mark = CondensedUntil.objects.get_or_create(pk=1, defaults={"received_at": since})[0]
    corrected = extremes.corrected(since, until, mark.newest)
    new = extremes.new_ends(since, until, mark.newest)
    # First of all, so that whoever has to do it again finds what is written here anew.
    mark.newest = max((row.newest for row in new), default=mark.newest)
    mark.save(update_fields=["newest"])
    for rows in _slices(new):
        _write(extremes.widen, rows)
    whole_from = _whole_from(until)
    for half_hours in _slices(corrected):
        _write(lambda chosen: extremes.find_anew(chosen, whole_from), half_hours)
    mark.received_at = until
    mark.save(update_fields=["received_at"])
    return len({(row.series_id, row.begin) for row in new}.union(corrected))


def _write(statement: Callable[[Sequence[Each]], None], rows: Sequence[Each]) -> None:
    with transaction.atomic():
        statement(rows)
    time.sleep(REST)


def _slices(rows: Sequence[Each]) -> Iterator[Sequence[Each]]:
    for start in range(0, len(rows), SLICE):
        yield rows[start : start + SLICE]


def _whole_from(now: datetime) -> int:
    """The epoch second before which measurements may have gone, so that half hours are no longer whole."""
    kept = settings.BELLHOP_KEEP_MEASUREMENTS_DAYS
    return int((now - timedelta(days=kept - 1)).timestamp()) if kept else 0
