"""Keeps count of how deliveries and attempts ended, for all time, whatever is pruned.

Rows up to a watermark are settled: counted once and never looked at again. Those after it, a few minutes' worth or as
far back as the oldest that still waits, are counted anew each turn; where those are many, turns are rare.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction

from deliveries.models import Tally, Watermark
from deliveries.sql import tallying
from deliveries.sql.tallying import ATTEMPTS, DELIVERIES, Family
from teams.timers import come_back, take_turn

TURN = "deliveries.tallies"
EVERY = timedelta(seconds=30)
REST = 50  # times as long as a count took: 2 % of the time
LONGEST = timedelta(hours=1)  # a process that dies while it counts delays the next turn by so much


def run(now: datetime, ending: Callable[[], bool] = lambda: False) -> None:
    """Count, if it is this caller's turn. For the house's thread; one count is too short to ask `ending` within."""
    if ending() or not take_turn(TURN, LONGEST, now):
        return
    started = time.monotonic()
    try:
        count()
    finally:
        come_back(TURN, now + max(EVERY, REST * timedelta(seconds=time.monotonic() - started)))


def count() -> None:
    """Bring both up to date."""
    for family in (DELIVERIES, ATTEMPTS):
        _count(family)


def _count(family: Family) -> None:
    mark = Watermark.objects.get_or_create(pk=f"tallies.{family.name}")[0]
    top, waiting = tallying.top(family), tallying.first_open(family, mark.number)
    # What was there a turn ago is certain to be complete: ids are given out before they are committed.
    settled = max(mark.number, min(mark.seen, top if waiting is None else waiting - 1))
    rows = tallying.counts(family, settled, mark.number)
    with transaction.atomic():
        mine = Watermark.objects.filter(pk=mark.pk, number=mark.number, seen=mark.seen)
        if mine.update(number=settled, seen=max(top, mark.seen)):  # else another turn was quicker
            _add(family.name, rows)


def _add(family: str, rows: list[tuple[str, str, int, int]]) -> None:
    known = {(row.name, row.kind): row for row in Tally.objects.filter(family=family)}
    changed = []
    for name, kind, settled, every in rows:
        row = known.get((name, kind)) or Tally(family=family, name=name, kind=kind)
        row.total = max(row.total, row.settled + every)
        row.settled += settled
        changed.append(row)
    Tally.objects.bulk_create(
        changed,
        update_conflicts=True,
        unique_fields=["family", "name", "kind"],
        update_fields=["settled", "total"],
    )
