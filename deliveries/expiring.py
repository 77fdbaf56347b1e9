"""Ends what waited for a day; a fallback is told in its place."""

import logging
import time
from datetime import datetime, timedelta

from django.db import transaction

from deliveries import standing_in
from deliveries.sql import sweeping

log = logging.getLogger(__name__)

EVERY = timedelta(seconds=10)
AT_ONCE = 5_000
TURN_SECONDS = 2.0  # what is left then goes in the next turn


def expire(now: datetime) -> None:
    """End deliveries that waited for a day, AT_ONCE in a transaction; the next message there says how many."""
    until = time.monotonic() + TURN_SECONDS
    expired, more = 0, True
    while more:
        some = _expire_some(now)
        expired += some
        more = some == AT_ONCE and time.monotonic() < until
    if expired:
        log.warning("%d deliveries expired", expired)


def _expire_some(now: datetime) -> int:
    with transaction.atomic():
        ended = sweeping.expire(now, AT_ONCE)
        standing_in.for_deliveries(ended, now)
    return len(ended)
