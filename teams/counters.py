"""Fixed-window counters in the database, so that a limit holds over all processes together."""

from datetime import datetime

from django.db import models

from teams import sql
from teams.models import Counter


def window_start(window_seconds: int, now: datetime) -> int:
    """The epoch second at which the window of `now` starts."""
    return int(now.timestamp()) // window_seconds * window_seconds


def seconds_left(window_seconds: int, now: datetime) -> int:
    """Whole seconds until the window of `now` ends, at least 1."""
    return window_start(window_seconds, now) + window_seconds - int(now.timestamp())


def count(key: str, window_seconds: int, now: datetime, amount: int = 1) -> int:
    """Count `amount` under `key` in the window of `now`; return the count so far, this one included.

    One atomic statement. Keys are up to 120 characters. A surrounding transaction that rolls back takes it along.
    """
    return sql.add_to_count(key, window_start(window_seconds, now), amount)


def give_back(key: str, window_seconds: int, now: datetime, amount: int = 1) -> None:
    """Take back what was counted, for limits that punish failures only, or of which nothing was used."""
    rows = Counter.objects.filter(key=key, window=window_start(window_seconds, now), count__gte=amount)
    rows.update(count=models.F("count") - amount)
