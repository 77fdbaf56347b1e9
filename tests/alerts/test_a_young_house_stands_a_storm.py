"""What PostgreSQL planned while the tables were empty does not slow a storm down: references are checked by index."""

from datetime import datetime, timedelta

import pytest
from django.db import connection

from alerts.ingest import ingest
from alerts.models import Alert
from teams.access import Actor
from tests.alerts.factories import make_rule, make_test
from tests.conftest import Cast

TESTS, ROUNDS = 120, 12
READS = 20  # rows of alerts for each event that is written, at most


def rows_read() -> int:
    """Rows of the table of alerts that this transaction read so far, by index or one after the other."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT idx_tup_fetch + seq_tup_read FROM pg_stat_xact_user_tables WHERE relname = %s",
            [Alert._meta.db_table],
        )
        return int(cursor.fetchone()[0])


def plan_with_indexes(wanted: bool) -> None:
    """Where they are not wanted, plans are made as for empty tables, and kept."""
    with connection.cursor() as cursor:
        for way in ("indexscan", "indexonlyscan", "bitmapscan"):
            cursor.execute(f"SET LOCAL enable_{way} = {'on' if wanted else 'off'}")


def take(cast: Cast, value: float, at: datetime, now: datetime) -> None:
    said = {"metric": "response_time", "source": "fra1", "observed_at": at.isoformat(), "value": value}
    items = [{"test": f"t-{number}", **said} for number in range(TESTS)]
    assert ingest(Actor.system(cast.team), {"measurements": items}, now).rejected == []


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite checks references by the same index always")
@pytest.mark.django_db
def test_each_event_reads_a_few_alerts_however_many_there_are(cast: Cast, now: datetime) -> None:
    for number in range(TESTS):
        make_rule(cast.team, [make_test(cast.team, f"t-{number}")], name=f"Rule {number}")

    for minute in range(2 * ROUNDS, 0, -2):
        plan_with_indexes(minute < 2 * ROUNDS)
        before = rows_read()
        take(cast, 9e9, now - timedelta(minutes=minute), now)
        take(cast, 1.0, now - timedelta(minutes=minute - 1), now)

    assert Alert.objects.count() == TESTS * ROUNDS
    assert rows_read() - before < READS * 2 * TESTS
