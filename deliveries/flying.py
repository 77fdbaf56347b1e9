"""Carries dispatches through the doors: renders, starts the calls, and judges the replies.

Whatever goes wrong with one message is that message's end alone.
"""

import logging
import math
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from alerts.links import alerts_address
from channels_app.contract import Call, Kind, Message, Reason, Reply, RetryLater, Sending
from channels_app.doors import Doors
from channels_app.text import scrub as blot
from deliveries.claiming import Departure
from deliveries.contents import Stored, content_of, stored_contents
from deliveries.digests import digest_of, named
from deliveries.messages import message_of, untold_note
from deliveries.models import AttemptOutcome
from deliveries.recording import Landing
from deliveries.sql.dispatches import AttemptRow
from deliveries.verdicts import Verdict, internal_error, judge, unreadable
from integrations.models import Integration
from integrations.selectors import kind_of, scrub, secrets_in
from integrations.vault import Unreadable, unseal

log = logging.getLogger(__name__)

CACHED = 20_000
STARTED_AT_ONCE = 20
LONGEST_TURN = 5.0  # seconds that a conversation may wait for its next call; what takes longer waits in the row


@dataclass(frozen=True, slots=True)
class Opened:
    """An integration's settings and secrets, as long as `sealed` is what is stored."""

    sealed: str
    kind: Kind
    settings: Any = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)


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

    def launch(self, departures: Sequence[Departure], now: datetime) -> None:
        """Render and start them all; a database error leaves all of them unstarted."""
        contents = stored_contents([item.id for each in departures for item in named(each.items)])
        rows = self._rows(departures)
        for count, departure in enumerate(departures, start=1):
            self._start(departure, contents, rows, now)
            if count % STARTED_AT_ONCE == 0:
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

    def _rows(self, departures: Sequence[Departure]) -> dict[int, Integration]:
        """The integrations whose settings are not open yet, or changed."""
        if len(self._opened) > CACHED:
            self._opened.clear()
        lanes = [each.held.lane for each in departures]
        closed = [
            lane.id for lane in lanes if lane.id not in self._opened or self._opened[lane.id].sealed != lane.sealed
        ]
        return {row.pk: row for row in Integration.objects.filter(pk__in=closed)} if closed else {}

    def _start(
        self, departure: Departure, contents: dict[int, Stored], rows: dict[int, Integration], now: datetime
    ) -> None:
        held = departure.held
        opened: Opened | None = None
        try:
            opened = self._open(rows.get(held.lane.id), held.lane.id)
            message = _message(departure, contents, now)
            payload = opened.kind.render(message, opened.settings)
            sending = opened.kind.send(payload, opened.settings, departure.items[0].recipient)
            flight = Flight(departure, opened, sending, held.untold, now, time.monotonic())
            self.flights[held.lane.id] = flight
            self._step(flight, None)
        except Unreadable as unusable:
            log.warning("%s", unusable)
            verdict = unreadable(held.streak, now, self._jitter(), len(departure.items))
            self._land(departure, verdict, [], 0)
        except Exception:  # noqa: BLE001 - the last resort: a message that cannot be made must not stop the others
            self._fail(departure, opened)

    def _open(self, row: Integration | None, lane_id: int) -> Opened:
        if row is not None:
            kind, config = kind_of(row), unseal(row)
            self._opened[lane_id] = Opened(row.sealed, kind, kind.spec.settings(config), secrets_in(kind, config))
        return self._opened[lane_id]

    def _step(self, flight: Flight, reply: Reply | None) -> None:
        """Make the next call of the conversation, or land with its outcome."""
        try:
            call = flight.sending.send(reply) if reply else next(flight.sending)
        except StopIteration as ended:
            departure = flight.departure
            streak, carried = departure.held.streak, len(departure.items)
            verdict = judge(ended.value, streak, flight.began, self._jitter(), carried)
            self._finish(flight, verdict, reply)
            return
        if reply:
            flight.attempts.append(self._between(flight, reply))
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

    def _finish(self, flight: Flight, verdict: Verdict, reply: Reply | None) -> None:
        words = scrub(verdict.words, flight.opened.secrets) if flight.opened.kind.spec.fixed_answer else ""
        verdict = replace(verdict, words=words)
        flight.attempts.append(self._attempt(flight, reply, verdict.outcome, verdict.reason, words))
        told = flight.told if verdict.outcome is AttemptOutcome.DELIVERED else 0
        self._land(flight.departure, verdict, flight.attempts, told)

    def _between(self, flight: Flight, reply: Reply) -> AttemptRow:
        """A call that was not the last one: the kind went on in a plainer form, or to the next address."""
        if reply.status is not None and reply.status < 300:
            return self._attempt(flight, reply, AttemptOutcome.DELIVERED, "", "")
        words = scrub(reply.body[:1000].decode(errors="replace"), flight.opened.secrets)
        fixed = flight.opened.kind.spec.fixed_answer
        return self._attempt(flight, reply, AttemptOutcome.REJECTED, Reason.CONTENT_REFUSED, words if fixed else "")

    def _attempt(
        self, flight: Flight, reply: Reply | None, outcome: AttemptOutcome, reason: str, words: str
    ) -> AttemptRow:
        status, seconds = (reply.status, reply.seconds) if reply else (None, 0.0)
        at = flight.began + timedelta(seconds=time.monotonic() - flight.began_tick)
        return AttemptRow(flight.departure.dispatch_id, at, seconds, status, outcome.value, reason, words)

    def _fail(self, departure: Departure, opened: Opened | None) -> None:
        secrets = opened.secrets if opened else ()
        log.error("dispatch %d failed within\n%s", departure.dispatch_id, blot(traceback.format_exc(), secrets))
        self._land(departure, internal_error(departure.held.streak), [], 0)

    def _land(self, departure: Departure, verdict: Verdict, attempts: list[AttemptRow], told: int) -> None:
        self.flights.pop(departure.held.lane.id, None)
        self.landed.append(Landing(departure, verdict, attempts, told))


def _message(departure: Departure, contents: dict[int, Stored], now: datetime) -> Message:
    items = departure.items
    first = content_of(contents[items[0].id])
    note = untold_note(departure.held.untold, alerts_address(first.team_slug, show="all"))
    if len(items) == 1:
        return message_of(first, note, now)
    told = [content_of(contents[item.id]) for item in named(items)]
    return digest_of(f"dispatch-{departure.dispatch_id}", items, told, note, now)
