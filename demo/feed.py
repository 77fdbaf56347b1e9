"""The demo's live feed: measures everything every ten seconds, and each minute something breaks and heals.

One thing stays broken for ten minutes in each quarter of an hour, so that there is time to act on it.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from demo import scenery

TICK = 10
TICKS_A_CYCLE = 6
VICTIMS = (scenery.CHECKOUT, scenery.API, scenery.CHECKOUT, scenery.MAIL)
# Well, bad, worse, well again: an alert that triggers, grows and clears within half a minute.
COURSE = (0.0, 0.4, 1.0, 0.0, 0.0, 0.0)
# In ticks: of a quarter of an hour, the first ten minutes but for the very first moment.
LONG_CYCLE, LONG_TROUBLE = 90, range(1, 61)


def points(tick: int, at: datetime) -> Iterator[dict[str, Any]]:
    """What is measured at this tick since the feed began. Tests of a minute's interval answer once a cycle and while
    they are the victim."""
    cycle, step = divmod(tick, TICKS_A_CYCLE)
    victim = VICTIMS[cycle % len(VICTIMS)]
    for test in scenery.TESTS:
        trouble = COURSE[step] if test is victim else 0.0
        if test is scenery.DATABASE or (test is scenery.SEARCH and tick % LONG_CYCLE in LONG_TROUBLE):
            trouble = 1.0
        if test.interval <= TICK or step == 0 or (test is victim and trouble):
            yield from test.points(at, trouble)
