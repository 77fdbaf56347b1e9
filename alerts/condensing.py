"""Keeps the extremes of each half hour, from which long ranges are drawn, right under late data and corrections.

What was received since the last turn says which half hours to look at again. Any number of processes may call `run`.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from django.db import transaction

from alerts import sql
from alerts.models import CondensedUntil, Measurement
from alerts.models.extremes import HALF_HOUR
from teams.timers import take_turn

EVERY = timedelta(minutes=1)
PATIENCE = timedelta(minutes=5)  # behind by less is not worth a turn: pages read the last half hour from measurements
CHUNK = 20_000  # measurements
MAX_CHUNKS = 20  # a turn; the rest waits for the next, so that the other timers have theirs
OPEN = timedelta(minutes=2)  # a measurement may be committed this much later than it was received

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


def run(now: datetime) -> int:
    """Condense what came in, if it is this caller's turn and some time passed; how many half hours were looked at."""
    due = take_turn("alerts.condense", EVERY, now) and _condensed_until() <= now - PATIENCE
    return catch_up(now) if due else 0


def catch_up(now: datetime) -> int:
    """Condense what was received until `now`."""
    done = 0
    for until, touched in _chunks(now):
        with transaction.atomic():
            sql.condense(sorted(touched))
            CondensedUntil.objects.update_or_create(pk=1, defaults={"received_at": min(until, now - OPEN)})
        done += len(touched)
    return done


def _chunks(now: datetime) -> Iterator[tuple[datetime, set[tuple[int, datetime, datetime]]]]:
    """What was received, chunk by chunk: until when, and the (series, begin, end) that it touches."""
    since = _condensed_until()
    for _ in range(MAX_CHUNKS):
        received = Measurement.objects.filter(received_at__gt=since, received_at__lte=now).order_by("received_at")
        until = next(iter(received.values_list("received_at", flat=True)[CHUNK : CHUNK + 1]), now)
        rows = received.filter(received_at__lte=until).order_by().values_list("series_id", "observed_at")
        yield until, {(series, *_half_hour(at)) for series, at in rows.iterator(chunk_size=CHUNK)}
        if until == now:
            return
        since = until


def _condensed_until() -> datetime:
    return CondensedUntil.objects.filter(pk=1).values_list("received_at", flat=True).first() or _BEGINNING


def _half_hour(at: datetime) -> tuple[datetime, datetime]:
    begin = datetime.fromtimestamp(at.timestamp() // HALF_HOUR * HALF_HOUR, UTC)
    return begin, begin + timedelta(seconds=HALF_HOUR)
