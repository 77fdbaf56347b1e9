"""Recorded server metrics, posted through the API, give the alerts that a second reading of the rules gives.

The series are not part of the project: BELLHOP_SERIES names the folder that holds them (default: ../shared/data).
"""

import csv
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.test import Client

from alerts.models import AlertEvent, Test
from deliveries.models import Delivery, DeliveryReason
from teams.access import actor_for
from teams.services import create_api_key
from tests.conftest import Cast

FOLDER = Path(os.environ.get("BELLHOP_SERIES", Path(__file__).resolve().parents[2].parent / "shared" / "data"))
INTERVAL = 300
BATCH = 500

Point = tuple[datetime, float]


@dataclass(frozen=True)
class Case:
    file: str
    operator: str
    threshold: float
    required: int
    window: int

    def violates(self, value: float) -> bool:
        return value > self.threshold if self.operator == ">" else value < self.threshold


CASES = [
    Case("ec2_request_latency_system_failure.csv", ">", 50.0, 2, 3),
    Case("ec2_request_latency_system_failure.csv", "<", 35.0, 1, 1),
    Case("elb_request_count_8c0756.csv", ">", 250.0, 3, 5),
    Case("elb_request_count_8c0756.csv", ">", 200.0, 1, 1),
    Case("rds_cpu_utilization_e47b3b.csv", ">", 20.0, 2, 2),
    Case("rds_cpu_utilization_e47b3b.csv", "<", 13.0, 1, 2),
]


def series(name: str) -> list[Point]:
    with (FOLDER / name).open() as file:
        rows = [
            (datetime.fromisoformat(row["timestamp"]).replace(tzinfo=UTC), float(row["value"]))
            for row in csv.DictReader(file)
        ]
    return sorted(rows)


def expected(case: Case, points: list[Point]) -> Iterator[tuple[str, datetime]]:
    """For one source: opened when X of the last Y rounds violate, over once they do not and the last is good."""
    values: dict[int, float] = {}
    opened = cleared = None
    for at, value in points:
        number = int(at.timestamp()) // INTERVAL
        values[number] = value
        bad = sum(case.violates(values[each]) for each in range(number - case.window + 1, number + 1) if each in values)
        moment = datetime.fromtimestamp(number * INTERVAL, UTC)
        if opened is None and bad >= case.required and cleared != number:
            opened = number
            yield "triggered", moment
        elif opened is not None and number > opened and bad < case.required and not case.violates(value):
            opened, cleared = None, number
            yield "cleared", moment


@pytest.mark.promise
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.file.split('_')[0]}{case.operator}{case.threshold:g}")
def test_a_recorded_series_gives_the_alerts_that_the_rules_say(case: Case, cast: Cast, now: datetime) -> None:
    if not FOLDER.is_dir():
        pytest.skip(f"the recorded series are not here: {FOLDER} (set BELLHOP_SERIES)")
    owner = actor_for(cast.owner, cast.team, "test")
    _, key = create_api_key(owner, cast.team, "replay", "member", None, now)
    client = Client(headers={"Authorization": f"Bearer {key}"})
    points = series(case.file)

    # given a test and a rule
    post(client, "tests", {"slug": "recorded", "name": "Recorded", "interval": INTERVAL})
    condition = {"metric": "value", "operator": case.operator, "threshold": case.threshold}
    rounds = {"rounds_required": case.required, "rounds_window": case.window}
    rule = {"name": "Recorded", "tests": ["recorded"], "conditions": [condition], "recipients": ["a@example.org"]}
    post(client, "rules", {**rule, **rounds})

    # when the whole series is posted
    for start in range(0, len(points), BATCH):
        items = [measurement(at, value) for at, value in points[start : start + BATCH]]
        answer = post(client, "measurements", {"measurements": items})
        assert answer == {"accepted": len(items), "rejected": []}

    # then its alerts are those, and none of them is announced: they are years old
    found = list(AlertEvent.objects.filter(alert__test=Test.objects.get()).values_list("type", "at"))
    assert found == list(expected(case, points))
    assert len(found) >= 2
    assert set(Delivery.objects.values_list("reason", flat=True)) == {DeliveryReason.TOO_OLD}


def measurement(at: datetime, value: float) -> dict[str, object]:
    return {"test": "recorded", "metric": "value", "source": "host", "observed_at": at.isoformat(), "value": value}


def post(client: Client, noun: str, body: dict[str, object]) -> dict[str, object]:
    response = client.post(f"/api/v1/{noun}/", json.dumps(body), content_type="application/json")
    assert response.status_code in (201, 202), response.content
    answer: dict[str, object] = response.json()
    return answer
