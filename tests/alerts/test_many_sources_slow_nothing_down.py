"""A test that many machines measure: the series of a batch are each found by an index, not all compared with all."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from alerts.ingest import ingest
from teams.access import Actor
from tests.alerts.factories import make_test
from tests.conftest import Cast

SOURCES = 400
REMOVED = ("Rows Removed by Join Filter", "Rows Removed by Filter", "Rows Removed by Index Recheck")


def batch(at: datetime) -> dict[str, Any]:
    said = {"test": "fleet", "metric": "load", "observed_at": at.isoformat(), "value": 1.0}
    return {"measurements": [{**said, "source": f"host-{number}"} for number in range(SOURCES)]}


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite says what it reads in other words")
@pytest.mark.django_db
@pytest.mark.parametrize("analyzed", [False, True], ids=["without statistics", "with statistics"])
def test_the_series_of_a_batch_are_compared_with_no_other(cast: Cast, now: datetime, analyzed: bool) -> None:
    forget_statistics()
    make_test(cast.team, "fleet")
    ingest(Actor.system(cast.team), batch(now - timedelta(minutes=1)), now)
    if analyzed:
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")

    with CaptureQueriesContext(connection) as queries:
        ingest(Actor.system(cast.team), batch(now), now)

    asked = [query["sql"].strip() for query in queries if query["sql"].strip().startswith("SELECT ")]
    assert any("alerts_series" in sql for sql in asked)
    assert {sql[:200]: count for sql in asked if (count := compared_in_vain(sql)) > SOURCES} == {}


def forget_statistics() -> None:
    """What was seen of earlier tests: "no rows" is no knowledge that a young house has."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE alerts_series CASCADE")


def compared_in_vain(sql: str) -> int:
    """How many rows the statement reads, or pairs that it compares, for nothing."""
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + sql)
        (said,) = cursor.fetchone()
    top: dict[str, Any] = (json.loads(said) if isinstance(said, str) else said)[0]["Plan"]
    return sum(int(node.get(name, 0)) * int(node["Actual Loops"]) for node in nodes(top) for name in REMOVED)


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)
