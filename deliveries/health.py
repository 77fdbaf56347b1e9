"""What the ends of dispatches say about the health of the integrations behind them."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from deliveries import making_good, standing_in
from deliveries.models import AttemptOutcome
from deliveries.sql import health, outages
from deliveries.sql.outages import NewOutage

if TYPE_CHECKING:  # recording calls this
    from deliveries.recording import Landing


def record_health(landings: Sequence["Landing"], now: datetime) -> None:
    """Write down what dispatches met that came to their end, in the transaction that records them."""
    well = [each.departure.held.lane.id for each in landings if each.verdict.outcome is AttemptOutcome.DELIVERED]
    if well:
        health.healthy(well, now)
    if troubled := [each for each in landings if each.verdict.at_fault or each.departure.held.streak.in_trouble]:
        _record_trouble(troubled, now)


def settle(now: datetime) -> None:
    """What time and people change: a good Test ends an outage, and what waits on hold is owed to the fallback."""
    outages.drop_unusable(now)
    outages.end_tested_well(now)
    standing_in.for_lanes_on_hold(now)


def _record_trouble(landings: Sequence["Landing"], now: datetime) -> None:
    failed = [each for each in landings if each.verdict.at_fault]
    health.unhealthy([_failure(each) for each in failed], now)
    outages.begin([_outage(each, now) for each in failed if each.verdict.streak.on_hold], now)
    over = [each.departure.held.lane.id for each in landings if each.verdict.streak.is_clean]
    if over:
        health.reachable(over)
        ended = outages.end(over, now)
        _make_good([each for each in landings if each.verdict.streak.is_clean], ended, now)
    refused = [each for each in failed if each.verdict.outcome is AttemptOutcome.REJECTED]
    standing_in.for_deliveries([item.id for each in refused for item in each.departure.items], now)


def _make_good(landings: Sequence["Landing"], ended: dict[int, datetime], now: datetime) -> None:
    """Owe again what was given up while they were on hold, or refused what was told before it came to that."""
    since = dict(ended)
    for each in landings:
        held = each.departure.held
        if held.streak.refused_since and held.lane.id not in since:
            since[held.lane.id] = held.streak.refused_since
    if since:
        making_good.owe_lost(since, min(since.values()), now)


def _failure(landing: "Landing") -> tuple[int, str, bool, str]:
    verdict = landing.verdict
    return landing.departure.held.lane.id, verdict.words, verdict.streak.on_hold, verdict.reason


def _outage(landing: "Landing", now: datetime) -> NewOutage:
    verdict = landing.verdict
    return NewOutage(landing.departure.held.lane.id, verdict.streak.since or now, verdict.reason, verdict.words)
