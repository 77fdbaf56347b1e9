"""Rows go when they are old: in batches, each a short transaction of its own, so that nobody waits for them.

A `Stock` says what may go; it is asked twice, without locks which rows are old, and then within the batch's
transaction which of them may still go. Any number of processes may prune at once.
"""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.db import models, transaction
from django.db.models.expressions import RawSQL

from teams.statements import postgresql

FEW, MOST = 20, 5000  # rows a batch
SHORT, LONG = 0.015, 0.03  # seconds that a batch may hold its locks before the next takes more or fewer rows
DRY_BATCH = 5000

Rows = models.QuerySet[Any]


class Place(NamedTuple):
    """Where a walk over old rows has come to."""

    at: Any
    pk: Any


Look = Callable[[datetime, Place | None, int], list[Place]]
Stored = Callable[[datetime], Any]


@dataclass(frozen=True)
class Stock:
    """Rows of one table that go when they are old, with those that hang on them.

    `keep` is for how long, None for ever. `look(before, after, most)` finds old rows behind the place `after`, oldest
    first, none where the walk is over. `may_go(ids, before)` are those of them that may indeed go. `with_them(ids)` are
    the (table, rows) that go first. `locked`: asked of rows that are locked, so that nothing comes to point to them.
    """

    name: str
    keep: Callable[[], timedelta | None]
    look: Look
    may_go: Callable[[Sequence[Any], datetime], Rows]
    with_them: Callable[[Sequence[Any]], Iterable[tuple[str, Rows]]] | None = None
    locked: bool = False

    def __str__(self) -> str:
        return self.name

    def before(self, now: datetime) -> datetime | None:
        """What is older may go; None where nothing ever does."""
        keep = self.keep()
        return None if keep is None else now - keep


@dataclass
class Gone:
    """What went of one stock: rows by table, the oldest one's time, and how long it took."""

    rows: Counter[str] = field(default_factory=Counter)
    oldest: datetime | None = None
    seconds: float = 0.0
    longest: float = 0.0  # seconds that one batch held its locks

    def add(self, rows: Counter[str], oldest: Any, seconds: float) -> None:
        self.rows += rows
        if rows and self.oldest is None:
            self.oldest = _time_of(oldest)
        self.seconds += seconds
        self.longest = max(self.longest, seconds)


def days(setting: str) -> Callable[[], timedelta | None]:
    """For how long an operator's setting keeps rows; 0 is for ever."""

    def keep() -> timedelta | None:
        number = getattr(settings, setting)
        return timedelta(days=number) if number else None

    return keep


def prune(stock: Stock, before: datetime) -> Iterator[Gone]:
    """Let what is older go; what went so far after each batch. Stop asking between two batches to end early."""
    gone, place, most = Gone(), None, FEW * 5
    while found := stock.look(before, place, most):
        place = found[-1]
        with transaction.atomic():
            began = time.monotonic()  # from here: what it waited for others says nothing of the batch
            rows = _end(stock, [each.pk for each in found], before)
        took = time.monotonic() - began
        gone.add(rows, found[0].at, took)
        most = next_size(most, took)
        yield gone


def survey(stock: Stock, before: datetime) -> Iterator[Gone]:
    """As `prune`, but nothing goes."""
    gone, place = Gone(), None
    while True:
        began = time.monotonic()
        found = stock.look(before, place, DRY_BATCH)
        if not found:
            return
        place = found[-1]
        rows = _count(stock, [each.pk for each in found], before)
        gone.add(rows, found[0].at, time.monotonic() - began)
        yield gone


def these(ids: Sequence[int]) -> RawSQL:
    """For `pk__in`, as one parameter: thousands of them cost Django more than the database."""
    chosen = "SELECT unnest(%s::bigint[])" if postgresql() else "SELECT value FROM json_each(%s)"
    return RawSQL(chosen, [list(ids) if postgresql() else json.dumps(list(ids))])  # noqa: S611 - a constant


def seconds(at: datetime) -> int:
    """Epoch seconds, as some tables store their times."""
    return int(at.timestamp())


def aged(rows: Callable[[], Rows], age: str, stored: Stored = lambda at: at) -> Look:
    """Looks along an index over `age`, a time that is kept as `stored` gives it."""

    def look(before: datetime, after: Place | None, most: int) -> list[Place]:
        old = rows().filter(**{f"{age}__lt": stored(before)})
        if after is not None:
            behind = models.Q(**{f"{age}__gt": after.at}) | models.Q(**{age: after.at}, pk__gt=after.pk)
            old = old.filter(behind, **{f"{age}__gte": after.at})
        return [Place(at, pk) for at, pk in old.order_by(age, "pk").values_list(age, "pk")[:most]]

    return look


def in_order(rows: Callable[[], Rows], age: str, stored: Stored = lambda at: at) -> Look:
    """Looks along the primary key, for tables that grow as time goes on; over when a stretch has nothing old."""

    def look(before: datetime, after: Place | None, most: int) -> list[Place]:
        next_ones = rows().filter(pk__gt=after.pk) if after is not None else rows()
        found = [Place(at, pk) for at, pk in next_ones.order_by("pk").values_list(age, "pk")[:most]]
        return [place for place in found if place.at < stored(before)]

    return look


def _time_of(stored: Any) -> datetime | None:
    """A time, however a table stores it, if it does."""
    if stored is None:
        return None
    if isinstance(stored, int):
        return datetime.fromtimestamp(stored, UTC)
    return stored if isinstance(stored, datetime) else datetime(stored.year, stored.month, stored.day, tzinfo=UTC)


def _end(stock: Stock, ids: Sequence[Any], before: datetime) -> Counter[str]:
    going = stock.may_go(ids, before)
    gone: Counter[str] = Counter()
    if stock.locked:
        going = stock.may_go(_free(going.model._default_manager.filter(pk__in=these(ids))), before)
    if stock.with_them is not None:
        certain = _free(going)
        for table, rows in stock.with_them(certain):
            gone[table] += _delete(rows)
        going = going.model._default_manager.filter(pk__in=certain)
    gone[stock.name] += _delete(going)
    return +gone


def _free(rows: Rows) -> list[Any]:
    """The keys of those that nobody holds, locked: whoever holds one is busy with it, and the next turn comes."""
    return list(rows.select_for_update(skip_locked=True).values_list("pk", flat=True))


def _count(stock: Stock, ids: Sequence[Any], before: datetime) -> Counter[str]:
    going = stock.may_go(ids, before)
    gone = Counter({stock.name: going.count()})
    if stock.with_them is not None:
        for table, rows in stock.with_them(list(going.values_list("pk", flat=True))):
            gone[table] += rows.count()
    return +gone


def _delete(rows: Rows) -> int:
    """One statement: Django's own way would read all rows first, to see what hangs on them."""
    return rows._raw_delete(rows.db) or 0


def next_size(most: int, took: float) -> int:
    """How many rows the next batch takes, after one of `most` held its locks for `took` seconds."""
    if took > LONG:
        return max(most // 2, FEW)
    return min(most * 2, MOST) if took < SHORT else most
