"""Keeps count of how deliveries and attempts ended, for all time, whatever is pruned.

Rows up to a watermark are settled: counted once and never looked at again. Those after it, a few minutes' worth or as
far back as the oldest that still waits, are counted anew each turn.
"""

from django.db import transaction

from deliveries.models import Tally, Watermark
from deliveries.sql import tallying
from deliveries.sql.tallying import ATTEMPTS, DELIVERIES, Family


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
