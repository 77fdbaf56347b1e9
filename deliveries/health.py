"""What the ends of dispatches say about the health of the integrations behind them."""

from collections.abc import Sequence
from datetime import datetime

from deliveries.models import AttemptOutcome
from deliveries.sql import health
from deliveries.verdicts import Verdict


def record_health(ended: Sequence[tuple[int, Verdict]], now: datetime) -> None:
    """(lane, verdict) of each dispatch that came to its end."""
    well = [lane_id for lane_id, verdict in ended if verdict.outcome is AttemptOutcome.DELIVERED]
    if well:
        health.healthy(well, now)
    health.unhealthy(
        [
            (lane_id, verdict.words, verdict.parked, verdict.reason)
            for lane_id, verdict in ended
            if verdict.outcome is not AttemptOutcome.DELIVERED and verdict.unhealthy
        ],
        now,
    )
