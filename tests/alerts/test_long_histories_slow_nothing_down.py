"""What opens an alert looks at the open ones only, however many a team had before."""

from datetime import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from alerts.ingest import ingest
from alerts.models import Alert
from teams.access import Actor
from tests.alerts.factories import make_rule, make_test
from tests.conftest import Cast

OPEN_ONLY = ("alert_one_open", "alert_open")


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL chooses by its statistics")
@pytest.mark.django_db
def test_opening_an_alert_reads_no_alert_that_is_over(cast: Cast, now: datetime) -> None:
    make_rule(cast.team, [make_test(cast.team, "checkout")])
    sample = {
        "test": "checkout",
        "metric": "response_time",
        "source": "fra1",
        "observed_at": now.isoformat(),
        "value": 9e9,
    }

    with CaptureQueriesContext(connection) as queries:
        ingest(Actor.system(cast.team), {"measurements": [sample]}, now)

    asked = [query["sql"] for query in queries if "FROM alerts_alert " in query["sql"]]
    assert Alert.objects.count() == 1
    assert len(asked) == 2
    for sql in asked:
        (first, *_) = _plan(sql)
        assert any(f"INDEX {name} " in first for name in OPEN_ONLY), first


def _plan(sql: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + sql.strip())
        return [row[3] for row in cursor.fetchall()]
