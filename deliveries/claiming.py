"""From due lanes to dispatches: claim, look at what waits, plan, and write it down before anything is sent.

`claim` and `depart` run in one transaction, with a number of queries that does not depend on the number of lanes.
"""

from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from channels_app.contract import Abilities, Kind
from channels_app.registry import UnknownKind, kind
from deliveries.budgets import Allowance
from deliveries.models import DeliveryReason
from deliveries.planning import DIGEST_FROM, Plan, Waiting, next_dispatch
from deliveries.sql import budgets, dispatches, lanes, refs
from deliveries.sql.lanes import Claimed, HeldLane, WaitingRow
from deliveries.streaks import Streak

LEASE = timedelta(seconds=15)
ORDERED = 5_000
ORDER_HOLDS = timedelta(seconds=0.25)
READ_PER_LANE = 10_000
READ_AT_ONCE = 50_000
KEPT_PER_LANE = 200


@dataclass(slots=True)
class Held:
    """A lane that this sender holds, and what waited in it at `read_at`, most urgent first."""

    lane: HeldLane
    fence: int
    streak: Streak
    untold: int
    waiting: list[Waiting]
    read_at: datetime

    @property
    def kind(self) -> Kind | None:
        """The code of its kind; None where this installation lacks it."""
        try:
            return kind(self.lane.kind)
        except UnknownKind:
            return None


@dataclass(slots=True)
class Departure:
    """A dispatch that is written down and has to be sent now. `fence` is that of the lane when it left."""

    held: Held
    fence: int
    dispatch_id: int
    items: tuple[Waiting, ...]


@dataclass(slots=True)
class Round:
    """What a round of planning gave: what leaves, and when the next of the lanes put off is due."""

    departures: list[Departure]
    next_due: datetime | None = None


class Turns:
    """The lanes that are due, one of each team, then the next of each; where `only` names some, of these.

    To put all lanes of a storm in order costs more than to claim some of them, so an order holds for a moment.
    """

    def __init__(self, only: Collection[int] = ()) -> None:
        self._only = only
        self._order: deque[int] = deque()
        self._read_at: datetime | None = None

    def take(self, room: int, now: datetime) -> list[int]:
        """Up to `room` lanes whose turn it is."""
        if not self._order or not self._read_at or not timedelta(0) <= now - self._read_at < ORDER_HOLDS:
            self._order = deque(lanes.due_lanes(now, max(room, ORDERED), self._only))
            self._read_at = now
        return [self._order.popleft() for _ in range(min(room, len(self._order)))]

    @property
    def more(self) -> bool:
        """Whether others are due besides those that were taken."""
        return bool(self._order)


def claim(owner: str, room: int, now: datetime, turns: Turns | None = None) -> list[Held]:
    """Take up to `room` due lanes in their turn. Lanes of unusable integrations are emptied and let go."""
    due = (turns or Turns()).take(room, now)
    if not due:
        return []
    claimed = {row.id: row for row in lanes.claim(due, owner, now, now + LEASE)}
    ours = [pk for pk in due if pk in claimed]
    waiting, places = _read([claimed[pk] for pk in ours], now), lanes.places(ours)
    held = [
        Held(places[pk], claimed[pk].fence, claimed[pk].streak, claimed[pk].untold, waiting[pk], now)
        for pk in ours
        if pk in waiting
    ]
    lanes.put_off([(now, pk) for pk in ours if pk not in waiting])
    return _usable(held, now)


def depart(held: Sequence[Held], now: datetime) -> Round:
    """Plan the next dispatch of each lane and write it down; lanes whose time has not come are let go."""
    lighter = _drop_pointless(held, now)
    allowances = _allowances(held, now)
    plans: list[tuple[Held, Plan]] = []
    later: list[tuple[datetime | None, int]] = []
    spent: dict[str, datetime] = {}
    for each in held:
        allowance = allowances[each.lane.rate_key]
        at = allowance.earliest(now)
        plan = _plan(each, allowance, now) if at <= now else None
        if plan is None:
            again = now if each.lane.id in lighter else None
            later.append((at if each.waiting else again, each.lane.id))
        else:
            plans.append((each, plan))
        if each.waiting:
            allowance.take(at)  # whoever waits for the same budget comes one step later
            if plan:
                spent[each.lane.rate_key] = allowance.next_at
    budgets.spend([(key, at) for key, at in spent.items() if allowances[key].rate])
    departures = _write(plans, later, now)
    lanes.put_off(later)
    return Round(departures, min((at for at, _ in later if at), default=None))


def go_on(held: Sequence[Held], now: datetime) -> None:
    """Begin the next dispatch of lanes that are held already: a new fence each."""
    fences = lanes.raise_fences([each.lane.id for each in held], now + LEASE) if held else {}
    for each in held:
        each.fence = fences[each.lane.id]


def further_turns(held: Sequence[Held], now: datetime, longest: timedelta) -> list[datetime]:
    """When each may make one more call, counted as one of its budget unless it must wait longer than `longest`."""
    allowances = _allowances(held, now)
    turns = []
    for each in held:
        allowance = allowances[each.lane.rate_key]
        turns.append(allowance.earliest(now))
        if turns[-1] - now <= longest:
            allowance.take(turns[-1])
    budgets.spend([(key, each.next_at) for key, each in allowances.items() if each.rate])
    return turns


def _read(claimed: Sequence[Claimed], now: datetime) -> dict[int, list[Waiting]]:
    """What waits in each lane. Lanes that one reading cannot hold are missing."""
    rows, complete = _rows(claimed, now)
    waiting: dict[int, list[Waiting]] = {pk: [] for pk in complete}
    if stale := {row.lane_id for row in rows if row.stale}:
        dispatches.interrupt(stale, now)
    for row in rows:
        waiting.setdefault(row.lane_id, []).append(row.waiting)
    return waiting


def _rows(claimed: Sequence[Claimed], now: datetime) -> tuple[list[WaitingRow], list[int]]:
    """What waits in the lanes, READ_AT_ONCE in all and one lane's more, and the lanes that were surely reached."""
    short = [each.id for each in claimed if not each.long]
    rows = lanes.waiting_in(short, now, READ_PER_LANE, READ_AT_ONCE) if short else []
    complete = short if len(rows) < READ_AT_ONCE else []
    for each in claimed:
        if each.long and len(rows) < READ_AT_ONCE:
            probes = each.streak.in_trouble  # and a probe risks one message
            rows += lanes.most_urgent_in(each.id, now, KEPT_PER_LANE if probes else READ_PER_LANE)
            complete = [*complete, each.id]
    return rows, complete


def _usable(held: Sequence[Held], now: datetime) -> list[Held]:
    """What can send; the rest has its deliveries suppressed."""
    for reason, unusable in (
        (DeliveryReason.INTEGRATION_REMOVED, {each.lane.id for each in held if each.lane.removed}),
        (
            DeliveryReason.INTEGRATION_DISABLED,
            {each.lane.id for each in held if not each.lane.enabled and not each.lane.removed},
        ),
    ):
        if unusable:
            dispatches.suppress_in(unusable, reason, now)
            lanes.put_off([(None, pk) for pk in unusable])
    return [each for each in held if each.lane.enabled and not each.lane.removed]


def _drop_pointless(held: Sequence[Held], now: datetime) -> set[int]:
    """End what would update messages that are not there, before it costs a turn; of which lanes."""
    silent = [each for each in held if any(row.in_place for row in each.waiting)]
    ended = refs.end_pointless([each.lane.id for each in silent], now) if silent else set()
    for each in silent:
        each.waiting = [row for row in each.waiting if row.id not in ended]
    return {each.lane.id for each in silent} if ended else set()


def _allowances(held: Sequence[Held], now: datetime) -> dict[str, Allowance]:
    rates = {each.lane.rate_key: each.kind.spec.rate if each.kind else None for each in held}
    stored = budgets.stored(rates) if rates else {}
    stored |= budgets.new({key for key, rate in rates.items() if rate and key not in stored}, now)
    return {key: Allowance(rate, *stored.get(key, (now, None))) for key, rate in rates.items()}


def _plan(held: Held, allowance: Allowance, now: datetime) -> Plan | None:
    abilities = held.kind.spec.abilities if held.kind else Abilities()
    enough = len(held.waiting) >= (abilities.merge_from or DIGEST_FROM)
    digestible = enough and abilities.digestible and not held.streak.in_trouble  # a probe risks one message
    few = allowance.within(now) if digestible else 0
    return next_dispatch(held.waiting, allowance=few, digestible=digestible, now=now, merge_from=abilities.merge_from)


def _write(
    plans: Sequence[tuple[Held, Plan]], later: list[tuple[datetime | None, int]], now: datetime
) -> list[Departure]:
    """The rows of what leaves; a lane whose plan was overtaken by somebody's decision is looked at again."""
    if not plans:
        return []
    taken = dispatches.mark_sending([item.id for _, plan in plans for item in plan.items])
    leaving: list[tuple[Held, tuple[Waiting, ...]]] = []
    for held, plan in plans:
        items = tuple(item for item in plan.items if item.id in taken)
        if items:
            leaving.append((held, items))
            held.waiting = _rest(held.waiting, plan)
        else:
            later.append((now, held.lane.id))
    dispatches.supersede([pair for _, plan in plans for pair in plan.superseded if pair[1] in taken], now)
    if not leaving:
        return []
    ids = dispatches.add_dispatches([(held.lane.id, held.fence) for held, _ in leaving], now)
    dispatches.add_items([(ids[held.lane.id], item.id) for held, items in leaving for item in items])
    return [Departure(held, held.fence, ids[held.lane.id], items) for held, items in leaving]


def _rest(waiting: Sequence[Waiting], plan: Plan) -> list[Waiting]:
    """The next most urgent ones; all others are read again when these are done."""
    used = plan.used
    return [each for each in waiting[: KEPT_PER_LANE + len(used)] if each.id not in used][:KEPT_PER_LANE]
