"""Statements on lanes: claiming, renewing and letting go of leases, and what waits in them."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from channels_app.speech import Speech, speech_of
from deliveries.planning import TRIES_BEFORE_BEHIND, Waiting
from deliveries.sql.base import (
    among,
    execute,
    fetch,
    lanes_in_order,
    locked,
    moment,
    postgresql,
    stored_time,
    update_rows,
)
from deliveries.streaks import Streak

# One lane of each team, then the next of each: no team holds up another.
DUE = """
SELECT integration_id FROM (
    SELECT lane.integration_id, lane.due_at,
        ROW_NUMBER() OVER (PARTITION BY place.team_id ORDER BY lane.due_at, lane.integration_id) AS turn
    FROM deliveries_lane lane JOIN integrations_integration place ON place.id = lane.integration_id
    WHERE lane.due_at <= %s AND (lane.lease_until IS NULL OR lane.lease_until < %s) AND {chosen}
) AS due
ORDER BY turn, due_at LIMIT %s
"""

PLACES = """
SELECT id, team_id, uid, name, kind, enabled, archived_at IS NOT NULL, rate_key, sealed, picture,
    language, time_zone, builtin, living, two_way
FROM integrations_integration WHERE {chosen}
"""

CLAIM = """
UPDATE deliveries_lane SET lease_owner = %s, lease_until = %s, fence = fence + 1
WHERE {chosen}
RETURNING integration_id, fence, (
    SELECT owed.id FROM deliveries_delivery owed
    WHERE owed.lane_id = deliveries_lane.integration_id AND owed.state IN ('pending', 'sending')
    ORDER BY owed.id LIMIT 1 OFFSET {long}
) IS NOT NULL, untold, failures, failing_since, refusals, refused_since, on_hold
"""

# The most urgent first, as deliveries.planning orders them: cut anywhere, no event is left behind a later one,
# and no alert but the last is cut from its end.
WAITING = """
SELECT lane_id, id, alert_id, recipient, rank, tries, recorded_at, clears, in_place, state FROM (
    SELECT thread.*,
        ROW_NUMBER() OVER (PARTITION BY lane_id ORDER BY behind, silent, top DESC, first, id) AS place
    FROM (
        SELECT lane_id, owed.id, owed.alert_id, recipient, rank, tries, owed.recorded_at, state, in_place,
            event.type = 'cleared' AS clears,
            MIN(CASE WHEN in_place THEN 1 ELSE 0 END) OVER one_thread AS silent,
            MAX(rank) OVER one_thread AS top,
            MIN(owed.id) OVER one_thread AS first,
            MAX(CASE WHEN tries >= {behind} THEN 1 ELSE 0 END) OVER one_thread AS behind
        FROM deliveries_delivery owed JOIN alerts_alertevent event ON event.id = owed.event_id
        WHERE {lanes} AND state IN ('pending', 'sending') AND (state = 'sending' OR expires_at > %s)
        WINDOW one_thread AS (PARTITION BY lane_id, owed.alert_id, recipient)
    ) AS thread
) AS ordered
WHERE place <= %s ORDER BY lane_id, place LIMIT %s
"""

# Of a long lane, the alerts that are not urgent enough for this reading are not worth putting in order.
URGENT = """
lane_id = %s AND (owed.alert_id, recipient) IN (
    SELECT alert_id, recipient FROM deliveries_delivery
    WHERE lane_id = %s AND state IN ('pending', 'sending') AND (state = 'sending' OR expires_at > %s)
    ORDER BY CASE WHEN tries >= {behind} THEN 1 ELSE 0 END, in_place, rank DESC, id LIMIT %s
)
"""

LONG = 500  # open deliveries of a lane, from which on it is read by itself

FREE = "lease_owner = '', lease_until = NULL"

LET_GO = {
    "due_at": "timestamptz",
    "paused_until": "timestamptz",
    "pause_reason": "text",
    "untold": "int",
    "failures": "int",
    "failing_since": "timestamptz",
    "refusals": "int",
    "refused_since": "timestamptz",
    "on_hold": "bool",
    "integration_id": "bigint",
}


class HeldLane(NamedTuple):
    """A claimed lane, with what is needed of its integration."""

    id: int
    team_id: int
    uid: str
    name: str
    kind: str
    enabled: bool
    removed: bool
    rate_key: str
    sealed: str
    picture: bool
    language: str
    time_zone: str
    builtin: bool
    living: bool
    two_way: bool

    @property
    def speech(self) -> Speech:
        """How its messages are to be said."""
        return speech_of(self.language, self.time_zone)


class Claimed(NamedTuple):
    """What the lane's row says after the claim, and whether it is long."""

    id: int
    fence: int
    long: bool
    untold: int
    streak: Streak


class WaitingRow(NamedTuple):
    """A delivery of a claimed lane that is open. `stale`: its sender let it fall."""

    lane_id: int
    waiting: Waiting
    stale: bool


class LaneAfter(NamedTuple):
    """How a lane is left behind."""

    due_at: datetime | None
    streak: Streak
    paused_until: datetime | None
    pause_reason: str
    told: int
    id: int


def anything_due(now: datetime) -> bool:
    """Whether a claim could find something; takes no lock."""
    free = "(lease_until IS NULL OR lease_until < %s)"
    return bool(
        fetch(
            f"SELECT 1 FROM deliveries_lane WHERE due_at <= %s AND {free} LIMIT 1",  # noqa: S608 - constants only
            [moment(now), moment(now)],
        )
    )


def due_lanes(now: datetime, limit: int, only: Collection[int] = ()) -> list[int]:
    """Up to `limit` lanes that could be claimed, in their turn; where `only` names some, of these."""
    at = moment(now)
    chosen, params = among("lane.integration_id", only) if only else ("1 = 1", [])
    return [row[0] for row in fetch(DUE.format(chosen=chosen), [at, at, *params, limit])]


def places(lane_ids: Collection[int]) -> dict[int, HeldLane]:
    """What the lanes' integrations hold now."""
    chosen, params = among("id", lane_ids)
    return {row[0]: HeldLane(*row) for row in fetch(PLACES.format(chosen=chosen), params)}


def claim(lane_ids: Collection[int], owner: str, now: datetime, until: datetime) -> list[Claimed]:
    """Take the lanes that are still due and free; who comes second does not get them."""
    chosen, params = among("integration_id", lane_ids)
    free = f"{chosen} AND due_at <= %s AND (lease_until IS NULL OR lease_until < %s)"
    if postgresql():
        lanes = f"SELECT integration_id FROM deliveries_lane WHERE {free} FOR NO KEY UPDATE SKIP LOCKED"  # noqa: S608
        free = f"integration_id IN ({lanes})"
    rows = fetch(CLAIM.format(chosen=free, long=LONG), [owner, moment(until), *params, moment(now), moment(now)])
    return [Claimed(pk, fence, bool(long), untold, _streak(*streak)) for pk, fence, long, untold, *streak in rows]


def _streak(failures: int, since: Any, refusals: int, refused_since: Any, on_hold: Any) -> Streak:
    return Streak(failures, _time(since), refusals, _time(refused_since), bool(on_hold))


def _stored(streak: Streak) -> tuple[Any, ...]:
    since, refused_since = moment(streak.since), moment(streak.refused_since)
    return streak.failures, since, streak.refusals, refused_since, streak.on_hold


def _time(value: Any) -> datetime | None:
    return stored_time(value) if value else None


def raise_fences(lane_ids: Collection[int], until: datetime) -> dict[int, int]:
    """Begin the next dispatch of lanes that are held: their new fences."""
    chosen, params = among("integration_id", lane_ids)
    rows = fetch(
        f"UPDATE deliveries_lane SET fence = fence + 1, lease_until = %s WHERE {lanes_in_order(chosen)}"  # noqa: S608
        " RETURNING integration_id, fence",
        [moment(until), *params],
    )
    return dict(rows)


def renew(lane_ids: Collection[int], owner: str, until: datetime) -> None:
    chosen, params = among("integration_id", lane_ids)
    execute(
        f"UPDATE deliveries_lane SET lease_until = %s WHERE {lanes_in_order(f'lease_owner = %s AND {chosen}')}",  # noqa: S608
        [moment(until), owner, *params],
    )


def waiting_in(lane_ids: Collection[int], now: datetime, per_lane: int, limit: int) -> list[WaitingRow]:
    """The open deliveries of the lanes, lane by lane, most urgent first; expired ones are left out."""
    return _waiting(*among("lane_id", lane_ids), now, per_lane, limit)


def most_urgent_in(lane_id: int, now: datetime, most: int) -> list[WaitingRow]:
    """The same of one long lane, for a fraction of the cost where more waits in it than `most`."""
    params = [lane_id, lane_id, moment(now), most]
    return _waiting(URGENT.format(behind=TRIES_BEFORE_BEHIND), params, now, most, most)


def _waiting(chosen: str, params: Sequence[Any], now: datetime, per_lane: int, limit: int) -> list[WaitingRow]:
    statement = WAITING.format(lanes=chosen, behind=TRIES_BEFORE_BEHIND)
    rows = fetch(statement, [*params, moment(now), per_lane, limit])
    return [
        WaitingRow(lane_id, Waiting(pk, alert, to, rank, tries, stored_time(at), *map(bool, about)), state == "sending")
        for lane_id, pk, alert, to, rank, tries, at, *about, state in rows
    ]


def lock_held(lane_ids: Collection[int], owner: str) -> dict[int, int]:
    """The fences of the lanes that `owner` still holds; their rows stay locked."""
    chosen, params = among("integration_id", lane_ids)
    rows = fetch(
        locked(
            "SELECT integration_id, fence FROM deliveries_lane"  # noqa: S608 - constants only
            f" WHERE {chosen} AND lease_owner = %s ORDER BY integration_id"
        ),
        [*params, owner],
    )
    return dict(rows)


def with_more(lane_ids: Collection[int]) -> set[int]:
    """Of these lanes, which have something open that nobody carries."""
    if not lane_ids:
        return set()
    chosen, params = among("lane_id", lane_ids)
    rows = fetch(
        f"SELECT DISTINCT lane_id FROM deliveries_delivery WHERE {chosen}"  # noqa: S608 - constants only
        " AND state IN ('pending', 'sending')",
        params,
    )
    return {row[0] for row in rows}


def let_go_idle(lane_ids: Collection[int]) -> None:
    """Free lanes that went well and have nothing left."""
    if not lane_ids:
        return
    chosen, params = among("integration_id", lane_ids)
    execute(
        "UPDATE deliveries_lane SET lease_owner = '', lease_until = NULL, due_at = NULL, paused_until = NULL,"  # noqa: S608
        " pause_reason = '', failures = 0, failing_since = NULL, refusals = 0, refused_since = NULL, on_hold = FALSE"
        f" WHERE {chosen}",
        params,
    )


def let_go(lanes: Iterable[LaneAfter]) -> None:
    """Free lanes, each as it is left."""
    rows = [
        (moment(each.due_at), moment(each.paused_until), each.pause_reason, each.told, *_stored(each.streak), each.id)
        for each in lanes
    ]
    update_rows("deliveries_lane", LET_GO, rows, besides=FREE, untold="deliveries_lane.untold - {}")


def hold_idle(lane_ids: Collection[int], owner: str, now: datetime, until: datetime) -> list[int]:
    """Take those of the lanes that nobody holds and that are not in trouble, whether or not something waits there."""
    chosen, params = among("integration_id", lane_ids)
    calm = "(lease_until IS NULL OR lease_until < %s) AND (paused_until IS NULL OR paused_until <= %s) AND NOT on_hold"
    rows = fetch(
        "UPDATE deliveries_lane SET lease_owner = %s, lease_until = %s, fence = fence + 1"  # noqa: S608
        f" WHERE {lanes_in_order(f'{chosen} AND {calm}')} RETURNING integration_id",
        [owner, moment(until), *params, moment(now), moment(now)],
    )
    return [row[0] for row in rows]


def put_off(due: Sequence[tuple[datetime | None, int]]) -> None:
    """Free claimed lanes without a word sent: (due_at, lane) each."""
    rows = [(moment(at), lane_id) for at, lane_id in due]
    update_rows("deliveries_lane", {"due_at": "timestamptz", "integration_id": "bigint"}, rows, besides=FREE)


def owners(now: datetime) -> list[str]:
    """Everybody who holds a lease."""
    rows = fetch("SELECT DISTINCT lease_owner FROM deliveries_lane WHERE lease_until >= %s", [moment(now)])
    return [row[0] for row in rows]


def end_leases(owner: str, lane_ids: Collection[int] | None = None) -> int:
    """Make the lanes of `owner` free to claim; what it was sending stays marked, for whoever claims them."""
    chosen, params = among("integration_id", lane_ids) if lane_ids is not None else ("1 = 1", [])
    return execute(
        f"UPDATE deliveries_lane SET lease_until = NULL WHERE {lanes_in_order(f'lease_owner = %s AND {chosen}')}",  # noqa: S608
        [owner, *params],
    )
