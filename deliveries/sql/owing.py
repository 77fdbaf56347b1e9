"""Statements of the outbox: lanes and deliveries, in bulk."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from deliveries.models import Delivery
from deliveries.sql.base import among, execute, fetch, moment, postgresql
from teams.bulk import Bulk

# What a rule ticks itself, then by its groups, then what the team uses by default.
NAMED = """
SELECT named.rule_id, place.id, place.kind, place.enabled, place.archived_at IS NOT NULL, place.minimum_severity,
    place.events, place.living, place.two_way
FROM (
    SELECT ticked.rule_id, ticked.integration_id, 0 AS way, ticked.id AS turn
    FROM alerts_ruleintegration AS ticked WHERE {ticked}
    UNION ALL
    SELECT chosen.rule_id, member.integration_id, 1, member.id
    FROM alerts_rulegroup AS chosen JOIN integrations_groupmember AS member ON member.group_id = chosen.group_id
    WHERE {chosen}
    UNION ALL
    SELECT rule.id, usual.id, 2, usual.id
    FROM alerts_alertrule AS rule JOIN integrations_integration AS usual ON usual.team_id = rule.team_id
    WHERE {rule} AND NOT rule.only_these AND usual.used_by_default
) AS named JOIN integrations_integration AS place ON place.id = named.integration_id
WHERE NOT place.builtin AND (named.way = 0 OR place.archived_at IS NULL) ORDER BY named.way, named.turn
"""

NEW_LANES = """
INSERT INTO deliveries_lane (integration_id, lease_owner, fence, failures, pause_reason, untold)
SELECT id, '', 0, 0, '', 0 FROM integrations_integration WHERE {chosen} ORDER BY id
ON CONFLICT (integration_id) DO NOTHING
"""

# A lane that is at work keeps its due time: who works it looks again, with the lane locked, before letting it go.
# PostgreSQL locks those too, in the order of their ids, as everybody does who locks several.
WAKE = """
INSERT INTO deliveries_lane (integration_id, lease_owner, fence, failures, pause_reason, untold, due_at)
SELECT id, '', 0, 0, '', 0, {now} FROM integrations_integration WHERE {chosen} ORDER BY id
ON CONFLICT (integration_id) DO UPDATE SET due_at = CASE
    WHEN deliveries_lane.paused_until > excluded.due_at THEN deliveries_lane.paused_until ELSE excluded.due_at END
WHERE deliveries_lane.due_at IS NULL
"""

_NEW_DELIVERIES = Bulk(
    Delivery,
    [
        *("team", "alert", "event", "integration", "lane", "recipient", "state", "reason", "words", "rank", "tries"),
        *("recorded_at", "expires_at", "finished_at", "stands_in_for", "held_until", "in_place"),
    ],
)


class Named(NamedTuple):
    """An integration that a rule names, itself or by a group, or that the team uses by default."""

    rule_id: int
    integration_id: int
    kind: str
    enabled: bool
    removed: bool
    minimum_severity: str
    events: str | list[str]
    living: bool
    two_way: bool


class NewDelivery(NamedTuple):
    """A delivery to be written, in the fields of Delivery. `finished_at` is set where it ends as it begins."""

    team_id: int
    alert_id: int
    event_id: int
    integration_id: int
    recipient: str
    state: str
    reason: str
    rank: int
    recorded_at: datetime
    expires_at: datetime
    finished_at: datetime | None
    stands_in_for_id: int | None = None
    held_until: datetime | None = None
    in_place: bool = False


def named(rule_ids: Collection[int]) -> list[Named]:
    """What the rules name, but for the built-in e-mail: each integration once a rule, in the order of being ticked."""
    (ticked, ids), (chosen, _), (rule, _) = (
        among(column, rule_ids) for column in ("ticked.rule_id", "chosen.rule_id", "rule.id")
    )
    rows = fetch(NAMED.format(ticked=ticked, chosen=chosen, rule=rule), [*ids, *ids, *ids])
    found: dict[tuple[int, int], Named] = {}
    for rule_id, pk, kind, enabled, removed, severity, events, *ways in rows:
        usable = bool(enabled), bool(removed)
        found.setdefault((rule_id, pk), Named(rule_id, pk, kind, *usable, severity, events, *map(bool, ways)))
    return list(found.values())


def ensure_lanes(integration_ids: Iterable[int]) -> None:
    chosen, params = among("id", integration_ids)
    execute(NEW_LANES.format(chosen=chosen), params)


def add_deliveries(rows: Sequence[NewDelivery]) -> None:
    """Write them all with one statement."""
    _NEW_DELIVERIES.insert(
        [
            (
                *(*row[:4], row.integration_id, *row[4:7], "", row.rank, 0),
                *(*map(moment, row[8:11]), row.stands_in_for_id, moment(row.held_until), row.in_place),
            )
            for row in rows
        ]
    )


def wake_lanes(integration_ids: Iterable[int], now: datetime) -> None:
    """Give lanes a due time, and those that are not there begin. The database's clock counts where many machines share
    it."""
    chosen, params = among("id", integration_ids)
    clock = "LEAST(%s, clock_timestamp())" if postgresql() else "%s"
    execute(WAKE.format(now=clock, chosen=chosen), [moment(now), *params])
