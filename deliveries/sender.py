"""The sender: one thread that claims lanes, keeps hundreds of calls in flight and records what comes back.

Several senders may run, on one machine or many: leases and fences keep them apart.
"""

import gc
import logging
import math
import random
import time
from collections import deque
from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from django.db import Error as DatabaseFailure
from django.db import connection, transaction

from channels_app.doors import Doors
from deliveries.bell import Listener
from deliveries.claiming import LEASE, Departure, Held, Turns, claim, depart, further_turns, go_on
from deliveries.flying import LONGEST_TURN, Airspace
from deliveries.owner import this_process
from deliveries.recording import record_all
from deliveries.sql import lanes
from deliveries.sql.base import database_now

log = logging.getLogger(__name__)

IN_FLIGHT = 1_000
UNDER_WAY = 10_000  # with those that hang
ROOM_WORTH_A_CLAIM = 100
RECORD_FROM = 200
RECORD_AFTER = 0.005
POLL = 1.0
RENEW_EVERY = 5.0
DATABASE_GAP = 0.5
FAREWELL = 5.0
GARBAGE_FROM = 20_000  # objects; a batch makes as many and frees them itself

Clock = Callable[[], datetime]


class Sender:
    """Sends what is due. `clock` gives aware UTC times; `owner` names the holder of its leases, `jitter` is random.

    Its steps, between which it may die at any time: `_claim` takes lanes and writes down what leaves, `_launch` sends
    what was committed, `_record` writes down what came back.

    `listener` is the bell that it hears; without one it polls. Where `only` names lanes, it sends nothing else.
    """

    def __init__(
        self,
        doors: Doors,
        clock: Clock = database_now,
        owner: str | None = None,
        *,
        listener: Listener | None = None,
        jitter: Callable[[], float] = random.random,
        in_flight: int = IN_FLIGHT,
        only: Collection[int] = (),
    ) -> None:
        self._doors = doors
        self._clock = clock
        self.owner = owner or this_process()
        self._listener = listener
        self._in_flight = in_flight
        self._turns = Turns(only)
        self._air = Airspace(doors, jitter)
        self._going: list[Held] = []
        self._departed: deque[Departure] = deque()
        self._more = True
        self._look_at = 0.0
        self._next_due = math.inf
        self._landed_at: float | None = None
        self._renewed_at = time.monotonic()
        self._leased_at: datetime | None = None
        if listener:
            doors.watch(listener.socket)

    def run_forever(self, stop: Callable[[], bool]) -> None:
        """Send until `stop()`; then finish what is in flight, 5 s at most, and free the lanes."""
        _keep_what_is_loaded()
        while not stop():
            self._guarded_turn(POLL)
        self._part()

    def run_until_idle(self, seconds: float = 60.0, linger: float = 0.0) -> None:
        """Send what is due now and comes due meanwhile, for `seconds` at most; what is in flight then is finished.

        It waits for lanes that it put off if they are due within `linger` seconds.
        """
        end = time.monotonic() + seconds
        self._more = True
        while time.monotonic() < end and (self._busy or self._more or self._next_due <= time.monotonic() + linger):
            self._guarded_turn(linger)
        if self._busy:
            self._part()

    @property
    def _busy(self) -> bool:
        return bool(self._air.flights or self._air.landed or self._departed or self._going)

    def _guarded_turn(self, rest: float) -> None:
        """A turn; while the database is away, flights go on and their results are kept."""
        try:
            self._turn(rest)
        except DatabaseFailure as failure:
            log.warning("the database failed (%s); trying again", type(failure).__name__)
            connection.close()
            self._more = True
            self._doors.pump(DATABASE_GAP)

    def _turn(self, rest: float) -> None:
        """Record, claim, send and wait for answers; with nothing to do, `rest` for that many seconds at most."""
        if self._air.landed and self._time_to_record():
            self._record()
        if self._departed:
            self._launch(self._clock())
        if self._time_to_claim():
            self._claim()
        self._renew()
        self._fly(self._patience() if self._busy else min(rest, self._patience()))
        if self._air.landed and self._landed_at is None:
            self._landed_at = time.monotonic()
        if self._listener and self._listener.heard():
            self._more = True

    def _fly(self, seconds: float) -> None:
        """Let conversations go on, and wait for answers."""
        if self._air.asking:
            with transaction.atomic():
                now = self._clock()
                asking = [each.flight.departure.held for each in self._air.asking]
                turns = further_turns(asking, now, timedelta(seconds=LONGEST_TURN))
            self._air.give_turns([(at - now).total_seconds() for at in turns])
            seconds = min(seconds, RECORD_AFTER)
        self._doors.pump(min(seconds, self._air.go_on()))

    def _time_to_record(self) -> bool:
        """Not for each result by itself, and never waiting for a whole batch."""
        since = time.monotonic() - (self._landed_at or 0.0)
        return len(self._air.landed) >= RECORD_FROM or since >= RECORD_AFTER or not self._air.flights

    def _record(self, stopping: bool = False) -> None:
        now = self._clock()
        recorded = record_all(self._air.landed, self.owner, now, stopping)
        self._air.landed.clear()
        self._landed_at = None
        self._going += recorded.going
        self._more = self._more or recorded.more
        self._remember(recorded.next_due, now)

    def _time_to_claim(self) -> bool:
        if self._going:
            return True
        return self._has_room and (self._more or time.monotonic() >= self._look_at)

    @property
    def _room(self) -> int:
        """How many more calls may get under way."""
        most = min(UNDER_WAY, self._doors.most) - len(self._air.flights)
        return min(self._in_flight - self._air.quick, most) - len(self._going)

    @property
    def _has_room(self) -> bool:
        return self._room >= min(ROOM_WORTH_A_CLAIM, self._in_flight)

    def _claim(self) -> None:
        tick = time.monotonic()
        self._next_due = self._next_due if self._next_due > tick else math.inf
        self._look_at = min(tick + POLL, self._next_due)
        if not self._going and not self._more and not lanes.anything_due(self._clock()):
            return
        if not self._busy:
            self._renewed_at = tick  # there is no older lease than those that it takes now
        room = self._room
        with transaction.atomic():
            now = self._clock()
            self._keep(now)
            go_on(self._going, now)
            held = claim(self.owner, room, now, self._turns) if room > 0 else []
            planned = depart([*self._going, *held], now)
        self._more = self._turns.more or len(held) >= room > 0 or bool(held and not planned.departures)
        self._going.clear()
        self._departed += planned.departures
        self._remember(planned.next_due, now)
        self._launch(now)

    def _launch(self, now: datetime) -> None:
        self._air.launch(self._departed, now, self._meanwhile)

    def _meanwhile(self) -> None:
        """Between the parts of a long launch: what is known already must not wait for its end."""
        self._renew()
        if len(self._air.landed) >= RECORD_FROM:
            self._record()

    def _remember(self, due: datetime | None, now: datetime) -> None:
        """Look again when a lane that was put off is due."""
        if due:
            at = time.monotonic() + max(0.0, (due - now).total_seconds())
            self._look_at, self._next_due = min(self._look_at, at), min(self._next_due, at)

    def _renew(self) -> None:
        if time.monotonic() - self._renewed_at >= RENEW_EVERY:
            self._hold(self._clock())

    def _keep(self, now: datetime) -> None:
        """Where the lanes' clock was set ahead, our leases look old to it: renew them before we claim our own lanes."""
        if self._leased_at and (now - self._leased_at).total_seconds() >= RENEW_EVERY:
            self._hold(now)
        self._leased_at = now

    def _hold(self, now: datetime) -> None:
        self._renewed_at = time.monotonic()
        if held := self._held():
            lanes.renew(held, self.owner, now + LEASE)

    def _held(self) -> list[int]:
        landed = [each.departure.held.lane.id for each in self._air.landed]
        departed = [each.held.lane.id for each in self._departed]
        return [*self._air.flights, *landed, *departed, *(each.lane.id for each in self._going)]

    def _patience(self) -> float:
        if self._air.landed:
            return RECORD_AFTER if self._air.flights else 0.0
        if self._more and self._has_room:
            return 0.0
        return min(POLL, max(0.0, self._look_at - time.monotonic()))

    def _part(self) -> None:
        """Take the leave: wait for answers a little, record them, and free the lanes of the others."""
        end = time.monotonic() + FAREWELL
        try:
            while time.monotonic() < end and self._air.flights:
                self._fly(min(0.1, end - time.monotonic()))
            if self._air.landed:
                self._record(stopping=True)
            if held := self._held():
                lanes.end_leases(self.owner, held)
        except DatabaseFailure as failure:
            log.warning("leaving without the database (%s); the leases will run out", type(failure).__name__)


def _keep_what_is_loaded() -> None:
    """Let the collector of garbage look at what messages leave behind, and not at all the code again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_FROM)
