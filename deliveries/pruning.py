"""Lets go what is old, a bounded time each turn. Any number of processes may call `run`."""

import logging
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from alerts import stocks as alert_stocks
from deliveries import stocks
from teams import stocks as team_stocks
from teams.retention import Gone, Stock, prune
from teams.timers import come_back, take_turn

log = logging.getLogger(__name__)

# What refers comes before what it refers to.
STOCKS: tuple[Stock, ...] = (*stocks.STOCKS, *alert_stocks.STOCKS, *team_stocks.STOCKS)

TURN = "retention"
EVERY = timedelta(hours=1)
SOON = timedelta(minutes=1)  # while there is more to do
TURN_SECONDS = 25.0
LEAST_REST = 0.01  # seconds between two batches; as long as the batch took, so that others have their half

Ending = Callable[[], bool]


def run(now: datetime, ending: Ending = lambda: False) -> None:
    """Prune for a while, if it is this caller's turn, or until `ending` says so."""
    if not take_turn(TURN, EVERY, now):
        return
    until = time.monotonic() + TURN_SECONDS
    if not prune_all(now, lambda: ending() or time.monotonic() > until):
        come_back(TURN, now + SOON)


def prune_all(now: datetime, ending: Ending) -> bool:
    """Prune stock by stock; whether all that is old went. What one stock does to us does not reach the others."""
    for stock in STOCKS:
        try:
            if not _prune(stock, now, ending):
                return False
        except Exception:
            log.exception("%s could not be pruned; their next turn comes", stock.name)
    return True


def rested(batches: Iterator[Gone]) -> Iterator[Gone]:
    """The batches, each followed by a rest as long as itself."""
    before = 0.0
    for gone in batches:
        yield gone
        time.sleep(max(gone.seconds - before, LEAST_REST))
        before = gone.seconds


def _prune(stock: Stock, now: datetime, ending: Ending) -> bool:
    before = stock.before(now)
    if before is None:
        return True
    for gone in rested(prune(stock, before)):
        if ending():
            log.info("%s: %d rows went this turn, and more will", stock.name, gone.rows.total())
            return False
    return True
