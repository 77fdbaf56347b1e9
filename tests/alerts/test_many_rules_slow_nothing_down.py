"""One measurement reads what it concerns, however many tests and rules the team has."""

import json
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from alerts.ingest import ingest
from teams.access import Actor
from tests.alerts.factories import make_rule, make_test
from tests.conftest import Cast

MANY, FEW_BLOCKS = 300, 60  # to look at each of the rules reads three blocks and more for each
SAMPLE = {"test": "fleet-7", "metric": "response_time", "source": "fra1", "value": 9e9}


@pytest.fixture
def fleet(cast: Cast) -> Cast:
    """A team with many tests that have a rule each."""
    for number in range(MANY):
        make_rule(cast.team, [make_test(cast.team, f"fleet-{number}")], name=f"Rule {number}")
    return cast


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite says what it reads in other words")
@pytest.mark.django_db
@pytest.mark.parametrize("analyzed", [False, True], ids=["without statistics", "with statistics"])
def test_what_a_measurement_asks_for_is_found_by_an_index(fleet: Cast, now: datetime, analyzed: bool) -> None:
    if analyzed:
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")

    with CaptureQueriesContext(connection) as queries:
        ingest(Actor.system(fleet.team), {"measurements": [{**SAMPLE, "observed_at": now.isoformat()}]}, now)

    asked = [query["sql"].strip() for query in queries if query["sql"].strip().startswith("SELECT ")]
    assert any("FROM alerts_rulestate" in sql for sql in asked)
    assert {sql: blocks for sql in asked if (blocks := _blocks(sql)) > FEW_BLOCKS} == {}


def _blocks(sql: str) -> int:
    """How many blocks of tables and indexes the statement touches."""
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + sql)
        (said,) = cursor.fetchone()
    plan: dict[str, Any] = (json.loads(said) if isinstance(said, str) else said)[0]["Plan"]
    return int(plan["Shared Hit Blocks"]) + int(plan["Shared Read Blocks"])
