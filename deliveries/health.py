"""What the ends of dispatches say about the health of the integrations behind them."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from deliveries.models import AttemptOutcome
from deliveries.sql import health

if TYPE_CHECKING:  # recording calls this
    from deliveries.recording import Landing


def record_health(landings: Sequence["Landing"], now: datetime) -> None:
    """Write down what dispatches met that came to their end, in the transaction that records them."""
    well = [each.departure.held.lane.id for each in landings if each.verdict.outcome is AttemptOutcome.DELIVERED]
    if well:
        health.healthy(well, now)
    failed = [each for each in landings if each.verdict.at_fault]
    health.unhealthy(
        [
            (each.departure.held.lane.id, each.verdict.words, each.verdict.streak.on_hold, each.verdict.reason)
            for each in failed
        ],
        now,
    )
