"""Carries dispatches through the doors: renders, starts the calls, and judges the replies.

Whatever goes wrong with one message is that message's end alone.
"""

import logging
import math
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache, partial
from itertools import islice, takewhile
from typing import Any

from channels_app.contract import Call, Kind, Message, Outcome, Reason, Reply, RetryLater, Sending
from channels_app.doors import Doors
from channels_app.judging import by_status
from channels_app.text import SHORTEST_SECRET
from channels_app.text import scrub as blot
from deliveries.claiming import Departure
from deliveries.composing import compose
from deliveries.contents import Stored, stored_contents
from deliveries.living import Refs, messages_of
from deliveries.models import AttemptOutcome
from deliveries.planning import named
from deliveries.recording import Landing
from deliveries.sql.dispatches import AttemptRow
from deliveries.sql.lanes import HeldLane
from deliveries.standing import Standing, beside, with_company
from deliveries.verdicts import Said, Verdict, internal_error, judge, said, unreadable
from integrations import consent
from integrations.selectors import kind_of, scrub, secrets_in
from integrations.vault import Unreadable, unseal

log = logging.getLogger(__name__)

CACHED = 20_000
STARTED_AT_ONCE = 20
READ_AT_ONCE = 200
SLOW = 1.0  # seconds after which a call no longer counts among those that may be under way
COUNTED_EVERY = 0.25
LONGEST_TURN = 5.0  # seconds that a conversation may wait for its next call; what takes longer waits in the row


Made = tuple[Any, ...]  # a departure, and what was made for it so far


@dataclass(frozen=True, slots=True)
class Opened:
    """An integration's settings and secrets, as long as `sealed` is what is stored."""

    sealed: str
    kind: Kind
    settings: Any = field(repr=False)
    config: dict[str, Any] = field(repr=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must stand in no stored words."""
        return secrets_in(self.kind, self.config)


@dataclass(slots=True)
class Flight:
    """A dispatch under way: its conversation with the remote, and the calls made so far.

    `began` is the senders' common time at `began_tick` of this process's own clock.
    """

    departure: Departure
    opened: Opened
    sending: Sending
    told: int
    began: datetime
    began_tick: float
    attempts: list[AttemptRow] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Further:
    """One more call of a flight, such as a plainer form, where somebody counts calls."""

    flight: Flight
    call: Call


class Airspace:
    """All flights of one sender. `landed` is told each landing, from inside `Doors.pump` or from `launch`.

    `asking` are the calls that want a turn within their budgets, to be given by `give_turns`.
    """

    def __init__(self, doors: Doors, jitter: Callable[[], float]) -> None:
        self._doors = doors
        self._jitter = jitter
        self._opened: dict[int, Opened] = {}
        self.flights: dict[int, Flight] = {}
        self.landed: list[Landing] = []
        self.asking: list[Further] = []
        self._turns: list[tuple[float, Further]] = []
        self._slow = 0
        self._counted_at = 0.0

    @property
    def quick(self) -> int:
        """How many flights began a moment ago: those that hang, or wait for a hanging address, take nobody's place."""
        tick = time.monotonic()
        if tick - self._counted_at > COUNTED_EVERY:
            self._counted_at = tick
            self._slow = sum(1 for _ in takewhile(lambda each: tick - each.began_tick > SLOW, self.flights.values()))
        return max(0, len(self.flights) - self._slow)

    def launch(self, departures: deque[Departure], now: datetime, meanwhile: Callable[[], None]) -> None:
        """Render and start them, and take each out of `departures` as it starts; a database error leaves the others.

        Between them `meanwhile` is called, for what cannot wait for thousands.
        """
        while departures:
            self._launch_some(departures, now)
            meanwhile()

    def _launch_some(self, departures: deque[Departure], now: datetime) -> None:
        some = list(islice(departures, READ_AT_ONCE))
        contents = stored_contents([item.id for each in some for item in named(each.items)])
        standing, refs = beside(some), messages_of(some)
        if len(self._opened) > CACHED:
            self._opened.clear()
        while some:
            together, some = some[:STARTED_AT_ONCE], some[STARTED_AT_ONCE:]
            for _ in together:
                departures.popleft()
            self._start(together, contents, standing, refs, now)
            self._doors.pump(0.0)  # the first are on their way while the last are rendered

    def give_turns(self, waits: Sequence[float]) -> None:
        """Say in how many seconds each of `asking` may go; the message tries anew where that is too long."""
        for further, wait in zip(self.asking, waits, strict=True):
            if wait <= LONGEST_TURN:
                self._turns.append((time.monotonic() + wait, further))
                continue
            flight, later = further.flight, RetryLater(Reason.RATE_LIMITED, after=wait)
            verdict = judge(later, flight.departure.held.streak, flight.began, self._jitter())
            self._land(flight.departure, verdict, flight.attempts, 0)
        self.asking.clear()

    def go_on(self) -> float:
        """Make the further calls whose turn has come; how many seconds there are until the next."""
        now = time.monotonic()
        due = [further for at, further in self._turns if at <= now]
        self._turns = [turn for turn in self._turns if turn[0] > now]
        for each in due:
            self._guarded(each.flight, partial(self._call, each.flight, each.call))
        return min((at for at, _ in self._turns), default=math.inf) - now

    def _start(
        self,
        some: Sequence[Departure],
        contents: dict[int, Stored],
        standing: Standing,
        refs: Refs,
        now: datetime,
    ) -> None:
        """Each step is taken for all of them before the next, which a processor does in two thirds of the time."""

        def message(each: Departure, known: Opened) -> Message:
            told = compose(each, known.kind, contents, refs, now)
            return with_company(told, standing.get(each.held.lane.id, ()), now)

        opened = self._made(((each,) for each in some), lambda each: self._open(each.held.lane), now)
        told = self._made(opened, message, now)
        sendings = self._made(told, _sending, now)
        for departure, known, _, sending in sendings:
            flight = Flight(departure, known, sending, departure.held.untold, now, time.monotonic())
            self.flights[departure.held.lane.id] = flight
            self._guarded(flight, partial(self._step, flight, None))

    def _made(self, given: Iterable[Made], make: Callable[..., Any], now: datetime) -> list[Made]:
        """What was `given`, each with what `make` made of it; where it cannot be made, that departure alone ends."""
        made = []
        for each in given:
            try:
                made.append((*each, make(*each)))
            except Unreadable as unusable:
                log.warning("%s", unusable)
                self._give_up(each[0], now)
            except Exception:  # noqa: BLE001 - the last resort: a message that cannot be made must not stop the others
                self._fail(each[0], self._opened.get(each[0].held.lane.id))
        return made

    def _give_up(self, departure: Departure, now: datetime) -> None:
        verdict = unreadable(departure.held.streak, now, self._jitter(), len(departure.items))
        self._land(departure, verdict, [], 0)

    def _open(self, lane: HeldLane) -> Opened:
        opened = self._opened.get(lane.id)
        if opened is None or opened.sealed != lane.sealed:
            kind, config = kind_of(lane), unseal(lane)
            opened = self._opened[lane.id] = Opened(lane.sealed, kind, kind.spec.settings(config), config)
        return opened

    def _step(self, flight: Flight, reply: Reply | None) -> None:
        """Make the next call of the conversation, or land with its outcome."""
        try:
            call = flight.sending.send(reply) if reply else next(flight.sending)
        except StopIteration as ended:
            self._finish(flight, ended.value, reply)
            return
        if reply:
            flight.attempts.append(_attempt(flight, reply, _own(flight, reply)))
            if flight.opened.kind.spec.rate:
                self.asking.append(Further(flight, call))
                return
        self._call(flight, call)

    def _call(self, flight: Flight, call: Call) -> None:
        self._doors.start(call, lambda answer: self._answered(flight, answer))

    def _answered(self, flight: Flight, reply: Reply) -> None:
        self._guarded(flight, partial(self._step, flight, reply))

    def _guarded(self, flight: Flight, step: Callable[[], None]) -> None:
        try:
            step()
        except Exception:  # noqa: BLE001 - the last resort: a kind that stumbles over an answer must not stop the others
            self._fail(flight.departure, flight.opened)

    def _finish(self, flight: Flight, outcome: Outcome, reply: Reply | None) -> None:
        departure = flight.departure
        streak, carried = departure.held.streak, len(departure.items)
        verdict = judge(outcome, streak, flight.began, self._jitter(), carried)
        words = _shown(verdict.words, flight.opened, ours=reply is None or reply.status is None)
        verdict = verdict if words == verdict.words else replace(verdict, words=words)
        flight.attempts.append(_attempt(flight, reply, _last(flight, reply, outcome, verdict)))
        told = flight.told if verdict.outcome is AttemptOutcome.DELIVERED else 0
        self._land(departure, verdict, flight.attempts, told)

    def _fail(self, departure: Departure, opened: Opened | None) -> None:
        secrets = opened.secrets if opened else ()
        log.error("dispatch %d failed within\n%s", departure.dispatch_id, blot(traceback.format_exc(), secrets))
        self._land(departure, internal_error(departure.held.streak, len(departure.items)), [], 0)

    def _land(self, departure: Departure, verdict: Verdict, attempts: list[AttemptRow], told: int) -> None:
        self.flights.pop(departure.held.lane.id, None)
        self.landed.append(Landing(departure, verdict, attempts, told))


def _own(flight: Flight, reply: Reply) -> Said:
    """What one of several calls came to, whatever becomes of the whole."""
    opened = flight.opened
    outcome = opened.kind.judge(reply, opened.settings) if opened.kind.judge else by_status(reply)
    found = said(outcome)
    return found._replace(words=_shown(found.words, opened, ours=reply.status is None))


def _last(flight: Flight, reply: Reply | None, outcome: Outcome, verdict: Verdict) -> Said:
    """What the last call came to: the verdict, unless it came to something else than the whole, `outcome`.

    The words of what was delivered stand nowhere else.
    """
    whole = Said(verdict.outcome, verdict.reason, verdict.words)
    if reply is None or not flight.attempts:
        return whole
    own = _own(flight, reply)
    if own.outcome is said(outcome).outcome:
        return whole
    return own._replace(words=whole.words) if verdict.outcome is AttemptOutcome.DELIVERED else own


def _attempt(flight: Flight, reply: Reply | None, told: Said) -> AttemptRow:
    status, seconds = (reply.status, reply.seconds) if reply else (None, 0.0)
    at = flight.began + timedelta(seconds=time.monotonic() - flight.began_tick)
    return AttemptRow(flight.departure.dispatch_id, at, seconds, status, told.outcome.value, told.reason, told.words)


def _shown(words: str, opened: Opened, ours: bool = False) -> str:
    """What may be stored of the remote's words, or of ours where it had none; too short ones hold no secret."""
    if not words or not (ours or opened.kind.spec.fixed_answer):
        return ""
    return scrub(words, opened.secrets) if len(words) >= SHORTEST_SECRET else _short(words)


@lru_cache(maxsize=256)
def _short(words: str) -> str:
    return scrub(words, ())


def _sending(departure: Departure, opened: Opened, message: Message) -> Sending:
    """The conversation with the remote, not begun yet."""
    kind, settings, recipient = opened.kind, opened.settings, departure.items[0].recipient
    if kind.spec.writes_to_people and not recipient:  # a fallback, which is owed what it stands in for as a whole
        settings = kind.spec.without(settings, consent.silent_of(departure.held.lane.team_id, kind.spec, settings))
    return kind.send(kind.render(message, settings), settings, recipient)
