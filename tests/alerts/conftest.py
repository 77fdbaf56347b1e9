from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from alerts.ingest import IngestResult, ingest
from alerts.models import Test
from teams.access import Actor
from tests.alerts.factories import make_test
from tests.conftest import Cast

Say = Callable[..., IngestResult]


@pytest.fixture
def test(cast: Cast) -> Test:
    return make_test(cast.team, labels={"env": "prod"})


@pytest.fixture
def say(member: Actor, now: datetime) -> Say:
    """`say(3, fra1=812.5, lon1=1)`: what sources report of one metric in round 3 after NOW, received in it."""

    def say(
        round_: int,
        *,
        test: str = "checkout",
        metric: str = "response_time",
        received: datetime | None = None,
        **values: float,
    ) -> IngestResult:
        at = now + timedelta(minutes=round_)
        measurements: list[dict[str, Any]] = [
            {"test": test, "metric": metric, "source": source, "observed_at": at.isoformat(), "value": value}
            for source, value in values.items()
        ]
        return ingest(member, {"measurements": measurements}, received or at)

    return say
